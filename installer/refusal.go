package installer

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/history"
	"github.com/packstage/packstage/packagetypes"
)

// explainRefusal judges what is judged under the lease otherwise, where the cluster
// does not even let the lease be taken, or the record be read: the findings say at once
// everything that is missing. Where there are none, the refusal is returned as it is.
func (i *Installer) explainRefusal(ctx context.Context, release cluster.Release, instance *packagetypes.Instance, options ApplyOptions, refusal error) error {
	if !apierrors.IsForbidden(refusal) && !apierrors.IsNotFound(refusal) {
		return refusal
	}
	n, err := i.prepareNext(ctx, release, &history.Record{Release: release}, instance, options, judging{warn: func(string) {}})
	if err != nil || !n.checked.Diagnostics.HasErrors() {
		return refusal
	}
	return &BlockedError{Release: release, Diagnostics: n.checked.Diagnostics}
}

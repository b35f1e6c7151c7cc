package dynamiccluster

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// badRequest is what a server would say to a request that is not even made.
func badRequest(format string, arguments ...any) error {
	return apierrors.NewBadRequest(fmt.Sprintf(format, arguments...))
}

// judged tells a missing object from a missing path: a server that does not serve
// a resource says 404 in words of HTTP, one that lacks an object in a Status. What is
// remembered of the kind is forgotten then, and asked for again: a definition may
// have been deleted meanwhile.
func (c *Cluster) judged(ctx context.Context, kind schema.GroupVersionKind, err error) error {
	if !noSuchPath(err) {
		return err
	}
	c.memory.Load().forget(kind.GroupVersion())
	if _, unknown := c.Kind(ctx, kind); unknown != nil {
		return unknown
	}
	return apierrors.NewServiceUnavailable(fmt.Sprintf(
		"the cluster lists the kind %s of %s and does not serve it at the moment", kind.Kind, kind.GroupVersion()))
}

func noSuchPath(err error) bool {
	return apierrors.IsNotFound(err) && apierrors.HasStatusCause(err, metav1.CauseTypeUnexpectedServerResponse)
}

package installer

import (
	"context"
	"fmt"
	"slices"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/history"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// asServed returns leftovers in versions that their clusters serve: the one that an
// object was written in may be gone since, and the object is there all the same.
// Kinds that are not served at all stay as they are; they have no objects.
func (i *Installer) asServed(ctx context.Context, leftovers []history.Leftover, warn func(string)) ([]history.Leftover, error) {
	type question struct {
		class string
		kind  schema.GroupVersionKind
	}
	answers := map[question]schema.GroupVersionKind{}
	asked := map[string][]cluster.Kind{}
	served := slices.Clone(leftovers)
	for at, leftover := range served {
		wanted := question{leftover.Class, leftover.Reference.GroupVersionKind()}
		answer, ok := answers[wanted]
		if !ok {
			client, err := i.clusterOf(leftover.Class)
			if err != nil {
				return nil, err
			}
			answer = wanted.kind
			if _, err = client.Kind(ctx, wanted.kind); err != nil && !isUnknown(err) {
				return nil, fmt.Errorf("asking for the kind %s in %s: %w", wanted.kind.Kind, wanted.kind.GroupVersion(), err)
			}
			if err != nil {
				answer.Version = otherVersion(ctx, client, leftover, asked, warn)
			}
			answers[wanted] = answer
		}
		served[at].Reference.Version = answer.Version
	}
	return served, nil
}

// otherVersion returns a version in which a cluster serves the kind of an object; that
// of the object where there is none. What the cluster serves is asked once.
func otherVersion(ctx context.Context, client cluster.Cluster, leftover history.Leftover, asked map[string][]cluster.Kind, warn func(string)) string {
	kinds, ok := asked[leftover.Class]
	if !ok {
		var err error
		if kinds, err = client.Kinds(ctx); err != nil && ctx.Err() == nil {
			warn(fmt.Sprintf("the cluster does not know %s in %s, and cannot say whether it has another version of it; such objects may be left behind: %v",
				leftover.Reference.Kind, leftover.Reference.GroupVersionKind().GroupVersion(), err))
		}
		asked[leftover.Class] = kinds
	}
	for _, kind := range kinds {
		if kind.Group == leftover.Reference.Group && kind.Kind == leftover.Reference.Kind {
			return kind.Version
		}
	}
	return leftover.Reference.Version
}

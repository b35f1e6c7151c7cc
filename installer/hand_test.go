package installer_test

import (
	"context"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/clustertest"
)

// deleting is a cluster in which somebody deletes an object right after it was
// applied.
type deleting struct {
	*clustertest.Cluster
	what cluster.Reference
	done *bool
}

func (d *deleting) Apply(ctx context.Context, object *unstructured.Unstructured, options cluster.ApplyOptions) (*unstructured.Unstructured, error) {
	applied, err := d.Cluster.Apply(ctx, object, options)
	if err == nil && !options.DryRun && !*d.done && cluster.ReferenceTo(applied) == d.what {
		*d.done = true
		err = d.Delete(ctx, d.what, cluster.DeleteOptions{})
	}
	return applied, err
}

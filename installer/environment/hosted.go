package environment

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/manifest"
)

// HostedCluster returns the hosted cluster whose control plane lives in a namespace,
// for environment.hyperShift.hostedCluster of an instance in that namespace; nil where
// it belongs to none, or the cluster hosts none. Errors are those of the cluster.
func HostedCluster(ctx context.Context, c cluster.Cluster, namespace string) (*manifest.HostedCluster, error) {
	hosted, err := c.List(ctx, hostedCluster, cluster.ListOptions{})
	var unknown *cluster.UnknownKindError
	switch {
	case errors.As(err, &unknown):
		return nil, nil
	case err != nil:
		return nil, explain("which hosted cluster the namespace "+namespace+" belongs to", err)
	}
	for _, object := range hosted {
		if controlPlaneNamespace(object) != namespace {
			continue
		}
		selector, _, err := unstructured.NestedStringMap(object.Object, "spec", "nodeSelector")
		if err != nil {
			return nil, fmt.Errorf("%s: .spec.nodeSelector is no map of texts", cluster.ReferenceTo(object))
		}
		return &manifest.HostedCluster{
			Metadata: manifest.HostedClusterMetadata{
				Name: object.GetName(), Namespace: object.GetNamespace(),
				Labels: object.GetLabels(), Annotations: object.GetAnnotations(),
			},
			HostedClusterNamespace: namespace, NodeSelector: selector,
		}, nil
	}
	return nil, nil
}

// controlPlaneNamespace is where HyperShift puts the control plane of a hosted cluster.
func controlPlaneNamespace(object *unstructured.Unstructured) string {
	return object.GetNamespace() + "-" + strings.ReplaceAll(object.GetName(), ".", "-")
}

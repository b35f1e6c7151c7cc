package cluster_test

import (
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/installer/cluster"
)

// Whom an object of a cluster belongs to, and how it is named.
func Example() {
	object := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apps/v1", "kind": "Deployment",
		"metadata": map[string]any{
			"name": "web", "namespace": "shop",
			"labels": map[string]any{cluster.LabelRelease: "shop", cluster.LabelReleaseNamespace: "shop"},
		},
	}}
	fmt.Println(cluster.ReferenceTo(object), "is of release", cluster.Owner(object))
	fmt.Println(cluster.Release{Namespace: "shop", Name: "shop"}.Selector())
	// Output:
	// Deployment.apps shop/web is of release shop/shop
	// packstage.dev/release=shop,packstage.dev/release-namespace=shop
}

package cluster_test

import (
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/installer/cluster"
)

// Objects belong to a release by their labels, and are named by references.
func Example() {
	object := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apps/v1", "kind": "Deployment",
		"metadata": map[string]any{
			"namespace": "shop", "name": "web",
			"labels": map[string]any{cluster.LabelRelease: "shop", cluster.LabelReleaseNamespace: "shop"},
		},
	}}
	release := cluster.Release{Namespace: "shop", Name: "shop"}
	fmt.Println(cluster.ReferenceTo(object))
	fmt.Println(cluster.Owner(object) == release)
	fmt.Println(release.Selector())
	// Output:
	// Deployment.apps shop/web
	// true
	// packstage.dev/release=shop,packstage.dev/release-namespace=shop
}

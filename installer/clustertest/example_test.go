package clustertest_test

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/clustertest"
)

// A Deployment that two managers want to scale, in a cluster where it takes one look
// until it is available.
func Example() {
	ctx := context.Background()
	c := clustertest.New(clustertest.WithReadiness(func(*unstructured.Unstructured) int { return 1 }))
	web := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apps/v1", "kind": "Deployment",
		"metadata": map[string]any{"name": "web", "namespace": "default"},
		"spec":     map[string]any{"replicas": 2},
	}}
	if _, err := c.Apply(ctx, web, cluster.ApplyOptions{FieldManager: "packstage"}); err != nil {
		fmt.Println(err)
	}
	for range 2 {
		live, err := c.Get(ctx, cluster.ReferenceTo(web))
		if err != nil {
			fmt.Println(err)
			return
		}
		available, found, _ := unstructured.NestedInt64(live.Object, "status", "availableReplicas")
		fmt.Println("available:", available, found)
	}

	if err := c.Edit(ctx, "kubectl", cluster.ReferenceTo(web), func(object *unstructured.Unstructured) {
		object.Object["spec"] = map[string]any{"replicas": 5}
	}); err != nil {
		fmt.Println(err)
	}
	_, err := c.Apply(ctx, web, cluster.ApplyOptions{FieldManager: "packstage"})
	fmt.Println(err)
	for _, call := range c.Calls() {
		fmt.Println(call.Sequence, call.Verb, call.Reference)
	}
	// Output:
	// available: 0 false
	// available: 2 true
	// Apply failed with 1 conflict: conflict with "kubectl" using apps/v1: .spec.replicas
	// 1 apply Deployment.apps default/web
	// 2 get Deployment.apps default/web
	// 3 get Deployment.apps default/web
	// 4 apply Deployment.apps default/web
}

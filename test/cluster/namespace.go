package cluster

import (
	"context"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// CreateNamespace makes a namespace with a fresh name that starts with prefix, and
// returns the name. Where controllers run it is ready for pods, and the end of the test
// asks for its removal without waiting for that.
func (c *Cluster) CreateNamespace(t testing.TB, prefix string) string {
	t.Helper()
	namespace := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1",
		"kind":       "Namespace",
		"metadata":   map[string]any{"generateName": prefix + "-"},
	}}
	made, err := c.client.Resource(namespaces).Create(t.Context(), namespace, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	name := made.GetName()
	if !c.options.Controllers {
		return name
	}
	t.Cleanup(func() {
		if c.api.running() != nil {
			return // the test has stopped it
		}
		// The context of the test has ended.
		if err := c.client.Resource(namespaces).Delete(context.Background(), name, metav1.DeleteOptions{}); err != nil {
			t.Logf("removal of namespace %s: %v", name, err)
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), startWithin)
	defer cancel()
	if err := c.wait(ctx, "the ServiceAccount of "+name, func(ctx context.Context) (bool, error) {
		return c.hasServiceAccount(ctx, name)
	}); err != nil {
		t.Fatal(err)
	}
	return name
}

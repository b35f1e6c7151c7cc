package installer_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/clustertest"
)

// terse is a cluster that leaves out texts that are empty, as a server does where a
// type says so: "env: [{name: NAMESPACE, value: ”}]".
type terse struct{ *clustertest.Cluster }

func dropEmpty(object *unstructured.Unstructured) {
	data, _, _ := unstructured.NestedStringMap(object.Object, "data")
	for key, value := range data {
		if value == "" {
			unstructured.RemoveNestedField(object.Object, "data", key)
		}
	}
}

func (c terse) Get(ctx context.Context, reference cluster.Reference) (*unstructured.Unstructured, error) {
	object, err := c.Cluster.Get(ctx, reference)
	if err == nil {
		dropEmpty(object)
	}
	return object, err
}

func (c terse) List(ctx context.Context, kind schema.GroupVersionKind, options cluster.ListOptions) ([]*unstructured.Unstructured, error) {
	objects, err := c.Cluster.List(ctx, kind, options)
	for _, object := range objects {
		dropEmpty(object)
	}
	return objects, err
}

func (c terse) Apply(ctx context.Context, object *unstructured.Unstructured, options cluster.ApplyOptions) (*unstructured.Unstructured, error) {
	result, err := c.Cluster.Apply(ctx, object, options)
	if err == nil {
		dropEmpty(result)
	}
	return result, err
}

func TestUnchangedInAnotherSpellingIsNotWritten(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	i := installer.New(terse{c}, quick())
	instance := phases(t, "# phase config\n"+configMap("a", "")+"---\n"+configMap("b", "1"))
	_, err := i.Apply(t.Context(), shop, instance, installer.ApplyOptions{})
	require.NoError(t, err)

	c.Reset()
	result, err := i.Apply(t.Context(), shop, instance, installer.ApplyOptions{})
	require.NoError(t, err)
	require.Equal(t, 2, result.Unchanged)
	for _, call := range c.Calls() {
		require.False(t, call.Verb.Writes() && !call.DryRun, "%v", call)
	}

	// What somebody has changed is not overlooked.
	reference := cluster.Reference{Version: "v1", Kind: "ConfigMap", Namespace: "default", Name: "a"}
	changed, err := c.Get(t.Context(), reference)
	require.NoError(t, err)
	require.NoError(t, unstructured.SetNestedField(changed.Object, "theirs", "data", "value"))
	_, err = c.Update(t.Context(), changed, cluster.WriteOptions{FieldManager: "editor"})
	require.NoError(t, err)
	result, err = i.Apply(t.Context(), shop, instance, installer.ApplyOptions{Force: true})
	require.NoError(t, err)
	require.Equal(t, 1, result.Changed)
}

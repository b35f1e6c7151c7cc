package clustertest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/clustertest"
)

func TestLoad(t *testing.T) {
	t.Parallel()
	c := clustertest.New(clustertest.WithNamespaceContents())
	foreign := parse(t, deployment+"status: {observedGeneration: 1, replicas: 1}\n")
	foreign.SetNamespace("shop")
	foreign.SetUID("abc")
	require.NoError(t, c.Load(parse(t, crd), parse(t, gadget), foreign))
	require.Empty(t, c.Calls())
	live := get(t, c, foreign)
	require.EqualValues(t, "abc", live.GetUID())
	require.Equal(t, map[string]any{"observedGeneration": int64(1), "replicas": int64(1)}, live.Object["status"])
	entries := live.GetManagedFields()
	require.Equal(t, []string{"kube-controller-manager", "kubectl-create"}, []string{entries[0].Manager, entries[1].Manager})
	require.Equal(t, "status", entries[0].Subresource)
	require.Contains(t, c.Snapshot(), "ConfigMap shop/kube-root-ca.crt")
	require.Contains(t, c.Snapshot(), "ServiceAccount shop/default")

	err := c.Load(foreign)
	require.True(t, apierrors.IsAlreadyExists(err))
	require.ErrorContains(t, err, "load Deployment.apps shop/web")

	// Its UID is known to the garbage collector.
	child := owned(t, "child", live, false)
	child.SetNamespace("shop")
	require.NoError(t, c.Load(child))
	get(t, c, child)
	require.NoError(t, c.Delete(t.Context(), cluster.ReferenceTo(live), cluster.DeleteOptions{UID: "abc"}))
	_, err = c.Get(t.Context(), cluster.ReferenceTo(child))
	require.True(t, apierrors.IsNotFound(err))
}

func TestEdit(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	apply(t, c, "packstage", deployment)
	require.NoError(t, c.Edit(t.Context(), "kubectl-edit", reference(t, deployment), func(object *unstructured.Unstructured) {
		object.SetLabels(map[string]string{"a": "b"})
		object.Object["status"] = map[string]any{"replicas": 9}
	}))
	live := get(t, c, parse(t, deployment))
	require.Equal(t, map[string]any{"replicas": int64(9)}, live.Object["status"])
	require.Equal(t, "b", live.GetLabels()["a"])
	require.Equal(t, int64(1), live.GetGeneration())
	subresources := map[string]string{}
	for _, entry := range live.GetManagedFields() {
		if entry.Manager == "kubectl-edit" {
			subresources[entry.Subresource] = entry.FieldsV1.String()
		}
	}
	require.Len(t, subresources, 2)
	require.Contains(t, subresources[""], "f:labels")
	require.NotContains(t, subresources[""], "f:status")
	require.Contains(t, subresources["status"], "f:replicas")

	err := c.Edit(t.Context(), "kubectl-edit", reference(t, deployment), func(object *unstructured.Unstructured) {
		require.NoError(t, unstructured.SetNestedField(object.Object, map[string]any{}, "spec", "selector"))
	})
	require.True(t, apierrors.IsInvalid(err))
	err = c.Edit(t.Context(), "kubectl-edit", reference(t, configMap), func(*unstructured.Unstructured) {})
	require.True(t, apierrors.IsNotFound(err))
	require.Len(t, c.Calls(), 2, "apply and get")
}

func TestSnapshotsOfTwoWaysToTheSame(t *testing.T) {
	t.Parallel()
	one := clustertest.New()
	apply(t, one, "packstage", deployment)
	apply(t, one, "packstage", configMap)

	clock := time.Date(2031, 2, 3, 4, 5, 6, 0, time.UTC)
	other := clustertest.New(clustertest.WithUIDPrefix("11111111"), clustertest.WithClock(func() time.Time { return clock }))
	apply(t, other, "packstage", configMap)
	scaled := parse(t, deployment)
	scaled.Object["spec"].(map[string]any)["replicas"] = 9
	_, err := other.Apply(t.Context(), scaled, cluster.ApplyOptions{FieldManager: "packstage"})
	require.NoError(t, err)
	apply(t, other, "packstage", deployment)
	for _, c := range []*clustertest.Cluster{one, other} {
		child := owned(t, "child", get(t, c, parse(t, configMap)), true)
		child.SetFinalizers([]string{"example.com/hold"})
		created, err := create(t.Context(), c, child)
		require.NoError(t, err)
		require.NoError(t, c.Delete(t.Context(), cluster.ReferenceTo(created), cluster.DeleteOptions{}))
	}

	snapshot := other.Snapshot()
	require.Contains(t, snapshot["Deployment.apps default/web"], `"manager": "packstage"`)
	require.Contains(t, snapshot["Deployment.apps default/web"], `"lastTransitionTime": "2031`)
	delete(snapshot, "Deployment.apps default/web") // the controller's times
	expected := one.Snapshot()
	delete(expected, "Deployment.apps default/web")
	require.Equal(t, expected, snapshot)

	require.NoError(t, other.Edit(t.Context(), "kubectl", reference(t, configMap), func(object *unstructured.Unstructured) {
		object.Object["data"] = map[string]any{"color": "blue"}
	}))
	require.NotEqual(t, expected, other.Snapshot())
}

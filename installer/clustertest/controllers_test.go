package clustertest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/clustertest"
)

func TestReadiness(t *testing.T) {
	t.Parallel()
	c := clustertest.New(clustertest.WithReadiness(func(object *unstructured.Unstructured) int {
		image := object.Object["spec"].(map[string]any)["replicas"]
		return map[any]int{int64(2): 3, int64(3): clustertest.Never, int64(4): 0}[image]
	}))
	observed := func() any { return value(t, get(t, c, parse(t, deployment)), "status", "observedGeneration") }
	scale := func(replicas int64) {
		object := parse(t, deployment)
		object.Object["spec"].(map[string]any)["replicas"] = replicas
		_, err := c.Apply(t.Context(), object, cluster.ApplyOptions{FieldManager: "packstage"})
		require.NoError(t, err)
	}
	scale(2)
	for range 3 {
		require.Nil(t, observed())
	}
	require.Equal(t, int64(1), observed())
	scale(3)
	for range 10 {
		require.Equal(t, int64(1), observed(), "the status of before")
	}
	require.NoError(t, c.Release(reference(t, deployment)))
	require.Equal(t, int64(2), observed())
	scale(4)
	require.Equal(t, int64(3), observed())
	require.Equal(t, int64(4), value(t, get(t, c, parse(t, deployment)), "status", "availableReplicas"))
	require.True(t, apierrors.IsNotFound(c.Release(reference(t, configMap))))
}

func TestListCountsAsReading(t *testing.T) {
	t.Parallel()
	c := clustertest.New(clustertest.WithReadiness(func(*unstructured.Unstructured) int { return 1 }))
	apply(t, c, "packstage", deployment)
	list := func() *unstructured.Unstructured {
		found, err := c.List(t.Context(), parse(t, deployment).GroupVersionKind(), cluster.ListOptions{Namespace: "default"})
		require.NoError(t, err)
		require.Len(t, found, 1)
		return found[0]
	}
	require.NotContains(t, list().Object, "status")
	require.Contains(t, list().Object, "status")
}

func TestRemovalTakesTime(t *testing.T) {
	t.Parallel()
	c := clustertest.New(clustertest.WithRemoval(func(object *unstructured.Unstructured) int {
		return map[string]int{"settings": 2, "stuck": clustertest.Never}[object.GetName()]
	}))
	apply(t, c, "packstage", configMap)
	stuck := parse(t, configMap)
	stuck.SetName("stuck")
	_, err := create(t.Context(), c, stuck)
	require.NoError(t, err)
	for _, reference := range []cluster.Reference{reference(t, configMap), cluster.ReferenceTo(stuck)} {
		require.NoError(t, c.Delete(t.Context(), reference, cluster.DeleteOptions{}))
	}
	for range 2 {
		require.NotNil(t, get(t, c, parse(t, configMap)).GetDeletionTimestamp())
		require.NotNil(t, get(t, c, stuck).GetDeletionTimestamp())
	}
	_, err = c.Get(t.Context(), reference(t, configMap))
	require.True(t, apierrors.IsNotFound(err))
	get(t, c, stuck)
	require.NoError(t, c.Release(cluster.ReferenceTo(stuck)))
	_, err = c.Get(t.Context(), cluster.ReferenceTo(stuck))
	require.True(t, apierrors.IsNotFound(err))
}

func TestControllers(t *testing.T) {
	t.Parallel()
	now := time.Date(2031, 2, 3, 4, 5, 6, 0, time.UTC)
	c := clustertest.New(clustertest.WithClock(func() time.Time { return now }), clustertest.WithController(func(object *unstructured.Unstructured) bool {
		if object.GetKind() != "Gadget" {
			return false
		}
		object.Object["status"] = map[string]any{"ready": true}
		object.Object["spec"] = "controllers write the status only"
		return true
	}))
	apply(t, c, "packstage", crd)
	applied := apply(t, c, "packstage", gadget)
	require.NotContains(t, applied.Object, "status", "controllers come later")
	live := get(t, c, applied)
	require.Equal(t, true, value(t, live, "status", "ready"))
	require.Equal(t, int64(3), value(t, live, "spec", "size"))
	require.Equal(t, int64(1), live.GetGeneration())
	require.NotEqual(t, applied.GetResourceVersion(), live.GetResourceVersion())
	entry := live.GetManagedFields()[1]
	require.Equal(t, "kube-controller-manager", entry.Manager)
	require.Equal(t, "status", entry.Subresource)
	require.True(t, entry.Time.Time.Equal(now))
	require.True(t, live.GetCreationTimestamp().Time.Equal(now))
}

func TestEverythingAvailable(t *testing.T) {
	t.Parallel()
	for kind, field := range map[string]string{
		"apps/v1 Deployment": "availableReplicas", "apps/v1 StatefulSet": "updateRevision", "apps/v1 DaemonSet": "numberAvailable",
		"apps/v1 ReplicaSet": "readyReplicas", "batch/v1 Job": "completionTime", "v1 Pod": "phase", "v1 PersistentVolumeClaim": "phase",
		"policy/v1 PodDisruptionBudget": "currentHealthy",
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			var apiVersion, name string
			_, err := fmt.Sscan(kind, &apiVersion, &name)
			require.NoError(t, err)
			c := clustertest.New()
			object := &unstructured.Unstructured{Object: map[string]any{
				"apiVersion": apiVersion, "kind": name, "metadata": map[string]any{"name": "a", "namespace": "default"}, "spec": map[string]any{"type": "LoadBalancer"},
			}}
			created, err := create(t.Context(), c, object)
			require.NoError(t, err)
			live := get(t, c, created)
			require.NotNil(t, value(t, live, "status", field))
			require.Equal(t, created.GetUID(), live.GetUID())
		})
	}
}

package clustertest_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/clustertest"
)

func TestFaultsComeBeforeTheCall(t *testing.T) {
	t.Parallel()
	busy := apierrors.NewTooManyRequests("busy", 1)
	c := clustertest.New(clustertest.WithFault(func(_ context.Context, call clustertest.Call) error {
		if call.Verb == clustertest.VerbApply && call.Sequence == 1 {
			return busy
		}
		return nil
	}))
	options := cluster.ApplyOptions{FieldManager: "packstage", Force: true, DryRun: true}
	_, err := c.Apply(t.Context(), parse(t, configMap), options)
	require.ErrorIs(t, err, busy)
	_, err = c.Apply(t.Context(), parse(t, configMap), options)
	require.NoError(t, err)
	_, err = c.Get(t.Context(), reference(t, configMap))
	require.Error(t, err)
	want := clustertest.Call{Verb: clustertest.VerbApply, Reference: reference(t, configMap), FieldManager: "packstage", Force: true, DryRun: true}
	first, second := want, want
	first.Sequence, first.Err = 1, busy
	second.Sequence = 2
	require.Equal(t, []clustertest.Call{
		first, second, {Sequence: 3, Verb: clustertest.VerbGet, Reference: reference(t, configMap), Err: err},
	}, c.Calls())
	require.True(t, clustertest.VerbApply.Writes())
	require.False(t, clustertest.VerbGet.Writes())

	c.Reset()
	require.Empty(t, c.Calls())
	_, err = c.Apply(t.Context(), parse(t, configMap), options)
	require.ErrorIs(t, err, busy, "counted from 1 again")
}

func TestLostAnswers(t *testing.T) {
	t.Parallel()
	cut := errors.New("connection reset")
	var outcomes []error
	c := clustertest.New(clustertest.WithLostAnswer(func(_ context.Context, call clustertest.Call) error {
		outcomes = append(outcomes, call.Err)
		if call.Verb == clustertest.VerbApply || call.Verb == clustertest.VerbDelete {
			return cut
		}
		return nil
	}))
	applied, err := c.Apply(t.Context(), parse(t, configMap), cluster.ApplyOptions{FieldManager: "packstage"})
	require.ErrorIs(t, err, cut)
	require.Nil(t, applied)
	get(t, c, parse(t, configMap))
	require.ErrorIs(t, c.Delete(t.Context(), reference(t, configMap), cluster.DeleteOptions{}), cut)
	_, err = c.Get(t.Context(), reference(t, configMap))
	require.True(t, apierrors.IsNotFound(err))
	require.Equal(t, []error{nil, nil, nil, err}, outcomes)
}

func TestContextEndsCalls(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]bool{"before the call": true, "after it": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			kill := func(context.Context, clustertest.Call) error {
				cancel()
				return nil
			}
			hook := clustertest.WithLostAnswer(kill)
			if before {
				hook = clustertest.WithFault(kill)
			}
			c := clustertest.New(hook)
			_, err := c.Apply(ctx, parse(t, configMap), cluster.ApplyOptions{FieldManager: "packstage"})
			require.ErrorIs(t, err, context.Canceled)
			_, stored := c.Snapshot()["ConfigMap default/settings"]
			require.Equal(t, !before, stored)

			_, err = c.Kind(ctx, gadgetKind)
			require.ErrorIs(t, err, context.Canceled)
			_, err = c.Get(ctx, reference(t, configMap))
			require.ErrorIs(t, err, context.Canceled)
			require.ErrorIs(t, c.Edit(ctx, "kubectl", reference(t, configMap), func(*unstructured.Unstructured) {}), context.Canceled)
			require.Len(t, c.Calls(), 1, "the others never got there")
		})
	}
}

func TestFaultMayPanic(t *testing.T) {
	t.Parallel()
	c := clustertest.New(clustertest.WithFault(func(_ context.Context, call clustertest.Call) error {
		if call.Verb == clustertest.VerbApply {
			panic("killed")
		}
		return nil
	}))
	require.Panics(t, func() {
		_, _ = c.Apply(t.Context(), parse(t, configMap), cluster.ApplyOptions{FieldManager: "packstage"})
	})
	_, err := c.Get(t.Context(), reference(t, configMap))
	require.True(t, apierrors.IsNotFound(err), "the cluster goes on")
}

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

func TestList(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	for _, name := range []string{"shop/b", "shop/a", "default/c"} {
		object := parse(t, configMap)
		object.SetNamespace(name[:len(name)-2])
		object.SetName(name[len(name)-1:])
		object.SetLabels(map[string]string{"name": object.GetName()})
		require.NoError(t, c.Load(object))
	}
	list := func(options cluster.ListOptions) (names []string) {
		found, err := c.List(t.Context(), parse(t, configMap).GroupVersionKind(), options)
		require.NoError(t, err)
		for _, one := range found {
			names = append(names, one.GetNamespace()+"/"+one.GetName())
			one.Object["data"] = "the caller's" // must not get into the cluster
		}
		return names
	}
	require.Equal(t, []string{"default/c", "shop/a", "shop/b"}, list(cluster.ListOptions{}))
	require.Equal(t, []string{"shop/a", "shop/b"}, list(cluster.ListOptions{Namespace: "shop"}))
	require.Equal(t, []string{"default/c", "shop/b"}, list(cluster.ListOptions{LabelSelector: "name!=a"}))
	require.Equal(t, []string{"default/c"}, list(cluster.ListOptions{Limit: 1}))
	require.Empty(t, list(cluster.ListOptions{Namespace: "missing"}))
	require.NotContains(t, c.Snapshot()["ConfigMap shop/a"], "the caller's")
	_, err := c.List(t.Context(), parse(t, configMap).GroupVersionKind(), cluster.ListOptions{LabelSelector: "a=("})
	require.True(t, apierrors.IsBadRequest(err))
	_, err = c.List(t.Context(), parse(t, namespace).GroupVersionKind(), cluster.ListOptions{Namespace: "shop"})
	require.True(t, apierrors.IsNotFound(err))
	_, err = c.List(t.Context(), gadgetKind, cluster.ListOptions{})
	require.ErrorAs(t, err, new(*cluster.UnknownKindError))
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for index := range 20 {
				object := parse(t, configMap)
				object.SetName(fmt.Sprintf("%d-%d", worker, index%5))
				applied, err := c.Apply(t.Context(), object, cluster.ApplyOptions{FieldManager: "packstage"})
				if err != nil || c.Delete(t.Context(), cluster.ReferenceTo(applied), cluster.DeleteOptions{UID: applied.GetUID()}) != nil {
					t.Error("apply or delete failed: ", err)
				}
				if index == 0 {
					_ = c.Snapshot()
				}
				_ = c.Calls()
			}
		})
	}
	group.Wait()
	require.Len(t, c.Snapshot(), 4)
	calls := c.Calls()
	require.Len(t, calls, 8*20*2)
	for index, call := range calls {
		require.Equal(t, index+1, call.Sequence)
	}
}

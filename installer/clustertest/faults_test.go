package clustertest_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

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
	require.True(t, apierrors.IsBadRequest(err))
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

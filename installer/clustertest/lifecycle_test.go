package clustertest_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/clustertest"
)

const namespace = `
apiVersion: v1
kind: Namespace
metadata: {name: shop}
`

const inShop = `
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
`

func TestNamespaceHasToBeThere(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	_, err := c.Apply(t.Context(), parse(t, inShop), cluster.ApplyOptions{FieldManager: "packstage"})
	require.True(t, apierrors.IsNotFound(err))
	require.EqualError(t, err, `namespaces "shop" not found`)
	_, err = create(t.Context(), c, parse(t, inShop))
	require.EqualError(t, err, `namespaces "shop" not found`)

	live := apply(t, c, "packstage", namespace)
	require.Equal(t, "Active", value(t, live, "status", "phase"))
	apply(t, c, "packstage", inShop)
}

func TestNamespaceTakesItsContentAlong(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	apply(t, c, "packstage", namespace)
	apply(t, c, "packstage", inShop)
	require.NoError(t, c.Edit(t.Context(), "kubectl", reference(t, inShop), func(object *unstructured.Unstructured) {
		object.SetFinalizers([]string{"example.com/hold"})
	}))
	require.NoError(t, c.Delete(t.Context(), reference(t, namespace), cluster.DeleteOptions{}))

	held := get(t, c, parse(t, namespace))
	require.NotNil(t, held.GetDeletionTimestamp())
	require.Equal(t, "Terminating", value(t, held, "status", "phase"))
	require.Contains(t, c.Snapshot()["Namespace shop"], "finalizers remaining: [example.com/hold]")
	require.NotNil(t, get(t, c, parse(t, inShop)).GetDeletionTimestamp())
	require.NoError(t, c.Delete(t.Context(), reference(t, namespace), cluster.DeleteOptions{}), "once more is no error")

	other := parse(t, inShop)
	other.SetName("other")
	_, err := create(t.Context(), c, other)
	require.True(t, apierrors.IsForbidden(err))
	require.True(t, apierrors.HasStatusCause(err, "NamespaceTerminating"))
	require.EqualError(t, err, `configmaps "other" is forbidden: unable to create new content in namespace shop because it is being terminated`)

	require.NoError(t, c.Edit(t.Context(), "kubectl", reference(t, inShop), func(object *unstructured.Unstructured) {
		object.SetFinalizers(nil)
	}))
	_, err = c.Get(t.Context(), reference(t, namespace))
	require.EqualError(t, err, `namespaces "shop" not found`)
	require.Len(t, c.Snapshot(), 4)
}

func TestFinalizersHold(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	const finalizing = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: default, finalizers: [example.com/hold]}\n"
	apply(t, c, "packstage", finalizing)
	require.NoError(t, c.Delete(t.Context(), reference(t, finalizing), cluster.DeleteOptions{}))
	require.NotNil(t, get(t, c, parse(t, finalizing)).GetDeletionTimestamp())

	more := parse(t, finalizing)
	more.SetFinalizers([]string{"example.com/hold", "example.com/new"})
	_, err := c.Apply(t.Context(), more, cluster.ApplyOptions{FieldManager: "packstage"})
	require.True(t, apierrors.IsInvalid(err), "%v", err)

	apply(t, c, "packstage", configMap)
	_, err = c.Get(t.Context(), reference(t, finalizing))
	require.True(t, apierrors.IsNotFound(err))
}

func TestDeletePreconditions(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	live := apply(t, c, "packstage", configMap)
	err := c.Delete(t.Context(), reference(t, configMap), cluster.DeleteOptions{UID: "other"})
	require.True(t, apierrors.IsConflict(err))
	require.EqualError(t, err, `Operation cannot be fulfilled on ConfigMap "settings": the UID in the precondition (other) does not match the UID in record (`+
		string(live.GetUID())+`). The object might have been deleted and then recreated`)
	err = c.Delete(t.Context(), reference(t, configMap), cluster.DeleteOptions{UID: live.GetUID(), ResourceVersion: "1"})
	require.True(t, apierrors.IsConflict(err))
	require.ErrorContains(t, err, "the ResourceVersion in the precondition (1) does not match the ResourceVersion in record ("+live.GetResourceVersion()+")")
	require.NoError(t, c.Delete(t.Context(), reference(t, configMap), cluster.DeleteOptions{DryRun: true}))
	get(t, c, live)
	require.NoError(t, c.Delete(t.Context(), reference(t, configMap), cluster.DeleteOptions{UID: live.GetUID(), ResourceVersion: live.GetResourceVersion()}))
	err = c.Delete(t.Context(), reference(t, configMap), cluster.DeleteOptions{})
	require.True(t, apierrors.IsNotFound(err))
}

// owned returns a ConfigMap with an owner.
func owned(t *testing.T, name string, owner *unstructured.Unstructured, blocks bool) *unstructured.Unstructured {
	t.Helper()
	object := parse(t, configMap)
	object.SetName(name)
	require.NoError(t, unstructured.SetNestedSlice(object.Object, []any{map[string]any{
		"apiVersion": owner.GetAPIVersion(), "kind": owner.GetKind(), "name": owner.GetName(), "uid": string(owner.GetUID()),
		"blockOwnerDeletion": blocks,
	}}, "metadata", "ownerReferences"))
	return object
}

func TestDependentsGoWithTheirOwner(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		propagation cluster.Propagation
		stay        bool
	}{
		"by default": {}, "background": {propagation: cluster.PropagationBackground},
		"foreground": {propagation: cluster.PropagationForeground}, "orphan": {propagation: cluster.PropagationOrphan, stay: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := clustertest.New()
			owner := apply(t, c, "packstage", configMap)
			child, err := create(t.Context(), c, owned(t, "child", owner, true))
			require.NoError(t, err)
			grandchild, err := create(t.Context(), c, owned(t, "grandchild", child, true))
			require.NoError(t, err)
			require.NoError(t, c.Delete(t.Context(), cluster.ReferenceTo(owner), cluster.DeleteOptions{Propagation: test.propagation}))
			for _, object := range []*unstructured.Unstructured{child, grandchild} {
				found, err := c.Get(t.Context(), cluster.ReferenceTo(object))
				if !test.stay {
					require.True(t, apierrors.IsNotFound(err))
					continue
				}
				require.NoError(t, err)
				require.Len(t, found.GetOwnerReferences(), map[string]int{"child": 0, "grandchild": 1}[object.GetName()])
			}
		})
	}
}

func TestForegroundWaitsForDependents(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	owner := apply(t, c, "packstage", configMap)
	child := owned(t, "child", owner, true)
	child.SetFinalizers([]string{"example.com/hold"})
	_, err := create(t.Context(), c, child)
	require.NoError(t, err)
	require.NoError(t, c.Delete(t.Context(), cluster.ReferenceTo(owner), cluster.DeleteOptions{Propagation: cluster.PropagationForeground}))
	require.Equal(t, []string{"foregroundDeletion"}, get(t, c, owner).GetFinalizers())
	require.NoError(t, c.Edit(t.Context(), "kubectl", cluster.ReferenceTo(child), func(object *unstructured.Unstructured) { object.SetFinalizers(nil) }))
	_, err = c.Get(t.Context(), cluster.ReferenceTo(owner))
	require.True(t, apierrors.IsNotFound(err))
}

func TestOwnersOfUnknownKindsMayBeThere(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	owner := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "example.com/v1", "kind": "Owner", "metadata": map[string]any{"name": "o", "uid": "u"}}}
	child := owned(t, "child", owner, false)
	require.NoError(t, c.Load(child))
	get(t, c, child)
}

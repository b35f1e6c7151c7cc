package faults_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/history"
	"github.com/packstage/packstage/test/cluster"
	"github.com/packstage/packstage/test/cluster/kills/journey"
)

// Somebody has applied a field with another value: nothing is written unless that is
// wanted.
func TestOtherManagerOwnsAField(t *testing.T) {
	t.Parallel()
	c := cluster.Shared(t)
	namespace := c.CreateNamespace(t, "owned")
	_, err := apply(t, at(t, c.Config(), nil), instance(t, namespace, small))
	require.NoError(t, err)
	_, err = c.Client().Resource(journey.ConfigMapResource).Namespace(namespace).Apply(t.Context(), "a",
		object(t, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {value: \"of ann\"}\n"),
		metav1.ApplyOptions{FieldManager: "kubectl", Force: true})
	require.NoError(t, err)

	before := versions(t, c, namespace)
	next := instance(t, namespace, smaller)
	_, err = apply(t, at(t, c.Config(), nil), next)
	var blocked *installer.BlockedError
	require.True(t, errors.As(err, &blocked), "%v", err)
	requireSays(t, err, "kubectl", ".data.value", "force")
	require.Equal(t, before, versions(t, c, namespace))
	requireState(t, c, namespace, history.StateAvailable, 1)

	_, err = at(t, c.Config(), nil).Apply(t.Context(), journey.Release(namespace), next, installer.ApplyOptions{Force: true})
	require.NoError(t, err)
	requireConverges(t, c, next, 2)
	value, _, _ := unstructuredString(get(t, c, journey.ConfigMapResource, namespace, "a"), "data", "value")
	require.Equal(t, "2", value)
}

func awaitConfigMap(t *testing.T, c *cluster.Cluster, namespace, name string) {
	t.Helper()
	require.Eventually(t, func() bool {
		_, err := c.Client().Resource(journey.ConfigMapResource).Namespace(namespace).Get(t.Context(), name, metav1.GetOptions{})
		return err == nil
	}, waitAtMost, lookEvery)
}

// Somebody deletes an object that is waited for, and one of a phase that is done.
func TestObjectsAreDeletedByHand(t *testing.T) {
	t.Parallel()
	c := cluster.Shared(t)
	journey.RequireStores(t, c.Config().Host, c.Client())
	namespace := c.CreateNamespace(t, "deleted")
	r := begin(t, c.Config(), slow(t, namespace), nil)
	r.await(t, installer.EventWaiting)
	first := get(t, c, journey.StoreResource, namespace, "db").GetUID()
	awaitConfigMap(t, c, namespace, "a") // which is made beside the Store
	for _, resource := range []string{"stores", "configmaps"} {
		name, kind := "db", journey.StoreResource
		if resource == "configmaps" {
			name, kind = "a", journey.ConfigMapResource
		}
		require.NoError(t, c.Client().Resource(kind).Namespace(namespace).Delete(t.Context(), name, metav1.DeleteOptions{}))
	}
	r.awaitSaying(t, installer.EventWarning, "deleted")
	require.Eventually(t, func() bool {
		found, err := c.Client().Resource(journey.StoreResource).Namespace(namespace).Get(t.Context(), "db", metav1.GetOptions{})
		return err == nil && found.GetUID() != first
	}, waitAtMost, lookEvery)
	letGo(t, c, namespace)
	require.NoError(t, <-r.done)

	drift, err := at(t, c.Config(), nil).Drift(t.Context(), journey.Release(namespace))
	require.NoError(t, err)
	require.Len(t, drift.Objects, 1) // the ConfigMap, which nobody waited for any more
	require.True(t, drift.Objects[0].Missing)
	requireConverges(t, c, slow(t, namespace), 1)
}

// A field that cannot be changed is found before the first write.
func TestImmutableFieldBlocks(t *testing.T) {
	t.Parallel()
	c := cluster.Shared(t)
	namespace := c.CreateNamespace(t, "immutable")
	deployment := func(label string) string {
		return "# phase one\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {value: " + label + "}\n# phase two\n" +
			"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 1\n  selector: {matchLabels: {app: " + label + "}}\n" +
			"  template:\n    metadata: {labels: {app: " + label + "}}\n    spec:\n      containers: [{name: main, image: \"registry.example.com/web:1\"}]\n"
	}
	_, err := apply(t, at(t, c.Config(), nil), instance(t, namespace, deployment("one")))
	require.NoError(t, err)
	before := versions(t, c, namespace)
	_, err = apply(t, at(t, c.Config(), nil), instance(t, namespace, deployment("two")))
	var blocked *installer.BlockedError
	require.True(t, errors.As(err, &blocked), "%v", err)
	requireSays(t, err, "Deployment.apps "+namespace+"/web", "spec.selector", "immutable")
	require.Equal(t, before, versions(t, c, namespace))
	requireConverges(t, c, instance(t, namespace, deployment("one")), 1)
}

package clustertest_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/clustertest"
)

const crd = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gadgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Gadget, plural: gadgets, singular: gadget}
  versions:
  - &version
    name: v1beta1
    served: true
    storage: false
    subresources: {status: {}}
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties:
              size: {type: integer, default: 3}
              free: {type: object, x-kubernetes-preserve-unknown-fields: true}
              tags: {type: array, x-kubernetes-list-type: set, items: {type: string}}
              parts:
                type: array
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [name]
                items: {type: object, properties: {name: {type: string}, weight: {type: integer}}}
              labels: {type: object, additionalProperties: {type: string}}
              port: {x-kubernetes-int-or-string: true}
          status: {type: object, x-kubernetes-preserve-unknown-fields: true}
  - <<: *version
    name: v1
    storage: true
  - <<: *version
    name: v2
    served: false
    storage: false
`

const gadget = `
apiVersion: example.com/v1
kind: Gadget
metadata: {name: one, namespace: default}
spec:
  tags: [red]
  parts: [{name: wheel, weight: 1}]
`

var gadgetKind = schema.GroupVersionKind{Group: "example.com", Version: "v1", Kind: "Gadget"}

func TestDefinitionsBringKinds(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	unknown := &cluster.UnknownKindError{}
	_, err := c.Apply(t.Context(), parse(t, gadget), cluster.ApplyOptions{FieldManager: "packstage"})
	require.ErrorAs(t, err, &unknown)
	require.Equal(t, gadgetKind, unknown.Kind)
	_, err = c.Kind(t.Context(), gadgetKind)
	require.ErrorAs(t, err, &unknown)

	apply(t, c, "packstage", crd)
	definition := get(t, c, parse(t, crd))
	require.Contains(t, value(t, definition, "status", "conditions"), map[string]any{
		"type": "Established", "status": "True", "reason": "InitialNamesAccepted",
		"message": "the initial names have been accepted", "lastTransitionTime": "2030-01-01T00:00:00Z",
	})
	kind, err := c.Kind(t.Context(), gadgetKind)
	require.NoError(t, err)
	require.Equal(t, "gadgets", kind.Resource)
	require.True(t, kind.Namespaced)
	_, err = c.Kind(t.Context(), gadgetKind.GroupKind().WithVersion("v2"))
	require.ErrorAs(t, err, &unknown, "it is not served")

	kinds, err := c.Kinds(t.Context())
	require.NoError(t, err)
	require.Contains(t, kinds, kind, "in the preferred version only")
	for _, one := range kinds {
		require.NotEqual(t, "v1beta1", one.Version)
	}

	created := apply(t, c, "packstage", gadget)
	require.Equal(t, int64(3), value(t, created, "spec", "size"), "defaults")
	beta := cluster.ReferenceTo(created)
	beta.Version = "v1beta1"
	again, err := c.Get(t.Context(), beta)
	require.NoError(t, err)
	require.Equal(t, "example.com/v1beta1", again.GetAPIVersion())
	require.Equal(t, created.GetUID(), again.GetUID())
}

func TestCustomResourcesAreMergedByTheirSchema(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	apply(t, c, "packstage", crd)
	apply(t, c, "packstage", gadget)
	// The other manager speaks another version.
	merged := apply(t, c, "other", `
apiVersion: example.com/v1beta1
kind: Gadget
metadata: {name: one, namespace: default}
spec:
  tags: [blue]
  parts: [{name: door, weight: 2}]
`)
	require.Equal(t, []any{"red", "blue"}, value(t, merged, "spec", "tags"))
	require.Len(t, value(t, merged, "spec", "parts"), 2)
	merged = apply(t, c, "packstage", `
apiVersion: example.com/v1
kind: Gadget
metadata: {name: one, namespace: default}
spec: {port: http, free: {any: [thing]}, labels: {a: b}}
`)
	require.Equal(t, []any{"blue"}, value(t, merged, "spec", "tags"))
	require.Equal(t, []any{map[string]any{"name": "door", "weight": int64(2)}}, value(t, merged, "spec", "parts"))

	_, err := c.Apply(t.Context(), parse(t, gadget+"  unknown: field\n"), cluster.ApplyOptions{FieldManager: "packstage"})
	require.EqualError(t, err, "failed to create typed patch object (default/one; example.com/v1, Kind=Gadget): .spec.unknown: field not declared in schema")
	require.Equal(t, int32(500), err.(apierrors.APIStatus).Status().Code)
	require.Empty(t, apierrors.ReasonForError(err))

	pruned := parse(t, gadget+"  unknown: field\n")
	pruned.SetName("two")
	created, err := create(t.Context(), c, pruned)
	require.NoError(t, err)
	require.Nil(t, value(t, created, "spec", "unknown"))
	require.Equal(t, []any{"red"}, value(t, created, "spec", "tags"))
}

func TestDefinitionTakesItsObjectsAlong(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	apply(t, c, "packstage", crd)
	apply(t, c, "packstage", gadget)
	hold := func(finalizers ...string) {
		require.NoError(t, c.Edit(t.Context(), "kubectl", reference(t, gadget), func(object *unstructured.Unstructured) {
			object.SetFinalizers(finalizers)
		}))
	}
	hold("example.com/hold")
	require.NoError(t, c.Delete(t.Context(), reference(t, crd), cluster.DeleteOptions{}))
	require.NotNil(t, get(t, c, parse(t, crd)).GetDeletionTimestamp())
	other := parse(t, gadget)
	other.SetName("two")
	_, err := create(t.Context(), c, other)
	require.True(t, apierrors.IsForbidden(err))
	hold()
	_, err = c.Get(t.Context(), reference(t, crd))
	require.True(t, apierrors.IsNotFound(err))
	_, err = c.Get(t.Context(), reference(t, gadget))
	require.ErrorAs(t, err, new(*cluster.UnknownKindError))
}

func TestDefinitionIsEstablishedLater(t *testing.T) {
	t.Parallel()
	c := clustertest.New(clustertest.WithReadiness(func(*unstructured.Unstructured) int { return 2 }))
	apply(t, c, "packstage", crd)
	for range 2 {
		_, err := c.Kind(t.Context(), gadgetKind)
		require.Error(t, err)
		require.Nil(t, value(t, get(t, c, parse(t, crd)), "status", "conditions"))
	}
	require.NotNil(t, value(t, get(t, c, parse(t, crd)), "status", "conditions"))
	_, err := c.Kind(t.Context(), gadgetKind)
	require.NoError(t, err)
}

func TestStaleDiscovery(t *testing.T) {
	t.Parallel()
	c := clustertest.New(clustertest.WithStaleDiscovery())
	_, err := c.Kind(t.Context(), gadgetKind)
	require.Error(t, err)
	apply(t, c, "packstage", crd)
	_, err = c.Kind(t.Context(), gadgetKind)
	require.Error(t, err)
	c.Forget()
	_, err = c.Kind(t.Context(), gadgetKind)
	require.NoError(t, err)
}

func TestKindsOfKubernetes(t *testing.T) {
	t.Parallel()
	c := clustertest.New(clustertest.WithServerVersion("v1.30.1"))
	kinds, err := c.Kinds(t.Context())
	require.NoError(t, err)
	require.IsIncreasing(t, func() (names []string) {
		for _, kind := range kinds {
			names = append(names, kind.Group+"\x00"+kind.GroupKind().Kind)
			require.NotEqual(t, "SelfSubjectAccessReview", kind.GroupKind().Kind)
			require.Contains(t, kind.Verbs, "delete")
		}
		return names
	}())
	version, err := c.ServerVersion(t.Context())
	require.NoError(t, err)
	require.Equal(t, "v1.30.1", version)
	require.Len(t, c.Calls(), 1, "discovery is remembered")

	const autoscaler = "apiVersion: autoscaling/v1\nkind: HorizontalPodAutoscaler\nmetadata: {name: web, namespace: default}\nspec: {maxReplicas: 3}\n"
	apply(t, c, "packstage", autoscaler)
	preferred := reference(t, autoscaler)
	preferred.Version = "v2"
	found, err := c.Get(t.Context(), preferred)
	require.NoError(t, err)
	require.Equal(t, "autoscaling/v2", found.GetAPIVersion())
}

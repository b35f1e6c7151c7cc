package cluster_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"

	installercluster "github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/dynamiccluster"
	"github.com/packstage/packstage/test/cluster"
)

const dynamicManager = "packstage-dynamic-test"

var (
	dynamicConfigMap  = schema.GroupVersionKind{Version: "v1", Kind: "ConfigMap"}
	dynamicNamespace  = schema.GroupVersionKind{Version: "v1", Kind: "Namespace"}
	dynamicDefinition = schema.GroupVersionKind{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"}
	mineOptions       = installercluster.WriteOptions{FieldManager: dynamicManager}
)

func dynamicCluster(t *testing.T, config *rest.Config) *dynamiccluster.Cluster {
	t.Helper()
	c, err := dynamiccluster.New(config)
	require.NoError(t, err)
	return c
}

func dynamicObject(kind schema.GroupVersionKind, namespace, name string, fields map[string]any) *unstructured.Unstructured {
	object := &unstructured.Unstructured{Object: map[string]any{}}
	for field, value := range fields {
		object.Object[field] = value
	}
	object.SetGroupVersionKind(kind)
	object.SetNamespace(namespace)
	object.SetName(name)
	return object
}

func colored(namespace, name, color string) *unstructured.Unstructured {
	return dynamicObject(dynamicConfigMap, namespace, name, map[string]any{"data": map[string]any{"color": color}})
}

func TestDynamicClusterReadsAndWrites(t *testing.T) {
	t.Parallel()
	shared := cluster.Shared(t)
	namespace := shared.CreateNamespace(t, "dynamic")
	c := dynamicCluster(t, shared.Config())
	ctx := t.Context()
	web := installercluster.NewReference(dynamicConfigMap, namespace, "web")

	_, err := c.Get(ctx, web)
	require.True(t, apierrors.IsNotFound(err), "%v", err)
	dry, err := c.Create(ctx, colored(namespace, "web", "blue"), installercluster.WriteOptions{FieldManager: dynamicManager, DryRun: true})
	require.NoError(t, err)
	require.Empty(t, dry.GetResourceVersion(), "a dry run has stored nothing")
	created, err := c.Create(ctx, colored(namespace, "web", "blue"), mineOptions)
	require.NoError(t, err)
	require.Equal(t, dynamicManager, created.GetManagedFields()[0].Manager)
	_, err = c.Create(ctx, colored(namespace, "web", "blue"), mineOptions)
	require.True(t, apierrors.IsAlreadyExists(err), "%v", err)

	changed := created.DeepCopy()
	require.NoError(t, unstructured.SetNestedField(changed.Object, "red", "data", "color"))
	updated, err := c.Update(ctx, changed, mineOptions)
	require.NoError(t, err)
	_, err = c.Update(ctx, changed, mineOptions)
	require.True(t, apierrors.IsConflict(err), "the version is an old one: %v", err)

	_, err = c.Apply(ctx, colored(namespace, "web", "green"), installercluster.ApplyOptions{FieldManager: "other"})
	require.True(t, apierrors.IsConflict(err), "%v", err)
	dry, err = c.Apply(ctx, colored(namespace, "web", "green"), installercluster.ApplyOptions{FieldManager: "other", Force: true, DryRun: true})
	require.NoError(t, err)
	require.Equal(t, updated.GetResourceVersion(), dry.GetResourceVersion())
	applied, err := c.Apply(ctx, updated, installercluster.ApplyOptions{FieldManager: "other", Force: true})
	require.NoError(t, err, "managedFields of what was read are left out")
	foreign := colored(namespace, "web", "green")
	foreign.SetUID("00000000-0000-0000-0000-000000000000")
	_, err = c.Apply(ctx, foreign, installercluster.ApplyOptions{FieldManager: "other", Force: true})
	require.True(t, apierrors.IsInvalid(err), "%v", err)
	foreign.SetName("none")
	_, err = c.Apply(ctx, foreign, installercluster.ApplyOptions{FieldManager: "other"})
	require.True(t, apierrors.IsConflict(err), "an apply with a UID creates nothing: %v", err)

	require.NoError(t, c.Delete(ctx, web, installercluster.DeleteOptions{DryRun: true}))
	err = c.Delete(ctx, web, installercluster.DeleteOptions{UID: "00000000-0000-0000-0000-000000000000"})
	require.True(t, apierrors.IsConflict(err), "%v", err)
	err = c.Delete(ctx, web, installercluster.DeleteOptions{UID: applied.GetUID(), ResourceVersion: created.GetResourceVersion()})
	require.True(t, apierrors.IsConflict(err), "%v", err)
	require.NoError(t, c.Delete(ctx, web, installercluster.DeleteOptions{
		UID: applied.GetUID(), ResourceVersion: applied.GetResourceVersion(), Propagation: installercluster.PropagationBackground,
	}))
	require.True(t, apierrors.IsNotFound(c.Delete(ctx, web, installercluster.DeleteOptions{})))

	_, err = c.Create(ctx, colored(namespace+"-none", "web", "blue"), mineOptions)
	require.True(t, apierrors.IsNotFound(err), "its namespace is missing: %v", err)
}

func TestDynamicClusterListsInPages(t *testing.T) {
	t.Parallel()
	shared := cluster.Shared(t)
	namespace := shared.CreateNamespace(t, "pages")
	c := dynamicCluster(t, shared.Config())
	ctx := t.Context()
	const objects = 520
	for i := range objects {
		object := colored(namespace, fmt.Sprintf("c%04d", i), "blue")
		object.SetLabels(map[string]string{"number": fmt.Sprint(i % 2)})
		_, err := c.Create(ctx, object, mineOptions)
		require.NoError(t, err)
	}
	listed, err := c.List(ctx, dynamicConfigMap, installercluster.ListOptions{Namespace: namespace, LabelSelector: "number"})
	require.NoError(t, err)
	require.Len(t, listed, objects)
	require.True(t, slices.IsSortedFunc(listed, func(a, b *unstructured.Unstructured) int {
		return installercluster.ReferenceTo(a).Compare(installercluster.ReferenceTo(b))
	}))
	listed, err = c.List(ctx, dynamicConfigMap, installercluster.ListOptions{LabelSelector: "number=1", Namespace: namespace, Limit: 7})
	require.NoError(t, err)
	require.Len(t, listed, 7)
	listed, err = c.List(ctx, dynamicConfigMap, installercluster.ListOptions{Namespace: namespace + "-none"})
	require.NoError(t, err)
	require.Empty(t, listed)
	_, err = c.List(ctx, dynamicConfigMap, installercluster.ListOptions{LabelSelector: "a b c"})
	require.True(t, apierrors.IsBadRequest(err), "%v", err)
}

func TestDynamicClusterKnowsKinds(t *testing.T) {
	t.Parallel()
	shared := cluster.Shared(t)
	c := dynamicCluster(t, shared.Config())
	version, err := c.ServerVersion(t.Context())
	require.NoError(t, err)
	require.Regexp(t, `^v1\.\d+\.\d+`, version)

	config := shared.Config()
	config.WrapTransport = func(next http.RoundTripper) http.RoundTripper { return olderServer{next} }
	// Other tests of this cluster make and delete definitions meanwhile, and until the server
	// has taken notice it cannot say what such a group serves.
	var kinds []installercluster.Kind
	eventually(t, "the cluster says what it serves", func() bool {
		kinds, err = c.Kinds(t.Context())
		require.True(t, err == nil || apierrors.IsServiceUnavailable(err), "%v", err)
		return err == nil
	})
	older, err := dynamicCluster(t, config).Kinds(t.Context())
	require.NoError(t, err)
	builtin := func(kinds []installercluster.Kind) []installercluster.Kind {
		return slices.DeleteFunc(kinds, func(kind installercluster.Kind) bool { return kind.Group != "" && kind.Group != "apps" })
	}
	require.Equal(t, builtin(kinds), builtin(older), "both ways to ask give the same")
	deployment, err := c.Kind(t.Context(), schema.GroupVersionKind{Group: "apps", Version: "v1", Kind: "Deployment"})
	require.NoError(t, err)
	require.Contains(t, kinds, deployment)
	require.True(t, deployment.Namespaced)
}

// olderServer asks as clients did before a server could give all in one answer.
type olderServer struct{ next http.RoundTripper }

func (o olderServer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Accept", "application/json")
	return o.next.RoundTrip(r)
}

func TestDynamicClusterSeesDefinitionsComeAndGo(t *testing.T) {
	t.Parallel()
	shared := cluster.Shared(t)
	namespace := shared.CreateNamespace(t, "definitions")
	c := dynamicCluster(t, shared.Config())
	ctx := t.Context()
	group := namespace + ".example.com"
	widget := schema.GroupVersionKind{Group: group, Version: "v1", Kind: "Widget"}
	unknown := func(err error) bool {
		var unknown *installercluster.UnknownKindError
		return errors.As(err, &unknown)
	}
	object := dynamicObject(widget, namespace, "w", nil)
	_, err := c.Create(ctx, object, mineOptions)
	require.True(t, unknown(err), "%v", err)

	definition := dynamicObject(dynamicDefinition, "", "widgets."+group, map[string]any{"spec": map[string]any{
		"group": group, "scope": "Namespaced", "names": map[string]any{"kind": "Widget", "plural": "widgets"},
		"versions": []any{map[string]any{"name": "v1", "served": true, "storage": true, "schema": map[string]any{
			"openAPIV3Schema": map[string]any{"type": "object"},
		}}},
	}})
	_, err = c.Create(ctx, definition, mineOptions)
	require.NoError(t, err)
	// Nothing has to be forgotten: what was not there is asked for again.
	eventually(t, "the kind is served", func() bool {
		_, err := c.Create(ctx, object, mineOptions)
		require.True(t, err == nil || unknown(err) || apierrors.IsServiceUnavailable(err), "a definition that is not established yet: %v", err)
		return err == nil
	})

	require.NoError(t, c.Delete(ctx, installercluster.ReferenceTo(definition), installercluster.DeleteOptions{}))
	reference := installercluster.ReferenceTo(object)
	eventually(t, "the kind is gone", func() bool {
		_, err := c.Get(ctx, reference)
		return unknown(err)
	})
	require.True(t, unknown(c.Delete(ctx, reference, installercluster.DeleteOptions{})))
	_, err = c.List(ctx, widget, installercluster.ListOptions{})
	require.True(t, unknown(err), "%v", err)
}

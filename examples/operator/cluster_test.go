package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/clustertest"
	"github.com/packstage/packstage/installer/clustertest/apiserver"
	"github.com/packstage/packstage/installer/dynamiccluster"
	"github.com/packstage/packstage/installer/history"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

var configMapKind = schema.GroupVersionKind{Version: "v1", Kind: "ConfigMap"}

// serve serves a cluster in memory, and returns the adapter that is connected to it.
func serve(t *testing.T, memory *clustertest.Cluster) *clientCluster {
	t.Helper()
	server := httptest.NewServer(apiserver.New(memory, apiserver.Options{}))
	t.Cleanup(server.Close)
	return connect(t, server.URL)
}

func connect(t *testing.T, address string) *clientCluster {
	t.Helper()
	config := &rest.Config{Host: address, QPS: -1}
	discoverer, err := dynamiccluster.New(config)
	require.NoError(t, err)
	c, err := client.New(config, client.Options{})
	require.NoError(t, err)
	return &clientCluster{discoverer, c}
}

func object(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	read := &unstructured.Unstructured{}
	require.NoError(t, yaml.Unmarshal([]byte(text), &read.Object))
	return read
}

func configMap(t *testing.T, name, color string) *unstructured.Unstructured {
	t.Helper()
	return object(t, "{apiVersion: v1, kind: ConfigMap, metadata: {name: "+name+", namespace: default, labels: {app: shop}}, data: {color: "+color+"}}")
}

func TestCreateAndUpdate(t *testing.T) {
	t.Parallel()
	c, ctx := serve(t, clustertest.New()), t.Context()
	web := configMap(t, "web", "red")
	given := web.DeepCopy()

	tried, err := c.Create(ctx, web, cluster.WriteOptions{FieldManager: name, DryRun: true})
	require.NoError(t, err)
	require.Equal(t, "web", tried.GetName())
	_, err = c.Get(ctx, cluster.ReferenceTo(web))
	require.True(t, apierrors.IsNotFound(err), "%v", err)

	made, err := c.Create(ctx, web, cluster.WriteOptions{FieldManager: name})
	require.NoError(t, err)
	require.Equal(t, given, web, "what is given is not changed")
	require.Equal(t, name, made.GetManagedFields()[0].Manager)
	_, err = c.Create(ctx, web, cluster.WriteOptions{})
	require.True(t, apierrors.IsAlreadyExists(err), "%v", err)

	blue := made.DeepCopy()
	require.NoError(t, unstructured.SetNestedField(blue.Object, "blue", "data", "color"))
	updated, err := c.Update(ctx, blue, cluster.WriteOptions{DryRun: true})
	require.NoError(t, err)
	require.Equal(t, map[string]any{"color": "blue"}, updated.Object["data"])
	_, err = c.Update(ctx, blue, cluster.WriteOptions{FieldManager: name})
	require.NoError(t, err, "the dry run has changed nothing")
	_, err = c.Update(ctx, blue, cluster.WriteOptions{})
	require.True(t, apierrors.IsConflict(err), "%v", err)
	live, err := c.Get(ctx, cluster.ReferenceTo(web))
	require.NoError(t, err)
	require.Equal(t, map[string]any{"color": "blue"}, live.Object["data"])
	require.Equal(t, configMapKind, live.GroupVersionKind())
}

func TestApply(t *testing.T) {
	t.Parallel()
	c, ctx := serve(t, clustertest.New()), t.Context()
	red, blue := configMap(t, "web", "red"), configMap(t, "web", "blue")
	tried, err := c.Apply(ctx, red, cluster.ApplyOptions{FieldManager: name, DryRun: true})
	require.NoError(t, err)
	require.Empty(t, tried.GetResourceVersion(), "it would be new")
	made, err := c.Apply(ctx, red, cluster.ApplyOptions{FieldManager: name})
	require.NoError(t, err)
	require.NotEmpty(t, made.GetUID())

	_, err = c.Apply(ctx, blue, cluster.ApplyOptions{FieldManager: "other"})
	require.True(t, apierrors.IsConflict(err), "%v", err)
	forced, err := c.Apply(ctx, blue, cluster.ApplyOptions{FieldManager: "other", Force: true})
	require.NoError(t, err)
	require.Equal(t, map[string]any{"color": "blue"}, forced.Object["data"])

	_, err = c.Apply(ctx, forced, cluster.ApplyOptions{FieldManager: "other"})
	require.NoError(t, err, "what was read can be applied")
	blue.SetUID("of-another")
	_, err = c.Apply(ctx, blue, cluster.ApplyOptions{FieldManager: "other"})
	require.True(t, apierrors.IsInvalid(err) || apierrors.IsConflict(err), "%v", err)
}

func TestDelete(t *testing.T) {
	t.Parallel()
	c, ctx := serve(t, clustertest.New()), t.Context()
	made, err := c.Create(ctx, configMap(t, "web", "red"), cluster.WriteOptions{})
	require.NoError(t, err)
	web := cluster.ReferenceTo(made)
	for about, options := range map[string]cluster.DeleteOptions{
		"another UID":     {UID: "of-another"},
		"another version": {UID: made.GetUID(), ResourceVersion: "1"},
	} {
		require.True(t, apierrors.IsConflict(c.Delete(ctx, web, options)), about)
	}
	right := cluster.DeleteOptions{UID: made.GetUID(), ResourceVersion: made.GetResourceVersion(), Propagation: cluster.PropagationForeground}
	right.DryRun = true
	require.NoError(t, c.Delete(ctx, web, right))
	right.DryRun = false
	require.NoError(t, c.Delete(ctx, web, right), "the dry run has deleted nothing")
	require.True(t, apierrors.IsNotFound(c.Delete(ctx, web, cluster.DeleteOptions{})))
}

func TestDeleteSaysWhatHappensToDependents(t *testing.T) {
	t.Parallel()
	memory := apiserver.New(clustertest.New(), apiserver.Options{})
	var sent metav1.DeleteOptions
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodDelete {
			body, err := io.ReadAll(r.Body)
			sent = metav1.DeleteOptions{}
			if err != nil || json.Unmarshal(body, &sent) != nil {
				w.WriteHeader(http.StatusTeapot)
				return
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		memory.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	c, ctx := connect(t, server.URL), t.Context()
	made, err := c.Create(ctx, configMap(t, "web", "red"), cluster.WriteOptions{})
	require.NoError(t, err)
	require.NoError(t, c.Delete(ctx, cluster.ReferenceTo(made), cluster.DeleteOptions{Propagation: cluster.PropagationOrphan, DryRun: true}))
	require.Equal(t, metav1.DeletePropagationOrphan, *sent.PropagationPolicy)
	require.NoError(t, c.Delete(ctx, cluster.ReferenceTo(made), cluster.DeleteOptions{}))
	require.Nil(t, sent.PropagationPolicy, "what the server does by itself")
}

func TestList(t *testing.T) {
	t.Parallel()
	c, ctx := serve(t, clustertest.New()), t.Context()
	for _, one := range []string{"a", "b", "c"} {
		_, err := c.Create(ctx, configMap(t, one, "red"), cluster.WriteOptions{})
		require.NoError(t, err)
	}
	for about, test := range map[string]struct {
		options cluster.ListOptions
		names   []string
	}{
		"all":      {cluster.ListOptions{}, []string{"a", "b", "c"}},
		"two":      {cluster.ListOptions{Limit: 2}, []string{"a", "b"}},
		"selected": {cluster.ListOptions{Namespace: "default", LabelSelector: "app in (shop),!tier"}, []string{"a", "b", "c"}},
		"others":   {cluster.ListOptions{LabelSelector: "app!=shop"}, nil},
		"no place": {cluster.ListOptions{Namespace: "elsewhere"}, nil},
	} {
		found, err := c.List(ctx, configMapKind, test.options)
		require.NoError(t, err, about)
		var names []string
		for _, one := range found {
			require.Equal(t, configMapKind, one.GroupVersionKind())
			names = append(names, one.GetName())
		}
		require.Equal(t, test.names, names, about)
	}
	_, err := c.List(ctx, configMapKind, cluster.ListOptions{LabelSelector: "=="})
	require.True(t, apierrors.IsBadRequest(err), "%v", err)
}

// A kind that is not served, or not any more, is another thing than a missing object.
func TestUnknownKinds(t *testing.T) {
	t.Parallel()
	c, ctx := serve(t, clustertest.New()), t.Context()
	definition := object(t, `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gadgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Gadget, plural: gadgets, singular: gadget}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
`)
	gadget := object(t, "{apiVersion: example.com/v1, kind: Gadget, metadata: {name: one, namespace: default}}")
	unknown := func() {
		t.Helper()
		_, get := c.Get(ctx, cluster.ReferenceTo(gadget))
		_, list := c.List(ctx, gadget.GroupVersionKind(), cluster.ListOptions{})
		_, apply := c.Apply(ctx, gadget, cluster.ApplyOptions{FieldManager: name})
		_, create := c.Create(ctx, gadget, cluster.WriteOptions{})
		for _, err := range []error{get, list, apply, create, c.Delete(ctx, cluster.ReferenceTo(gadget), cluster.DeleteOptions{})} {
			var is *cluster.UnknownKindError
			require.ErrorAs(t, err, &is)
			require.Equal(t, gadget.GroupVersionKind(), is.Kind)
		}
	}
	unknown()
	_, err := c.Create(ctx, definition, cluster.WriteOptions{})
	require.NoError(t, err)
	_, err = c.Apply(ctx, gadget, cluster.ApplyOptions{FieldManager: name})
	require.NoError(t, err, "found as soon as it is there")
	require.NoError(t, c.Delete(ctx, cluster.ReferenceTo(definition), cluster.DeleteOptions{}))
	unknown()
}

func TestErrorsOfTheServerStayWhatTheyAre(t *testing.T) {
	t.Parallel()
	memory := apiserver.New(clustertest.New(), apiserver.Options{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/v1/namespaces/default/configmaps/web" {
			memory.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte(`{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","message":"not you","code":403}`))
	}))
	t.Cleanup(server.Close)
	_, err := connect(t, server.URL).Get(t.Context(), cluster.NewReference(configMapKind, "default", "web"))
	require.True(t, apierrors.IsForbidden(err), "%v", err)
	require.ErrorContains(t, err, "not you")
}

// The installer over the adapter: the operator's own package, in and out again.
func TestInstallerOverTheAdapter(t *testing.T) {
	t.Parallel()
	memory := clustertest.New()
	c, ctx := serve(t, memory), t.Context()
	loaded, err := packageloader.Load(ctx, packageloader.FromFolder("package", packageloader.FolderOptions{}), packageloader.LoadOptions{})
	require.NoError(t, err)
	in := packagetypes.Context{}
	in.Package.Metadata.Name = "packages"
	instance, err := packageloader.Render(ctx, loaded, in, packageloader.Options{})
	require.NoError(t, err)

	i, release := installer.New(c, installer.Options{}), cluster.Release{Namespace: "default", Name: "packages"}
	result, err := i.Apply(ctx, release, instance, installer.ApplyOptions{})
	require.NoError(t, err)
	require.Equal(t, history.StateAvailable, result.State)
	operator := cluster.NewReference(schema.GroupVersionKind{Group: "apps", Version: "v1", Kind: "Deployment"}, "packages-system", "packstage-operator")
	live, err := memory.Get(ctx, operator)
	require.NoError(t, err)
	require.Equal(t, release, cluster.Owner(live))

	_, err = i.Delete(ctx, release, installer.DeleteOptions{})
	require.NoError(t, err)
	_, err = memory.Get(ctx, operator)
	require.True(t, apierrors.IsNotFound(err), "%v", err)
}

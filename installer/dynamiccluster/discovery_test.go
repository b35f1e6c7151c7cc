package dynamiccluster_test

import (
	"context"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/packstage/packstage/installer/cluster"
)

const widgets = `{"resources":[{"name":"widgets","namespaced":true,"kind":"Widget","verbs":["list","get"]}]}`

func TestKindIsRemembered(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.cluster(t)
	for range 3 {
		kind, err := c.Kind(t.Context(), configMap)
		require.NoError(t, err)
		require.Equal(t, cluster.Kind{
			GroupVersionKind: configMap, Resource: "configmaps", Namespaced: true, Verbs: []string{"create", "delete", "get", "list"},
		}, kind)
		kind.Verbs[0] = "changed by the caller"
		kind, err = c.Kind(t.Context(), namespace)
		require.NoError(t, err)
		require.False(t, kind.Namespaced)
	}
	require.Equal(t, 1, s.count("/api/v1"))
	c.Forget()
	_, err := c.Kind(t.Context(), configMap)
	require.NoError(t, err)
	require.Equal(t, 2, s.count("/api/v1"))
}

func TestUnknownKindIsNotRemembered(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.cluster(t)
	unknown := func() {
		_, err := c.Kind(t.Context(), widget)
		var unknown *cluster.UnknownKindError
		require.ErrorAs(t, err, &unknown)
		require.Equal(t, widget, unknown.Kind)
	}
	unknown() // no such group
	s.set("/apis/example.com/v1", answer(http.StatusOK, `{"resources":[{"name":"gadgets","kind":"Gadget","verbs":["get"]}]}`))
	unknown() // no such kind in it
	s.set("/apis/example.com/v1", answer(http.StatusOK, widgets))
	_, err := c.Kind(t.Context(), widget)
	require.NoError(t, err)
	_, err = c.Kind(t.Context(), widget)
	require.NoError(t, err)
	require.Equal(t, 3, s.count("/apis/example.com/v1"))
}

func TestManyAskOnce(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	release := make(chan struct{})
	s.set("/apis/example.com/v1", func(w http.ResponseWriter, r *http.Request) {
		<-release
		answer(http.StatusOK, widgets)(w, r)
	})
	c := s.cluster(t)
	// The first caller goes away: the others ask again, one of them for all.
	ctx, cancel := context.WithCancel(t.Context())
	first := make(chan error)
	go func() {
		_, err := c.Kind(ctx, widget)
		first <- err
	}()
	require.Eventually(t, func() bool { return s.count("/apis/example.com/v1") == 1 }, waitLimit, waitStep)
	var waiting, ready sync.WaitGroup
	for range 20 {
		ready.Add(1)
		waiting.Go(func() {
			ready.Done()
			kind, err := c.Kind(t.Context(), widget)
			if err != nil || kind.Resource != "widgets" {
				t.Errorf("%v %v", kind, err)
			}
		})
	}
	ready.Wait()
	cancel()
	require.ErrorIs(t, <-first, context.Canceled)
	close(release)
	waiting.Wait()
	require.LessOrEqual(t, s.count("/apis/example.com/v1"), 2)
}

func TestDiscoveryErrorsAreThoseOfTheServer(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.cluster(t)
	s.set("/apis/example.com/v1", status(http.StatusServiceUnavailable, "ServiceUnavailable", "the API behind it is down"))
	_, err := c.Kind(t.Context(), widget)
	require.True(t, apierrors.IsServiceUnavailable(err), "%v", err)
	require.ErrorContains(t, err, "example.com/v1")
	s.set("/apis/example.com/v1", status(http.StatusForbidden, "Forbidden", "no"))
	_, err = c.Kind(t.Context(), widget)
	require.True(t, apierrors.IsForbidden(err), "%v", err)
	s.set("/apis/example.com/v1", answer(http.StatusOK, `<html>`))
	_, err = c.Kind(t.Context(), widget)
	require.ErrorContains(t, err, "no Kubernetes API server")
}

func TestServerVersion(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.set("/version", answer(http.StatusOK, `{"major":"1","minor":"36","gitVersion":"v1.36.3"}`))
	version, err := s.cluster(t).ServerVersion(t.Context())
	require.NoError(t, err)
	require.Equal(t, "v1.36.3", version)
	s.set("/version", answer(http.StatusOK, `{}`))
	_, err = s.cluster(t).ServerVersion(t.Context())
	require.ErrorContains(t, err, "no Kubernetes API server")
	s.set("/version", status(http.StatusUnauthorized, "Unauthorized", "Unauthorized"))
	_, err = s.cluster(t).ServerVersion(t.Context())
	require.True(t, apierrors.IsUnauthorized(err), "%v", err)
}

// Both forms of the same cluster: example.com prefers v2, which has no Gadget; Secret
// cannot be deleted, and widgets/scale is no kind of its own.
const (
	aggregatedCore = `{"kind":"APIGroupDiscoveryList","items":[{"metadata":{},"versions":[{"version":"v1","freshness":"Current","resources":[
		{"resource":"namespaces","responseKind":{"version":"v1","kind":"Namespace"},"scope":"Cluster","verbs":["list","delete"]},
		{"resource":"configmaps","responseKind":{"version":"v1","kind":"ConfigMap"},"scope":"Namespaced","verbs":["list","delete","get"]},
		{"resource":"secrets","responseKind":{"version":"v1","kind":"Secret"},"scope":"Namespaced","verbs":["list"]}]}]}]}`
	aggregatedGroups = `{"kind":"APIGroupDiscoveryList","items":[{"metadata":{"name":"example.com"},"versions":[
		{"version":"v2","freshness":"Current","resources":[
			{"resource":"widgets","responseKind":{"group":"example.com","version":"v2","kind":"Widget"},"scope":"Namespaced","verbs":["list","delete"],"subresources":[{"subresource":"scale"}]}]},
		{"version":"v1","freshness":"Current","resources":[
			{"resource":"widgets","responseKind":{"group":"example.com","version":"v1","kind":"Widget"},"scope":"Namespaced","verbs":["list","delete"]},
			{"resource":"gadgets","responseKind":{"group":"example.com","version":"v1","kind":"Gadget"},"scope":"Cluster","verbs":["delete","list"]}]}]}]}`
	listedCore   = `{"kind":"APIVersions","versions":["v1"]}`
	listedGroups = `{"kind":"APIGroupList","groups":[{"name":"example.com","preferredVersion":{"groupVersion":"example.com/v2"},
		"versions":[{"groupVersion":"example.com/v1"},{"groupVersion":"example.com/v2"}]}]}`
)

func TestKinds(t *testing.T) {
	t.Parallel()
	want := []cluster.Kind{
		{GroupVersionKind: configMap, Resource: "configmaps", Namespaced: true, Verbs: []string{"delete", "get", "list"}},
		{GroupVersionKind: namespace, Resource: "namespaces", Verbs: []string{"delete", "list"}},
		{GroupVersionKind: widget.GroupKind().WithVersion("v1"), Resource: "gadgets", Verbs: []string{"delete", "list"}},
		{GroupVersionKind: widget.GroupKind().WithVersion("v2"), Resource: "widgets", Namespaced: true, Verbs: []string{"delete", "list"}},
	}
	want[2].Kind = "Gadget"
	t.Run("in one answer", func(t *testing.T) {
		t.Parallel()
		s := newServer(t)
		s.set("/api", answer(http.StatusOK, aggregatedCore))
		s.set("/apis", answer(http.StatusOK, aggregatedGroups))
		kinds, err := s.cluster(t).Kinds(t.Context())
		require.NoError(t, err)
		require.Equal(t, want, kinds)
		require.Len(t, s.asked(), 2)
		require.Contains(t, s.asked()[0].header.Get("Accept"), "APIGroupDiscoveryList")
	})
	t.Run("of an older server", func(t *testing.T) {
		t.Parallel()
		s := newServer(t)
		s.set("/api", answer(http.StatusOK, listedCore))
		s.set("/apis", answer(http.StatusOK, listedGroups))
		s.set("/api/v1", answer(http.StatusOK, `{"resources":[
			{"name":"namespaces","kind":"Namespace","verbs":["list","delete"]},
			{"name":"configmaps","namespaced":true,"kind":"ConfigMap","verbs":["list","delete","get"]},
			{"name":"secrets","namespaced":true,"kind":"Secret","verbs":["list"]}]}`))
		s.set("/apis/example.com/v2", answer(http.StatusOK, `{"resources":[
			{"name":"widgets","namespaced":true,"kind":"Widget","verbs":["list","delete"]},
			{"name":"widgets/scale","namespaced":true,"kind":"Scale","verbs":["list","delete"]}]}`))
		s.set("/apis/example.com/v1", answer(http.StatusOK, `{"resources":[
			{"name":"widgets","namespaced":true,"kind":"Widget","verbs":["list","delete"]},
			{"name":"gadgets","kind":"Gadget","verbs":["list","delete"]}]}`))
		kinds, err := s.cluster(t).Kinds(t.Context())
		require.NoError(t, err)
		require.Equal(t, want, kinds)
	})
	t.Run("a group does not answer", func(t *testing.T) {
		t.Parallel()
		s := newServer(t)
		s.set("/api", answer(http.StatusOK, aggregatedCore))
		s.set("/apis", answer(http.StatusOK, `{"items":[{"metadata":{"name":"metrics.k8s.io"},"versions":[{"version":"v1beta1","freshness":"Stale"}]}]}`))
		_, err := s.cluster(t).Kinds(t.Context())
		require.True(t, apierrors.IsServiceUnavailable(err), "%v", err)
		require.ErrorContains(t, err, "kubectl get apiservice v1beta1.metrics.k8s.io")
	})
	t.Run("a version of an older server goes meanwhile", func(t *testing.T) {
		t.Parallel()
		s := newServer(t)
		s.set("/api", answer(http.StatusOK, listedCore))
		s.set("/apis", answer(http.StatusOK, listedGroups))
		s.set("/apis/example.com/v1", answer(http.StatusOK, `{"resources":[{"name":"gadgets","kind":"Gadget","verbs":["list","delete"]}]}`))
		kinds, err := s.cluster(t).Kinds(t.Context())
		require.NoError(t, err)
		require.Equal(t, []string{"ConfigMap", "Gadget"}, []string{kinds[0].Kind, kinds[1].Kind})
	})
	t.Run("a group of an older server does not answer", func(t *testing.T) {
		t.Parallel()
		s := newServer(t)
		s.set("/api", answer(http.StatusOK, listedCore))
		s.set("/apis", answer(http.StatusOK, listedGroups))
		s.set("/apis/example.com/v2", status(http.StatusServiceUnavailable, "ServiceUnavailable", "down"))
		_, err := s.cluster(t).Kinds(t.Context())
		require.True(t, apierrors.IsServiceUnavailable(err), "%v", err)
		require.ErrorContains(t, err, "example.com/v2")
	})
}

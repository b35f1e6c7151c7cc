package dynamiccluster_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/installer/cluster"
)

func TestGet(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.set("/apis/apps/v1/namespaces/shop/deployments/web", answer(http.StatusOK, `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"shop"},"spec":{"replicas":3}}`))
	s.set("/api/v1/namespaces/shop", answer(http.StatusOK, `{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop"}}`))
	s.set("/apis/apps/v1/namespaces/shop/deployments/none", status(http.StatusNotFound, "NotFound", `deployments.apps "none" not found`))
	s.set("/apis/apps/v1/namespaces/shop/deployments/secret", status(http.StatusForbidden, "Forbidden", "no"))
	c := s.cluster(t)

	web, err := c.Get(t.Context(), cluster.NewReference(deployment, "shop", "web"))
	require.NoError(t, err)
	require.Equal(t, object(t, `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"shop"},"spec":{"replicas":3}}`).GetName(), web.GetName())
	require.Equal(t, int64(3), web.Object["spec"].(map[string]any)["replicas"])
	shop, err := c.Get(t.Context(), cluster.NewReference(namespace, "", "shop"))
	require.NoError(t, err)
	require.Equal(t, "shop", shop.GetName())
	_, err = c.Get(t.Context(), cluster.NewReference(deployment, "shop", "none"))
	require.True(t, apierrors.IsNotFound(err), "%v", err)
	_, err = c.Get(t.Context(), cluster.NewReference(deployment, "shop", "secret"))
	require.True(t, apierrors.IsForbidden(err), "%v", err)
}

func TestMissingPathIsNoMissingObject(t *testing.T) {
	t.Parallel()
	const served = `{"resources":[{"name":"widgets","namespaced":true,"kind":"Widget","verbs":["get"]}]}`
	reference := cluster.NewReference(widget, "shop", "w")
	calls := map[string]func(context.Context, cluster.Cluster) error{
		"get": func(ctx context.Context, c cluster.Cluster) error {
			_, err := c.Get(ctx, reference)
			return err
		},
		"list": func(ctx context.Context, c cluster.Cluster) error {
			_, err := c.List(ctx, widget, cluster.ListOptions{})
			return err
		},
		"delete": func(ctx context.Context, c cluster.Cluster) error {
			return c.Delete(ctx, reference, cluster.DeleteOptions{})
		},
		"create": func(ctx context.Context, c cluster.Cluster) error {
			_, err := c.Create(ctx, object(t, `{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"w","namespace":"shop"}}`), cluster.WriteOptions{})
			return err
		},
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			s.set("/apis/example.com/v1", answer(http.StatusOK, served))
			c := s.cluster(t)
			_, err := c.Kind(t.Context(), widget)
			require.NoError(t, err)

			err = call(t.Context(), c) // listed, and not served
			require.True(t, apierrors.IsServiceUnavailable(err), "%v", err)
			require.ErrorContains(t, err, "does not serve it at the moment")

			s.set("/apis/example.com/v1", nil) // the definition is deleted
			err = call(t.Context(), c)
			var unknown *cluster.UnknownKindError
			require.ErrorAs(t, err, &unknown)
			require.Equal(t, widget, unknown.Kind)
		})
	}
}

// listing answers pages of ConfigMaps from a list of names; expired says how many
// continuations are answered with 410.
func listing(names []string, expired int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		from, limit := 0, 0
		if token := query.Get("continue"); token != "" {
			if expired > 0 {
				expired--
				status(http.StatusGone, "Expired", "The provided continue parameter is too old")(w, r)
				return
			}
			_, _ = fmt.Sscan(token, &from)
		}
		_, _ = fmt.Sscan(query.Get("limit"), &limit)
		to := len(names)
		token := ""
		if limit > 0 && from+limit < to {
			to = from + limit
			token = fmt.Sprint(to)
		}
		var items []string
		for _, name := range names[from:to] {
			items = append(items, fmt.Sprintf(`{"metadata":{"name":%q}}`, name))
		}
		answer(http.StatusOK, fmt.Sprintf(`{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"continue":%q},"items":[%s]}`, token, strings.Join(items, ",")))(w, r)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	names := make([]string, 1201)
	for i := range names {
		names[i] = fmt.Sprintf("c%04d", i)
	}
	for _, test := range []struct {
		name     string
		expired  int
		options  cluster.ListOptions
		objects  int
		requests []string
	}{
		{"pages", 0, cluster.ListOptions{}, 1201, []string{"limit=500", "continue=500&limit=500", "continue=1000&limit=500"}},
		{"selector", 0, cluster.ListOptions{LabelSelector: "app=web"}, 1201, []string{
			"labelSelector=app%3Dweb&limit=500", "continue=500&labelSelector=app%3Dweb&limit=500", "continue=1000&labelSelector=app%3Dweb&limit=500",
		}},
		{"small limit", 0, cluster.ListOptions{Limit: 2}, 2, []string{"limit=2"}},
		{"limit of a page", 0, cluster.ListOptions{Limit: 500}, 500, []string{"limit=500"}},
		{"limit over pages", 0, cluster.ListOptions{Limit: 700}, 700, []string{"limit=500", "continue=500&limit=200"}},
		{"begins again", 1, cluster.ListOptions{}, 1201, []string{
			"limit=500", "continue=500&limit=500", "limit=500", "continue=500&limit=500", "continue=1000&limit=500",
		}},
		{"all at once in the end", 100, cluster.ListOptions{}, 1201, []string{
			"limit=500", "continue=500&limit=500", "limit=500", "continue=500&limit=500", "limit=500", "continue=500&limit=500", "",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			s.set("/api/v1/configmaps", listing(names, test.expired))
			objects, err := s.cluster(t).List(t.Context(), configMap, test.options)
			require.NoError(t, err)
			require.Len(t, objects, test.objects)
			for i, o := range objects {
				require.Equal(t, names[i], o.GetName())
				require.Equal(t, configMap, o.GroupVersionKind())
			}
			var queries []string
			for _, r := range s.asked() {
				queries = append(queries, r.query)
			}
			require.Equal(t, test.requests, queries)
		})
	}
	t.Run("namespace", func(t *testing.T) {
		t.Parallel()
		s := newServer(t)
		s.set("/api/v1/namespaces/shop/configmaps", listing(nil, 0))
		objects, err := s.cluster(t).List(t.Context(), configMap, cluster.ListOptions{Namespace: "shop"})
		require.NoError(t, err)
		require.Empty(t, objects)
	})
	t.Run("expired for another reason", func(t *testing.T) {
		t.Parallel()
		s := newServer(t)
		s.set("/api/v1/configmaps", status(http.StatusGone, "Expired", "always"))
		_, err := s.cluster(t).List(t.Context(), configMap, cluster.ListOptions{})
		require.True(t, apierrors.IsResourceExpired(err), "%v", err)
		require.Len(t, s.asked(), 4)
	})
}

func TestWhatCannotBeAPathIsNotAsked(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.cluster(t)
	for _, segment := range []string{"../x", "..", ".", "a/b", "%2f", "x%2e", "/"} {
		_, err := c.Get(t.Context(), cluster.NewReference(configMap, "shop", segment))
		require.True(t, apierrors.IsBadRequest(err), "name %s: %v", segment, err)
		_, err = c.Get(t.Context(), cluster.NewReference(configMap, segment, "web"))
		require.True(t, apierrors.IsBadRequest(err), "namespace %s: %v", segment, err)
		require.True(t, apierrors.IsBadRequest(c.Delete(t.Context(), cluster.NewReference(namespace, "", segment), cluster.DeleteOptions{})), segment)
		_, err = c.List(t.Context(), configMap, cluster.ListOptions{Namespace: segment})
		require.True(t, apierrors.IsBadRequest(err), "namespace %s: %v", segment, err)
		for _, kind := range []schema.GroupVersionKind{
			{Group: segment, Version: "v1", Kind: "ConfigMap"}, {Version: segment, Kind: "ConfigMap"}, {Group: "apps", Version: segment, Kind: "Deployment"},
		} {
			_, err = c.Get(t.Context(), cluster.NewReference(kind, "shop", "web"))
			var unknown *cluster.UnknownKindError
			require.ErrorAs(t, err, &unknown, "kind %s", kind)
		}
	}
	require.Empty(t, s.asked())
}

func TestReferencesHaveToFitTheirKind(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.cluster(t)
	for reference, want := range map[cluster.Reference]string{
		cluster.NewReference(configMap, "", "web"):      "ConfigMap web has no namespace",
		cluster.NewReference(namespace, "shop", "shop"): "Namespace shop/shop has a namespace",
		cluster.NewReference(configMap, "shop", ""):     "has no name",
	} {
		_, err := c.Get(t.Context(), reference)
		require.ErrorContains(t, err, want)
		require.True(t, apierrors.IsBadRequest(err))
	}
	_, err := c.List(t.Context(), namespace, cluster.ListOptions{Namespace: "shop"})
	require.ErrorContains(t, err, "live in no namespace")
	require.Empty(t, s.asked())
}

// A call that did not end with its context would keep the test from ending.
func TestCallsEndWithTheirContext(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	asked := make(chan struct{}, 1)
	hang := func(_ http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-r.Context().Done()
	}
	s.set("/api/v1/namespaces/shop/configmaps/slow", hang)
	s.set("/apis/example.com/v1", hang)
	c := s.cluster(t)
	for name, call := range map[string]func(context.Context) error{
		"get": func(ctx context.Context) error {
			_, err := c.Get(ctx, cluster.NewReference(configMap, "shop", "slow"))
			return err
		},
		"discovery": func(ctx context.Context) error {
			_, err := c.Kind(ctx, widget)
			return err
		},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- call(ctx) }()
		<-asked
		cancel()
		require.ErrorIs(t, <-done, context.Canceled, name)
	}
}

// A listing without an end, as of a hostile API behind the server, ends all the same.
func TestListWithoutEnd(t *testing.T) {
	t.Parallel()
	page := func(token string) http.HandlerFunc {
		return answer(http.StatusOK, fmt.Sprintf(`{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"continue":%q},"items":[]}`, token))
	}
	t.Run("same page", func(t *testing.T) {
		t.Parallel()
		s := newServer(t)
		s.set("/api/v1/configmaps", page("again"))
		_, err := s.cluster(t).List(t.Context(), configMap, cluster.ListOptions{})
		require.ErrorContains(t, err, "a page leads to itself")
		require.Len(t, s.asked(), 2)
	})
	t.Run("always another page", func(t *testing.T) {
		t.Parallel()
		s := newServer(t)
		var pages atomic.Int64
		s.set("/api/v1/configmaps", func(w http.ResponseWriter, r *http.Request) {
			page(fmt.Sprint(pages.Add(1)))(w, r)
		})
		_, err := s.cluster(t).List(t.Context(), configMap, cluster.ListOptions{})
		require.ErrorContains(t, err, "it went on after 2000 pages")
		require.EqualValues(t, 2000, pages.Load())
	})
}

package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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
	kinds, err := c.Kinds(t.Context())
	require.NoError(t, err)
	older, err := dynamicCluster(t, config).Kinds(t.Context())
	require.NoError(t, err)
	// Other tests of this cluster make and delete definitions meanwhile.
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
	require.Eventually(t, func() bool {
		_, err := c.Create(ctx, object, mineOptions)
		if err != nil && !unknown(err) && !apierrors.IsServiceUnavailable(err) {
			t.Errorf("a definition that is not established yet: %v", err)
		}
		return err == nil
	}, time.Minute, 50*time.Millisecond)

	require.NoError(t, c.Delete(ctx, installercluster.ReferenceTo(definition), installercluster.DeleteOptions{}))
	reference := installercluster.ReferenceTo(object)
	require.Eventually(t, func() bool {
		_, err := c.Get(ctx, reference)
		return unknown(err)
	}, time.Minute, 50*time.Millisecond)
	require.True(t, unknown(c.Delete(ctx, reference, installercluster.DeleteOptions{})))
	_, err = c.List(ctx, widget, installercluster.ListOptions{})
	require.True(t, unknown(err), "%v", err)
}

func TestDynamicClusterStaysInItsPath(t *testing.T) {
	t.Parallel()
	shared := cluster.Shared(t)
	config := shared.Config()
	config.UserAgent = "dynamic-paths"
	c := dynamicCluster(t, config)
	for _, segment := range []string{"../x", "../../secrets/x", "..", ".", "a/b", "%2f", "%2e%2e", "x%00", "/", "a?b=c", "a#b", "a b", "ä"} {
		_, err := c.Get(t.Context(), installercluster.NewReference(dynamicConfigMap, "default", segment))
		require.True(t, apierrors.IsBadRequest(err) || apierrors.IsNotFound(err), "%s: %v", segment, err)
		_, err = c.Apply(t.Context(), colored("default", segment, "blue"), installercluster.ApplyOptions{FieldManager: dynamicManager, DryRun: true})
		require.True(t, apierrors.IsBadRequest(err) || apierrors.IsInvalid(err), "%s: %v", segment, err)
		_, err = c.Get(t.Context(), installercluster.NewReference(dynamicConfigMap, segment, "x"))
		require.True(t, apierrors.IsBadRequest(err) || apierrors.IsNotFound(err), "%s: %v", segment, err)
		err = c.Delete(t.Context(), installercluster.NewReference(dynamicNamespace, "", segment), installercluster.DeleteOptions{DryRun: true})
		require.True(t, apierrors.IsBadRequest(err) || apierrors.IsNotFound(err), "%s: %v", segment, err)
	}
	for _, event := range shared.AuditEvents(t, cluster.FromUserAgent("dynamic-paths")) {
		if event.ObjectRef == nil || event.ObjectRef.Resource == "" {
			continue // discovery
		}
		require.Contains(t, []string{"configmaps", "namespaces"}, event.ObjectRef.Resource, "%s", event)
		require.Empty(t, event.ObjectRef.Subresource, "%s", event)
	}
}

func TestDynamicClusterActsAsItsUser(t *testing.T) {
	t.Parallel()
	shared := cluster.Shared(t)
	namespace := shared.CreateNamespace(t, "impersonated")
	config := shared.Config()
	config.Impersonate = rest.ImpersonationConfig{UserName: "nobody-special"}
	_, err := dynamicCluster(t, config).Get(t.Context(), installercluster.NewReference(dynamicConfigMap, namespace, "kube-root-ca.crt"))
	require.True(t, apierrors.IsForbidden(err), "%v", err)
	require.ErrorContains(t, err, "nobody-special")

	expired := dynamicCluster(t, shared.ExpiringUserConfig(t, time.Now().Add(-time.Minute), "late", "system:masters"))
	_, err = expired.ServerVersion(t.Context())
	require.True(t, apierrors.IsUnauthorized(err), "%v", err)
}

// What happens on the way reaches the caller at once, who decides whether to repeat.
func TestDynamicClusterRepeatsNothing(t *testing.T) {
	t.Parallel()
	shared := cluster.Shared(t)
	namespace := shared.CreateNamespace(t, "once")
	for name, test := range map[string]struct {
		fault cluster.Fault
		holds func(error) bool
		there bool
	}{
		"429":           {cluster.Fault{Status: http.StatusTooManyRequests, RetryAfter: time.Second}, apierrors.IsTooManyRequests, false},
		"503":           {cluster.Fault{Status: http.StatusServiceUnavailable, RetryAfter: time.Second}, apierrors.IsServiceUnavailable, false},
		"request lost":  {cluster.Fault{Lose: cluster.LoseRequest}, isTransport, false},
		"response lost": {cluster.Fault{Lose: cluster.LoseResponse}, isTransport, true},
		"severed":       {cluster.Fault{Lose: cluster.LoseResponse, Sever: true}, isTransport, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			proxy := cluster.StartProxy(t, shared, func(_ int, r *http.Request) cluster.Fault {
				if r.Method == http.MethodPost {
					return test.fault
				}
				return cluster.Fault{}
			})
			c := dynamicCluster(t, proxy.Config())
			object := dynamicObject(dynamicConfigMap, namespace, "", nil)
			object.SetName("c" + fmt.Sprint(len(name)) + name[:1])
			_, err := c.Create(t.Context(), object, mineOptions)
			require.True(t, test.holds(err), "%v", err)
			posts := 0
			for _, request := range proxy.Requests() {
				if request.Method == http.MethodPost {
					posts++
				}
			}
			require.Equal(t, 1, posts)
			_, err = c.Get(t.Context(), installercluster.ReferenceTo(object))
			require.Equal(t, test.there, err == nil, "%v", err)
		})
	}
}

func isTransport(err error) bool {
	return err != nil && apierrors.ReasonForError(err) == metav1.StatusReasonUnknown && !errors.Is(err, context.Canceled)
}

// A call that did not end with its context would keep the test from ending.
func TestDynamicClusterEndsWithTheContext(t *testing.T) {
	t.Parallel()
	shared := cluster.Shared(t)
	arrived := make(chan struct{}, 1)
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	proxy := cluster.StartProxy(t, shared, func(_ int, r *http.Request) cluster.Fault {
		if r.Method != http.MethodPatch {
			return cluster.Fault{}
		}
		return cluster.Fault{Before: func() { arrived <- struct{}{}; <-release }}
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := dynamicCluster(t, proxy.Config()).Apply(ctx, colored("default", "never", "blue"), installercluster.ApplyOptions{FieldManager: dynamicManager, DryRun: true})
		done <- err
	}()
	<-arrived
	cancel()
	require.ErrorIs(t, <-done, context.Canceled)
}

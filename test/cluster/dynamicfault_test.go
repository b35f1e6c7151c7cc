package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	installercluster "github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/test/cluster"
)

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
	c := dynamicCluster(t, proxy.Config())
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := c.Apply(ctx, colored("default", "never", "blue"), installercluster.ApplyOptions{FieldManager: dynamicManager, DryRun: true})
		done <- err
	}()
	select {
	case <-arrived:
	case err := <-done:
		t.Fatalf("it has ended before its request: %v", err)
	}
	cancel()
	require.ErrorIs(t, <-done, context.Canceled)
}

package faults_test

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/history"
	"github.com/packstage/packstage/test/cluster"
	"github.com/packstage/packstage/test/cluster/kills/journey"
)

// patient has a lease and repeats calls for longer than a server takes to start on a
// machine that is busy with other things.
func patient(o *installer.Options) {
	o.LeaseDuration, o.RetryFor, o.PhaseTimeout = 2*waitAtMost, 2*waitAtMost, 2*waitAtMost
}

// The API server is killed and comes back, first while a phase is waited for and then
// while phases are applied: the same call comes to its end.
func TestServerRestarts(t *testing.T) {
	t.Parallel()
	c := cluster.Start(t, cluster.Options{Controllers: true, Nodes: 1})
	observer := journey.RequireObserver(t, c)

	t.Run("in a wait", func(t *testing.T) {
		namespace := c.CreateNamespace(t, "restart")
		r := begin(t, c.Config(), slow(t, namespace), patient)
		r.await(t, installer.EventWaiting)
		c.StopAPIServer()
		// The first retry may say that a connection was reset. The server binds its port
		// early, so that it has to stay away until somebody was refused.
		r.awaitSaying(t, installer.EventRetry, "connection refused")
		c.StartAPIServer(t)
		letGo(t, c, namespace)
		require.NoError(t, <-r.done)
		requireState(t, c, namespace, history.StateAvailable, 1)
		requireConverges(t, c, slow(t, namespace), 1)
	})
	t.Run("in a rollout", func(t *testing.T) {
		operation := journey.Operations()[1] // the upgrade
		calm, _ := journey.Prepare(t, c, operation)
		require.NoError(t, journey.Run(t.Context(), c.Config(), calm, operation.Step, journey.Options(), false))
		wanted := observer.RequireSettled(t, calm)

		namespace, foreign := journey.Prepare(t, c, operation)
		var once atomic.Bool
		killed := make(chan struct{})
		proxy := cluster.StartProxy(t, c, func(_ int, r *http.Request) cluster.Fault {
			if r.Method != http.MethodPatch || r.URL.Query().Has("dryRun") || !once.CompareAndSwap(false, true) {
				return cluster.Fault{}
			}
			kill := func() {
				c.StopAPIServer()
				close(killed)
			}
			return cluster.Fault{After: kill, Lose: cluster.LoseResponse}
		})
		options := journey.Options()
		patient(&options)
		done := make(chan error, 1)
		go func() {
			done <- journey.Run(t.Context(), proxy.Config(), namespace, operation.Step, options, false)
		}()
		select {
		case <-killed:
		case err := <-done:
			t.Fatalf("it has ended without a write: %v", err)
		case <-time.After(waitAtMost):
			t.Fatal("nothing was written")
		}
		c.StartAPIServer(t)
		require.NoError(t, <-done)
		observer.RequireState(t, namespace, wanted, foreign, "after a restart in the rollout")
	})
}

// A certificate expires while a phase is waited for.
func TestCertificateExpires(t *testing.T) {
	t.Parallel()
	c := cluster.Shared(t)
	journey.RequireStores(t, c.Config().Host, c.Client())
	var namespace string
	// One that has expired before the Store was there is tried again with a later end.
	for validFor, waited := 8*time.Second, false; !waited; validFor *= 2 {
		namespace = c.CreateNamespace(t, "expires")
		config := c.ExpiringUserConfig(t, time.Now().Add(validFor), "late", "system:masters")
		r := begin(t, config, slow(t, namespace), nil)
		err := <-r.done // by itself: it waits for a Store that is not let go
		require.True(t, apierrors.IsUnauthorized(err), "%v", err)
		requireSays(t, err, "Unauthorized")
		waited = len(r.find(installer.EventWaiting)) > 0
	}
	letGo(t, c, namespace)
	requireConverges(t, c, slow(t, namespace), 1)
}

// A token that is refused from some request on, and for good.
func TestTokenIsRefused(t *testing.T) {
	t.Parallel()
	c := cluster.Shared(t)
	journey.RequireStores(t, c.Config().Host, c.Client())
	namespace := c.CreateNamespace(t, "refused")
	var refused atomic.Bool
	proxy := cluster.StartProxy(t, c, func(_ int, _ *http.Request) cluster.Fault {
		if refused.Load() {
			return cluster.Fault{Status: http.StatusUnauthorized}
		}
		return cluster.Fault{}
	})
	r := begin(t, proxy.Config(), slow(t, namespace), nil)
	r.await(t, installer.EventWaiting)
	refused.Store(true)
	requireSays(t, <-r.done, "Unauthorized")
	record := requireState(t, c, namespace, history.StateProgressing, 1)
	require.Equal(t, 1, record.Target)
	letGo(t, c, namespace)
	requireConverges(t, c, slow(t, namespace), 1)
}

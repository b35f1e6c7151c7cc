package installer_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/clustertest"
	"github.com/packstage/packstage/installer/history"
)

// recordOf is the Secret with the record of the release.
var recordOf = cluster.Reference{Version: "v1", Kind: "Secret", Namespace: "default", Name: "packstage.release.shop"}

// neverReady keeps Deployments from being available.
func neverReady(object *unstructured.Unstructured) int {
	if object.GetKind() == "Deployment" {
		return clustertest.Never
	}
	return 0
}

// What another installer has written into the record is not overwritten by one that
// does not know that it has lost the lease.
func TestRecordOfAnotherInstallerStays(t *testing.T) {
	t.Parallel()
	var once atomic.Bool
	var c *clustertest.Cluster
	stolen := "" // the record that the other one has written
	c = clustertest.New(clustertest.WithFault(func(ctx context.Context, call clustertest.Call) error {
		if call.Verb == clustertest.VerbApply && !call.DryRun && call.Reference.Name == "b" && once.CompareAndSwap(false, true) {
			return c.Edit(ctx, "other", recordOf, func(object *unstructured.Unstructured) {
				object.Object["data"].(map[string]any)["record"] = stolen
			})
		}
		return nil
	}))
	// The other one's record is that of the same release in another cluster, further on.
	other := clustertest.New()
	elsewhere := installer.New(other, quick())
	for _, value := range []string{"1", "2", "3"} {
		_, err := elsewhere.Apply(t.Context(), shop, phases(t, "# phase one\n"+configMap("a", value)), installer.ApplyOptions{})
		require.NoError(t, err)
	}
	secret, err := other.Get(t.Context(), recordOf)
	require.NoError(t, err)
	stolen, _, _ = unstructured.NestedString(secret.Object, "data", "record")

	_, err = installer.New(c, quick()).Apply(t.Context(), shop, phases(t, "# phase one\n"+configMap("a", "1")+"# phase two\n"+configMap("b", "1")), installer.ApplyOptions{})
	var changed *history.ChangedError
	require.ErrorAs(t, err, &changed)
	require.ErrorContains(t, err, "another installer works on release default/shop")
	secret, err = c.Get(t.Context(), recordOf)
	require.NoError(t, err)
	kept, _, _ := unstructured.NestedString(secret.Object, "data", "record")
	require.Equal(t, stolen, kept)
}

// Somebody who only labels the record does not disturb.
func TestRecordThatIsLabelled(t *testing.T) {
	t.Parallel()
	var c *clustertest.Cluster
	c = clustertest.New(clustertest.WithFault(func(ctx context.Context, call clustertest.Call) error {
		if call.Verb == clustertest.VerbApply && !call.DryRun && call.Reference.Name == "b" {
			return c.Edit(ctx, "kubectl", recordOf, func(object *unstructured.Unstructured) {
				object.SetAnnotations(map[string]string{"seen": "true"})
			})
		}
		return nil
	}))
	i := installer.New(c, quick())
	_, err := i.Apply(t.Context(), shop, phases(t, "# phase one\n"+configMap("a", "1")+"# phase two\n"+configMap("b", "1")), installer.ApplyOptions{})
	require.NoError(t, err)
	record, err := i.History(t.Context(), shop)
	require.NoError(t, err)
	require.Equal(t, history.StateAvailable, record.State)
}

// An interrupted rollout says so, and which phase it was in.
func TestInterruptedIsWrittenDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := clustertest.New(clustertest.WithReadiness(neverReady))
		ctx, cancel := context.WithCancel(t.Context())
		options := quick()
		options.Observe = func(event installer.Event) {
			if event.Type == installer.EventWaiting {
				cancel()
			}
		}
		i := installer.New(c, options)
		_, err := i.Apply(ctx, shop, phases(t, "# phase config\n"+configMap("a", "1")+"# phase deploy\n"+deployment("web", "nginx:1")), installer.ApplyOptions{})
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, 1, strings.Count(err.Error(), context.Canceled.Error()), "once: %v", err)
		record, err := i.History(t.Context(), shop)
		require.NoError(t, err)
		require.Equal(t, "interrupted; the next call goes on", record.Message)
		require.Equal(t, history.StateProgressing, record.State)
		latest, _ := record.Revision(1)
		require.Equal(t, history.PhaseAvailable, latest.Phases[0].State)
		require.Equal(t, history.PhaseProgressing, latest.Phases[1].State)
	})
}

// Whoever asks while a phase is waited for sees that it is under way, and since when;
// calling again without waiting does not begin it anew.
func TestPhaseUnderWayIsSeen(t *testing.T) {
	t.Parallel()
	c := clustertest.New(clustertest.WithReadiness(neverReady))
	options := quick()
	now := options.Now()
	options.Now = func() time.Time { now = now.Add(time.Second); return now }
	i := installer.New(c, options)
	instance := phases(t, "# phase deploy\n"+deployment("web", "nginx:1")+"# phase config\n"+configMap("a", "1"))
	var began *time.Time
	for range 2 {
		result, err := i.Apply(t.Context(), shop, instance, installer.ApplyOptions{NoWait: true})
		require.NoError(t, err)
		require.Len(t, result.Waiting, 1)
		status, err := i.Status(t.Context(), shop)
		require.NoError(t, err)
		require.Equal(t, history.PhaseProgressing, status.Phases[0].State)
		require.Equal(t, history.PhasePending, status.Phases[1].State)
		if began == nil {
			began = status.Phases[0].Began
		}
		require.Equal(t, began, status.Phases[0].Began)
	}
}

// A Job that was cleaned up after its phase was available is not run again by whoever
// goes on with a later phase.
func TestEndedJobOfRolloutThatGoesOn(t *testing.T) {
	t.Parallel()
	c := clustertest.New(clustertest.WithReadiness(neverReady))
	i := installer.New(c, quick())
	job := "apiVersion: batch/v1\nkind: Job\nmetadata: {name: migrate}\nspec:\n  ttlSecondsAfterFinished: 1\n" +
		"  template: {spec: {restartPolicy: Never, containers: [{name: main, image: migrate}]}}\n"
	instance := phases(t, "# phase migrate\n"+job+"# phase deploy\n"+deployment("web", "nginx:1"))
	for range 2 { // the Job, and then the Deployment
		_, err := i.Apply(t.Context(), shop, instance, installer.ApplyOptions{NoWait: true})
		require.NoError(t, err)
	}
	migrate := cluster.Reference{Group: "batch", Version: "v1", Kind: "Job", Namespace: "default", Name: "migrate"}
	require.NoError(t, c.Delete(t.Context(), migrate, cluster.DeleteOptions{Propagation: cluster.PropagationBackground}))
	require.NoError(t, c.Release(deploymentNamed("web")))
	c.Reset()
	result, err := i.Apply(t.Context(), shop, instance, installer.ApplyOptions{NoWait: true})
	require.NoError(t, err)
	require.Equal(t, history.StateAvailable, result.State)
	require.Empty(t, writes(c))
}

// An object that is waited for, and that somebody else deletes and makes again, is
// not taken for the release's.
func TestReplacedWhileItIsWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := clustertest.New(clustertest.WithReadiness(neverReady))
		options := quick()
		replaced := false
		var trouble error
		options.Observe = func(event installer.Event) {
			if event.Type == installer.EventWaiting && !replaced {
				replaced = true
				trouble = errors.Join(
					c.Delete(t.Context(), deploymentNamed("web"), cluster.DeleteOptions{}),
					c.Load(object(t, strings.Replace(deployment("web", "other:1"), "name: web}", "name: web, namespace: default}", 1))),
				)
			}
		}
		i := installer.New(c, options)
		_, err := i.Apply(t.Context(), shop, phases(t, "# phase deploy\n"+deployment("web", "nginx:1")), installer.ApplyOptions{Timeout: 20 * time.Second})
		require.NoError(t, trouble)
		var failed *installer.PhaseError
		require.ErrorAs(t, err, &failed)
		require.ErrorContains(t, err, "is not of this release")
		require.Contains(t, content(c)["Deployment.apps default/web"], "other:1")
	})
}

// Where the available revision itself has to be mended and that fails, there is
// nothing to go back to.
func TestAtomicWithNothingToGoBackTo(t *testing.T) {
	t.Parallel()
	ready := 0
	c := clustertest.New(clustertest.WithReadiness(func(*unstructured.Unstructured) int { return ready }))
	options := quick()
	options.PhaseTimeout = options.PollInterval
	phasesBegun := 0
	options.Observe = func(event installer.Event) {
		if event.Type == installer.EventPhase {
			phasesBegun++
		}
	}
	i := installer.New(c, options)
	instance := phases(t, "# phase deploy\n"+deployment("web", "nginx:1"))
	_, err := i.Apply(t.Context(), shop, instance, installer.ApplyOptions{})
	require.NoError(t, err)
	ready, phasesBegun = clustertest.Never, 0
	require.NoError(t, c.Delete(t.Context(), deploymentNamed("web"), cluster.DeleteOptions{}))
	result, err := i.Apply(t.Context(), shop, instance, installer.ApplyOptions{Atomic: true})
	var failed *installer.PhaseError
	require.ErrorAs(t, err, &failed)
	require.NotContains(t, err.Error(), "going back")
	require.False(t, result.RolledBack)
	require.Equal(t, 1, phasesBegun)
}

// The end of an operation is told also when its context has ended, and leaving the
// loop leaves nothing behind.
func TestEventsTellTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for range 20 {
			c := clustertest.New(clustertest.WithReadiness(neverReady))
			ctx, cancel := context.WithCancel(t.Context())
			var last installer.EventType
			for event, err := range installer.New(c, quick()).Events(ctx, func(ctx context.Context, i *installer.Installer) error {
				_, err := i.Apply(ctx, shop, phases(t, "# phase deploy\n"+deployment("web", "nginx:1")), installer.ApplyOptions{})
				return err
			}) {
				if err != nil {
					require.ErrorIs(t, err, context.Canceled)
					continue
				}
				last = event.Type
				if event.Type == installer.EventWaiting {
					cancel()
				}
			}
			cancel()
			require.Equal(t, installer.EventFailed, last)
		}
	})
}

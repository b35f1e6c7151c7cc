package installer_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/clustertest"
)

// killable is a cluster whose client dies at a call: from then on nothing reaches
// the cluster, as if the process had been killed.
type killable struct {
	*clustertest.Cluster
	calls atomic.Int64
	// at is the call that is the last one, 0 for none; after tells that it is still
	// carried out.
	at    atomic.Int64
	after bool
}

var errKilled = errors.New("killed")

func newKillable(after bool) *killable {
	k := &killable{after: after}
	k.Cluster = clustertest.New(
		clustertest.WithNamespaceContents(),
		clustertest.WithReadiness(func(*unstructured.Unstructured) int { return 1 }),
		clustertest.WithFault(func(_ context.Context, _ clustertest.Call) error {
			number, at := k.calls.Add(1), k.at.Load()
			if at > 0 && (number > at || number == at && !k.after) {
				return errKilled
			}
			return nil
		}),
		clustertest.WithLostAnswer(func(_ context.Context, _ clustertest.Call) error {
			if at := k.at.Load(); at > 0 && k.calls.Load() >= at {
				return errKilled
			}
			return nil
		}),
	)
	return k
}

// lives makes the next calls count from 1, and the client die at a call.
func (k *killable) lives(until int64) {
	k.calls.Store(0)
	k.at.Store(until)
}

// journeys are operations to be killed in, each with what has to happen before.
func journeys(t *testing.T) map[string][]func(context.Context, *installer.Installer) error {
	t.Helper()
	first := phases(t, "# phase base\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"+
		"# phase config\n"+configMap("a", "1")+"---\n"+configMap("b", "1")+"# phase deploy\n"+deployment("web", "nginx:1"))
	second := phases(t, "# phase base\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"+
		"# phase config\n"+configMap("c", "1")+"# phase deploy\n"+deployment("web", "nginx:2")+"---\n"+configMap("a", "2"))
	apply := func(instance int) func(context.Context, *installer.Installer) error {
		return func(ctx context.Context, i *installer.Installer) error {
			which := first
			if instance == 2 {
				which = second
			}
			_, err := i.Apply(ctx, shop, which, installer.ApplyOptions{})
			return err
		}
	}
	back := func(ctx context.Context, i *installer.Installer) error {
		_, err := i.Rollback(ctx, shop, 1, installer.ApplyOptions{})
		return err
	}
	remove := func(ctx context.Context, i *installer.Installer) error {
		_, err := i.Delete(ctx, shop, installer.DeleteOptions{})
		return err
	}
	return map[string][]func(context.Context, *installer.Installer) error{
		"install":  {apply(1)},
		"upgrade":  {apply(1), apply(2)},
		"rollback": {apply(1), apply(2), back},
		"removal":  {apply(1), apply(2), remove},
	}
}

// Killed before or after any call, the next run comes to the same cluster as a run
// that was not disturbed, and touches nothing else. The runs are on a clock of their own:
// waiting for the lease of the dead takes no time, and no lease runs out because the
// machine is busy.
func TestKilledAnywhere(t *testing.T) {
	t.Parallel()
	for name, steps := range journeys(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				wanted, calls := journey(t, steps, 0, false)
				require.Greater(t, calls, int64(8))
				var runs sync.WaitGroup
				for at := int64(1); at <= calls; at++ {
					for _, after := range []bool{false, true} {
						runs.Go(func() {
							found, _ := journey(t, steps, at, after)
							same(t, wanted, found, fmt.Sprintf("killed at call %d, carried out: %v", at, after))
						})
					}
				}
				runs.Wait()
			})
		})
	}
}

// journey makes the steps, the last of them killed at a call and made again, and
// returns what the cluster has then, and how many calls the last step needed.
func journey(t *testing.T, steps []func(context.Context, *installer.Installer) error, at int64, after bool) (map[string]string, int64) {
	t.Helper()
	k := newKillable(after)
	foreign := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "foreign", "namespace": "default"}, "data": map[string]any{"of": "others"},
	}}
	assert.NoError(t, k.Load(foreign))
	options := quick()
	options.LeaseWait, options.LeaseDuration = 5*time.Minute, time.Minute
	options.Parallelism = 1 // calls in one order
	dying := options
	if at > 0 {
		dying.LeaseDuration = time.Second // which is how long the next run waits for the dead
	}
	for _, step := range steps[:len(steps)-1] {
		assert.NoError(t, step(t.Context(), installer.New(k, options)))
	}
	last := steps[len(steps)-1]
	k.lives(at)
	err := last(t.Context(), installer.New(k, dying))
	calls := k.calls.Load()
	if at == 0 {
		assert.NoError(t, err)
		return content(k.Cluster), calls
	}
	k.lives(0)
	again := installer.New(k, options)
	err = last(t.Context(), again)
	for retry := 0; err != nil && retry < 3; retry++ {
		if isGone(err) { // the removal had come to its end
			break
		}
		t.Logf("killed at call %d, carried out: %v; again: %v", at, after, err)
		err = last(t.Context(), again)
	}
	if !isGone(err) {
		assert.NoError(t, err)
	}
	return content(k.Cluster), calls
}

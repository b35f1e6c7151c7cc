package lease_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/clustertest"
	"github.com/packstage/packstage/installer/internal/lease"
)

// One that has died is taken over after its duration, whatever the clocks say, and
// though nobody wants to wait.
func TestStaleIsTakenOver(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		spec map[string]any
		at   time.Duration
	}{
		"now":               {map[string]any{"renewTime": "now", "leaseDurationSeconds": int64(15)}, 15 * time.Second},
		"future":            {map[string]any{"renewTime": "2999-01-01T00:00:00.000000Z", "leaseDurationSeconds": int64(15)}, 15 * time.Second},
		"past":              {map[string]any{"renewTime": "1970-01-01T00:00:00.000000Z", "leaseDurationSeconds": int64(15)}, 15 * time.Second},
		"no times":          {map[string]any{}, 15 * time.Second},
		"longer duration":   {map[string]any{"leaseDurationSeconds": int64(60)}, time.Minute},
		"shorter duration":  {map[string]any{"leaseDurationSeconds": int64(3)}, 3 * time.Second},
		"nonsense duration": {map[string]any{"leaseDurationSeconds": int64(1 << 30)}, lease.MaxDuration},
		"zero duration":     {map[string]any{"leaseDurationSeconds": int64(0)}, 15 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, _ := newCluster()
				fields := map[string]any{"holderIdentity": "dead", "leaseTransitions": int64(4)}
				for key, value := range test.spec {
					if value == "now" {
						value = time.Now().UTC().Format("2006-01-02T15:04:05.000000Z07:00")
					}
					fields[key] = value
				}
				object := &unstructured.Unstructured{Object: map[string]any{
					"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": map[string]any{"namespace": "default", "name": "packstage.web"}, "spec": fields,
				}}
				_, err := c.Create(t.Context(), object, cluster.WriteOptions{})
				require.NoError(t, err)
				began := time.Now()
				held := acquire(t, c, "ann")
				require.GreaterOrEqual(t, time.Since(began), test.at)
				require.LessOrEqual(t, time.Since(began), test.at+2*time.Second)
				require.Equal(t, int64(5), spec(t, c)["leaseTransitions"])
				release(t, held)
				requireNone(t, c)
			})
		})
	}
}

// Two who wait for the same stale one: one gets it.
func TestStaleIsTakenOverOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, _ := newCluster()
		abandon(t, c)
		var mutex sync.Mutex
		var got []*lease.Held
		refused := 0
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				held, err := lease.Acquire(t.Context(), c, web, lease.Options{})
				mutex.Lock()
				defer mutex.Unlock()
				if other := (*lease.HeldError)(nil); errors.As(err, &other) {
					refused++
				} else if err != nil {
					t.Error(err)
				} else {
					got = append(got, held)
				}
			})
		}
		group.Wait()
		require.Len(t, got, 1)
		require.Equal(t, 3, refused)
		release(t, got[0])
	})
}

// abandon leaves a Lease behind whose holder was killed.
func abandon(t *testing.T, c *clustertest.Cluster) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	_, err := lease.Acquire(ctx, c, web, lease.Options{Holder: "dead"})
	require.NoError(t, err)
	cancel()
	synctest.Wait()
}

func TestReleasedByEmptyingIsTakenAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, _ := newCluster()
		abandon(t, c)
		edit(t, c, func(object *unstructured.Unstructured) {
			unstructured.RemoveNestedField(object.Object, "spec", "holderIdentity")
		})
		began := time.Now()
		held := acquire(t, c, "ann")
		require.Zero(t, time.Since(began))
		release(t, held)
	})
}

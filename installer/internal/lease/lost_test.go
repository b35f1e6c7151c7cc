package lease_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/clustertest"
	"github.com/packstage/packstage/installer/internal/lease"
)

func TestLost(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		lose   func(*testing.T, *clustertest.Cluster)
		within time.Duration
		check  func(*testing.T, *lease.LostError)
		stays  bool
	}{
		"taken over": {func(t *testing.T, c *clustertest.Cluster) {
			t.Helper()
			edit(t, c, func(object *unstructured.Unstructured) {
				require.NoError(t, unstructured.SetNestedField(object.Object, "ben", "spec", "holderIdentity"))
			})
		}, 5 * time.Second, func(t *testing.T, lost *lease.LostError) {
			t.Helper()
			require.Equal(t, "ben", lost.Holder)
			require.ErrorContains(t, lost, "the lock of release default/web was lost (it was taken over by ben), so nothing more is written: run it again")
		}, true},
		"deleted": {func(t *testing.T, c *clustertest.Cluster) {
			t.Helper()
			require.NoError(t, c.Delete(t.Context(), lease.Reference(web), cluster.DeleteOptions{}))
		}, 5 * time.Second, func(t *testing.T, lost *lease.LostError) {
			t.Helper()
			require.True(t, lost.Deleted)
			require.ErrorContains(t, lost, "it was deleted")
		}, false},
		"deleted and taken": {func(t *testing.T, c *clustertest.Cluster) {
			t.Helper()
			require.NoError(t, c.Delete(t.Context(), lease.Reference(web), cluster.DeleteOptions{}))
			abandon(t, c)
		}, 5 * time.Second, func(t *testing.T, lost *lease.LostError) {
			t.Helper()
			require.True(t, strings.HasPrefix(lost.Holder, "dead_"))
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, _ := newCluster()
				held := acquire(t, c, "ann")
				test.lose(t, c)
				require.NoError(t, held.Check(), "it cannot know yet")
				began := time.Now()
				<-held.Context().Done()
				require.LessOrEqual(t, time.Since(began), test.within)
				test.check(t, requireLost(t, held))
				// What someone else has now is not touched.
				release(t, held)
				if test.stays {
					get(t, c)
				} else {
					requireNone(t, c)
				}
			})
		})
	}
}

// Errors that pass are repeated until the time is over, and no longer.
func TestErrorsWhileRenewing(t *testing.T) {
	t.Parallel()
	unavailable := func(clustertest.Call) error { return apierrors.NewServiceUnavailable("restarting") }
	for name, test := range map[string]struct {
		fail, lose func(clustertest.Call) error
		lasts      time.Duration
		lost       bool
	}{
		"for a while":              {fail: unavailable, lasts: 8 * time.Second},
		"for too long":             {fail: unavailable, lasts: time.Minute, lost: true},
		"lost answers for a while": {lose: unavailable, lasts: 8 * time.Second},
		"lost answers":             {lose: unavailable, lasts: time.Minute, lost: true},
		"answers to updates are lost": {lose: func(call clustertest.Call) error {
			if call.Verb == clustertest.VerbUpdate && call.Err == nil {
				return apierrors.NewTimeoutError("slow", 1)
			}
			return nil
		}, lasts: 8 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, f := newCluster()
				held := acquire(t, c, "ann")
				began := time.Now()
				f.set(test.fail, test.lose)
				if test.lost {
					<-held.Context().Done()
					// Before anyone else may have it.
					require.Less(t, time.Since(began), 15*time.Second)
					require.Greater(t, time.Since(began), 13*time.Second)
					require.True(t, apierrors.IsServiceUnavailable(requireLost(t, held)))
					f.set(nil, nil)
					release(t, held)
					requireNone(t, c)
					return
				}
				time.Sleep(test.lasts)
				f.set(nil, nil)
				time.Sleep(time.Hour)
				require.NoError(t, held.Check())
				release(t, held)
				requireNone(t, c)
			})
		})
	}
}

// Someone who labels the Lease takes nothing away.
func TestLabelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, _ := newCluster()
		held := acquire(t, c, "ann")
		for range 20 {
			time.Sleep(4300 * time.Millisecond) // never at the time of a renewal
			edit(t, c, func(object *unstructured.Unstructured) {
				object.SetLabels(map[string]string{"at": time.Now().Format("150405")})
			})
			require.NoError(t, held.Check())
		}
		release(t, held)
		requireNone(t, c)
	})
}

// hanging is a cluster whose updates hang while it is shut, even when their context
// ends: what a stopped process looks like from inside when it wakes up.
type hanging struct {
	*clustertest.Cluster
	open chan struct{}
}

func (h hanging) Update(ctx context.Context, object *unstructured.Unstructured, options cluster.WriteOptions) (*unstructured.Unstructured, error) {
	<-h.open
	return h.Cluster.Update(ctx, object, options)
}

func TestTimeIsOverThoughACallHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, _ := newCluster()
		h := hanging{c, make(chan struct{})}
		held := acquire(t, h, "ann")
		began := time.Now()
		<-held.Context().Done()
		require.Equal(t, 13500*time.Millisecond, time.Since(began))
		requireLost(t, held)
		// Someone else takes it, and the late renewal changes nothing.
		other := acquire(t, c, "ben")
		close(h.open)
		synctest.Wait()
		requireLost(t, held)
		release(t, held)
		require.NoError(t, other.Check())
		time.Sleep(time.Minute)
		require.NoError(t, other.Check())
		release(t, other)
	})
}

// slow is a cluster whose updates take their time, whatever their context says.
type slow struct {
	*clustertest.Cluster
	delay *atomic.Int64
}

func (s slow) Update(ctx context.Context, object *unstructured.Unstructured, options cluster.WriteOptions) (*unstructured.Unstructured, error) {
	time.Sleep(time.Duration(s.delay.Load()))
	return s.Cluster.Update(ctx, object, options)
}

// The time runs from when the last renewal was sent, not from its answer.
func TestTimeRunsFromTheRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, _ := newCluster()
		s := slow{c, &atomic.Int64{}}
		began := time.Now()
		held := acquire(t, s, "ann")
		s.delay.Store(int64(4 * time.Second))
		time.Sleep(10 * time.Second) // renewed at 5 s, answered at 9 s
		s.delay.Store(int64(time.Minute))
		<-held.Context().Done()
		require.Equal(t, 5*time.Second+13500*time.Millisecond, time.Since(began))
		requireLost(t, held)
		release(t, held)
		requireNone(t, c)
	})
}

// A create or an update whose answer was lost, and which was sent again, is no other
// holder.
func TestLostAnswerWhileAcquiring(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, _ := newCluster()
		began := time.Now()
		held := acquire(t, again{c}, "ann")
		require.Less(t, time.Since(began), 3*time.Second)
		release(t, held)
		requireNone(t, c)
		abandon(t, c)
		began = time.Now()
		held = acquire(t, again{c}, "ann")
		require.Less(t, time.Since(began), 18*time.Second)
		time.Sleep(time.Hour)
		require.NoError(t, held.Check())
		release(t, held)
		requireNone(t, c)
	})
}

// again sends each write twice, and has only the second answer.
type again struct{ *clustertest.Cluster }

func (a again) Create(ctx context.Context, object *unstructured.Unstructured, options cluster.WriteOptions) (*unstructured.Unstructured, error) {
	_, _ = a.Cluster.Create(ctx, object, options)
	return a.Cluster.Create(ctx, object, options)
}

func (a again) Update(ctx context.Context, object *unstructured.Unstructured, options cluster.WriteOptions) (*unstructured.Unstructured, error) {
	_, _ = a.Cluster.Update(ctx, object, options)
	return a.Cluster.Update(ctx, object, options)
}

func (a again) Delete(ctx context.Context, reference cluster.Reference, options cluster.DeleteOptions) error {
	_ = a.Cluster.Delete(ctx, reference, options)
	return a.Cluster.Delete(ctx, reference, options)
}

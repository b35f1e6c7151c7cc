package lease_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
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

// The tests run in bubbles, in which time passes only when nobody has anything to
// do: no clock of the machine decides.

var web = cluster.Release{Namespace: "default", Name: "web"}

// faults are what a cluster does to the calls of one holder.
type faults struct {
	mutex sync.Mutex
	// fail refuses a call; lose swallows the answer to one that was carried out.
	fail, lose func(clustertest.Call) error
}

func (f *faults) set(fail, lose func(clustertest.Call) error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.fail, f.lose = fail, lose
}

func (f *faults) apply(which func() func(clustertest.Call) error) func(context.Context, clustertest.Call) error {
	return func(_ context.Context, call clustertest.Call) error {
		f.mutex.Lock()
		hook := which()
		f.mutex.Unlock()
		if hook == nil {
			return nil
		}
		return hook(call)
	}
}

func newCluster() (*clustertest.Cluster, *faults) {
	f := &faults{}
	return clustertest.New(
		clustertest.WithFault(f.apply(func() func(clustertest.Call) error { return f.fail })),
		clustertest.WithLostAnswer(f.apply(func() func(clustertest.Call) error { return f.lose })),
	), f
}

func acquire(t *testing.T, c lease.ReadWriter, holder string) *lease.Held {
	t.Helper()
	held, err := lease.Acquire(t.Context(), c, web, lease.Options{Holder: holder})
	require.NoError(t, err)
	return held
}

func release(t *testing.T, held *lease.Held) {
	t.Helper()
	require.NoError(t, held.Release(context.WithoutCancel(t.Context())))
}

func get(t *testing.T, c cluster.Reader) *unstructured.Unstructured {
	t.Helper()
	object, err := c.Get(t.Context(), lease.Reference(web))
	require.NoError(t, err)
	return object
}

func requireNone(t *testing.T, c cluster.Reader) {
	t.Helper()
	_, err := c.Get(t.Context(), lease.Reference(web))
	require.True(t, apierrors.IsNotFound(err), err)
}

func spec(t *testing.T, c cluster.Reader) map[string]any {
	t.Helper()
	fields, _, err := unstructured.NestedMap(get(t, c).Object, "spec")
	require.NoError(t, err)
	return fields
}

// edit changes the Lease as someone with kubectl would.
func edit(t *testing.T, c *clustertest.Cluster, change func(*unstructured.Unstructured)) {
	t.Helper()
	object := get(t, c)
	change(object)
	_, err := c.Update(t.Context(), object, cluster.WriteOptions{FieldManager: "someone"})
	require.NoError(t, err)
}

// requireLost wants the context to have ended because the Lease was lost.
func requireLost(t *testing.T, held *lease.Held) *lease.LostError {
	t.Helper()
	var lost *lease.LostError
	require.ErrorAs(t, context.Cause(held.Context()), &lost)
	require.Equal(t, error(lost), held.Check())
	require.Equal(t, web, lost.Release)
	return lost
}

func TestHeldAndGivenBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, _ := newCluster()
		held := acquire(t, c, "ann@laptop")
		require.NoError(t, held.Check())
		require.NoError(t, held.Context().Err())
		fields := spec(t, c)
		require.Regexp(t, `^ann@laptop_[0-9a-f]{16}$`, fields["holderIdentity"])
		require.Equal(t, int64(15), fields["leaseDurationSeconds"])
		require.Regexp(t, `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$`, fields["renewTime"])
		require.Equal(t, fields["renewTime"], fields["acquireTime"])

		// Two hours later it is still held, with as many renewals as there are thirds.
		c.Reset()
		time.Sleep(2*time.Hour + time.Second)
		require.NoError(t, held.Check())
		require.Len(t, c.Calls(), 2*60*60/5)
		require.Equal(t, fields["acquireTime"], spec(t, c)["acquireTime"])
		require.NotEqual(t, fields["renewTime"], spec(t, c)["renewTime"])

		release(t, held)
		requireNone(t, c)
		require.ErrorIs(t, held.Context().Err(), context.Canceled)
		require.ErrorContains(t, held.Check(), "was given back")
		release(t, held)
		// Nothing goes on behind it: else the bubble would not end.
		c.Reset()
		time.Sleep(time.Hour)
		require.Empty(t, c.Calls())
	})
}

// Without Release the end of the context ends the renewing, and the Lease goes stale.
func TestContextEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, _ := newCluster()
		ctx, cancel := context.WithCancelCause(t.Context())
		held, err := lease.Acquire(ctx, c, web, lease.Options{Holder: "ann"})
		require.NoError(t, err)
		enough := errors.New("enough")
		cancel(enough)
		synctest.Wait()
		require.ErrorIs(t, context.Cause(held.Context()), enough)
		require.ErrorIs(t, held.Check(), enough)
		c.Reset()
		time.Sleep(time.Hour)
		require.Empty(t, c.Calls())
		release(t, held)
		requireNone(t, c)

		_, err = lease.Acquire(ctx, c, web, lease.Options{})
		require.ErrorIs(t, err, enough)
	})
}

// Of many at once, one gets it; when that one gives it back, the next one does.
func TestOneAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, _ := newCluster()
		var mutex sync.Mutex
		inside, most, done := 0, 0, 0
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				held, err := lease.Acquire(t.Context(), c, web, lease.Options{Holder: "same name", Wait: time.Hour})
				if err != nil {
					t.Error(err)
					return
				}
				mutex.Lock()
				inside++
				most = max(most, inside)
				mutex.Unlock()
				time.Sleep(time.Minute)
				mutex.Lock()
				inside--
				done++
				mutex.Unlock()
				if err := held.Check(); err != nil {
					t.Error(err)
				}
				if err := held.Release(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		began := time.Now()
		group.Wait()
		require.Equal(t, 1, most)
		require.Equal(t, 8, done)
		require.Less(t, time.Since(began), 8*time.Minute+10*time.Second, "what was given back is taken at once")
		requireNone(t, c)
	})
}

// One that does not want to wait learns that the other is alive as soon as that one
// has renewed the Lease.
func TestHolderIsAlive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, _ := newCluster()
		held := acquire(t, c, "ann")
		defer release(t, held)
		began := time.Now()
		var told []string
		var since time.Time
		_, err := lease.Acquire(t.Context(), c, web, lease.Options{Holder: "ben", OnWait: func(holder string, at time.Time) {
			told, since = append(told, holder), at
		}})
		var other *lease.HeldError
		require.ErrorAs(t, err, &other)
		require.Equal(t, web, other.Release)
		require.True(t, strings.HasPrefix(other.Holder, "ann_"))
		require.WithinDuration(t, time.Now(), other.Renewed, 5*time.Second)
		require.ErrorContains(t, err, "release default/web is being changed by ann_")
		require.LessOrEqual(t, time.Since(began), 7*time.Second)
		require.Equal(t, []string{other.Holder}, told)
		require.WithinDuration(t, began, since, time.Second)

		// One that wants to wait does, and no longer.
		began = time.Now()
		_, err = lease.Acquire(t.Context(), c, web, lease.Options{Wait: time.Minute})
		require.ErrorAs(t, err, &other)
		require.GreaterOrEqual(t, time.Since(began), time.Minute)
		require.LessOrEqual(t, time.Since(began), time.Minute+2*time.Second)
		require.NoError(t, held.Check())
	})
}

// What somebody else has written into a Lease reaches a terminal as a short line, and
// the message says how to be rid of one who never ends.
func TestHostileHolder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, _ := newCluster()
		held := acquire(t, c, "ann\x1b]0;owned\a\n"+strings.Repeat("x", 10_000))
		defer release(t, held)
		var told string
		_, err := lease.Acquire(t.Context(), c, web, lease.Options{Holder: "ben", OnWait: func(holder string, _ time.Time) { told = holder }})
		var other *lease.HeldError
		require.ErrorAs(t, err, &other)
		require.Equal(t, told, other.Holder)
		require.True(t, strings.HasPrefix(told, "ann ]0;owned xxx"), told)
		require.LessOrEqual(t, len(told), 210)
		require.NotContains(t, err.Error(), "\x1b")
		require.ErrorContains(t, err, "who renews the Lease packstage.web in namespace default, and delete it")

		// Taken over while it is held.
		object, err := c.Get(t.Context(), lease.Reference(web))
		require.NoError(t, err)
		require.NoError(t, unstructured.SetNestedField(object.Object, "\x1b[2Jeve", "spec", "holderIdentity"))
		_, err = c.Update(t.Context(), object, cluster.WriteOptions{FieldManager: "eve"})
		require.NoError(t, err)
		<-held.Context().Done()
		var lost *lease.LostError
		require.ErrorAs(t, context.Cause(held.Context()), &lost)
		require.Equal(t, "[2Jeve", lost.Holder)
	})
}

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

func TestErrorsOfTheServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, f := newCluster()
		_, err := lease.Acquire(t.Context(), c, cluster.Release{Namespace: "missing", Name: "web"}, lease.Options{})
		require.True(t, apierrors.IsNotFound(err), err)
		f.set(func(clustertest.Call) error { return apierrors.NewUnauthorized("expired") }, nil)
		_, err = lease.Acquire(t.Context(), c, web, lease.Options{})
		require.True(t, apierrors.IsUnauthorized(err))
		require.ErrorContains(t, err, "lock release default/web: ")
	})
}

func TestOptions(t *testing.T) {
	t.Parallel()
	c, _ := newCluster()
	for _, options := range []lease.Options{
		{Duration: time.Millisecond}, {Duration: 1500 * time.Millisecond}, {Duration: -time.Second}, {Duration: time.Hour}, {Wait: -1},
	} {
		_, err := lease.Acquire(t.Context(), c, web, options)
		require.Error(t, err, options)
	}
	require.Empty(t, c.Calls())
}

// In real time, with the shortest duration: no goroutine is left.
func TestNoGoroutineIsLeft(t *testing.T) { //nolint:paralleltest // it counts goroutines
	before := runtime.NumGoroutine()
	for range 20 {
		c, _ := newCluster()
		held, err := lease.Acquire(t.Context(), c, web, lease.Options{Duration: time.Second})
		require.NoError(t, err)
		require.NoError(t, held.Release(t.Context()))
	}
	require.LessOrEqual(t, runtime.NumGoroutine(), before)
}

package lease_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/clustertest"
	"github.com/packstage/packstage/installer/internal/lease"
	"github.com/packstage/packstage/internal/leakcheck"
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

// In real time: no goroutine is left.
func TestNoGoroutineIsLeft(t *testing.T) { //nolint:paralleltest // it counts goroutines
	before := leakcheck.Take()
	for range 20 {
		c, _ := newCluster()
		held, err := lease.Acquire(t.Context(), c, web, lease.Options{})
		require.NoError(t, err)
		require.NoError(t, held.Release(t.Context()))
	}
	before.Require(t)
}

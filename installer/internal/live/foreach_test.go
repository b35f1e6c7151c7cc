package live_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/installer/internal/live"
)

func TestForEachDoesAllWithinTheLimit(t *testing.T) {
	t.Parallel()
	for _, limit := range []int{-1, 0, 1, 3, 100} {
		var now, most atomic.Int32
		done := make([]atomic.Int32, 20)
		err := live.ForEach(t.Context(), len(done), limit, func(_ context.Context, index int) error {
			current := now.Add(1)
			defer now.Add(-1)
			for {
				seen := most.Load()
				if current <= seen || most.CompareAndSwap(seen, current) {
					break
				}
			}
			done[index].Add(1)
			return nil
		})
		require.NoError(t, err)
		require.LessOrEqual(t, most.Load(), int32(max(1, limit)))
		for index := range done {
			require.EqualValues(t, 1, done[index].Load(), "limit %d, index %d", limit, index)
		}
	}
}

func TestForEachWithoutWork(t *testing.T) {
	t.Parallel()
	require.NoError(t, live.ForEach(t.Context(), 0, 4, func(context.Context, int) error { return errors.New("called") }))
}

// Index 2 fails first. Its failure is noted once index 3, which comes after it, is
// told to end: only then does index 1 fail, too, and nothing begins from there on.
func TestForEachReturnsTheErrorOfTheLowestIndex(t *testing.T) {
	t.Parallel()
	for range 50 {
		noted := make(chan struct{})
		var began atomic.Int32
		var running sync.WaitGroup
		running.Add(4)
		err := live.ForEach(t.Context(), 100, 4, func(ctx context.Context, index int) error {
			began.Add(1)
			if index > 3 {
				return errors.New("begun after a failure")
			}
			running.Done() // so that these four are there at one time
			running.Wait()
			switch index {
			case 0:
				<-noted
				return ctx.Err() // lower than the failure: goes on undisturbed
			case 1:
				<-noted
			case 3:
				<-ctx.Done()
				close(noted)
			}
			return fmt.Errorf("index %d", index)
		})
		require.EqualError(t, err, "index 1")
		require.EqualValues(t, 4, began.Load(), "nothing begins after a failure")
	}
}

func TestForEachEndsWhatComesAfterAFailure(t *testing.T) {
	t.Parallel()
	began := make(chan struct{})
	err := live.ForEach(t.Context(), 2, 2, func(ctx context.Context, index int) error {
		if index == 0 {
			<-began
			return errors.New("broken")
		}
		close(began)
		<-ctx.Done() // would hang if nobody ended it
		return ctx.Err()
	})
	require.EqualError(t, err, "broken")
}

func TestForEachEndsWithItsContext(t *testing.T) {
	t.Parallel()
	reason := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	var began atomic.Int32
	err := live.ForEach(ctx, 1000, 2, func(ctx context.Context, index int) error {
		began.Add(1)
		if index == 1 {
			cancel(reason)
		}
		<-ctx.Done()
		return ctx.Err()
	})
	require.ErrorIs(t, err, reason)
	require.LessOrEqual(t, began.Load(), int32(2))
	require.ErrorIs(t, live.ForEach(ctx, 1, 1, func(context.Context, int) error { return errors.New("called") }), reason)
}

// A failure that has nothing to do with the end of the context is not lost.
func TestForEachKeepsAFailureWhenTheContextEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	err := live.ForEach(ctx, 1, 1, func(context.Context, int) error {
		cancel()
		return errors.New("broken")
	})
	require.EqualError(t, err, "broken")
}

package registry

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// Who gives up last waits for work that ends soon, so that nothing is half done.
func TestGivingUpWaitsForTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var work inflight[int]
		ctx, cancel := context.WithCancel(t.Context())
		ended := false
		time.AfterFunc(time.Second, cancel)
		_, err := work.do(ctx, "key", func(ctx context.Context) (int, error) {
			<-ctx.Done()
			time.Sleep(givingUp / 2)
			ended = true
			return 0, ctx.Err()
		})
		require.ErrorIs(t, err, context.Canceled)
		require.True(t, ended)
	})
}

// Work that does not see that nobody waits for it, as where a program asks a person for
// a password, keeps nobody; whoever asks after that begins anew.
func TestGivingUpDoesNotWaitForLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var work inflight[int]
		ctx, cancel := context.WithCancel(t.Context())
		stuck := make(chan struct{})
		time.AfterFunc(time.Second, cancel)
		began := time.Now()
		_, err := work.do(ctx, "key", func(context.Context) (int, error) {
			<-stuck
			return 1, nil
		})
		require.ErrorIs(t, err, context.Canceled)
		require.Less(t, time.Since(began), 2*time.Second)

		value, err := work.do(t.Context(), "key", func(context.Context) (int, error) {
			close(stuck) // the first one ends while this one runs, and does not end it
			synctest.Wait()
			return 2, nil
		})
		require.NoError(t, err)
		require.Equal(t, 2, value)
	})
}

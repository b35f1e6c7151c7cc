package filewatch

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// A call that ends while more changes may follow leaves what it has seen to the next.
func TestWaitLosesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &Watcher{root: "/package", pending: map[string]bool{}, changed: make(chan struct{}, 1), ended: make(chan struct{})}
		w.note("/package/a.yaml")
		ctx, cancel := context.WithTimeout(t.Context(), settle/2)
		defer cancel()
		_, err := w.Wait(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)

		began := time.Now()
		paths, err := w.Wait(t.Context())
		require.NoError(t, err)
		require.Equal(t, []string{"a.yaml"}, paths)
		require.Equal(t, settle, time.Since(began))
	})
}

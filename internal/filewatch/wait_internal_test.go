package filewatch

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// told is a watcher of nothing, which tests tell what changes.
func told() *Watcher {
	return &Watcher{root: "/package", pending: map[string]bool{}, changed: make(chan struct{}, 1), ended: make(chan struct{})}
}

// Changes that come in one go are one, and those that never end are some.
func TestManyChangesAreFewer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := told()
		began := time.Now()
		save := func(path string, times int, pause time.Duration) {
			for range times {
				w.note("/package/" + path)
				time.Sleep(pause)
			}
		}
		require.Less(t, 4*settle, patience)
		go save("a.yaml", 4, settle-1)
		go save("b.yaml", 2, settle-1)
		paths, err := w.Wait(t.Context())
		require.NoError(t, err)
		require.Equal(t, []string{"a.yaml", "b.yaml"}, paths)
		require.Equal(t, 3*(settle-1)+settle, time.Since(began), "nothing is waited for after that")

		began = time.Now()
		go save("c.yaml", 1000, settle/2)
		for i := range 3 {
			paths, err = w.Wait(t.Context())
			require.NoError(t, err)
			require.Equal(t, []string{"c.yaml"}, paths)
			require.InDelta(t, time.Duration(i+1)*patience, time.Since(began), float64(time.Duration(i+1)*settle))
		}
		time.Sleep(1000 * settle)
		paths, err = w.Wait(t.Context())
		require.NoError(t, err)
		require.Equal(t, []string{"c.yaml"}, paths, "the rest is one")
	})
}

// A call that ends while more changes may follow leaves what it has seen to the next.
func TestWaitLosesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := told()
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

package filelock_test

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/filelock"
)

func TestOneHolderAtATime(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	_, err := filelock.Try(path)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NoError(t, os.WriteFile(path, nil, 0o600))

	unlock, err := filelock.Try(path)
	require.NoError(t, err)
	_, err = filelock.Try(path)
	require.ErrorIs(t, err, filelock.ErrLocked)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = filelock.Lock(ended, path)
	require.ErrorIs(t, err, context.Canceled)
	unlock()

	var inside, count atomic.Int64
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			unlock, err := filelock.Lock(t.Context(), path)
			if err != nil {
				t.Error(err)
				return
			}
			defer unlock()
			if inside.Add(1) != 1 {
				t.Error("two hold the lock")
			}
			count.Add(1)
			inside.Add(-1)
		})
	}
	group.Wait()
	require.EqualValues(t, 8, count.Load())
}

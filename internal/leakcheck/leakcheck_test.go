package leakcheck_test

import (
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/leakcheck"
)

// What is left behind is found, and what was there before is not.
func TestLeft(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "old"), nil, 0o600))
	before := leakcheck.Take(folder)
	before.Require(t)

	begun, end := make(chan struct{}), make(chan struct{})
	for range 2 {
		go wait(begun, end)
		<-begun
	}
	path := filepath.Join(folder, "new")
	file, err := os.Create(path)
	require.NoError(t, err)
	left := before.Left()
	for range 6000 { // what another test called off may still be on its way out
		if len(left) == 4 {
			break
		}
		time.Sleep(10 * time.Millisecond)
		left = before.Left()
	}
	require.Len(t, left, 4)
	require.Contains(t, left[0], "leakcheck_test.wait")
	require.Contains(t, left[1], "leakcheck_test.wait")
	require.Equal(t, []string{"open file " + path, "file " + path}, left[2:])

	close(end)
	require.NoError(t, file.Close())
	require.NoError(t, os.Remove(path))
	before.Require(t)
}

func wait(begun, end chan struct{}) {
	begun <- struct{}{}
	<-end
}

// A goroutine that only goes on later is what it is then.
func TestTakeWaitsForGoroutines(t *testing.T) {
	begun, end := make(chan struct{}), make(chan struct{})
	var busy atomic.Bool
	busy.Store(true)
	go func() {
		begun <- struct{}{}
		for busy.Load() {
			runtime.Gosched()
		}
		wait(begun, end)
	}()
	<-begun
	time.AfterFunc(50*time.Millisecond, func() {
		busy.Store(false)
		<-begun
	})
	before := leakcheck.Take()
	require.False(t, busy.Load())
	before.Require(t)
	close(end)
	before.Require(t)
}

// Memory that is held shows, memory that was is not.
func TestHeap(t *testing.T) {
	const size = 8 << 20
	before := leakcheck.Heap()
	held := make([]byte, size)
	require.Greater(t, leakcheck.Heap(), before+size/2)
	held[0] = 1
	held = nil
	_ = held
	require.Less(t, leakcheck.Heap(), before+size/2)
}

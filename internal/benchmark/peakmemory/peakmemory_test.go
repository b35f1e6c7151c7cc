package peakmemory_test

import (
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/benchmark/peakmemory"
)

// touched returns memory that the kernel has given, not only promised.
func touched(size int) []byte {
	block := make([]byte, size)
	for i := 0; i < size; i += 4096 {
		block[i] = 1
	}
	return block
}

// The peak stays when the memory is given back, and goes with Reset.
func TestPeak(t *testing.T) { //nolint:paralleltest // it looks at the memory of the process
	if runtime.GOOS != "linux" {
		assert.Zero(t, peakmemory.Highest(os.Getpid()))
		return
	}
	const size = 64 << 20
	pid := os.Getpid()
	before := peakmemory.Highest(pid)
	require.Positive(t, before)
	func() {
		block := touched(size)
		require.GreaterOrEqual(t, peakmemory.Highest(pid), before+size/2)
		runtime.KeepAlive(block)
	}()
	debug.FreeOSMemory()
	high := peakmemory.Highest(pid)
	require.GreaterOrEqual(t, high, before+size/2)
	require.NoError(t, peakmemory.Reset())
	assert.Less(t, peakmemory.Highest(pid), high)
	assert.Positive(t, peakmemory.Now(pid))
	assert.Positive(t, peakmemory.Available())
}

func TestWatch(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		return
	}
	command := exec.CommandContext(t.Context(), "cat") // which ends with its input, and not before
	input, err := command.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	started := func() bool { return peakmemory.Highest(command.Process.Pid) > 0 }
	require.Eventually(t, started, time.Minute, time.Millisecond)
	peak := peakmemory.Watch(command.Process.Pid)
	require.NoError(t, input.Close())
	require.NoError(t, command.Wait())
	assert.Positive(t, peak())
	assert.Zero(t, peakmemory.Highest(command.Process.Pid), "a process that has ended has none")
}

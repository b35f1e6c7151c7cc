package atomicfile_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// asNobody runs f in a thread whose file system user owns nothing, so that
// permissions hold even where root runs the tests.
func asNobody(t *testing.T, f func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		f()
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		// Never unlocked: the thread ends with the goroutine.
		runtime.LockOSThread()
		const nobody = 65534
		_, _, _ = syscall.RawSyscall(syscall.SYS_SETFSUID, nobody, 0, 0)
		f()
	}()
	<-done
}

func TestReadOnlyFolder(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	require.NoError(t, os.Chmod(filepath.Dir(folder), 0o755))
	require.NoError(t, os.Chmod(folder, 0o555))
	t.Cleanup(func() { assert.NoError(t, os.Chmod(folder, 0o755)) })
	path := filepath.Join(folder, "out")
	for name, write := range writers {
		asNobody(t, func() {
			_, err := os.ReadDir(folder)
			assert.NoError(t, err, "it can be read")
			called := false
			err = write(path, &called)
			assert.ErrorIs(t, err, fs.ErrPermission, name)
			var pathError *fs.PathError
			if assert.ErrorAs(t, err, &pathError) {
				assert.Equal(t, path, pathError.Path)
			}
			assert.NotContains(t, err.Error(), ".packstage-")
			assert.False(t, called, name)
		})
	}
	assert.Empty(t, tree(t, folder))
}

package cache_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/registry/cache"
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
	content := []byte("content")
	filled := open(t, folder, cache.Options{})
	digest, broken := put(t, filled, content), put(t, filled, []byte("other"))
	require.NoError(t, filled.SetNote("kind", "key", []byte("value")))
	require.NoError(t, os.WriteFile(pathOf(filled, broken), []byte("Other"), 0o600))
	then := time.Now().Add(-time.Hour).Truncate(time.Second)
	require.NoError(t, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		mode := fs.FileMode(0o444)
		if entry.IsDir() {
			mode = 0o555
		}
		return errors.Join(err, os.Chtimes(path, then, then), os.Chmod(path, mode))
	}))
	t.Cleanup(func() {
		assert.NoError(t, filepath.WalkDir(folder, func(path string, _ fs.DirEntry, _ error) error {
			return os.Chmod(path, 0o755)
		}))
	})
	before := files(t, folder)
	asNobody(t, func() {
		c, err := cache.Open(folder, cache.Options{})
		if !assert.NoError(t, err) {
			return
		}
		defer c.Close()
		ctx := context.Background()
		read, err := c.ReadAll(ctx, digest, 7, 100)
		assert.NoError(t, err)
		assert.Equal(t, content, read)
		file, err := c.Open(ctx, digest, 7)
		if assert.NoError(t, err) {
			assert.NoError(t, file.Close())
		}
		_, found := c.Note("kind", "key")
		assert.True(t, found)
		_, err = c.ReadAll(ctx, broken, -1, 100)
		assert.ErrorIs(t, err, cache.ErrCorrupt)
		assert.ErrorContains(t, err, "stays where it is")

		_, err = c.Stage(ctx, digestOf([]byte("x")), 1)
		assert.ErrorIs(t, err, cache.ErrReadOnly)
		assert.ErrorIs(t, err, fs.ErrPermission)
		assert.ErrorIs(t, c.Put(ctx, digest, content), cache.ErrReadOnly)
		assert.ErrorIs(t, c.SetNote("kind", "key", []byte("other")), cache.ErrReadOnly)
		_, err = c.Prune(ctx, cache.PruneOptions{All: true})
		assert.ErrorIs(t, err, cache.ErrReadOnly)
		info, err := c.Info(ctx)
		assert.NoError(t, err)
		assert.Equal(t, 2, info.Entries)
	})
	assert.Equal(t, before, files(t, folder))
}

func TestFolderThatCannotBeMade(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	require.NoError(t, os.Chmod(filepath.Dir(folder), 0o755))
	require.NoError(t, os.Chmod(folder, 0o555))
	asNobody(t, func() {
		_, err := cache.Open(filepath.Join(folder, "cache"), cache.Options{})
		assert.ErrorIs(t, err, fs.ErrPermission)
	})
}

// fullDisk is a process whose files end at 8 KiB, which the system tells the writer
// in the way of a full disk.
func fullDisk(ctx context.Context, folder string) error {
	signal.Ignore(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 8192, Max: 8192}); err != nil {
		return err
	}
	c, err := cache.Open(folder, cache.Options{})
	if err != nil {
		return err
	}
	content := block(1, 10)
	if err := c.Put(ctx, digestOf(content), content); !errors.Is(err, syscall.EFBIG) {
		return fmt.Errorf("put: %w", err)
	}
	if err := c.SetNote("kind", "key", content); !errors.Is(err, syscall.EFBIG) {
		return fmt.Errorf("note: %w", err)
	}
	small := block(2, 1)
	return c.Put(ctx, digestOf(small), small)
}

func TestFullDiskLeavesNothing(t *testing.T) {
	t.Parallel()
	c := open(t, t.TempDir(), cache.Options{})
	output, err := process(t, "full disk", c.Folder()).CombinedOutput()
	require.NoError(t, err, "%s", output)
	assert.Len(t, files(t, c.Folder()), 1, "only what fitted")
	assert.True(t, c.Has(digestOf(block(2, 1))))
}

package filewatch_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/filewatch"
)

func write(t *testing.T, elements ...string) {
	t.Helper()
	path := filepath.Join(elements...)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, []byte("x"), 0o600))
}

func watch(t *testing.T, root string) *filewatch.Watcher {
	t.Helper()
	watcher, err := filewatch.New(root)
	require.NoError(t, err)
	t.Cleanup(func() { _ = watcher.Close() })
	return watcher
}

// waitFor waits until a path is among what changed. How long that takes is logged, and
// decides nothing.
func waitFor(t *testing.T, watcher *filewatch.Watcher, path string) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	begin := time.Now()
	var all []string
	for !slices.Contains(all, path) {
		changed, err := watcher.Wait(ctx)
		require.NoError(t, err, "%s is not among %s", path, all)
		all = append(all, changed...)
	}
	t.Logf("%s after %v", path, time.Since(begin))
	return all
}

func TestChanges(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(t *testing.T, root string)
		path   string
	}{
		"a file is written": {func(t *testing.T, root string) { t.Helper(); write(t, root, "a.yaml") }, "a.yaml"},
		"a file below":      {func(t *testing.T, root string) { t.Helper(); write(t, root, "sub", "deep", "b.yaml") }, "sub/deep/b.yaml"},
		"a file is removed": {func(t *testing.T, root string) {
			t.Helper()
			require.NoError(t, os.Remove(filepath.Join(root, "a.yaml")))
		}, "a.yaml"},
		"an editor saves by renaming": {func(t *testing.T, root string) {
			t.Helper()
			write(t, root, ".a.yaml.swp")
			require.NoError(t, os.Rename(filepath.Join(root, ".a.yaml.swp"), filepath.Join(root, "a.yaml")))
		}, "a.yaml"},
		"a new folder with files": {func(t *testing.T, root string) { t.Helper(); write(t, root, "x", "y", "z", "new.yaml") }, "x/y/z/new.yaml"},
		"a folder is moved in": {func(t *testing.T, root string) {
			t.Helper()
			outside := filepath.Join(t.TempDir(), "moved")
			write(t, outside, "c.yaml")
			require.NoError(t, os.Rename(outside, filepath.Join(root, "moved")))
		}, "moved/c.yaml"},
		"test cases":   {func(t *testing.T, root string) { t.Helper(); write(t, root, ".packstage", "test.yaml") }, ".packstage/test.yaml"},
		"golden files": {func(t *testing.T, root string) { t.Helper(); write(t, root, ".test-fixtures", "one", "a.yaml") }, ".test-fixtures/one/a.yaml"},
		"of a component": {func(t *testing.T, root string) {
			t.Helper()
			write(t, root, "components", "c", ".packstage", "test.yaml")
		}, "components/c/.packstage/test.yaml"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			write(t, root, "a.yaml")
			write(t, root, "sub", "deep", "old.yaml")
			watcher := watch(t, root)
			test.change(t, root)
			waitFor(t, watcher, test.path)
		})
	}
}

// A change in a folder that was made while watching is noticed, too.
func TestNewFoldersAreWatched(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	watcher := watch(t, root)
	write(t, root, "new", "a.yaml")
	waitFor(t, watcher, "new/a.yaml")
	write(t, root, "new", "b.yaml")
	waitFor(t, watcher, "new/b.yaml")
}

func TestALinkIsWatched(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	write(t, root, "sub", "a.yaml")
	link := filepath.Join(t.TempDir(), "link")
	require.NoError(t, os.Symlink(root, link))
	watcher := watch(t, link)
	write(t, root, "sub", "a.yaml")
	waitFor(t, watcher, "sub/a.yaml")
}

func TestOtherHiddenFilesAreIgnored(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(root, ".git", "objects"), 0o700))
	watcher := watch(t, root)
	write(t, root, ".git", "objects", "x")
	write(t, root, ".swp")
	require.NoError(t, os.Chmod(root, 0o700))
	write(t, root, "last.yaml") // events come in order: nothing of the above can come later
	assert.Equal(t, []string{"last.yaml"}, slices.Compact(waitFor(t, watcher, "last.yaml")))
}

func TestEnd(t *testing.T) {
	t.Parallel()
	_, err := filewatch.New(filepath.Join(t.TempDir(), "missing"))
	require.ErrorIs(t, err, os.ErrNotExist)

	watcher := watch(t, t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = watcher.Wait(ctx)
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, watcher.Close())
	_, err = watcher.Wait(t.Context())
	require.ErrorIs(t, err, os.ErrClosed)
}

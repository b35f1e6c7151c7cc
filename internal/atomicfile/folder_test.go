package atomicfile_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/atomicfile"
)

// with returns a build function that writes files; names may hold one slash.
func with(files map[string]string) func(string) error {
	return func(folder string) error {
		for name, content := range files {
			path := filepath.Join(folder, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				return err
			}
			if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
				return err
			}
		}
		return nil
	}
}

func TestWriteFolder(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]atomicfile.FolderOptions{"refuse": {}, "replace": {Replace: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parent := t.TempDir()
			path := filepath.Join(parent, "out")
			// A slash at the end must not make the temporary folder a child.
			err := atomicfile.WriteFolder(path+string(filepath.Separator), options, func(temporary string) error {
				assert.Equal(t, parent, filepath.Dir(temporary))
				assert.NoDirExists(t, path)
				return with(map[string]string{"a/b": "1"})(temporary)
			})
			require.NoError(t, err)
			assert.Equal(t, map[string]string{"out/": "", "out/a/": "", "out/a/b": "1"}, tree(t, parent))
		})
	}
}

func TestWriteFolderRefusesWhatIsThere(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(parent, "empty"), 0o755))
	require.NoError(t, with(map[string]string{"full/a": "1", "file": "2"})(parent))
	before := tree(t, parent)
	for _, name := range []string{"empty", "full", "file"} {
		path := filepath.Join(parent, name)
		called := false
		err := writers["folder"](path, &called)
		assert.ErrorIs(t, err, fs.ErrExist, name)
		assertNamed(t, err, path)
		assert.False(t, called, name)
	}
	assert.Equal(t, before, tree(t, parent))
}

func TestWriteFolderRefusesWhatAppears(t *testing.T) {
	t.Parallel()
	for name, appear := range map[string]func(path string) error{
		"an empty folder": func(path string) error { return os.Mkdir(path, 0o755) },
		"a full folder":   func(path string) error { return with(map[string]string{"a": "theirs"})(path) },
		"a file":          func(path string) error { return os.WriteFile(path, []byte("theirs"), 0o644) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parent := t.TempDir()
			path := filepath.Join(parent, "out")
			var before map[string]string
			err := atomicfile.WriteFolder(path, atomicfile.FolderOptions{}, func(string) error {
				err := appear(path)
				before = tree(t, parent)
				return err
			})
			assert.ErrorIs(t, err, fs.ErrExist)
			assertNamed(t, err, path)
			for file, content := range tree(t, parent) {
				assert.Equal(t, before[file], content)
			}
			assert.Len(t, tree(t, parent), len(before)-1, "less the temporary folder")
		})
	}
}

func TestWriteFolderReplaces(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	path := filepath.Join(parent, "out")
	replace := atomicfile.FolderOptions{Replace: true}
	require.NoError(t, atomicfile.WriteFolder(path, replace, with(map[string]string{"old/a": "1"})))
	require.NoError(t, atomicfile.WriteFolder(path, replace, with(map[string]string{"new": "2"})))
	assert.Equal(t, map[string]string{"out/": "", "out/new": "2"}, tree(t, parent))

	file := filepath.Join(path, "new")
	called := false
	err := writers["replaced folder"](file, &called)
	assert.ErrorContains(t, err, "is not a folder")
	assertNamed(t, err, file)
	assert.False(t, called)
	assert.Equal(t, map[string]string{"out/": "", "out/new": "2"}, tree(t, parent))
}

func TestWriteFolderReplacesBehindALink(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	link := filepath.Join(parent, "link")
	require.NoError(t, with(map[string]string{"real/old": "1"})(parent))
	if err := os.Symlink("real", link); err != nil {
		t.Skip("this system has no symbolic links: ", err)
	}
	require.NoError(t, atomicfile.WriteFolder(link, atomicfile.FolderOptions{Replace: true}, with(map[string]string{"new": "2"})))
	assert.Equal(t, map[string]string{"new": "2"}, tree(t, filepath.Join(parent, "real")))
	info, err := os.Lstat(link)
	require.NoError(t, err)
	assert.NotZero(t, info.Mode()&fs.ModeSymlink)
}

func TestWriteFolderFailureLeavesNothing(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	require.NoError(t, with(map[string]string{"existing/a": "old"})(parent))
	before := tree(t, parent)
	half := func(temporary string) error {
		assert.NoError(t, with(map[string]string{"a/b": "half"})(temporary))
		return errMiddle
	}
	for _, name := range []string{"new", "existing"} {
		path := filepath.Join(parent, name)
		options := atomicfile.FolderOptions{Replace: name == "existing"}
		err := atomicfile.WriteFolder(path, options, half)
		assert.ErrorIs(t, err, errMiddle)
		assertNamed(t, err, path)
		assert.PanicsWithValue(t, "oh", func() {
			_ = atomicfile.WriteFolder(path, options, func(temporary string) error {
				assert.ErrorIs(t, half(temporary), errMiddle)
				panic("oh")
			})
		})
		assert.Equal(t, before, tree(t, parent))
	}
}

// TestWriteFolderReplacesWithoutAGap looks for the folder all the time while it
// is replaced.
func TestWriteFolderReplacesWithoutAGap(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux exchanges two folders in one step")
	}
	path := filepath.Join(t.TempDir(), "out")
	replace := atomicfile.FolderOptions{Replace: true}
	require.NoError(t, atomicfile.WriteFolder(path, replace, with(map[string]string{"a": "1"})))

	var done atomic.Bool
	missing := make(chan int)
	go func() {
		count := 0
		for !done.Load() {
			if _, err := os.Lstat(path); err != nil {
				count++
			}
		}
		missing <- count
	}()
	for range 200 {
		assert.NoError(t, atomicfile.WriteFolder(path, replace, with(map[string]string{"a": "2"})))
	}
	done.Store(true)
	assert.Zero(t, <-missing)
}

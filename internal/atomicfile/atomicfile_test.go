package atomicfile_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/atomicfile"
)

var errMiddle = errors.New("broke in the middle")

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

// tree returns the files below folder with their content; folders end in "/".
func tree(t *testing.T, folder string) map[string]string {
	t.Helper()
	found := map[string]string{}
	require.NoError(t, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == folder {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			found[filepath.ToSlash(name)+"/"] = ""
			return nil
		}
		content, err := os.ReadFile(path)
		found[filepath.ToSlash(name)] = string(content)
		return err
	}))
	return found
}

// assertNamed checks that an error names the path of the caller only.
func assertNamed(t *testing.T, err error, path string) {
	t.Helper()
	var pathError *fs.PathError
	require.ErrorAs(t, err, &pathError)
	assert.Equal(t, path, pathError.Path)
	assert.NotContains(t, err.Error(), ".packstage-")
	assert.Equal(t, 1, strings.Count(err.Error(), filepath.Dir(path)), err.Error())
}

func TestWriteFile(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "out")
	require.NoError(t, atomicfile.WriteFile(path, 0o600, text("one")))
	require.NoError(t, atomicfile.WriteFile(path, 0o600, func(w io.Writer) error {
		before, err := os.ReadFile(path)
		assert.Equal(t, "one", string(before), "the old content stays until the new is whole")
		assert.NoError(t, err)
		_, err = io.Copy(w, strings.NewReader("two"))
		return err
	}))
	assert.Equal(t, map[string]string{"out": "two"}, tree(t, folder))
}

func TestWriteFileLongestName(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), strings.Repeat("n", 255))
	require.NoError(t, atomicfile.WriteFile(path, 0o644, text("content")))
}

func TestWriteFilePermissions(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such permissions")
	}
	folder := t.TempDir()
	for _, perm := range []fs.FileMode{0o600, 0o700, 0o644} {
		plain, atomic := filepath.Join(folder, perm.String()), filepath.Join(folder, "out")
		require.NoError(t, os.WriteFile(plain, nil, perm))
		require.NoError(t, atomicfile.WriteFile(atomic, perm, text("")))
		want, err := os.Stat(plain)
		require.NoError(t, err)
		got, err := os.Stat(atomic)
		require.NoError(t, err)
		assert.Equal(t, want.Mode(), got.Mode(), "as os.WriteFile, which keeps to the umask")
	}
}

func TestWriteFileFailureLeavesNothing(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]map[string]string{"new": {}, "existing": {"out": "old"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			path := filepath.Join(folder, "out")
			for file, content := range before {
				require.NoError(t, os.WriteFile(filepath.Join(folder, file), []byte(content), 0o644))
			}
			err := atomicfile.WriteFile(path, 0o644, func(w io.Writer) error {
				_, err := io.WriteString(w, "half")
				assert.NoError(t, err)
				assert.Len(t, tree(t, folder), len(before)+1, "it is in the same folder")
				return errMiddle
			})
			assert.ErrorIs(t, err, errMiddle)
			assertNamed(t, err, path)
			assert.Equal(t, before, tree(t, folder))

			assert.PanicsWithValue(t, "oh", func() {
				_ = atomicfile.WriteFile(path, 0o644, func(io.Writer) error { panic("oh") })
			})
			assert.Equal(t, before, tree(t, folder))
		})
	}
}

func TestErrorsOfTheCallerKeepTheirPaths(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "out")
	read := func() error {
		_, err := os.ReadFile("no-such-input")
		return err
	}
	for name, err := range map[string]error{
		"file":   atomicfile.WriteFile(path, 0o644, func(io.Writer) error { return read() }),
		"folder": atomicfile.WriteFolder(path, atomicfile.FolderOptions{}, func(string) error { return read() }),
	} {
		assert.ErrorIs(t, err, fs.ErrNotExist, name)
		assert.ErrorContains(t, err, path, name)
		assert.ErrorContains(t, err, "no-such-input", name)
	}
}

func TestWriteFileRefusesWhatIsNoFile(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	err := atomicfile.WriteFile(folder, 0o644, text("x"))
	assert.ErrorContains(t, err, "is not a regular file")
	assertNamed(t, err, folder)
	assert.Empty(t, tree(t, folder))
}

func TestWriteFileFollowsLinks(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	real, link := filepath.Join(folder, "real"), filepath.Join(folder, "link")
	require.NoError(t, os.WriteFile(real, []byte("old"), 0o644))
	if err := os.Symlink("real", link); err != nil {
		t.Skip("this system has no symbolic links: ", err)
	}
	require.NoError(t, atomicfile.WriteFile(link, 0o644, text("new")))
	assert.Equal(t, map[string]string{"real": "new", "link": "new"}, tree(t, folder))
	info, err := os.Lstat(link)
	require.NoError(t, err)
	assert.NotZero(t, info.Mode()&fs.ModeSymlink)
}

func TestMissingParent(t *testing.T) {
	t.Parallel()
	for name, write := range writers {
		folder := t.TempDir()
		called := false
		require.NoError(t, write(filepath.Join(folder, "not", "yet", "out"), &called), name)
		assert.True(t, called, name)
		assert.Len(t, tree(t, folder), 3, name)

		called = false
		require.NoError(t, os.WriteFile(filepath.Join(folder, "file"), nil, 0o600))
		path := filepath.Join(folder, "file", "out")
		assertNamed(t, write(path, &called), path)
		assert.False(t, called, name)
	}
}

func TestCheckWrite(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "out")
	require.NoError(t, os.WriteFile(path, []byte("old"), 0o600))
	require.NoError(t, atomicfile.CheckWrite(path))
	require.NoError(t, atomicfile.CheckWrite(filepath.Join(folder, "deep", "new")))
	assert.Equal(t, map[string]string{"out": "old", "deep/": ""}, tree(t, folder))
	for _, wrong := range []string{folder, filepath.Join(path, "below")} {
		assertNamed(t, atomicfile.CheckWrite(wrong), wrong)
	}
}

// writers write something at path and say whether they were asked for content.
var writers = map[string]func(path string, called *bool) error{
	"file": func(path string, called *bool) error {
		return atomicfile.WriteFile(path, 0o644, func(io.Writer) error { *called = true; return nil })
	},
	"folder": func(path string, called *bool) error {
		return atomicfile.WriteFolder(path, atomicfile.FolderOptions{}, func(string) error { *called = true; return nil })
	},
	"replaced folder": func(path string, called *bool) error {
		return atomicfile.WriteFolder(path, atomicfile.FolderOptions{Replace: true}, func(string) error { *called = true; return nil })
	},
}

func TestWriteFileAtTheSameTime(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "out")
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			content := strings.Repeat(fmt.Sprint(i), 10_000)
			assert.NoError(t, atomicfile.WriteFile(path, 0o644, text(content)))
		})
	}
	group.Wait()
	found := tree(t, folder)
	require.Len(t, found, 1)
	assert.Equal(t, strings.Repeat(found["out"][:1], 10_000), found["out"], "one writer's content, whole")
}

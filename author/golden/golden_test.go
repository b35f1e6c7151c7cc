package golden_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/golden"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

func rendered(pathsAndContents ...string) []packageloader.RenderedFile {
	var files []packageloader.RenderedFile
	for i := 0; i < len(pathsAndContents); i += 2 {
		path := pathsAndContents[i]
		files = append(files, packageloader.RenderedFile{Path: path, Source: path + ".gotmpl", Content: []byte(pathsAndContents[i+1])})
	}
	return files
}

func TestRead(t *testing.T) {
	t.Parallel()
	author := fstest.MapFS{
		".test-fixtures/one/a.yaml":       {Data: []byte("a")},
		".test-fixtures/one/x/b.yml":      {Data: []byte("b")},
		".test-fixtures/one/.DS_Store":    {Data: []byte("?")},
		".test-fixtures/one/.idea/a.yaml": {Data: []byte("?")},
		".test-fixtures/one/README.md":    {Data: []byte("why")},
		".test-fixtures/one/more/d.yaml":  {Data: []byte("d")},
		".test-fixtures/two/c.yaml":       {Data: []byte("c")},
	}
	others := []string{".test-fixtures/one", ".test-fixtures/one/more"}
	files, err := golden.Read(author, ".test-fixtures/one", packagetypes.Limits{}, others...)
	require.NoError(t, err)
	assert.Equal(t, golden.Files{"a.yaml": []byte("a"), "x/b.yml": []byte("b")}, files)

	files, err = golden.Read(author, ".test-fixtures/three", packagetypes.Limits{})
	require.NoError(t, err)
	assert.Empty(t, files)
}

func TestReadHasLimits(t *testing.T) {
	t.Parallel()
	author := fstest.MapFS{"g/a.yaml": {Data: []byte("12345")}, "g/b.yaml": {Data: []byte("12345")}}
	for name, limits := range map[string]packagetypes.Limits{
		"file": {File: 4}, "files": {Files: 1}, "all": {UncompressedImage: 9},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := golden.Read(author, "g", limits)
			require.ErrorIs(t, err, diagnostic.LimitExceeded)
			var exceeded *packagetypes.LimitError
			require.ErrorAs(t, err, &exceeded)
		})
	}
}

func TestReadTakesFilesOnly(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	write(t, filepath.Join(top, "g", "a.yaml"), "a")
	require.NoError(t, os.Symlink("a.yaml", filepath.Join(top, "g", "b.yaml")))
	files, err := golden.Read(os.DirFS(top), "g", packagetypes.Limits{})
	require.NoError(t, err)
	assert.Equal(t, golden.Files{"a.yaml": []byte("a"), "b.yaml": []byte("a")}, files)
	_, err = golden.Read(os.DirFS(top), "g/a.yaml", packagetypes.Limits{})
	require.ErrorIs(t, err, diagnostic.FilesUnsupportedType)
	require.NoError(t, os.Symlink("..", filepath.Join(top, "g", "up")))
	_, err = golden.Read(os.DirFS(top), "g", packagetypes.Limits{})
	require.ErrorIs(t, err, diagnostic.FilesUnsupportedType)
}

func TestCompare(t *testing.T) {
	t.Parallel()
	files := golden.Files{"a/same.yaml": []byte("s\n"), "changed.yaml": []byte("1\n2\n"), "old.yaml": []byte("o\n")}
	differences := golden.Compare(files, rendered("a/same.yaml", "s\n", "changed.yaml", "1\n3\n", "new.yaml", "n"))
	require.Len(t, differences, 3)
	var kinds, texts []string
	for _, difference := range differences {
		kinds = append(kinds, difference.Kind.String()+" "+difference.Path+": "+difference.Summary())
		texts = append(texts, difference.Unified())
	}
	assert.Equal(t, []string{
		"changed changed.yaml: 1 line added, 1 line removed",
		"missing new.yaml: 1 line added, 0 lines removed",
		"superfluous old.yaml: 0 lines added, 1 line removed",
	}, kinds)
	assert.Equal(t, []string{
		"--- golden/changed.yaml\n+++ rendered/changed.yaml\n@@ -1,2 +1,2 @@\n 1\n-2\n+3\n",
		"--- /dev/null\n+++ rendered/new.yaml\n@@ -0,0 +1 @@\n+n\n\\ No newline at end of file\n",
		"--- golden/old.yaml\n+++ /dev/null\n@@ -1 +0,0 @@\n-o\n",
	}, texts)
	assert.Empty(t, golden.Compare(golden.Files{"a": []byte("x")}, rendered("a", "x")))
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	folder := filepath.Join(top, "fixtures", "one")
	other := filepath.Join(top, "fixtures", "two", "keep.yaml")
	write(t, other, "kept")
	write(t, filepath.Join(folder, "changed.yaml"), "1\n")
	write(t, filepath.Join(folder, "gone", "deep", "old.yaml"), "o\n")
	write(t, filepath.Join(folder, "was.yaml"), "now a folder")

	files, err := golden.Read(os.DirFS(top), "fixtures/one", packagetypes.Limits{})
	require.NoError(t, err)
	want := rendered("changed.yaml", "2\n", "new/a.yaml", "n\n", "was.yaml/b.yaml", "b\n")
	require.NoError(t, golden.Update(top, "fixtures/one", golden.Compare(files, want)))

	files, err = golden.Read(os.DirFS(top), "fixtures/one", packagetypes.Limits{})
	require.NoError(t, err)
	assert.Empty(t, golden.Compare(files, want))
	assert.NoDirExists(t, filepath.Join(folder, "gone"))
	assert.FileExists(t, other)
}

// Files are written beside one another; of several that cannot be, the first is told,
// and the others are there.
func TestUpdateTellsTheFirstError(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	contents := []string{}
	for i := range 60 {
		contents = append(contents, fmt.Sprintf("deep/%02d/a.yaml", i), "a")
	}
	for _, blocked := range []string{"17", "42"} {
		require.NoError(t, os.MkdirAll(filepath.Join(top, "one", "deep", blocked, "a.yaml"), 0o700))
	}
	err := golden.Update(top, "one", golden.Compare(nil, rendered(contents...)))
	require.ErrorContains(t, err, filepath.Join("17", "a.yaml"))
	require.NotContains(t, err.Error(), filepath.Join("42", "a.yaml"))
	files, err := golden.Read(os.DirFS(top), "one", packagetypes.Limits{})
	require.NoError(t, err)
	assert.Len(t, files, 58)
}

func TestUpdateStaysInItsFolder(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	outside := filepath.Join(top, "outside")
	write(t, filepath.Join(outside, "a.yaml"), "safe")
	folder := filepath.Join(top, "one")
	require.NoError(t, os.Mkdir(folder, 0o700))
	require.NoError(t, os.Symlink(outside, filepath.Join(folder, "link")))
	require.NoError(t, os.Symlink(filepath.Join(outside, "a.yaml"), filepath.Join(folder, "file.yaml")))
	for _, path := range []string{"link/a.yaml", "file.yaml", "../outside/a.yaml"} {
		err := golden.Update(top, "one", golden.Compare(nil, rendered(path, "changed")))
		require.Error(t, err, path)
	}
	err := golden.Update(top, "one", golden.Compare(golden.Files{"link/a.yaml": nil}, nil))
	require.Error(t, err)
	content, err := os.ReadFile(filepath.Join(outside, "a.yaml"))
	require.NoError(t, err)
	assert.Equal(t, "safe", string(content))
}

func TestUpdateWritesThroughNoLink(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	write(t, filepath.Join(top, "fixtures", "one", "a.yaml"), "safe")
	require.NoError(t, os.Symlink("one", filepath.Join(top, "fixtures", "two")))
	require.NoError(t, os.Symlink("fixtures", filepath.Join(top, "all")))
	differences := golden.Compare(golden.Files{"a.yaml": nil}, rendered("b.yaml", "b"))
	for _, folder := range []string{"fixtures/two", "all/one", "all/new"} {
		require.ErrorIs(t, golden.Update(top, folder, differences), diagnostic.FilesUnsupportedType, folder)
	}
	entries, err := os.ReadDir(filepath.Join(top, "fixtures", "one"))
	require.NoError(t, err)
	assert.Len(t, entries, 1)
}

func write(t *testing.T, path, content string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
}

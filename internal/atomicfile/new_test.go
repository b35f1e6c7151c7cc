package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func text(content string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, content)
		return err
	}
}

func TestWriteNew(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "missing", "file")
	require.NoError(t, WriteNew(path, 0o600, text("first")))
	require.ErrorIs(t, WriteNew(path, 0o600, text("second")), fs.ErrExist)
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "first", string(content))

	// What the link leads to is not written either.
	link := filepath.Join(folder, "link")
	if err := os.Symlink(filepath.Join(folder, "elsewhere"), link); err == nil {
		require.ErrorIs(t, WriteNew(link, 0o600, text("third")), fs.ErrExist)
		require.NoFileExists(t, filepath.Join(folder, "elsewhere"))
	}

	broken := errors.New("broken")
	require.ErrorIs(t, WriteNew(filepath.Join(folder, "other"), 0o600, func(io.Writer) error { return broken }), broken)
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	for _, entry := range entries {
		require.Contains(t, []string{"missing", "link"}, entry.Name(), "nothing is left")
	}
}

// Of many that write the same file at the same moment one does, whole.
func TestWriteNewAtTheSameTime(t *testing.T) {
	t.Parallel()
	for name, place := range map[string]func(string, string) error{
		"with links": nameNew,
		"without": func(temporary, target string) error {
			if err := copyNew(temporary, target); err != nil {
				return err
			}
			return os.Remove(temporary)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			path := filepath.Join(folder, "file")
			var group sync.WaitGroup
			results := make([]error, 20)
			for i := range results {
				group.Go(func() { results[i] = writeFile(path, 0o600, text(fmt.Sprintf("content %d", i)), place) })
			}
			group.Wait()
			winner := -1
			for i, err := range results {
				if err == nil {
					require.Negative(t, winner)
					winner = i
				} else {
					require.ErrorIs(t, err, fs.ErrExist)
				}
			}
			content, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, fmt.Sprintf("content %d", winner), string(content))
			entries, err := os.ReadDir(folder)
			require.NoError(t, err)
			require.Len(t, entries, 1)
		})
	}
}

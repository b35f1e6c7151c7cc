package cache_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/registry/cache"
)

// A stage ends as it should although the cache was closed in the meantime: it leaves
// nothing behind, or what it has taken in.
func TestStageOutlivesTheCache(t *testing.T) {
	t.Parallel()
	for _, commit := range []bool{false, true} {
		folder := t.TempDir()
		c, err := cache.Open(folder, cache.Options{})
		require.NoError(t, err)
		content := []byte("content")
		digest, size, err := v1.SHA256(bytes.NewReader(content))
		require.NoError(t, err)
		stage, err := c.Stage(t.Context(), digest, size)
		require.NoError(t, err)
		require.NoError(t, c.Close())
		require.NoError(t, c.Close())
		_, err = c.Stage(t.Context(), digest, size)
		require.ErrorIs(t, err, os.ErrClosed)
		_, err = stage.Write(content)
		require.NoError(t, err)
		if commit {
			require.NoError(t, stage.Commit(t.Context()))
		}
		stage.Discard()
		left, err := filepath.Glob(filepath.Join(folder, "v1", "temporary", "*"))
		require.NoError(t, err)
		require.Empty(t, left)
		kept, err := filepath.Glob(filepath.Join(folder, "v1", "sha256", "*", "*"))
		require.NoError(t, err)
		require.Len(t, kept, map[bool]int{true: 1}[commit])
	}
}

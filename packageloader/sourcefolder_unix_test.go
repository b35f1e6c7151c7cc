//go:build unix

package packageloader_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

func TestFolderWithAPipe(t *testing.T) {
	t.Parallel()
	folder := makeFolder(t, t.TempDir(), map[string]string{"a": "a"})
	require.NoError(t, syscall.Mkfifo(filepath.Join(folder, "pipe"), 0o600))
	_, err := packageloader.FromFolder(folder, packageloader.FolderOptions{}).Open(context.Background(), packagetypes.Limits{})
	require.ErrorIs(t, err, diagnostic.FilesUnsupportedType)
}

// Opening a pipe waits for whoever writes to it.
func TestPipesInPlaceOfImages(t *testing.T) {
	t.Parallel()
	pipe := filepath.Join(t.TempDir(), "image.tar")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	_, err := packageloader.FromTar(pipe, "").Open(t.Context(), packagetypes.Limits{})
	require.ErrorIs(t, err, diagnostic.ImageInvalid)

	digest := strings.Repeat("a", 64)
	for _, name := range []string{"index.json", "blobs/sha256/" + digest} {
		layout := t.TempDir()
		require.NoError(t, os.MkdirAll(filepath.Join(layout, "blobs", "sha256"), 0o700))
		index := `{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","size":9,"digest":"sha256:` + digest + `"}]}`
		require.NoError(t, os.WriteFile(filepath.Join(layout, "index.json"), []byte(index), 0o600))
		_ = os.Remove(filepath.Join(layout, filepath.FromSlash(name)))
		require.NoError(t, syscall.Mkfifo(filepath.Join(layout, filepath.FromSlash(name)), 0o600))
		_, err = packageloader.FromLayout(layout, "").Open(t.Context(), packagetypes.Limits{})
		require.ErrorIs(t, err, diagnostic.ImageInvalid)
		require.ErrorContains(t, err, name+" is not a regular file")
	}
}

package cli_test

import (
	"archive/tar"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/cli"
)

// bundleImage is an image of a bundle as its Dockerfile makes it: FROM scratch, a copy
// of the two folders.
func bundleImage(t *testing.T, folder string) v1.Image {
	t.Helper()
	var layer bytes.Buffer
	writer := tar.NewWriter(&layer)
	require.NoError(t, writer.AddFS(os.DirFS(folder)))
	require.NoError(t, writer.Close())
	opened, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(layer.Bytes())), nil })
	require.NoError(t, err)
	image, err := mutate.AppendLayers(empty.Image, opened)
	require.NoError(t, err)
	return image
}

func TestImportOfABundleImage(t *testing.T) {
	t.Parallel()
	bundle := filepath.Join("..", "..", "author", "scaffold", "bundle", "testdata", "backup-operator")
	folder := t.TempDir()
	image := filepath.Join(folder, "layout")
	written, err := layout.Write(image, empty.Index)
	require.NoError(t, err)
	require.NoError(t, written.AppendImage(bundleImage(t, bundle)))

	run := func(from, to string) string {
		var stdout, stderr bytes.Buffer
		code := cli.Run(t.Context(), cli.Invocation{
			Args:  []string{"import", "olm", from, "--dir", filepath.Join(folder, to), "--no-cache"},
			Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Env: []string{"HOME=" + folder},
		})
		require.Zero(t, code, stderr.String())
		require.Contains(t, stdout.String(), "16 objects, which all render as they were.")
		manifest, err := os.ReadFile(filepath.Join(folder, to, "manifest.yaml"))
		require.NoError(t, err)
		return string(manifest)
	}
	require.Equal(t, run(bundle, "from-folder"), run(image, "from-image"))
}

package cli_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/cli"
)

// zeros is an endless stream.
type zeros struct{}

func (zeros) Read(buffer []byte) (int, error) {
	clear(buffer)
	return len(buffer), nil
}

// layerOf makes a layer of tar entries.
func layerOf(t *testing.T, headers ...tar.Header) v1.Layer {
	t.Helper()
	var raw bytes.Buffer
	archive := tar.NewWriter(&raw)
	for _, header := range headers {
		header.Mode = 0o644
		require.NoError(t, archive.WriteHeader(&header))
		_, err := io.CopyN(archive, zeros{}, header.Size)
		require.NoError(t, err)
	}
	require.NoError(t, archive.Close())
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(raw.Bytes())), nil
	})
	require.NoError(t, err)
	return layer
}

// writeLayout writes an image of one layer.
func writeLayout(t *testing.T, layer v1.Layer) string {
	t.Helper()
	image, err := mutate.Append(empty.Image, mutate.Addendum{Layer: layer})
	require.NoError(t, err)
	folder := filepath.Join(t.TempDir(), "layout")
	path, err := layout.Write(folder, empty.Index)
	require.NoError(t, err)
	require.NoError(t, path.AppendImage(image))
	return folder
}

// TestHostileImages needs of each image that it is refused with a finding, and
// that nothing of it is written.
func TestHostileImages(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		entries []tar.Header
		code    string
	}{
		"parent folder":    {[]tar.Header{{Name: "package/../../etc/passwd", Typeflag: tar.TypeReg}}, "archive-unsafe-entry"},
		"absolute name":    {[]tar.Header{{Name: "/package/manifest.yaml", Typeflag: tar.TypeReg}}, "archive-unsafe-entry"},
		"symbolic link":    {[]tar.Header{{Name: "package/manifest.yaml", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}}, "archive-unsafe-entry"},
		"device":           {[]tar.Header{{Name: "package/manifest.yaml", Typeflag: tar.TypeChar}}, "archive-unsafe-entry"},
		"duplicate":        {[]tar.Header{{Name: "package/a.yaml", Typeflag: tar.TypeReg}, {Name: "package/a.yaml", Typeflag: tar.TypeReg}}, "archive-duplicate-entry"},
		"no package":       {[]tar.Header{{Name: "etc/passwd", Typeflag: tar.TypeReg}}, "image-invalid"},
		"large file":       {[]tar.Header{{Name: "package/a.yaml", Typeflag: tar.TypeReg, Size: 17 << 20}}, "limit-exceeded"},
		"without manifest": {[]tar.Header{{Name: "package/a.yaml", Typeflag: tar.TypeReg}}, "manifest-missing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := writeLayout(t, layerOf(t, test.entries...))
			out := filepath.Join(t.TempDir(), "out")
			for _, args := range [][]string{
				{"render", folder}, {"validate", folder}, {"inspect", folder},
				{"push", folder, "127.0.0.1:1/never:v1"}, {"render", folder, "--output", "dir", "--dir", out},
			} {
				got := run(t, args...)
				assert.Equal(t, cli.ExitFindings, got.code, got.stderr)
				assert.Contains(t, got.stderr, "error["+test.code+"]", args)
				assert.Empty(t, got.stdout)
			}
			assert.NoDirExists(t, out)
		})
	}
}

func TestGzipBomb(t *testing.T) {
	t.Parallel()
	var raw bytes.Buffer
	compressor, err := gzip.NewWriterLevel(&raw, gzip.BestCompression)
	require.NoError(t, err)
	archive := tar.NewWriter(compressor)
	const size = 512 << 20
	require.NoError(t, archive.WriteHeader(&tar.Header{Name: "package/a.yaml", Typeflag: tar.TypeReg, Size: size}))
	_, err = io.CopyN(archive, zeros{}, 64<<20)
	require.NoError(t, err)
	require.NoError(t, compressor.Close())
	folder := writeLayout(t, static.NewLayer(raw.Bytes(), types.OCILayer))
	got := run(t, "render", folder)
	assert.Equal(t, cli.ExitFindings, got.code)
	assert.Contains(t, got.stderr, "error[limit-exceeded]")
}

// TestDamagedImages damages an image that was built here.
func TestDamagedImages(t *testing.T) {
	t.Parallel()
	source := writePackage(t)
	blobs := func(t *testing.T, folder string) []string {
		t.Helper()
		paths, err := filepath.Glob(filepath.Join(folder, "blobs", "sha256", "*"))
		require.NoError(t, err)
		require.Len(t, paths, 3)
		return paths
	}
	for i, blob := range []string{"first", "second", "third"} {
		for name, damage := range map[string]func([]byte) []byte{
			"changed":   func(content []byte) []byte { content[len(content)/2] ^= 1; return content },
			"truncated": func(content []byte) []byte { return content[:len(content)-1] },
			"longer":    func(content []byte) []byte { return append(content, 0) },
		} {
			t.Run(fmt.Sprintf("%s blob %s", blob, name), func(t *testing.T) {
				t.Parallel()
				folder := filepath.Join(t.TempDir(), "layout")
				require.Equal(t, 0, run(t, "build", source, "--output", folder).code)
				path := blobs(t, folder)[i]
				content, err := os.ReadFile(path)
				require.NoError(t, err)
				require.NoError(t, os.WriteFile(path, damage(content), 0o644))
				for _, args := range [][]string{{"render", folder}, {"push", folder, "127.0.0.1:1/never:v1"}, {"inspect", folder}} {
					got := run(t, args...)
					assert.Equal(t, cli.ExitFindings, got.code, got.stderr)
					assert.Contains(t, got.stderr, "error[image-digest-mismatch]")
					assert.Empty(t, got.stdout)
				}
			})
		}
	}
	t.Run("truncated tar", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "image.tar")
		require.Equal(t, 0, run(t, "build", source, "--output", path).code)
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(path, content[:len(content)/2], 0o644))
		got := run(t, "push", path, "127.0.0.1:1/never:v1")
		assert.Equal(t, cli.ExitFindings, got.code, got.stderr)
		assert.True(t, strings.Contains(got.stderr, "error[archive-invalid]") || strings.Contains(got.stderr, "error[image-"), got.stderr)
	})
}

// TestDockerSave needs what has no digest of its own to be readable and pushable.
func TestDockerSave(t *testing.T) {
	t.Parallel()
	source := writePackage(t)
	folder := filepath.Join(t.TempDir(), "layout")
	require.Equal(t, 0, run(t, "build", source, "--output", folder).code)
	path, err := layout.FromPath(folder)
	require.NoError(t, err)
	index, err := path.ImageIndex()
	require.NoError(t, err)
	about, err := index.IndexManifest()
	require.NoError(t, err)
	image, err := path.Image(about.Manifests[0].Digest)
	require.NoError(t, err)
	saved := filepath.Join(t.TempDir(), "saved.tar")
	require.NoError(t, tarball.WriteToFile(saved, nil, image))

	assert.Equal(t, run(t, "render", source).stdout, run(t, "render", saved).stdout)
	address, stop := serve(t)
	pushed := run(t, "push", saved, address+"/shop:v1")
	assert.Equal(t, 0, pushed.code, pushed.stderr)
	assert.Equal(t, run(t, "build", source).stdout, pushed.stdout)
	assert.Equal(t, cli.ExitOK, stop())
}

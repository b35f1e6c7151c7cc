package packageloader_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagebuilder"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/registrytest"
)

func oneFileImage(t *testing.T) *packagebuilder.BuiltImage {
	t.Helper()
	files, err := packagetypes.NewFiles(map[string][]byte{"manifest.yaml": []byte("kind: PackageManifest\n")}, packagetypes.Limits{})
	require.NoError(t, err)
	image, err := packagebuilder.Image(t.Context(), files, packagebuilder.ImageOptions{})
	require.NoError(t, err)
	return image
}

func TestOpenImage(t *testing.T) {
	t.Parallel()
	built := oneFileImage(t)
	want, err := built.Digest()
	require.NoError(t, err)
	folder := t.TempDir()
	layout, tar := filepath.Join(folder, "layout"), filepath.Join(folder, "image.tar")
	require.NoError(t, packagebuilder.WriteLayout(t.Context(), built, layout, packagebuilder.LayoutOptions{Reference: "v1"}))
	require.NoError(t, packagebuilder.WriteTar(t.Context(), built, tar, ""))
	content, err := os.ReadFile(tar)
	require.NoError(t, err)
	compressed := gzipOf(t, content)
	require.NoError(t, os.WriteFile(tar+".gz", compressed, 0o600))
	file, err := os.Open(tar)
	require.NoError(t, err)
	defer file.Close()
	reference := registrytest.Start(t, registrytest.Options{}).Host + "/small:v1"
	_, err = packagebuilder.Push(t.Context(), built, []string{reference}, registry.Options{})
	require.NoError(t, err)

	for name, source := range map[string]packageloader.Source{
		"image":      packageloader.FromImage(built),
		"layout":     packageloader.FromLayout(layout, "v1"),
		"tar":        packageloader.FromTar(tar, ""),
		"tar.gz":     packageloader.FromTar(tar+".gz", want.String()),
		"tar reader": packageloader.FromTarReader(file, int64(len(content)), ""),
		"registry":   packageloader.FromRegistry(reference, registry.Options{}),
	} {
		image, closer, err := packageloader.OpenImage(t.Context(), source, packagetypes.Limits{})
		require.NoError(t, err, name)
		got, err := image.Digest()
		require.NoError(t, err, name)
		require.Equal(t, want, got, name)
		raw, err := image.RawConfigFile()
		require.NoError(t, err, name)
		wantConfig, err := built.RawConfigFile()
		require.NoError(t, err)
		require.Equal(t, wantConfig, raw, name)
		read, err := packageloader.FromImage(image).Open(t.Context(), packagetypes.Limits{})
		require.NoError(t, err, name)
		require.Equal(t, []string{"manifest.yaml"}, read.Files.Paths(), name)
		require.NoError(t, closer.Close(), name)
	}
}

func TestOpenImageOfWhatIsNoImage(t *testing.T) {
	t.Parallel()
	for name, source := range map[string]packageloader.Source{
		"files":       packageloader.FromFiles(map[string][]byte{"manifest.yaml": nil}),
		"folder":      packageloader.FromFolder(t.TempDir(), packageloader.FolderOptions{}),
		"another one": countingSource{packageloader.FromImage(oneFileImage(t))},
	} {
		_, _, err := packageloader.OpenImage(t.Context(), source, packagetypes.Limits{})
		require.ErrorIs(t, err, packageloader.ErrNoImage, name)
	}
	_, _, err := packageloader.OpenImage(t.Context(), packageloader.FromLayout(t.TempDir(), ""), packagetypes.Limits{})
	require.ErrorIs(t, err, diagnostic.ImageInvalid)
}

type countingSource struct{ packageloader.Source }

// What was changed after the image was opened is found when it is read.
func TestOpenImageVerifiesWhatIsRead(t *testing.T) {
	t.Parallel()
	built := oneFileImage(t)
	layout := filepath.Join(t.TempDir(), "layout")
	require.NoError(t, packagebuilder.WriteLayout(t.Context(), built, layout, packagebuilder.LayoutOptions{}))
	manifest, err := built.Manifest()
	require.NoError(t, err)
	layer := manifest.Layers[0].Digest
	path := filepath.Join(layout, "blobs", layer.Algorithm, layer.Hex)

	for name, test := range map[string]struct {
		change func() error
		code   diagnostic.Code
	}{
		"shorter": {func() error { return os.WriteFile(path, []byte("x"), 0o600) }, diagnostic.ImageDigestMismatch},
		"longer":  {func() error { return os.WriteFile(path, make([]byte, manifest.Layers[0].Size+1), 0o600) }, diagnostic.ImageDigestMismatch},
		"other":   {func() error { return os.WriteFile(path, make([]byte, manifest.Layers[0].Size), 0o600) }, diagnostic.ImageDigestMismatch},
		"gone":    {func() error { return os.Remove(path) }, diagnostic.ImageInvalid},
	} {
		image, closer, err := packageloader.OpenImage(context.Background(), packageloader.FromLayout(layout, ""), packagetypes.Limits{})
		require.NoError(t, err)
		original, err := os.ReadFile(path)
		require.NoError(t, err)
		require.NoError(t, test.change())
		require.ErrorIs(t, readLayer(image, layer), test.code, name)
		require.NoError(t, os.WriteFile(path, original, 0o600))
		require.NoError(t, readLayer(image, layer), name)
		require.NoError(t, closer.Close())
	}
}

func readLayer(image v1.Image, digest v1.Hash) error {
	layer, err := image.LayerByDigest(digest)
	if err != nil {
		return err
	}
	body, err := layer.Compressed()
	if err != nil {
		return err
	}
	defer body.Close()
	_, err = io.Copy(io.Discard, body)
	return err
}

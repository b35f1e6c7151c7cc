package packageloader_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/packagebuilder"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/registry/registrytest"
)

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	files, err := packagetypes.NewFiles(map[string][]byte{
		"manifest.yaml": []byte("a: 1\n"), "a/b.yaml": []byte("x"), "components/one/manifest.yaml": []byte("c"),
		"a/ü.yaml": nil, strings.Repeat("long/", 30) + "x": []byte("deep"),
	}, packagetypes.Limits{})
	require.NoError(t, err)
	image, err := packagebuilder.Image(ctx, files, packagebuilder.ImageOptions{})
	require.NoError(t, err)
	digest, err := image.Digest()
	require.NoError(t, err)

	folder := t.TempDir()
	require.NoError(t, packagebuilder.WriteLayout(ctx, image, filepath.Join(folder, "layout"), packagebuilder.LayoutOptions{Reference: "v1"}))
	require.NoError(t, packagebuilder.WriteTar(ctx, image, filepath.Join(folder, "image.tar"), "example.com/a/b:v1"))
	reference := registrytest.Start(t, registrytest.Options{}).Host + "/a/b:v1"
	pushed, err := packagebuilder.Push(ctx, image, []string{reference}, registryOptions())
	require.NoError(t, err)
	require.Equal(t, digest.String(), pushed)

	for name, source := range map[string]packageloader.Source{
		"image":    packageloader.FromImage(image),
		"layout":   packageloader.FromLayout(filepath.Join(folder, "layout"), ""),
		"tar":      packageloader.FromTar(filepath.Join(folder, "image.tar"), ""),
		"registry": packageloader.FromRegistry(reference, registryOptions()),
	} {
		content, err := source.Open(ctx, packagetypes.Limits{})
		require.NoError(t, err, name)
		require.Equal(t, files.Digest(), content.Files.Digest(), name)
		require.Equal(t, digest.String(), content.ImageDigest, name)
	}
	unpacked := filepath.Join(folder, "files")
	require.NoError(t, os.CopyFS(unpacked, files.FS()))
	for name, source := range map[string]packageloader.Source{
		"fs":     packageloader.FromFS(files.FS()),
		"folder": packageloader.FromFolder(unpacked, packageloader.FolderOptions{}),
		"links":  packageloader.FromFolder(unpacked, packageloader.FolderOptions{FollowLinks: true}),
	} {
		content, err := source.Open(ctx, packagetypes.Limits{})
		require.NoError(t, err, name)
		require.Equal(t, files.Digest(), content.Files.Digest(), name)
	}
}

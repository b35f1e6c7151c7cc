package packagebuilder_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/google/go-containerregistry/pkg/v1/validate"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagebuilder"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

func TestWriteLayout(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "new", "layout")
	first, second := build(t, sample(t), packagebuilder.ImageOptions{}), build(t, filesOf(t, map[string]string{"a": "a"}), packagebuilder.ImageOptions{})
	write := func(image v1.Image, reference string) {
		require.NoError(t, packagebuilder.WriteLayout(ctx, image, path, packagebuilder.LayoutOptions{Reference: reference}))
	}
	load := func(selector string) string {
		content, err := packageloader.FromLayout(path, selector).Open(ctx, packagetypes.Limits{})
		require.NoError(t, err)
		return content.ImageDigest
	}
	write(first, "v1")
	require.Equal(t, digestOf(t, first), load(""))
	write(second, "v2")
	write(second, "v2")
	require.Equal(t, digestOf(t, first), load("v1"))
	require.Equal(t, digestOf(t, second), load("v2"))
	require.Equal(t, digestOf(t, second), load(digestOf(t, second)))
	_, err := packageloader.FromLayout(path, "").Open(ctx, packagetypes.Limits{})
	require.ErrorIs(t, err, diagnostic.ImageInvalid, "which of the two")
	_, err = packageloader.FromLayout(path, "v3").Open(ctx, packagetypes.Limits{})
	require.ErrorContains(t, err, "v1, v2")
	write(second, "v1")
	require.Equal(t, digestOf(t, second), load("v1"), "the name has moved")
	require.Equal(t, digestOf(t, second), load(""), "all entries are one image")

	index, err := layout.ImageIndexFromPath(path)
	require.NoError(t, err)
	require.NoError(t, validate.Index(index))
	left, err := filepath.Glob(filepath.Join(path, "..", ".*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestWriteLayoutPlaces(t *testing.T) {
	t.Parallel()
	image := build(t, sample(t), packagebuilder.ImageOptions{})
	empty := t.TempDir()
	require.NoError(t, packagebuilder.WriteLayout(context.Background(), image, empty, packagebuilder.LayoutOptions{}))
	_, err := packageloader.FromLayout(empty, "").Open(context.Background(), packagetypes.Limits{})
	require.NoError(t, err)

	used := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(used, "precious"), nil, 0o600))
	require.Error(t, packagebuilder.WriteLayout(context.Background(), image, used, packagebuilder.LayoutOptions{}))
	entries, err := os.ReadDir(used)
	require.NoError(t, err)
	require.Len(t, entries, 1)
}

// An image that is not what it says never gets a place.
func TestWritingVerifies(t *testing.T) {
	t.Parallel()
	image := build(t, sample(t), packagebuilder.ImageOptions{})
	for name, test := range map[string]struct {
		change func([]byte) []byte
		err    error
	}{
		"changed": {func(b []byte) []byte { b[len(b)/2] ^= 1; return b }, diagnostic.ImageDigestMismatch},
		"shorter": {func(b []byte) []byte { return b[:len(b)-1] }, diagnostic.ImageDigestMismatch},
		"longer":  {func(b []byte) []byte { return append(b, 0) }, diagnostic.ImageDigestMismatch},
		"broken":  {nil, errBroken},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wrong := wrongImage{image, test.change}
			folder := t.TempDir()
			err := packagebuilder.WriteLayout(context.Background(), wrong, filepath.Join(folder, "layout"), packagebuilder.LayoutOptions{})
			require.ErrorIs(t, err, test.err)
			err = packagebuilder.WriteTar(context.Background(), wrong, filepath.Join(folder, "tar"), "")
			require.ErrorIs(t, err, test.err)
			left, err := os.ReadDir(folder)
			require.NoError(t, err)
			require.Empty(t, left)
		})
	}
}

var errBroken = errors.New("broken")

// wrongImage gives other bytes than those of its layers' digests.
type wrongImage struct {
	v1.Image
	change func([]byte) []byte
}

func (i wrongImage) LayerByDigest(digest v1.Hash) (v1.Layer, error) {
	layer, err := i.Image.LayerByDigest(digest)
	if err != nil || i.change == nil {
		return nil, errors.Join(err, errBroken)
	}
	reader, err := layer.Compressed()
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(reader)
	return static.NewLayer(i.change(bytes.Clone(content)), types.OCILayer), err
}

func TestWriteTar(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	image := build(t, sample(t), packagebuilder.ImageOptions{})
	folder := t.TempDir()
	path, again := filepath.Join(folder, "image.tar"), filepath.Join(folder, "again.tar")
	const reference = "example.com/some/package:v1"
	require.NoError(t, packagebuilder.WriteTar(ctx, image, path, reference))
	require.NoError(t, packagebuilder.WriteTar(ctx, image, again, reference))
	first, err := os.ReadFile(path)
	require.NoError(t, err)
	second, err := os.ReadFile(again)
	require.NoError(t, err)
	require.True(t, bytes.Equal(first, second))

	for _, selector := range []string{"", reference, digestOf(t, image)} {
		content, err := packageloader.FromTar(path, selector).Open(ctx, packagetypes.Limits{})
		require.NoError(t, err)
		require.Equal(t, sample(t).Digest(), content.Files.Digest())
		require.Equal(t, digestOf(t, image), content.ImageDigest)
		require.Equal(t, reference, content.Reference)
	}
	// As Docker reads it.
	tag, err := name.NewTag(reference)
	require.NoError(t, err)
	docker, err := tarball.ImageFromPath(path, &tag)
	require.NoError(t, err)
	require.NoError(t, validate.Image(docker))
	want, err := image.ConfigName()
	require.NoError(t, err)
	got, err := docker.ConfigName()
	require.NoError(t, err)
	require.Equal(t, want, got)

	require.NoError(t, packagebuilder.WriteTar(ctx, image, path, ""))
	_, err = tarball.ImageFromPath(path, nil)
	require.NoError(t, err)
}

// Layouts and tars of go-containerregistry are read, and those of other kinds of
// images refused.
func TestReadWhatOthersWrite(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	image := build(t, sample(t), packagebuilder.ImageOptions{})
	folder := t.TempDir()
	tag, err := name.NewTag("example.com/p:v1")
	require.NoError(t, err)
	other, err := random.Image(100, 1)
	require.NoError(t, err)
	otherTag, err := name.NewTag("example.com/other:v1")
	require.NoError(t, err)

	require.NoError(t, tarball.WriteToFile(filepath.Join(folder, "one.tar"), tag, image))
	require.NoError(t, tarball.MultiWriteToFile(filepath.Join(folder, "two.tar"), map[name.Tag]v1.Image{tag: image, otherTag: other}))
	docker := mutate.MediaType(mutate.ConfigMediaType(image, types.DockerConfigJSON), types.DockerManifestSchema2)
	path, err := layout.Write(filepath.Join(folder, "layout"), mutate.AppendManifests(
		mutate.IndexMediaType(mustRandomIndex(t), types.OCIImageIndex),
		mutate.IndexAddendum{Add: docker, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "amd64"}}},
	))
	require.NoError(t, err)

	for name, source := range map[string]packageloader.Source{
		"docker tar":             packageloader.FromTar(filepath.Join(folder, "one.tar"), ""),
		"docker tar of two":      packageloader.FromTar(filepath.Join(folder, "two.tar"), "example.com/p:v1"),
		"layout of three":        packageloader.FromLayout(string(path), ""),
		"docker image in layout": packageloader.FromLayout(string(path), digestOf(t, docker)),
		"image of a tarball":     packageloader.FromImage(docker),
	} {
		content, err := source.Open(ctx, packagetypes.Limits{})
		require.NoError(t, err, name)
		require.Equal(t, sample(t).Digest(), content.Files.Digest(), name)
	}
	_, err = packageloader.FromTar(filepath.Join(folder, "two.tar"), "").Open(ctx, packagetypes.Limits{})
	require.ErrorContains(t, err, "holds 2 images")
	_, err = packageloader.FromTar(filepath.Join(folder, "two.tar"), "example.com/other:v1").Open(ctx, packagetypes.Limits{})
	require.ErrorIs(t, err, diagnostic.ImageInvalid)
	content, err := packageloader.FromTar(filepath.Join(folder, "one.tar"), "").Open(ctx, packagetypes.Limits{})
	require.NoError(t, err)
	require.Empty(t, content.ImageDigest, "no manifest, no digest")
}

func mustRandomIndex(t *testing.T) v1.ImageIndex {
	t.Helper()
	index, err := random.Index(100, 1, 2)
	require.NoError(t, err)
	return index
}

func TestCorruptLayout(t *testing.T) {
	t.Parallel()
	image := build(t, sample(t), packagebuilder.ImageOptions{})
	manifest, err := image.Manifest()
	require.NoError(t, err)
	manifestDigest, err := image.Digest()
	require.NoError(t, err)
	for blob, digest := range map[string]v1.Hash{"manifest": manifestDigest, "configuration": manifest.Config.Digest, "layer": manifest.Layers[0].Digest} {
		for change, code := range map[string]diagnostic.Code{
			"byte": diagnostic.ImageDigestMismatch, "short": diagnostic.ImageDigestMismatch,
			"long": diagnostic.ImageDigestMismatch, "gone": diagnostic.ImageInvalid,
		} {
			t.Run(blob+" "+change, func(t *testing.T) {
				t.Parallel()
				path := filepath.Join(t.TempDir(), "layout")
				require.NoError(t, packagebuilder.WriteLayout(context.Background(), image, path, packagebuilder.LayoutOptions{}))
				file := filepath.Join(path, "blobs", "sha256", digest.Hex)
				content, err := os.ReadFile(file)
				require.NoError(t, err)
				switch change {
				case "byte":
					content[len(content)/2] ^= 1
				case "short":
					content = content[:len(content)-1]
				case "long":
					content = append(content, 0)
				}
				require.NoError(t, os.WriteFile(file, content, 0o600))
				if change == "gone" {
					require.NoError(t, os.Remove(file))
				}
				_, err = packageloader.FromLayout(path, "").Open(context.Background(), packagetypes.Limits{})
				require.ErrorIs(t, err, code)
				require.ErrorContains(t, err, digest.Hex)
			})
		}
	}
}

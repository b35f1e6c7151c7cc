package packageloader_test

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"path"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

var fuzzLimits = packagetypes.Limits{CompressedImage: 1 << 20, UncompressedImage: 1 << 20, File: 1 << 18, Files: 100}

// checkOpened holds what is true of any input: either findings, or files within
// the limits under clean names.
func checkOpened(t *testing.T, content *packageloader.Content, err error) {
	t.Helper()
	if err != nil {
		_, isFinding := diagnostic.From(err)
		require.True(t, isFinding, "%v", err)
		require.Nil(t, content)
		return
	}
	require.LessOrEqual(t, content.Files.Size(), fuzzLimits.UncompressedImage)
	require.LessOrEqual(t, int64(content.Files.Len()), fuzzLimits.Files)
	for _, name := range content.Files.Paths() {
		require.NoError(t, packagetypes.ValidatePath(name, fuzzLimits))
		require.Equal(t, path.Clean(name), name)
		for element := range strings.SplitSeq(name, "/") {
			require.False(t, strings.HasPrefix(element, "."), name)
		}
	}
}

// Any bytes are a layer of an otherwise honest image.
func FuzzLayer(f *testing.F) {
	plain := tarOf(f, manifestEntry, entry{name: "package/a/b", content: "b"}, entry{name: "package/.wh.c"}, entry{name: "etc", kind: tar.TypeSymlink, link: "/"})
	f.Add(plain, plain)
	f.Add(gzipOf(f, plain), plain)
	f.Add(zstdOf(f, plain), plain)
	f.Add(tarOf(f, entry{name: "package/ü/" + longName, format: tar.FormatPAX}), plain)
	f.Add(tarOf(f, entry{name: "package/" + longName, format: tar.FormatGNU}), plain[:700])
	f.Add([]byte{0x1f, 0x8b}, []byte{})
	f.Add([]byte{0x28, 0xb5, 0x2f, 0xfd}, []byte("x"))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		image := newImage(first, second)
		content, err := image.open(fuzzLimits)
		checkOpened(t, content, err)
		again, errAgain := image.open(fuzzLimits)
		require.Equal(t, err == nil, errAgain == nil)
		if err == nil {
			require.Equal(t, content.Files.Digest(), again.Files.Digest())
		}
	})
}

// Any bytes are an image tar.
func FuzzTar(f *testing.F) {
	layer := tarOf(f, manifestEntry)
	config, err := json.Marshal(v1.ConfigFile{RootFS: v1.RootFS{Type: "layers", DiffIDs: []v1.Hash{hash(layer)}}})
	require.NoError(f, err)
	docker := tarOf(f,
		entry{name: "manifest.json", content: `[{"Config":"config.json","RepoTags":["a:b"],"Layers":["link/layer.tar"]}]`},
		entry{name: "config.json", content: string(config)},
		entry{name: "layer.tar", content: string(layer)},
		entry{name: "link/layer.tar", kind: tar.TypeSymlink, link: "../layer.tar"},
	)
	image := newImage(layer)
	raw, err := image.RawManifest()
	require.NoError(f, err)
	config, err = image.RawConfigFile()
	require.NoError(f, err)
	index, err := json.Marshal(v1.IndexManifest{SchemaVersion: 2, Manifests: []v1.Descriptor{
		{MediaType: types.OCIManifestSchema1, Digest: hash(raw), Size: int64(len(raw))},
	}})
	require.NoError(f, err)
	oci := tarOf(f,
		entry{name: "./index.json", content: string(index)},
		entry{name: "./blobs/sha256/" + hash(raw).Hex, content: string(raw)},
		entry{name: "./blobs/sha256/" + hash(config).Hex, content: string(config)},
		entry{name: "./blobs/sha256/" + hash(layer).Hex, content: string(layer)},
	)
	for _, seed := range [][]byte{docker, oci} {
		for _, stored := range [][]byte{seed, gzipOf(f, seed), zstdOf(f, seed)} {
			content, err := packageloader.FromTarReader(bytes.NewReader(stored), int64(len(stored)), "").Open(context.Background(), fuzzLimits)
			require.NoError(f, err)
			require.Equal(f, map[string]string{"manifest.yaml": "m"}, contentsOf(content))
			f.Add(stored, "")
		}
	}
	f.Add(docker, "a:b")
	f.Add(oci, hash(raw).String())
	f.Add(tarOf(f, entry{name: "index.json", content: `{"manifests":[{"digest":"sha256:../../x","size":-1}]}`}), "")
	f.Add(tarOf(f, entry{name: "manifest.json", content: `[{"Config":"/etc/passwd","Layers":["../x"]}]`}), "")
	f.Fuzz(func(t *testing.T, stored []byte, selector string) {
		content, err := packageloader.FromTarReader(bytes.NewReader(stored), int64(len(stored)), selector).Open(context.Background(), fuzzLimits)
		checkOpened(t, content, err)
	})
}

func TestTarsThatAreNoImages(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		stored []byte
		code   diagnostic.Code
	}{
		"empty":              {nil, diagnostic.ImageInvalid},
		"no tar":             {bytes.Repeat([]byte("x"), 1024), diagnostic.ArchiveInvalid},
		"other tar":          {tarOf(t, entry{name: "a"}), diagnostic.ImageInvalid},
		"truncated":          {tarOf(t, entry{name: "index.json", content: string(make([]byte, 2000))})[:1000], diagnostic.ArchiveInvalid},
		"truncated gzip":     {gzipOf(t, tarOf(t, entry{name: "a"}))[:40], diagnostic.ArchiveInvalid},
		"two of one name":    {tarOf(t, entry{name: "index.json"}, entry{name: "./index.json"}), diagnostic.ArchiveInvalid},
		"parent":             {tarOf(t, entry{name: "../index.json"}), diagnostic.ArchiveInvalid},
		"missing config":     {tarOf(t, entry{name: "manifest.json", content: `[{"Config":"x.json"}]`}), diagnostic.ImageInvalid},
		"config outside":     {tarOf(t, entry{name: "manifest.json", content: `[{"Config":"../x.json"}]`}), diagnostic.ImageInvalid},
		"missing layer":      {tarOf(t, entry{name: "manifest.json", content: `[{"Config":"x.json","Layers":["y"]}]`}, entry{name: "x.json", content: "{}"}), diagnostic.ImageInvalid},
		"wrong config":       {tarOf(t, entry{name: "manifest.json", content: `[{"Config":"` + strings.Repeat("a", 64) + `.json"}]`}, entry{name: strings.Repeat("a", 64) + ".json", content: "{}"}), diagnostic.ImageDigestMismatch},
		"link to itself":     {tarOf(t, entry{name: "manifest.json", content: `[{"Config":"x"}]`}, entry{name: "x", kind: tar.TypeSymlink, link: "x"}), diagnostic.ImageInvalid},
		"no images":          {tarOf(t, entry{name: "manifest.json", content: `[]`}), diagnostic.ImageInvalid},
		"index of no images": {tarOf(t, entry{name: "index.json", content: `{}`}), diagnostic.ImageInvalid},
		"index, not JSON":    {tarOf(t, entry{name: "index.json", content: `{`}), diagnostic.ImageInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			content, err := packageloader.FromTarReader(bytes.NewReader(test.stored), int64(len(test.stored)), "").Open(context.Background(), packagetypes.Limits{})
			require.ErrorIs(t, err, test.code)
			require.Nil(t, content)
		})
	}
}

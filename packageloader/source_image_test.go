package packageloader_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

// handmadeImage is an image of which every byte can be wrong.
type handmadeImage struct {
	v1.Image // the methods that reading needs are below

	manifest v1.Manifest
	config   v1.ConfigFile
	blobs    map[v1.Hash][]byte
	// rawConfig takes the place of the encoded config.
	rawConfig []byte
}

func newImage(layers ...[]byte) *handmadeImage {
	image := &handmadeImage{
		manifest: v1.Manifest{SchemaVersion: 2, MediaType: types.OCIManifestSchema1, Config: v1.Descriptor{MediaType: types.OCIConfigJSON}},
		blobs:    map[v1.Hash][]byte{},
	}
	for _, layer := range layers {
		image.add(layer, layer)
	}
	return image
}

// add appends a layer that is stored in one form and unpacks to another.
func (i *handmadeImage) add(stored, unpacked []byte) {
	digest := hash(stored)
	i.blobs[digest] = stored
	i.manifest.Layers = append(i.manifest.Layers, v1.Descriptor{MediaType: types.OCILayer, Digest: digest, Size: int64(len(stored))})
	i.config.RootFS.DiffIDs = append(i.config.RootFS.DiffIDs, hash(unpacked))
}

func (i *handmadeImage) RawConfigFile() ([]byte, error) {
	if i.rawConfig != nil {
		return i.rawConfig, nil
	}
	return json.Marshal(i.config)
}

func (i *handmadeImage) RawManifest() ([]byte, error) {
	if i.manifest.Config.Digest == (v1.Hash{}) {
		config, err := i.RawConfigFile()
		if err != nil {
			return nil, err
		}
		i.manifest.Config.Digest, i.manifest.Config.Size = hash(config), int64(len(config))
	}
	return json.Marshal(i.manifest)
}

func (i *handmadeImage) LayerByDigest(digest v1.Hash) (v1.Layer, error) {
	blob, ok := i.blobs[digest]
	if !ok {
		return nil, fmt.Errorf("no layer %s", digest)
	}
	return static.NewLayer(blob, types.OCILayer), nil
}

func (i *handmadeImage) open(limits packagetypes.Limits) (*packageloader.Content, error) {
	return packageloader.FromImage(i).Open(context.Background(), limits)
}

func hash(content []byte) v1.Hash {
	sum := sha256.Sum256(content)
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(sum[:])}
}

// entry is one entry of a tar; a file unless it says otherwise.
type entry struct {
	name, content string
	kind          byte
	link          string
	pax           map[string]string
	format        tar.Format
}

func tarOf(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var buffer bytes.Buffer
	archive := tar.NewWriter(&buffer)
	for _, entry := range entries {
		if entry.kind == 0 {
			entry.kind = tar.TypeReg
		}
		header := &tar.Header{Typeflag: entry.kind, PAXRecords: entry.pax}
		if entry.kind != tar.TypeXGlobalHeader {
			header.Name, header.Size, header.Mode = entry.name, int64(len(entry.content)), 0o600
			header.Linkname, header.Format = entry.link, entry.format
		}
		require.NoError(t, archive.WriteHeader(header))
		_, err := archive.Write([]byte(entry.content))
		require.NoError(t, err)
	}
	require.NoError(t, archive.Close())
	return buffer.Bytes()
}

func gzipOf(t testing.TB, content []byte) []byte {
	t.Helper()
	var buffer bytes.Buffer
	writer := gzip.NewWriter(&buffer)
	_, err := writer.Write(content)
	require.NoError(t, err)
	require.NoError(t, writer.Close())
	return buffer.Bytes()
}

func zstdOf(t testing.TB, content []byte) []byte {
	t.Helper()
	encoder, err := zstd.NewWriter(nil)
	require.NoError(t, err)
	return encoder.EncodeAll(content, nil)
}

var manifestEntry = entry{name: "package/manifest.yaml", content: "m"}

func contentsOf(content *packageloader.Content) map[string]string {
	contents := map[string]string{}
	for _, path := range content.Files.Paths() {
		raw, _ := content.Files.Read(path)
		contents[path] = string(raw)
	}
	return contents
}

func TestLayersAreMerged(t *testing.T) {
	t.Parallel()
	folder := func(name string) entry { return entry{name: name, kind: tar.TypeDir} }
	file := func(name, content string) entry { return entry{name: name, content: content} }
	for name, test := range map[string]struct {
		layers [][]entry
		want   map[string]string
	}{
		"later layers win": {
			[][]entry{{file("package/a", "1"), file("package/b", "1")}, {file("package/a", "2")}},
			map[string]string{"a": "2", "b": "1"},
		},
		"names with a dot in front": {
			[][]entry{{folder("./"), folder("./package/"), file("./package/a", "1")}},
			map[string]string{"a": "1"},
		},
		"outside is ignored, whatever it is": {
			[][]entry{{
				file("etc/passwd", "x"), {name: "bin", kind: tar.TypeSymlink, link: "/usr/bin"}, {name: "dev/null", kind: tar.TypeChar},
				file(`etc/systemd/a\x2db`, "x"), file("packages/a", "x"), file("package.yaml", "x"), file("a/package/b", "x"), file("package/a", "1"),
			}},
			map[string]string{"a": "1"},
		},
		"hidden names are left out": {
			[][]entry{{file("package/.git/config", "x"), file("package/a/.b/c", "x"), {name: "package/.link", kind: tar.TypeSymlink, link: "/"}, file("package/a/b.c", "1")}},
			map[string]string{"a/b.c": "1"},
		},
		"whiteout of a file": {
			[][]entry{{file("package/a", "1"), file("package/b", "1")}, {file("package/.wh.a", "")}},
			map[string]string{"b": "1"},
		},
		"whiteout of a folder": {
			[][]entry{{file("package/a/b", "1"), file("package/a/c/d", "1"), file("package/ab", "1")}, {file("package/.wh.a", "")}},
			map[string]string{"ab": "1"},
		},
		"whiteout does not touch its own layer": {
			[][]entry{{file("package/a/b", "1"), file("package/x", "1")}, {file("package/a/c", "2"), file("package/.wh.a", "")}},
			map[string]string{"a/c": "2", "x": "1"},
		},
		"opaque folder": {
			[][]entry{{file("package/a/b", "1"), file("package/c", "1")}, {file("package/a/new", "2"), file("package/a/.wh..wh..opq", "")}},
			map[string]string{"a/new": "2", "c": "1"},
		},
		"opaque package": {
			[][]entry{{file("package/a", "1")}, {file("package/.wh..wh..opq", ""), file("package/b", "2")}},
			map[string]string{"b": "2"},
		},
		"whiteout of the package": {
			[][]entry{{file("package/a", "1")}, {file(".wh.package", "")}, {file("package/b", "3")}},
			map[string]string{"b": "3"},
		},
		"opaque root": {
			[][]entry{{file("package/a", "1")}, {file(".wh..wh..opq", "")}, {file("package/b", "3")}},
			map[string]string{"b": "3"},
		},
		"whiteout of what is not there": {
			[][]entry{{file("package/a", "1"), file("package/.wh.b", ""), file("package/x/y/.wh.z", ""), file("package/q/.wh..wh..opq", "")}},
			map[string]string{"a": "1"},
		},
		"whiteout of names that begin alike": {
			[][]entry{{file("package/a.yaml", "1"), file("package/a", "1")}, {file("package/.wh.a", "")}},
			map[string]string{"a.yaml": "1"},
		},
		"bookkeeping of a union file system": {
			[][]entry{{file("package/a", "1"), file("package/.wh..wh.plnk", ""), file("package/.wh..wh.aufs/x", "")}},
			map[string]string{"a": "1"},
		},
		"file in the place of a folder": {
			[][]entry{{file("package/a/b", "1")}, {file("package/a", "2")}},
			map[string]string{"a": "2"},
		},
		"folder in the place of a file": {
			[][]entry{{file("package/a", "1"), file("package/b", "1")}, {file("package/a/c", "2"), folder("package/b/")}},
			map[string]string{"a/c": "2"},
		},
		"empty layers": {[][]entry{{}, {file("package/a", "1")}, {}}, map[string]string{"a": "1"}},
		"global header": {
			[][]entry{{{kind: tar.TypeXGlobalHeader, pax: map[string]string{"comment": "x"}}, file("package/a", "1")}},
			map[string]string{"a": "1"},
		},
		"GNU names": {
			[][]entry{{{name: "package/" + longName, content: "1", format: tar.FormatGNU}}},
			map[string]string{longName: "1"},
		},
		"PAX names": {
			[][]entry{{{name: "package/" + longName + "ü", content: "1", format: tar.FormatPAX}}},
			map[string]string{longName + "ü": "1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for compression, compress := range map[string]func(testing.TB, []byte) []byte{
				"plain": func(_ testing.TB, content []byte) []byte { return content }, "gzip": gzipOf, "zstd": zstdOf,
			} {
				image := newImage()
				for _, entries := range test.layers {
					layer := tarOf(t, entries...)
					image.add(compress(t, layer), layer)
				}
				content, err := image.open(packagetypes.Limits{})
				require.NoError(t, err, compression)
				require.Equal(t, test.want, contentsOf(content), compression)
			}
		})
	}
}

var longName = string(bytes.Repeat([]byte("long-name/"), 20)) + "x"

func TestHostileLayers(t *testing.T) {
	t.Parallel()
	limits := packagetypes.Limits{File: 1000, UncompressedImage: 3000, Files: 5}
	for name, test := range map[string]struct {
		entries []entry
		code    diagnostic.Code
		names   string
	}{
		"absolute":             {[]entry{{name: "/package/a"}}, diagnostic.ArchiveUnsafeEntry, "/package/a"},
		"parent":               {[]entry{{name: "package/../a"}}, diagnostic.ArchiveUnsafeEntry, "package/../a"},
		"parent outside":       {[]entry{{name: "../package/a"}}, diagnostic.ArchiveUnsafeEntry, "../package/a"},
		"backslash":            {[]entry{{name: `package/a\b`}}, diagnostic.ArchiveUnsafeEntry, `package/a\b`},
		"backslash as slash":   {[]entry{{name: `package\a`}}, diagnostic.ArchiveUnsafeEntry, `package\a`},
		"symbolic link":        {[]entry{{name: "package/a", kind: tar.TypeSymlink, link: "b"}}, diagnostic.ArchiveUnsafeEntry, "a"},
		"hard link":            {[]entry{{name: "package/a", kind: tar.TypeLink, link: "package/manifest.yaml"}}, diagnostic.ArchiveUnsafeEntry, "a"},
		"device":               {[]entry{{name: "package/a", kind: tar.TypeChar}}, diagnostic.ArchiveUnsafeEntry, "a"},
		"pipe":                 {[]entry{{name: "package/a", kind: tar.TypeFifo}}, diagnostic.ArchiveUnsafeEntry, "a"},
		"package is a link":    {[]entry{{name: "package", kind: tar.TypeSymlink, link: "/etc"}}, diagnostic.ArchiveUnsafeEntry, "package"},
		"package is a file":    {[]entry{{name: "package"}}, diagnostic.ArchiveUnsafeEntry, "package"},
		"duplicate":            {[]entry{{name: "package/a"}, {name: "package/a"}}, diagnostic.ArchiveDuplicateEntry, "a"},
		"duplicate, unclean":   {[]entry{{name: "package/a"}, {name: "./package//a"}}, diagnostic.ArchiveDuplicateEntry, "a"},
		"duplicate behind PAX": {[]entry{{name: "package/a"}, {name: "package/ü", format: tar.FormatPAX}, {name: "package/a"}}, diagnostic.ArchiveDuplicateEntry, "a"},
		"duplicate behind GNU": {[]entry{{name: "package/a"}, {name: "package/" + longName, format: tar.FormatGNU}, {name: "package/a"}}, diagnostic.ArchiveDuplicateEntry, "a"},
		"duplicate of a link":  {[]entry{{name: "package/a"}, {name: "package/a", kind: tar.TypeSymlink, link: "x"}}, diagnostic.ArchiveDuplicateEntry, "a"},
		"file and folder":      {[]entry{{name: "package/a"}, {name: "package/a/b"}}, diagnostic.ArchiveDuplicateEntry, "a"},
		"file and own folder":  {[]entry{{name: "package/a/", kind: tar.TypeDir}, {name: "package/a"}}, diagnostic.ArchiveDuplicateEntry, "a"},
		"line break":           {[]entry{{name: "package/a\nb"}}, diagnostic.FilesInvalidPath, ""},
		"no UTF-8":             {[]entry{{name: "package/a\xff", format: tar.FormatGNU}}, diagnostic.FilesInvalidPath, ""},
		"long path":            {[]entry{{name: "package/" + string(bytes.Repeat([]byte("a"), 600))}}, diagnostic.LimitExceeded, ""},
		"deep path":            {[]entry{{name: "package/" + string(bytes.Repeat([]byte("a/"), 40)) + "a"}}, diagnostic.LimitExceeded, ""},
		"large file":           {[]entry{{name: "package/a", content: string(make([]byte, 1001))}}, diagnostic.LimitExceeded, "a"},
		"many bytes": {[]entry{
			{name: "package/a", content: string(make([]byte, 1000))}, {name: "package/b", content: string(make([]byte, 1000))},
			{name: "package/c", content: string(make([]byte, 1000))}, {name: "package/d", content: "x"},
		}, diagnostic.LimitExceeded, ""},
		"many files": {[]entry{
			{name: "package/1"}, {name: "package/2"}, {name: "package/3"}, {name: "package/4"}, {name: "package/5"}, {name: "package/6"},
		}, diagnostic.LimitExceeded, ""},
		"many folders": {[]entry{
			{name: "package/1/", kind: tar.TypeDir}, {name: "package/2/", kind: tar.TypeDir}, {name: "package/3/", kind: tar.TypeDir},
			{name: "package/4/", kind: tar.TypeDir}, {name: "package/5/", kind: tar.TypeDir}, {name: "package/6/", kind: tar.TypeDir},
		}, diagnostic.LimitExceeded, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			layer := tarOf(t, append(test.entries, manifestEntry)...)
			image := newImage()
			image.add(gzipOf(t, layer), layer)
			content, err := image.open(limits)
			require.ErrorIs(t, err, test.code)
			require.Nil(t, content)
			found, ok := diagnostic.From(err)
			require.True(t, ok)
			if test.names != "" {
				require.Equal(t, test.names, found[0].Position.File)
			}
		})
	}
}

func TestAllFindingsAtOnce(t *testing.T) {
	t.Parallel()
	_, err := newImage(
		tarOf(t, manifestEntry, entry{name: "/a"}, entry{name: "package/b", kind: tar.TypeSymlink}),
		tarOf(t, entry{name: "package/../c"}),
	).open(packagetypes.Limits{})
	found, _ := diagnostic.From(err)
	require.Len(t, found, 3)
}

func TestFindingsAreBounded(t *testing.T) {
	t.Parallel()
	entries := make([]entry, 5000)
	for i := range entries {
		entries[i] = entry{name: fmt.Sprintf("/%d", i)}
	}
	_, err := newImage(tarOf(t, entries...)).open(packagetypes.Limits{})
	found, _ := diagnostic.From(err)
	require.Len(t, found, 100)
}

// Each case changes one thing of an image that is right.
func TestBrokenImages(t *testing.T) {
	t.Parallel()
	plain := func(t *testing.T) []byte {
		t.Helper()
		return tarOf(t, manifestEntry, entry{name: "package/a", content: "content"})
	}
	packed := func(t *testing.T) *handmadeImage {
		t.Helper()
		image := newImage()
		image.add(gzipOf(t, plain(t)), plain(t))
		return image
	}
	replace := func(image *handmadeImage, change func([]byte) []byte) *handmadeImage {
		digest := image.manifest.Layers[0].Digest
		image.blobs[digest] = change(bytes.Clone(image.blobs[digest]))
		return image
	}
	for name, test := range map[string]struct {
		image func(*testing.T) *handmadeImage
		code  diagnostic.Code
		says  string
	}{
		"none of it": {packed, "", ""},
		"wrong byte of the right length": {func(t *testing.T) *handmadeImage {
			t.Helper()
			return replace(packed(t), func(b []byte) []byte { b[len(b)/2] ^= 1; return b })
		}, diagnostic.ImageDigestMismatch, "has the digest"},
		"bytes missing": {func(t *testing.T) *handmadeImage {
			t.Helper()
			return replace(packed(t), func(b []byte) []byte { return b[:len(b)-5] })
		}, diagnostic.ImageDigestMismatch, "its descriptor says"},
		"bytes after the end": {func(t *testing.T) *handmadeImage {
			t.Helper()
			return replace(packed(t), func(b []byte) []byte { return append(b, 0) })
		}, diagnostic.ImageDigestMismatch, "more than"},
		"truncated gzip": {func(t *testing.T) *handmadeImage {
			t.Helper()
			image, stored := newImage(), gzipOf(t, plain(t))
			image.add(stored[:len(stored)-10], plain(t))
			return image
		}, diagnostic.ArchiveInvalid, "ends in the middle"},
		"garbage after gzip": {func(t *testing.T) *handmadeImage {
			t.Helper()
			image := newImage()
			image.add(append(gzipOf(t, plain(t)), "this is garbage"...), plain(t))
			return image
		}, diagnostic.ArchiveInvalid, "no valid archive"},
		"wrong gzip checksum": {func(t *testing.T) *handmadeImage {
			t.Helper()
			image, stored := newImage(), gzipOf(t, plain(t))
			stored[len(stored)-6] ^= 1
			image.add(stored, plain(t))
			return image
		}, diagnostic.ArchiveInvalid, "no valid archive"},
		"truncated tar": {func(t *testing.T) *handmadeImage {
			t.Helper()
			image, cut := newImage(), plain(t)[:1200]
			image.add(gzipOf(t, cut), cut)
			return image
		}, diagnostic.ArchiveInvalid, ""},
		"no tar": {func(*testing.T) *handmadeImage { return newImage([]byte("this is no tar at all")) }, diagnostic.ArchiveInvalid, ""},
		"zeros after the tar": {func(t *testing.T) *handmadeImage {
			t.Helper()
			return newImage(append(plain(t), make([]byte, 10_000)...))
		}, "", ""},
		"entries after the tar": {func(t *testing.T) *handmadeImage {
			t.Helper()
			return newImage(append(plain(t), tarOf(t, entry{name: "package/hidden"})...))
		}, diagnostic.ArchiveInvalid, "after the end"},
		"wrong DiffID": {func(t *testing.T) *handmadeImage {
			t.Helper()
			image := newImage()
			image.add(gzipOf(t, plain(t)), []byte("other"))
			return image
		}, diagnostic.ImageDigestMismatch, "unpacks to"},
		"more DiffIDs than layers": {func(t *testing.T) *handmadeImage {
			t.Helper()
			image := packed(t)
			image.config.RootFS.DiffIDs = append(image.config.RootFS.DiffIDs, hash(nil))
			return image
		}, diagnostic.ImageInvalid, "lists 2 layers, the manifest 1"},
		"wrong configuration": {func(t *testing.T) *handmadeImage {
			t.Helper()
			image := packed(t)
			raw, err := image.RawConfigFile()
			require.NoError(t, err)
			_, err = image.RawManifest()
			require.NoError(t, err)
			image.rawConfig = bytes.Replace(raw, []byte(`"`), []byte(`'`), 1)
			return image
		}, diagnostic.ImageDigestMismatch, "configuration"},
		"configuration of something else": {func(t *testing.T) *handmadeImage {
			t.Helper()
			image := packed(t)
			image.manifest.Config.MediaType = "application/vnd.cncf.helm.config.v1+json"
			return image
		}, diagnostic.ImageInvalid, "media type"},
		"configuration that is no JSON": {func(t *testing.T) *handmadeImage {
			t.Helper()
			image := packed(t)
			image.rawConfig = []byte("{")
			return image
		}, diagnostic.ImageInvalid, "does not parse"},
		"negative size": {func(t *testing.T) *handmadeImage {
			t.Helper()
			image := packed(t)
			image.manifest.Layers[0].Size = -1
			return image
		}, diagnostic.ImageInvalid, "-1 bytes"},
		"sizes that overflow": {func(t *testing.T) *handmadeImage {
			t.Helper()
			image := packed(t)
			image.add(plain(t), plain(t))
			image.manifest.Layers[0].Size, image.manifest.Layers[1].Size = 1<<62, 1<<62
			return image
		}, diagnostic.LimitExceeded, "CompressedImage"},
		"digest of another algorithm": {func(t *testing.T) *handmadeImage {
			t.Helper()
			image := packed(t)
			image.manifest.Layers[0].Digest.Algorithm = "md5"
			return image
		}, diagnostic.ImageInvalid, "sha256"},
		"no package": {func(t *testing.T) *handmadeImage {
			t.Helper()
			return newImage(tarOf(t, entry{name: "bin/sh", content: "x"}))
		}, diagnostic.ImageInvalid, "no files below package/"},
		"package in the root": {func(t *testing.T) *handmadeImage {
			t.Helper()
			return newImage(tarOf(t, entry{name: "manifest.yaml", content: "x"}))
		}, diagnostic.ImageInvalid, "belong into /package"},
		"no layers": {func(*testing.T) *handmadeImage { return newImage() }, diagnostic.ImageInvalid, "no files"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			content, err := test.image(t).open(packagetypes.Limits{})
			if test.code == "" {
				require.NoError(t, err)
				require.Equal(t, map[string]string{"manifest.yaml": "m", "a": "content"}, contentsOf(content))
				return
			}
			require.ErrorIs(t, err, test.code)
			require.ErrorContains(t, err, test.says)
			require.Nil(t, content)
		})
	}
}

func TestCaseCollisionIsAWarning(t *testing.T) {
	t.Parallel()
	content, err := newImage(tarOf(t, entry{name: "package/Role.yaml"}, entry{name: "package/role.yaml"})).open(packagetypes.Limits{})
	require.NoError(t, err)
	require.Len(t, content.Warnings, 1)
	require.Equal(t, diagnostic.FilesCaseCollision, content.Warnings[0].Code)
	require.Equal(t, diagnostic.Warning, content.Warnings[0].Severity)
}

func TestConfigManifest(t *testing.T) {
	t.Parallel()
	image := newImage(tarOf(t, manifestEntry))
	image.config.Config.Labels = map[string]string{packageloader.ManifestLabel: `{"kind":"PackageManifest"}`}
	content, err := image.open(packagetypes.Limits{})
	require.NoError(t, err)
	require.JSONEq(t, `{"kind":"PackageManifest"}`, string(content.ConfigManifest))
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := packageloader.FromImage(newImage(tarOf(t, manifestEntry))).Open(ctx, packagetypes.Limits{})
	require.ErrorIs(t, err, context.Canceled)
	_, findings := diagnostic.From(err)
	require.False(t, findings)
}

// bomb returns gzip of about 2 MB that unpacks to 2 GiB: a tar whose entries are
// zeros, and all their content the same gzip member.
func bomb(t testing.TB, name string, entries int) (stored []byte) {
	t.Helper()
	const size, member = 2 << 30, 16 << 20
	zeros := gzipOf(t, make([]byte, member))
	for i := range entries {
		var header bytes.Buffer
		require.NoError(t, tar.NewWriter(&header).WriteHeader(&tar.Header{
			Typeflag: tar.TypeReg, Name: fmt.Sprint(name, i), Size: size / int64(entries),
		}))
		stored = append(stored, gzipOf(t, header.Bytes())...)
		for range size / member / entries {
			stored = append(stored, zeros...)
		}
	}
	return append(stored, gzipOf(t, make([]byte, 1024))...)
}

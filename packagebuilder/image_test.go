package packagebuilder_test

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/google/go-containerregistry/pkg/v1/validate"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagebuilder"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

var update = flag.Bool("update", false, "write golden files anew")

// sample has everything that makes a difference to the layers.
func sample(t testing.TB) *packagetypes.Files {
	t.Helper()
	return filesOf(t, map[string]string{
		"manifest.yaml":                     "apiVersion: manifests.package-operator.run/v1alpha1\nkind: PackageManifest\n",
		"a/b.yaml":                          strings.Repeat("key: value\n", 5000),
		"a-b.yaml":                          "sorted: after the folder a\n",
		"empty":                             "",
		"large.yaml":                        generated(300_000),
		"ünïcode.yaml":                      "needs: PAX\n",
		strings.Repeat("deep/", 25) + "x":   "needs a prefix",
		"long/" + strings.Repeat("n", 150):  "needs PAX too",
		"components/one/manifest.yaml":      "one",
		"components/one/a/b.yaml":           "one",
		"components/two/manifest.yaml":      "two",
		"components/stray.yaml":             "belongs to the root",
		"elsewhere/components/x/other.yaml": "belongs to the root",
	})
}

// generated returns text that compresses as Kubernetes YAML does, the same each
// time.
func generated(size int) string {
	words := strings.Fields("apiVersion kind metadata name namespace labels spec containers image ports template replicas")
	random := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	for b.Len() < size {
		fmt.Fprintf(&b, "%s%s: %s-%d\n", strings.Repeat("  ", random.IntN(6)), words[random.IntN(len(words))], words[random.IntN(len(words))], random.IntN(1000))
	}
	return b.String()[:size]
}

func filesOf(t testing.TB, contents map[string]string) *packagetypes.Files {
	t.Helper()
	raw := map[string][]byte{}
	for path, content := range contents {
		raw[path] = []byte(content)
	}
	files, err := packagetypes.NewFiles(raw, packagetypes.Limits{})
	require.NoError(t, err)
	return files
}

func build(t testing.TB, files *packagetypes.Files, options packagebuilder.ImageOptions) *packagebuilder.BuiltImage {
	t.Helper()
	image, err := packagebuilder.Image(context.Background(), files, options)
	require.NoError(t, err)
	return image
}

func digestOf(t testing.TB, image v1.Image) string {
	t.Helper()
	digest, err := image.Digest()
	require.NoError(t, err)
	return digest.String()
}

// The bytes of an image are part of the format: signatures and locks are about
// them. A change here changes the digest of every package there is.
func TestGoldenDigest(t *testing.T) {
	t.Parallel()
	image := build(t, sample(t), packagebuilder.ImageOptions{})
	manifest, err := image.RawManifest()
	require.NoError(t, err)
	config, err := image.RawConfigFile()
	require.NoError(t, err)
	got := digestOf(t, image) + "\n" + string(manifest) + "\n" + string(config) + "\n"
	golden := filepath.Join("testdata", "image.golden")
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(got), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

func TestImageIsValid(t *testing.T) {
	t.Parallel()
	require.NoError(t, validate.Image(build(t, sample(t), packagebuilder.ImageOptions{})))
}

func TestSameFolderElsewhere(t *testing.T) {
	t.Parallel()
	files := sample(t)
	digests := map[string]bool{}
	for i, mode := range []fs.FileMode{0o600, 0o755} {
		folder := filepath.Join(t.TempDir(), strings.Repeat("x", i+1))
		require.NoError(t, os.CopyFS(folder, files.FS()))
		require.NoError(t, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			return errors.Join(os.Chmod(path, mode), os.Chtimes(path, time.Time{}, time.Unix(int64(i)*1e9, 0)))
		}))
		content, err := packageloader.FromFolder(folder, packageloader.FolderOptions{}).Open(context.Background(), packagetypes.Limits{})
		require.NoError(t, err)
		digests[digestOf(t, build(t, content.Files, packagebuilder.ImageOptions{}))] = true
	}
	require.Len(t, digests, 1)
}

// What Package Operator does: take the entries of all layers and cut "package/"
// off their names.
func TestLayers(t *testing.T) {
	t.Parallel()
	files := sample(t)
	image := build(t, files, packagebuilder.ImageOptions{})
	layers, err := image.Layers()
	require.NoError(t, err)
	require.Len(t, layers, 3)
	manifest, err := image.Manifest()
	require.NoError(t, err)
	contents := map[string][]byte{}
	for i, component := range []string{"", "one", "two"} {
		require.Equal(t, component, manifest.Layers[i].Annotations[packageloader.ComponentAnnotation])
		mediaType, err := layers[i].MediaType()
		require.NoError(t, err)
		require.Equal(t, types.OCILayer, mediaType)
		reader, err := layers[i].Uncompressed()
		require.NoError(t, err)
		last := ""
		for archive := tar.NewReader(reader); ; {
			header, err := archive.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err)
			require.Equal(t, byte(tar.TypeReg), header.Typeflag)
			require.EqualValues(t, 0o644, header.Mode)
			require.Zero(t, header.Uid+header.Gid)
			require.Empty(t, header.Uname+header.Gname)
			require.Zero(t, header.ModTime.Unix())
			path, ok := strings.CutPrefix(header.Name, "package/")
			require.True(t, ok)
			if component != "" {
				require.True(t, strings.HasPrefix(path, "components/"+component+"/"))
			}
			require.Negative(t, packagetypes.ComparePaths(last, path))
			last = path
			needsPAX := strings.Contains(path, "ü") || strings.HasPrefix(path, "long/")
			require.Equal(t, needsPAX, header.Format == tar.FormatPAX, path)
			contents[path], err = io.ReadAll(archive)
			require.NoError(t, err)
		}
		require.NoError(t, reader.Close())
	}
	got, err := packagetypes.NewFiles(contents, packagetypes.Limits{})
	require.NoError(t, err)
	require.Equal(t, files.Digest(), got.Digest())
}

func TestImageOptions(t *testing.T) {
	t.Parallel()
	created := time.Date(2026, 1, 2, 3, 4, 5, 678, time.FixedZone("east", 3600))
	image := build(t, sample(t), packagebuilder.ImageOptions{
		Annotations:  map[string]string{"org.opencontainers.image.title": "sample"},
		ArtifactType: "application/vnd.example",
		Created:      created,
		ManifestJSON: []byte(`{"kind":"PackageManifest"}`),
	})
	raw, err := image.RawManifest()
	require.NoError(t, err)
	var manifest ocispec.Manifest
	require.NoError(t, json.Unmarshal(raw, &manifest))
	require.Equal(t, "application/vnd.example", manifest.ArtifactType)
	require.Equal(t, "sample", manifest.Annotations["org.opencontainers.image.title"])
	require.NotEmpty(t, manifest.Annotations[packageloader.FormatLabel])
	config, err := image.ConfigFile()
	require.NoError(t, err)
	require.Equal(t, "linux/amd64", config.Platform().String())
	require.JSONEq(t, `{"kind":"PackageManifest"}`, config.Config.Labels[packageloader.ManifestLabel])
	require.True(t, config.Created.Equal(created.Truncate(time.Second)))
	require.NoError(t, validate.Image(image))

	plain := build(t, sample(t), packagebuilder.ImageOptions{})
	raw, err = plain.RawManifest()
	require.NoError(t, err)
	require.NotContains(t, string(raw), "artifactType")
}

func TestImageRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		files  map[string]string
		limits packagetypes.Limits
		code   diagnostic.Code
	}{
		"nothing":        {map[string]string{}, packagetypes.Limits{}, diagnostic.ImageInvalid},
		"case collision": {map[string]string{"a/B.yaml": "", "a/b.yaml": ""}, packagetypes.Limits{}, diagnostic.FilesCaseCollision},
		"ratio":          {map[string]string{"a": strings.Repeat("a", 3<<20)}, packagetypes.Limits{}, diagnostic.LimitExceeded},
		"size":           {map[string]string{"a": "content"}, packagetypes.Limits{CompressedImage: 10}, diagnostic.LimitExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			image, err := packagebuilder.Image(context.Background(), filesOf(t, test.files), packagebuilder.ImageOptions{Limits: test.limits})
			require.ErrorIs(t, err, test.code)
			require.Nil(t, image)
		})
	}
}

func TestImageCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errors.New("enough"))
	_, err := packagebuilder.Image(ctx, sample(t), packagebuilder.ImageOptions{})
	require.ErrorContains(t, err, "enough")
}

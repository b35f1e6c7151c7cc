package repository_test

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/crane"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagebuilder"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packageloader/repository"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/registrytest"
)

var (
	digestA = "sha256:" + strings.Repeat("a1", 32)
	digestB = "sha256:" + strings.Repeat("b2", 32)
)

func entry(name, digest string, versions ...string) repository.Entry {
	return repository.Entry{Name: name, Image: "registry.example.com/" + name, Digest: digest, Versions: versions}
}

func newIndex(t *testing.T, entries ...repository.Entry) *repository.Index {
	t.Helper()
	index, err := repository.New("demo")
	require.NoError(t, err)
	for _, entry := range entries {
		_, err := index.Add(entry, repository.AddOptions{})
		require.NoError(t, err)
	}
	return index
}

func TestAdd(t *testing.T) {
	t.Parallel()
	index := newIndex(t, entry("shop", digestA, "1.0.0", "v1.2.0"), entry("shop", digestB, "v2.0.0-rc.1"), entry("cache", digestA, "v1.0.0"))
	assert.Equal(t, []repository.Entry{
		entry("cache", digestA, "v1.0.0"), entry("shop", digestB, "v2.0.0-rc.1"), entry("shop", digestA, "v1.2.0", "v1.0.0"),
	}, index.Entries())

	// The same image: the versions come together.
	added, err := index.Add(entry("shop", digestA, "v1.10.0", "v1.2.0"), repository.AddOptions{})
	require.NoError(t, err)
	assert.Equal(t, entry("shop", digestA, "v1.10.0", "v1.2.0", "v1.0.0"), added)

	// A version of another image: refused, and nothing is changed.
	before := index.Entries()
	_, err = index.Add(entry("shop", digestB, "v3.0.0", "v1.2.0"), repository.AddOptions{})
	require.ErrorIs(t, err, diagnostic.VersionConflict)
	assert.ErrorContains(t, err, digestA)
	assert.Equal(t, before, index.Entries())

	// Unless it is forced; an image without versions goes.
	_, err = index.Add(entry("shop", digestB, "v1.0.0", "v1.2.0", "v1.10.0"), repository.AddOptions{Force: true})
	require.NoError(t, err)
	assert.Equal(t, []repository.Entry{entry("shop", digestB, "v2.0.0-rc.1", "v1.10.0", "v1.2.0", "v1.0.0")}, index.Package("shop"))
	assert.Equal(t, 2, index.Len())
}

func TestAddRefuses(t *testing.T) {
	t.Parallel()
	index := newIndex(t)
	for name, test := range map[string]struct {
		entry repository.Entry
		want  diagnostic.Code
	}{
		"no name":      {repository.Entry{Image: "a/b", Digest: digestA, Versions: []string{"v1.0.0"}}, diagnostic.ManifestRequired},
		"no versions":  {entry("a", digestA), diagnostic.ManifestRequired},
		"half version": {entry("a", digestA, "v1.0"), diagnostic.ManifestInvalidValue},
		"no digest":    {entry("a", "", "v1.0.0"), diagnostic.ManifestInvalidValue},
		"digest twice": {repository.Entry{Name: "a", Image: "a/b@" + digestA, Digest: digestA, Versions: []string{"v1.0.0"}}, diagnostic.ManifestInvalidValue},
	} {
		_, err := index.Add(test.entry, repository.AddOptions{})
		assert.ErrorIs(t, err, test.want, name)
	}
	assert.Zero(t, index.Len())
	for _, name := range []string{"", "Demo", "a.b", "-a"} {
		_, err := repository.New(name)
		assert.ErrorIs(t, err, diagnostic.ManifestInvalidValue, name)
	}
}

func TestRemove(t *testing.T) {
	t.Parallel()
	whole := []repository.Entry{entry("shop", digestA, "v1.1.0", "v1.0.0"), entry("shop", digestB, "v2.0.0"), entry("cache", digestA, "v1.0.0")}
	for name, test := range map[string]struct {
		selection repository.Selection
		removed   int
		left      []repository.Entry
	}{
		"all of a package":      {repository.Selection{Name: "shop"}, 3, []repository.Entry{whole[2]}},
		"a version":             {repository.Selection{Name: "shop", Versions: []string{"1.1.0", "v1.1.0"}}, 1, []repository.Entry{whole[2], whole[1], entry("shop", digestA, "v1.0.0")}},
		"the last version":      {repository.Selection{Name: "shop", Versions: []string{"v2.0.0"}}, 1, []repository.Entry{whole[2], whole[0]}},
		"an image":              {repository.Selection{Name: "shop", Digest: strings.TrimPrefix(digestA, "sha256:")}, 2, []repository.Entry{whole[2], whole[1]}},
		"a version of an image": {repository.Selection{Name: "shop", Digest: digestA, Versions: []string{"v1.0.0"}}, 1, []repository.Entry{whole[2], whole[1], entry("shop", digestA, "v1.1.0")}},
	} {
		index := newIndex(t, whole...)
		removed, err := index.Remove(test.selection)
		require.NoError(t, err, name)
		assert.Equal(t, test.removed, removed, name)
		assert.Equal(t, test.left, index.Entries(), name)
	}
	for name, selection := range map[string]repository.Selection{
		"no package":    {Name: "shpo"},
		"no version":    {Name: "shop", Versions: []string{"v1.0.0", "v9.0.0"}},
		"no image":      {Name: "cache", Digest: digestB},
		"another image": {Name: "shop", Digest: digestA, Versions: []string{"v2.0.0"}},
	} {
		index := newIndex(t, whole...)
		_, err := index.Remove(selection)
		require.ErrorIs(t, err, diagnostic.VersionNotFound, name)
		assert.Equal(t, 3, index.Len(), name)
	}
	_, err := newIndex(t, whole...).Remove(repository.Selection{Name: "shpo"})
	assert.ErrorContains(t, err, "shop", "a suggestion")
}

func TestTheOrderOfAddingDoesNotMatter(t *testing.T) {
	t.Parallel()
	a, b, c := entry("shop", digestA, "v1.0.0", "v1.1.0"), entry("shop", digestB, "v2.0.0"), entry("cache", digestA, "v1.0.0")
	first, err := newIndex(t, a, b, c).Encode()
	require.NoError(t, err)
	second, err := newIndex(t, c, b, a).Encode()
	require.NoError(t, err)
	assert.Equal(t, string(first), string(second))
}

func TestFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "index.yaml")
	index := newIndex(t, entry("shop", digestA, "v1.0.0"))
	require.NoError(t, index.WriteFile(path))
	read, found, err := repository.ReadFile(path, manifest.RepositoryLimits{})
	require.NoError(t, err)
	assert.Empty(t, found)
	assert.Equal(t, index, read)

	_, _, err = repository.ReadFile(path, manifest.RepositoryLimits{Bytes: 10})
	require.ErrorIs(t, err, diagnostic.LimitExceeded)
	_, _, err = repository.ReadFile(path+"x", manifest.RepositoryLimits{})
	require.ErrorIs(t, err, os.ErrNotExist)
	assert.ErrorContains(t, index.WriteFile(filepath.Join(path, "x")), "write the index")
	left, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	assert.Len(t, left, 1)
}

// packageOperatorImage is the image of an index as Package Operator makes it: Docker
// types, one layer by crane.
func packageOperatorImage(t *testing.T, path string, content []byte) v1.Image {
	t.Helper()
	layer, err := crane.Layer(map[string][]byte{path: content})
	require.NoError(t, err)
	image, err := mutate.AppendLayers(empty.Image, layer)
	require.NoError(t, err)
	image, err = mutate.Canonical(image)
	require.NoError(t, err)
	return image
}

func TestPushAndLoad(t *testing.T) {
	t.Parallel()
	server := registrytest.Start(t, registrytest.Options{})
	client := registry.NewClient(registry.Options{})
	index := newIndex(t, entry("shop", digestA, "v1.0.0"), entry("shop", digestB, "v2.0.0"))
	reference := server.Host + "/indexes/demo:latest"
	digest, err := repository.Push(t.Context(), client, index, reference)
	require.NoError(t, err)
	// The format of the image is a promise: another digest is a change of it.
	assert.Equal(t, "sha256:3c25dbbf5d3a61957820833108483bdd7b9514c47c42d2f93788979855fc8664", digest.String())

	loaded, found, err := repository.Load(t.Context(), packageloader.FromClient(client, reference), manifest.RepositoryLimits{})
	require.NoError(t, err)
	assert.Empty(t, found)
	assert.Equal(t, index.Document(), loaded.Document())
	assert.Equal(t, digest.String(), loaded.ImageDigest())

	// Layout and tar.
	image, err := index.Image()
	require.NoError(t, err)
	folder := t.TempDir()
	layout := filepath.Join(folder, "layout")
	require.NoError(t, packagebuilder.WriteLayout(t.Context(), image, layout, packagebuilder.LayoutOptions{}))
	tarFile := filepath.Join(folder, "index.tar")
	require.NoError(t, packagebuilder.WriteTar(t.Context(), image, tarFile, ""))
	for name, source := range map[string]packageloader.Source{
		"image": packageloader.FromImage(image), "layout": packageloader.FromLayout(layout, ""),
		"tar": packageloader.FromTar(tarFile, ""),
	} {
		loaded, _, err := repository.Load(t.Context(), source, manifest.RepositoryLimits{})
		require.NoError(t, err, name)
		assert.Equal(t, index.Document(), loaded.Document(), name)
	}

	// Package Operator walks the merged tar for this one name.
	extracted := tar.NewReader(mutate.Extract(image))
	header, err := extracted.Next()
	require.NoError(t, err)
	assert.Equal(t, "repository/repository.yaml", header.Name)
	content, err := io.ReadAll(extracted)
	require.NoError(t, err)
	encoded, err := index.Encode()
	require.NoError(t, err)
	assert.Equal(t, string(encoded), string(content))

	// And the other way round.
	theirs := packageOperatorImage(t, "repository/repository.yaml", encoded)
	loaded, _, err = repository.Load(t.Context(), packageloader.FromImage(theirs), manifest.RepositoryLimits{})
	require.NoError(t, err)
	assert.Equal(t, index.Document(), loaded.Document())
}

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		image v1.Image
		want  diagnostic.Code
	}{
		"another image": {packageOperatorImage(t, "etc/passwd", []byte("root")), diagnostic.ImageInvalid},
		"broken index":  {packageOperatorImage(t, repository.FilePath, []byte("a: [")), diagnostic.YAMLInvalid},
	} {
		index, _, err := repository.Load(t.Context(), packageloader.FromImage(test.image), manifest.RepositoryLimits{})
		assert.Nil(t, index, name)
		assert.ErrorIs(t, err, test.want, name)
	}
	image := packageOperatorImage(t, repository.FilePath, bytes.Repeat([]byte("#\n"), 1000))
	_, _, err := repository.Load(t.Context(), packageloader.FromImage(image), manifest.RepositoryLimits{Bytes: 1000})
	assert.ErrorIs(t, err, diagnostic.LimitExceeded)
}

const packageManifest = `apiVersion: manifests.package-operator.run/v1alpha1
kind: PackageManifest
metadata: {name: shop}
spec:
  scopes: [Namespaced]
  phases: [{name: deploy}]
  constraints: [{platform: [OpenShift]}]
`

func TestDescribe(t *testing.T) {
	t.Parallel()
	server := registrytest.Start(t, registrytest.Options{})
	client := registry.NewClient(registry.Options{})
	built, _, err := packagebuilder.Build(t.Context(), packageloader.FromFiles(map[string][]byte{"manifest.yaml": []byte(packageManifest)}),
		packagebuilder.BuildOptions{Image: packagebuilder.ImageOptions{Annotations: map[string]string{"org.opencontainers.image.version": "1.5.0"}}})
	require.NoError(t, err)
	theirs := packageOperatorImage(t, "package/manifest.yaml", []byte(packageManifest))
	repositoryName := server.Host + "/shop"
	_, err = client.Push(t.Context(), built, repositoryName+":v1.2.3", repositoryName+":latest")
	require.NoError(t, err)
	_, err = client.Push(t.Context(), theirs, repositoryName+":v1.2.4", repositoryName+":main")
	require.NoError(t, err)
	builtDigest, err := built.Digest()
	require.NoError(t, err)
	theirDigest, err := theirs.Digest()
	require.NoError(t, err)
	constraints := []manifest.Constraint{{Platform: []manifest.Platform{manifest.PlatformOpenShift}}}

	for _, test := range []struct {
		reference string
		versions  []string
		digest    v1.Hash
		want      []string
		requests  int
	}{
		{":v1.2.3", nil, builtDigest, []string{"v1.2.3"}, 2},
		{":latest", nil, builtDigest, []string{"1.5.0"}, 2},
		{"@" + builtDigest.String(), nil, builtDigest, []string{"1.5.0"}, 2},
		{":v1.2.3", []string{"v3.0.0", "v3.0.1"}, builtDigest, []string{"v3.0.0", "v3.0.1"}, 2},
		{":v1.2.4", nil, theirDigest, []string{"v1.2.4"}, 5}, // the layer, too
	} {
		server.Forget()
		entry, err := repository.Describe(t.Context(), client, repositoryName+test.reference, test.versions)
		require.NoError(t, err, test.reference)
		assert.Equal(t, repository.Entry{
			Name: "shop", Image: repositoryName, Digest: test.digest.String(), Versions: test.want, Constraints: constraints,
		}, entry)
		assert.Len(t, server.Requests(), test.requests, "%s: %v", test.reference, server.Requests())
	}
	_, err = repository.Describe(t.Context(), client, repositoryName+":main", nil)
	require.ErrorIs(t, err, diagnostic.ManifestRequired)
	_, err = repository.Describe(t.Context(), client, repositoryName+":v9.0.0", nil)
	require.ErrorIs(t, err, registry.ErrNotFound)
}

func BenchmarkDecode(b *testing.B) {
	for _, entries := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(entries), func(b *testing.B) {
			index, err := repository.New("demo")
			require.NoError(b, err)
			for n := range entries {
				_, err := index.Add(entry(fmt.Sprintf("package-%d", n/10), fmt.Sprintf("sha256:%064x", n), fmt.Sprintf("v1.%d.0", n)), repository.AddOptions{})
				require.NoError(b, err)
			}
			data, err := index.Encode()
			require.NoError(b, err)
			for b.Loop() {
				read, _, err := repository.Decode("index.yaml", data, manifest.RepositoryLimits{})
				if err != nil || read.Len() != entries {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(entries), "µs/entry")
		})
	}
}

// The work grows with the entries and not faster. Allocations stand for it: they are
// the same on every machine.
//
//nolint:paralleltest // counts allocations
func TestDecodeIsLinear(t *testing.T) {
	decode := func(entries int) float64 {
		index, err := repository.New("demo")
		require.NoError(t, err)
		for n := range entries {
			_, err := index.Add(entry(fmt.Sprintf("package-%d", n/10), fmt.Sprintf("sha256:%064x", n), fmt.Sprintf("v1.%d.0", n)), repository.AddOptions{})
			require.NoError(t, err)
		}
		data, err := index.Encode()
		require.NoError(t, err)
		return testing.AllocsPerRun(1, func() {
			read, _, err := repository.Decode("index.yaml", data, manifest.RepositoryLimits{})
			require.NoError(t, err)
			require.Equal(t, entries, read.Len())
			require.Len(t, read.Entries(), entries)
		})
	}
	assert.Less(t, decode(2000)/decode(200), 11.0)
}

// FuzzDecode: what is read is written and read as the same.
func FuzzDecode(f *testing.F) {
	const header = "apiVersion: manifests.package-operator.run/v1alpha1\nkind: "
	f.Add([]byte(header + "Repository\nmetadata: {name: demo}\n---\n" + header + "RepositoryEntry\ndata: {name: a, image: b, digest: " + digestA +
		", versions: [v1.0.0, 1.0.0-rc.1+x]}\n---\n" + header + "RepositoryEntry\ndata: {name: a, image: c, digest: " + digestA + ", versions: [v1.0.0, 2.0.0]}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		index, found, err := repository.Decode("i.yaml", data, manifest.RepositoryLimits{Entries: 100})
		if err != nil {
			require.True(t, found.HasErrors())
			require.Nil(t, index)
			return
		}
		encoded, err := index.Encode()
		if err != nil {
			return // too long for Package Operator
		}
		again, _, err := repository.Decode("i.yaml", encoded, manifest.RepositoryLimits{})
		require.NoError(t, err, "%s", encoded)
		require.Equal(t, index.Document().Entries, again.Document().Entries)
	})
}

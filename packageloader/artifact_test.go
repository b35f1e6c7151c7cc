package packageloader_test

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagebuilder"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/registrytest"
	"github.com/packstage/packstage/verify"
)

// rawArtifact is what tools push that know no images: blobs and a manifest.
type rawArtifact struct {
	manifest v1.Manifest
	blobs    []v1.Layer
}

func (a *rawArtifact) blob(content []byte, mediaType string) v1.Descriptor {
	a.blobs = append(a.blobs, static.NewLayer(content, types.MediaType(mediaType)))
	return v1.Descriptor{MediaType: types.MediaType(mediaType), Digest: hash(content), Size: int64(len(content))}
}

func (a *rawArtifact) RawManifest() ([]byte, error)        { return json.Marshal(a.manifest) }
func (a *rawArtifact) MediaType() (types.MediaType, error) { return types.OCIManifestSchema1, nil }

func (a *rawArtifact) push(t *testing.T, reference name.Reference) {
	t.Helper()
	for _, blob := range a.blobs {
		require.NoError(t, remote.WriteLayer(reference.Context(), blob))
	}
	tag, ok := reference.(name.Tag)
	require.True(t, ok)
	require.NoError(t, remote.Put(tag, a))
}

const (
	helmConfig = "application/vnd.cncf.helm.config.v1+json"
	helmChart  = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
	helmProv   = "application/vnd.cncf.helm.chart.provenance.v1.prov"
	fluxConfig = "application/vnd.cncf.flux.config.v1+json"
	fluxLayer  = "application/vnd.cncf.flux.content.v1.tar+gzip"
)

func newChart(config string, layers ...[2]string) *rawArtifact {
	chart := &rawArtifact{manifest: v1.Manifest{
		SchemaVersion: 2,
		Annotations: map[string]string{
			"org.opencontainers.image.title": "shop", "org.opencontainers.image.version": "1.2.3",
			"org.opencontainers.image.created": "2026-01-01T00:00:00Z",
		},
	}}
	chart.manifest.Config = chart.blob([]byte(config), helmConfig)
	for _, layer := range layers {
		chart.manifest.Layers = append(chart.manifest.Layers, chart.blob([]byte(layer[0]), layer[1]))
	}
	return chart
}

// helmChartArtifact is laid out as by "helm push" with a provenance file.
func helmChartArtifact(t *testing.T) *rawArtifact {
	t.Helper()
	archive := gzipOf(t, tarOf(t,
		entry{name: "shop/Chart.yaml", content: "name: shop\nversion: 1.2.3\n"},
		entry{name: "shop/values.yaml", content: "replicas: 1\n"},
		entry{name: "shop/.helmignore", content: "*.tmp\n"},
		entry{name: "shop/templates/.wh.notes", content: "no whiteout here"},
		entry{name: "shop/templates/deployment.yaml", content: "kind: Deployment\n"},
		entry{name: "shop/charts/db/Chart.yaml", content: "name: db\n"},
	))
	return newChart(`{"name":"shop","version":"1.2.3","apiVersion":"v2"}`,
		[2]string{"-----BEGIN PGP SIGNED MESSAGE-----", helmProv}, [2]string{string(archive), helmChart})
}

func gzipLayer(t *testing.T, mediaType types.MediaType, entries ...entry) v1.Layer {
	t.Helper()
	raw := tarOf(t, entries...)
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(raw)), nil
	}, tarball.WithMediaType(mediaType))
	require.NoError(t, err)
	return layer
}

// fluxImage is laid out as by "flux push artifact".
func fluxImage(t *testing.T) v1.Image {
	t.Helper()
	image := mutate.MediaType(empty.Image, types.OCIManifestSchema1)
	image = mutate.ConfigMediaType(image, fluxConfig)
	image, ok := mutate.Annotations(image, map[string]string{
		"org.opencontainers.image.source":   "https://example.com/shop.git",
		"org.opencontainers.image.revision": "main@sha1:6d63912ed9a9443dd01fbfd2991173a246050079",
		"org.opencontainers.image.created":  "2026-01-01T00:00:00Z",
	}).(v1.Image)
	require.True(t, ok)
	image, err := mutate.Append(image, mutate.Addendum{Layer: gzipLayer(t, fluxLayer,
		entry{name: "apps", kind: tar.TypeDir},
		entry{name: "apps/kustomization.yaml", content: "kind: Kustomization\n"},
		entry{name: "./.sourceignore", content: "x\n"},
	)})
	require.NoError(t, err)
	return image
}

// imgpkgImage is laid out as by "imgpkg push --bundle".
func imgpkgImage(t *testing.T) v1.Image {
	t.Helper()
	image, err := mutate.Append(empty.Image, mutate.Addendum{
		Layer:   gzipLayer(t, types.DockerLayer, entry{name: ".imgpkg", kind: tar.TypeDir}, entry{name: ".imgpkg/images.yml", content: "kind: ImagesLock\n"}, entry{name: "config/app.yml", content: "kind: Deployment\n"}),
		History: v1.History{Author: "imgpkg", CreatedBy: "imgpkg"},
	})
	require.NoError(t, err)
	return withLabels(t, image, map[string]string{"dev.carvel.imgpkg.bundle": "true"})
}

func withLabels(t *testing.T, image v1.Image, labels map[string]string) v1.Image {
	t.Helper()
	config, err := image.ConfigFile()
	require.NoError(t, err)
	config = config.DeepCopy()
	config.Config.Labels = labels
	image, err = mutate.ConfigFile(image, config)
	require.NoError(t, err)
	return image
}

// crossplaneImage is laid out as by "crossplane xpkg build", and "push" where it is
// annotated: a package above the program of a provider.
func crossplaneImage(t *testing.T, annotated bool) v1.Image {
	t.Helper()
	program := gzipLayer(t, types.DockerLayer,
		entry{name: "bin/provider", content: "ELF"}, entry{name: "bin/sh", kind: tar.TypeSymlink, link: "busybox"})
	base := gzipLayer(t, types.DockerLayer, entry{name: "package.yaml", content: "kind: Provider\n"})
	digest, err := base.Digest()
	require.NoError(t, err)
	addendum := mutate.Addendum{Layer: base}
	if annotated {
		addendum.Annotations = map[string]string{"io.crossplane.xpkg": "base"}
	}
	image, err := mutate.Append(empty.Image, mutate.Addendum{Layer: program}, addendum)
	require.NoError(t, err)
	return withLabels(t, image, map[string]string{
		"io.crossplane.xpkg:" + digest.String(): "base", "org.opencontainers.image.title": "provider-shop",
	})
}

func plainImage(t *testing.T) v1.Image {
	t.Helper()
	image, err := mutate.AppendLayers(empty.Image,
		gzipLayer(t, types.DockerLayer,
			entry{name: "etc/", kind: tar.TypeDir}, entry{name: "etc/hosts", content: "lower"}, entry{name: "etc/gone", content: "x"},
			entry{name: "bin/busybox", content: "ELF"}, entry{name: "bin/sh", kind: tar.TypeSymlink, link: "/bin/busybox"},
			entry{name: "bin/ls", kind: tar.TypeLink, link: "bin/busybox"}, entry{name: "dev/null", kind: tar.TypeChar},
			entry{name: "later", kind: tar.TypeSymlink, link: "etc"}, entry{name: "config", content: "a file"},
			entry{name: `lib/system-x\x2dy.slice`, content: "systemd"}, entry{name: ".hidden", content: "h"},
		),
		gzipLayer(t, types.DockerLayer,
			entry{name: "etc/hosts", content: "upper"}, entry{name: "etc/.wh.gone"}, entry{name: "later", content: "a file now"},
			entry{name: "config", kind: tar.TypeSymlink, link: "etc"},
		),
	)
	require.NoError(t, err)
	return image
}

func artifactFiles(t *testing.T, artifact *packageloader.Artifact) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, path := range artifact.Files.Paths() {
		content, err := fs.ReadFile(artifact.FS(), path)
		require.NoError(t, err)
		found[path] = string(content)
	}
	return found
}

// artifactCase is an artifact as a tool makes it, and what comes of it.
type artifactCase struct {
	image v1.Image
	raw   *rawArtifact

	kind          packageloader.ArtifactKind
	name, version string
	files         map[string]string
	leftOut       []string
	// blobs that are pulled to describe it, and to read its files.
	described, read int
}

func artifactCases(t *testing.T) map[string]artifactCase {
	t.Helper()
	crossplane := map[string]string{"package.yaml": "kind: Provider\n"}
	return map[string]artifactCase{
		"package": {
			image: smallImage(t), kind: packageloader.PackageArtifact,
			files: map[string]string{"manifest.yaml": "m", "components/a/manifest.yaml": "a"}, described: 1, read: 2,
		},
		"helm": {
			raw: helmChartArtifact(t), kind: packageloader.HelmChart, name: "shop", version: "1.2.3",
			files: map[string]string{
				"Chart.yaml": "name: shop\nversion: 1.2.3\n", "values.yaml": "replicas: 1\n", ".helmignore": "*.tmp\n",
				"templates/.wh.notes": "no whiteout here", "templates/deployment.yaml": "kind: Deployment\n",
				"charts/db/Chart.yaml": "name: db\n",
			}, described: 1, read: 1,
		},
		"flux": {
			image: fluxImage(t), kind: packageloader.FluxArtifact,
			files:     map[string]string{"apps/kustomization.yaml": "kind: Kustomization\n", ".sourceignore": "x\n"},
			described: 0, read: 1,
		},
		"imgpkg": {
			image: imgpkgImage(t), kind: packageloader.ImgpkgBundle,
			files:     map[string]string{".imgpkg/images.yml": "kind: ImagesLock\n", "config/app.yml": "kind: Deployment\n"},
			described: 1, read: 1,
		},
		"crossplane":           {image: crossplaneImage(t, true), kind: packageloader.CrossplanePackage, name: "provider-shop", files: crossplane, described: 1, read: 1},
		"crossplane by labels": {image: crossplaneImage(t, false), kind: packageloader.CrossplanePackage, name: "provider-shop", files: crossplane, described: 1, read: 1},
		"image": {
			image: plainImage(t), kind: packageloader.PlainImage,
			files: map[string]string{
				"etc/hosts": "upper", "bin/busybox": "ELF", "later": "a file now", ".hidden": "h",
			},
			leftOut:   []string{"bin/ls", "bin/sh", "config", "dev/null", `lib/system-x\x2dy.slice`},
			described: 1, read: 2,
		},
	}
}

func TestArtifacts(t *testing.T) {
	t.Parallel()
	for title, test := range artifactCases(t) {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			server := registrytest.Start(t, registrytest.Options{})
			reference := server.Host + "/some/artifact:v1"
			parsed, err := name.ParseReference(reference)
			require.NoError(t, err)
			if test.raw != nil {
				test.raw.push(t, parsed)
			} else {
				require.NoError(t, remote.Write(parsed, test.image))
			}
			client := registry.NewClient(registryOptions())
			blobs := func() (count int) {
				for _, request := range server.Requests() {
					if request.Method == "GET" && strings.Contains(request.Path, "/blobs/") {
						count++
					}
				}
				return count
			}
			server.Forget()
			described, err := packageloader.DescribeArtifact(t.Context(), packageloader.FromClient(client, reference), packageloader.ArtifactOptions{})
			require.NoError(t, err)
			assert.Equal(t, test.described, blobs(), "no layer is pulled to know the kind")
			assert.Equal(t, test.kind, described.Kind)
			assert.Nil(t, described.Files)
			entries, err := fs.ReadDir(described.FS(), ".")
			require.NoError(t, err)
			assert.Empty(t, entries)

			server.Forget()
			opened, err := packageloader.OpenArtifact(t.Context(), client, reference, packageloader.ArtifactOptions{})
			require.NoError(t, err)
			assert.Equal(t, test.described+test.read, blobs(), "only layers with the files are pulled")
			assert.Equal(t, test.kind, opened.Kind)
			assert.Equal(t, test.name, opened.Name)
			assert.Equal(t, test.version, opened.Version)
			assert.Equal(t, test.files, artifactFiles(t, opened))
			assert.Equal(t, test.leftOut, opened.LeftOut)
			require.NoError(t, fstest.TestFS(opened.FS(), slices.Collect(maps.Keys(test.files))...))
			assert.Equal(t, reference, opened.Reference)
			resolved, err := client.Resolve(t.Context(), reference)
			require.NoError(t, err)
			assert.Equal(t, resolved.Digest.String(), opened.Digest)
			assert.NotEmpty(t, opened.MediaTypes.Config)
			assert.NotEmpty(t, opened.MediaTypes.Layers)
			opened.Files, opened.LeftOut = nil, nil
			assert.Equal(t, described, opened)
		})
	}
}

func TestArtifactsOfLayoutsAndTars(t *testing.T) {
	t.Parallel()
	for title, test := range artifactCases(t) {
		if test.image == nil {
			continue
		}
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			layout, archive := filepath.Join(folder, "layout"), filepath.Join(folder, "image.tar")
			require.NoError(t, packagebuilder.WriteLayout(t.Context(), test.image, layout, packagebuilder.LayoutOptions{}))
			require.NoError(t, packagebuilder.WriteTar(t.Context(), test.image, archive, "example.com/x:v1"))
			digest, err := test.image.Digest()
			require.NoError(t, err)
			for _, source := range []packageloader.Source{
				packageloader.FromLayout(layout, ""), packageloader.FromTar(archive, ""), packageloader.FromImage(test.image),
			} {
				opened, err := packageloader.OpenArtifactFrom(t.Context(), source, packageloader.ArtifactOptions{})
				require.NoError(t, err)
				assert.Equal(t, test.kind, opened.Kind)
				assert.Equal(t, test.files, artifactFiles(t, opened))
				assert.Equal(t, digest.String(), opened.Digest)
				assert.Empty(t, opened.Reference)
			}
		})
	}
	_, err := packageloader.OpenArtifactFrom(t.Context(), packageloader.FromFiles(nil), packageloader.ArtifactOptions{})
	assert.ErrorIs(t, err, packageloader.ErrNoImage)
}

func TestArtifactsThatAreRefused(t *testing.T) {
	t.Parallel()
	const config = `{"name":"shop","version":"1.2.3"}`
	archive := func(entries ...entry) [2]string { return [2]string{string(gzipOf(t, tarOf(t, entries...))), helmChart} }
	chart := entry{name: "shop/Chart.yaml", content: "name: shop\n"}
	other := &rawArtifact{manifest: v1.Manifest{SchemaVersion: 2, ArtifactType: "application/spdx+json"}}
	other.manifest.Config = other.blob([]byte("{}"), "application/vnd.oci.empty.v1+json")
	flux := &rawArtifact{manifest: v1.Manifest{SchemaVersion: 2, ArtifactType: fluxConfig}}
	flux.manifest.Config = flux.blob([]byte("{}"), "application/vnd.oci.empty.v1+json")
	flux.manifest.Layers = []v1.Descriptor{flux.blob([]byte("kind: x"), "application/yaml")}
	lying := newChart(config, archive(chart))
	lying.manifest.Layers[0].Size++
	tampered := newChart(config, archive(chart))
	tampered.manifest.Layers[0].Digest = hash([]byte("x"))
	tampered.blobs = append(tampered.blobs, static.NewLayer([]byte("x"), helmChart))

	twoBases, err := mutate.Append(empty.Image,
		mutate.Addendum{Layer: gzipLayer(t, types.OCILayer, entry{name: "package.yaml"}), Annotations: map[string]string{"io.crossplane.xpkg": "base"}},
		mutate.Addendum{Layer: gzipLayer(t, types.OCILayer, entry{name: "other"}), Annotations: map[string]string{"io.crossplane.xpkg": "base"}})
	require.NoError(t, err)
	signature, err := mutate.AppendLayers(mutate.MediaType(empty.Image, types.OCIManifestSchema1),
		static.NewLayer([]byte("{}"), "application/vnd.dev.cosign.simplesigning.v1+json"))
	require.NoError(t, err)
	noPackage, err := mutate.Append(empty.Image, mutate.Addendum{
		Layer: gzipLayer(t, types.OCILayer, entry{name: "sub/package.yaml"}), Annotations: map[string]string{"io.crossplane.xpkg": "base"},
	})
	require.NoError(t, err)
	labelled := func(layer v1.Layer) v1.Image {
		image, err := mutate.AppendLayers(empty.Image, layer)
		require.NoError(t, err)
		return withLabels(t, image, map[string]string{"dev.carvel.imgpkg.bundle": ""})
	}
	for title, test := range map[string]struct {
		raw    *rawArtifact
		image  v1.Image
		limits packagetypes.Limits
		code   diagnostic.Code
		text   string
	}{
		"another type":     {raw: other, code: diagnostic.ImageInvalid, text: `the type "application/spdx+json", which is none`},
		"a signature":      {image: signature, code: diagnostic.ImageInvalid, text: `the type "application/vnd.dev.cosign.simplesigning.v1+json", which is none`},
		"no flux content":  {raw: flux, code: diagnostic.ImageInvalid, text: "no layer of the type"},
		"no chart layer":   {raw: newChart(config, [2]string{"prov", helmProv}), code: diagnostic.ImageInvalid, text: "has 0 layers of the type"},
		"two chart layers": {raw: newChart(config, archive(chart), archive(chart, chart)), code: diagnostic.ImageInvalid, text: "has 2 layers"},
		"no metadata":      {raw: newChart("name: shop", archive(chart)), code: diagnostic.ImageInvalid, text: "configuration of the chart does not parse"},
		"no Chart.yaml":    {raw: newChart(config, archive(entry{name: "shop/values.yaml"})), code: diagnostic.ImageInvalid, text: "holds no Chart.yaml"},
		"nothing":          {raw: newChart(config, archive()), code: diagnostic.ImageInvalid, text: "holds no Chart.yaml"},
		"two folders":      {raw: newChart(config, archive(chart, entry{name: "other/x"})), code: diagnostic.ImageInvalid, text: "not in the one folder"},
		"no folder":        {raw: newChart(config, archive(entry{name: "Chart.yaml"})), code: diagnostic.ImageInvalid, text: "not in the one folder"},
		"a link":           {raw: newChart(config, archive(chart, entry{name: "shop/x", kind: tar.TypeSymlink, link: "/etc/passwd"})), code: diagnostic.ArchiveUnsafeEntry, text: "is a symbolic link"},
		"upwards":          {raw: newChart(config, archive(chart, entry{name: "shop/../../x"})), code: diagnostic.ArchiveUnsafeEntry, text: `".." in its path`},
		"absolute":         {raw: newChart(config, archive(chart, entry{name: "/etc/x"})), code: diagnostic.ArchiveUnsafeEntry, text: "absolute path"},
		"twice":            {raw: newChart(config, archive(chart, chart)), code: diagnostic.ArchiveDuplicateEntry, text: "twice"},
		"backslash":        {raw: newChart(config, archive(chart, entry{name: `shop/a\b`})), code: diagnostic.FilesInvalidPath, text: "cannot stand"},
		"the root":         {raw: newChart(config, archive(chart, entry{name: "."})), code: diagnostic.ArchiveUnsafeEntry, text: "is not a folder"},
		"no archive":       {raw: newChart(config, [2]string{"plain text", helmChart}), code: diagnostic.ArchiveInvalid, text: ""},
		"more behind":      {raw: newChart(config, [2]string{string(gzipOf(t, append(tarOf(t, chart), "more"...))), helmChart}), code: diagnostic.ArchiveInvalid, text: "after the end"},
		"another size":     {raw: lying, code: diagnostic.ImageDigestMismatch, text: "its descriptor says"},
		"another digest":   {raw: tampered, code: diagnostic.ImageDigestMismatch, text: ""},
		"too many files":   {raw: newChart(config, archive(chart, entry{name: "shop/x"})), limits: packagetypes.Limits{Files: 1}, code: diagnostic.LimitExceeded, text: "Files"},
		"too large":        {raw: newChart(config, archive(chart)), limits: packagetypes.Limits{CompressedImage: 10}, code: diagnostic.LimitExceeded, text: "CompressedImage"},
		"a bomb":           {raw: newChart(config, [2]string{string(bomb(t, "shop/x", 3)), helmChart}), code: diagnostic.LimitExceeded, text: "UncompressedImage"},

		"two bases":          {image: twoBases, code: diagnostic.ImageInvalid, text: "2 layers are marked"},
		"no package.yaml":    {image: noPackage, code: diagnostic.ImageInvalid, text: "holds no package.yaml"},
		"no images.yml":      {image: labelled(gzipLayer(t, types.DockerLayer, entry{name: "x"})), code: diagnostic.ImageInvalid, text: "holds no .imgpkg/images.yml"},
		"a link in a bundle": {image: labelled(gzipLayer(t, types.DockerLayer, entry{name: "x", kind: tar.TypeLink, link: "y"})), code: diagnostic.ArchiveUnsafeEntry, text: "is a hard link"},
		"upwards in an image": {
			image: func() v1.Image {
				image, err := mutate.AppendLayers(empty.Image, gzipLayer(t, types.DockerLayer, entry{name: "../x"}))
				require.NoError(t, err)
				return image
			}(), code: diagnostic.ArchiveUnsafeEntry, text: `".." in its path`,
		},
		"too many links": {image: plainImage(t), limits: packagetypes.Limits{Files: 4}, code: diagnostic.LimitExceeded, text: "Files"},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			server := registrytest.Start(t, registrytest.Options{})
			reference, err := name.ParseReference(server.Host + "/some/artifact:v1")
			require.NoError(t, err)
			if test.raw != nil {
				test.raw.push(t, reference)
			} else {
				require.NoError(t, remote.Write(reference, test.image))
			}
			opened, err := packageloader.OpenArtifact(t.Context(), registry.NewClient(registryOptions()), reference.String(), packageloader.ArtifactOptions{Limits: test.limits})
			require.ErrorIs(t, err, test.code)
			assert.ErrorContains(t, err, test.text)
			assert.Nil(t, opened)
		})
	}
}

// An index is what its linux/amd64 entry is, and what is not there is the error of
// the registry.
func TestArtifactReferences(t *testing.T) {
	t.Parallel()
	server := registrytest.Start(t, registrytest.Options{})
	reference, err := name.ParseReference(server.Host + "/some/artifact:v1")
	require.NoError(t, err)
	index := mutate.AppendManifests(empty.Index,
		mutate.IndexAddendum{Add: plainImage(t), Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "arm64"}}},
		mutate.IndexAddendum{Add: crossplaneImage(t, true), Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "amd64"}}})
	require.NoError(t, remote.WriteIndex(reference, index))
	client := registry.NewClient(registryOptions())
	opened, err := packageloader.OpenArtifact(t.Context(), client, reference.String(), packageloader.ArtifactOptions{})
	require.NoError(t, err)
	assert.Equal(t, packageloader.CrossplanePackage, opened.Kind)

	_, err = packageloader.OpenArtifact(t.Context(), client, server.Host+"/some/artifact:v2", packageloader.ArtifactOptions{})
	assert.ErrorIs(t, err, registry.ErrNotFound)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = packageloader.OpenArtifact(ended, client, reference.String(), packageloader.ArtifactOptions{})
	assert.ErrorIs(t, err, context.Canceled)
}

// artifactVerifier notes what it is asked about.
type artifactVerifier struct {
	asked []verify.Subject
	err   error
}

func (v *artifactVerifier) Verify(_ context.Context, subject verify.Subject) (*verify.Result, error) {
	v.asked = append(v.asked, subject)
	if v.err != nil {
		return nil, v.err
	}
	return &verify.Result{}, nil
}

// A verifier is asked about the digest that is read then, before anything that the
// manifest points to is.
func TestArtifactsAreVerifiedFirst(t *testing.T) {
	t.Parallel()
	server := registrytest.Start(t, registrytest.Options{})
	reference := server.Host + "/some/artifact:v1"
	parsed, err := name.ParseReference(reference)
	require.NoError(t, err)
	require.NoError(t, remote.Write(parsed, fluxImage(t)))
	source := packageloader.FromRegistry(reference, registryOptions())

	server.Forget()
	refuses := &artifactVerifier{err: errors.New("not signed")}
	_, err = packageloader.OpenArtifactFrom(t.Context(), packageloader.Verified(source, refuses), packageloader.ArtifactOptions{})
	require.ErrorIs(t, err, refuses.err)
	for _, request := range server.Requests() {
		assert.NotContains(t, request.Path, "/blobs/")
	}

	agrees := &artifactVerifier{}
	opened, err := packageloader.OpenArtifactFrom(t.Context(), packageloader.Verified(source, agrees), packageloader.ArtifactOptions{})
	require.NoError(t, err)
	assert.Equal(t, reference, opened.Reference)
	require.Len(t, agrees.asked, 1)
	assert.Equal(t, opened.Digest, agrees.asked[0].Digest.String())

	options := packageloader.ArtifactOptions{Verifier: refuses}
	client := registry.NewClient(registryOptions())
	_, err = packageloader.OpenArtifact(t.Context(), client, reference, options)
	require.ErrorIs(t, err, refuses.err)
	_, err = packageloader.DescribeArtifact(t.Context(), source, options)
	require.ErrorIs(t, err, refuses.err)
	_, err = packageloader.OpenArtifactFrom(t.Context(), source, packageloader.ArtifactOptions{Verifier: agrees})
	require.NoError(t, err)
	require.Len(t, agrees.asked, 2)
}

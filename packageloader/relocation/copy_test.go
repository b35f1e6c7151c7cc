package relocation_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/packagebuilder"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packageloader/relocation"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/ocistore"
	"github.com/packstage/packstage/registry/registrytest"
)

var kinds = []string{"registry", "layout", "tar"}

// requireWhole holds that a manifest is there, with all that it points at.
func requireWhole(t *testing.T, reader ocistore.Reader, digest v1.Hash) {
	t.Helper()
	manifest, err := reader.Manifest(t.Context(), digest.String())
	require.NoError(t, err)
	parsed, err := v1.ParseIndexManifest(strings.NewReader(string(manifest.Raw)))
	require.NoError(t, err)
	for _, child := range parsed.Manifests {
		requireWhole(t, reader, child.Digest)
	}
	if manifest.Descriptor.MediaType.IsIndex() {
		return
	}
	image, err := v1.ParseManifest(strings.NewReader(string(manifest.Raw)))
	require.NoError(t, err)
	for _, blob := range append(image.Layers, image.Config) {
		_, err := ocistore.ReadBlob(t.Context(), reader, blob, 1<<20)
		require.NoError(t, err)
	}
}

// Every direction, with everything: from a registry to any place, and from there to
// any other, with the first registries gone.
func TestCopyOfACopy(t *testing.T) {
	t.Parallel()
	for _, first := range kinds {
		for _, second := range kinds {
			t.Run(first+" "+second, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, registrytest.Options{}).withReferrers(t)
				d := newDestinations(t, w.client, registrytest.Options{})
				options := relocation.Options{Images: true, Referrers: true}
				result, err := relocation.Copy(t.Context(), relocation.InRegistry(w.client, w.reference), d.place(first, "one"), options)
				require.NoError(t, err)
				require.Equal(t, w.digest, result.Digest)
				require.Len(t, result.Images, 2)
				w.gone()

				source := d.place(first, "one")
				if first == "registry" {
					source = relocation.InRegistry(w.client, d.host+"/mirror/one:v1")
				}
				result, err = relocation.Copy(t.Context(), source, d.place(second, "two"), options)
				require.NoError(t, err)
				require.Equal(t, w.digest, result.Digest)
				require.Zero(t, result.Skipped.Manifests)

				reader := d.reader(t, second, "two")
				digest, err := v1.NewHash(w.digest)
				require.NoError(t, err)
				requireWhole(t, reader, digest)
				for _, image := range w.images {
					requireWhole(t, reader, image)
					referrers, err := reader.Referrers(t.Context(), image)
					require.NoError(t, err)
					require.Len(t, referrers, 1)
				}
				for _, referrer := range w.referrers {
					requireWhole(t, reader, referrer)
				}
				referrers, err := reader.Referrers(t.Context(), digest)
				require.NoError(t, err)
				require.Len(t, referrers, 2, "a bill of materials and the record")
				_, err = reader.Manifest(t.Context(), ocistore.TagOf(digest, "sig"))
				require.NoError(t, err)

				text := rendered(t, d.source(second, "two"), packageloader.LoadOptions{})
				if second == "registry" {
					assert.NotContains(t, text, w.packages.Host)
					assert.NotContains(t, text, w.library.Host)
					for _, image := range w.images {
						assert.Contains(t, text, d.host+"/mirror/two@"+image.String())
					}
				}
			})
		}
	}
}

// gone makes the registries of the world answer no more.
func (w *world) gone() { w.stopped.Store(true) }

func TestCopyOfThePackageAlone(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, registrytest.Options{}).withReferrers(t)
			d := newDestinations(t, w.client, registrytest.Options{})
			before := rendered(t, packageloader.FromClient(w.client, w.reference), packageloader.LoadOptions{})
			result, err := relocation.Copy(t.Context(), relocation.InRegistry(w.client, w.reference), d.place(kind, "alone"), relocation.Options{})
			require.NoError(t, err)
			require.Equal(t, w.digest, result.Digest)
			require.Nil(t, result.Relocation)
			require.Equal(t, 1, result.Moved.Manifests)
			pkg, err := packageloader.Load(t.Context(), d.source(kind, "alone"), packageloader.LoadOptions{})
			require.NoError(t, err)
			require.Equal(t, w.digest, pkg.ImageDigest)
			assert.Equal(t, strings.ReplaceAll(before, w.reference, pkg.Reference),
				rendered(t, d.source(kind, "alone"), packageloader.LoadOptions{}), "images are where they were")
			referrers, err := d.reader(t, kind, "alone").Referrers(t.Context(), mustHash(t, w.digest))
			require.NoError(t, err)
			require.Empty(t, referrers)
		})
	}
}

func mustHash(t *testing.T, digest string) v1.Hash {
	t.Helper()
	hash, err := v1.NewHash(digest)
	require.NoError(t, err)
	return hash
}

// A second copy moves nothing.
func TestCopyAgain(t *testing.T) {
	t.Parallel()
	for _, quirk := range []registrytest.Options{{}, {Faults: noReferrers()}} {
		w := newWorld(t, quirk).withReferrers(t)
		destination := registrytest.Start(t, quirk)
		to := relocation.InRegistry(w.client, destination.Host+"/mirror/shop")
		options := relocation.Options{Images: true, Referrers: true}
		first, err := relocation.Copy(t.Context(), relocation.InRegistry(w.client, w.reference), to, options)
		require.NoError(t, err)
		require.Zero(t, first.Skipped.Manifests)
		destination.Forget()
		second, err := relocation.Copy(t.Context(), relocation.InRegistry(w.client, w.reference), to, options)
		require.NoError(t, err)
		require.Zero(t, second.Moved)
		require.Equal(t, first.Moved, second.Skipped)
		require.Equal(t, first.Relocation, second.Relocation)
		for _, request := range destination.Requests() {
			require.Contains(t, []string{"GET", "HEAD"}, request.Method, request.Path)
			require.NotContains(t, request.Path, "/blobs/", "a manifest that is there has its blobs")
		}
	}
}

func noReferrers() *registrytest.FaultOptions {
	return &registrytest.FaultOptions{Faults: []registrytest.Fault{{Kind: registrytest.NoReferrers}}}
}

// The tar depends on what is in it alone.
func TestTarIsDeterministic(t *testing.T) {
	t.Parallel()
	w := newWorld(t, registrytest.Options{}).withReferrers(t)
	folder := t.TempDir()
	options := relocation.Options{Images: true, Referrers: true}
	var first []byte
	for _, file := range []string{"a.tar", "b.tar", "a.tar"} {
		path := filepath.Join(folder, file)
		_, err := relocation.Copy(t.Context(), relocation.InRegistry(w.client, w.reference), relocation.InTar(path, ""), options)
		require.NoError(t, err)
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		if first == nil {
			first = content
		}
		require.Equal(t, first, content)
	}
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Len(t, entries, 2)

	layout, err := ocistore.OpenTar(filepath.Join(folder, "a.tar"))
	require.NoError(t, err)
	defer layout.Close()
	listed := layout.Entries()
	require.Equal(t, w.reference, ocistore.NameOf(listed[0]), "the package is the first")
	named := map[string]v1.Hash{}
	for _, entry := range listed {
		named[entry.Annotations["io.containerd.image.name"]] = entry.Digest
	}
	for image, digest := range w.images {
		if !strings.Contains(image, ":v1") {
			image += ":latest"
		}
		require.Equal(t, digest, named[image])
	}
}

// An image that is missing ends the copy before anything is moved.
func TestMissingImage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, registrytest.Options{})
	for image := range w.images {
		if strings.Contains(image, "/web") {
			require.NoError(t, w.client.Delete(t.Context(), strings.TrimSuffix(image, ":v1")+"@"+w.images[image].String()))
		}
	}
	destination := registrytest.Start(t, registrytest.Options{})
	_, err := relocation.Copy(t.Context(), relocation.InRegistry(w.client, w.reference),
		relocation.InRegistry(w.client, destination.Host+"/mirror/shop"), relocation.Options{Images: true})
	var side *ocistore.Error
	require.ErrorAs(t, err, &side)
	require.Equal(t, ocistore.Source, side.Side)
	require.ErrorContains(t, err, "source "+w.library.Host+"/team/web: image ")
	require.Empty(t, destination.Requests())
}

func TestDryRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, registrytest.Options{}).withReferrers(t)
	d := newDestinations(t, w.client, registrytest.Options{})
	var planned ocistore.Totals
	for _, kind := range kinds {
		options := relocation.Options{Images: true, Referrers: true, DryRun: true}
		result, err := relocation.Copy(t.Context(), relocation.InRegistry(w.client, w.reference), d.place(kind, "dry"), options)
		require.NoError(t, err)
		require.Zero(t, result.Skipped)
		planned = result.Moved
		entries, err := os.ReadDir(d.folder)
		require.NoError(t, err)
		require.Empty(t, entries)
	}
	result, err := relocation.Copy(t.Context(), relocation.InRegistry(w.client, w.reference), d.place("layout", "real"),
		relocation.Options{Images: true, Referrers: true})
	require.NoError(t, err)
	require.Equal(t, planned, result.Moved)
}

func TestImagesInRepositoriesOfTheirOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, registrytest.Options{})
	host := registrytest.Start(t, registrytest.Options{}).Host
	result, err := relocation.Copy(t.Context(), relocation.InRegistry(w.client, w.reference),
		relocation.InRegistry(w.client, host+"/shop:v2"), relocation.Options{Images: true, ImagesTo: host + "/images"})
	require.NoError(t, err)
	require.Equal(t, host+"/shop:v2", result.Reference)
	w.gone()
	text := rendered(t, packageloader.FromClient(w.client, host+"/shop:v2"), packageloader.LoadOptions{})
	library := strings.ReplaceAll(w.library.Host, ":", "-")
	for image, digest := range w.images {
		path := strings.TrimPrefix(strings.TrimSuffix(image, ":v1"), w.library.Host)
		place := host + "/images/" + library + path
		assert.Contains(t, text, place+"@"+digest.String())
		repository, err := ocistore.InRepository(w.client, place)
		require.NoError(t, err)
		requireWhole(t, repository, digest)
	}

	_, err = relocation.Copy(t.Context(), relocation.InRegistry(w.client, host+"/shop:v2"),
		relocation.InTar(filepath.Join(t.TempDir(), "x.tar"), ""), relocation.Options{Images: true, ImagesTo: host + "/images"})
	require.ErrorContains(t, err, "in a registry only")
}

// A registry that takes images only has the record as an image, and one that refuses
// signatures is an error that says which side it is.
func TestRegistriesThatRefuseArtifacts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, registrytest.Options{}).withReferrers(t)
	for _, quirk := range []registrytest.Kind{registrytest.RefusedArtifactType, registrytest.NoReferrers} {
		destination := registrytest.Start(t, registrytest.Options{Faults: &registrytest.FaultOptions{Faults: []registrytest.Fault{{Kind: quirk}}}})
		to := relocation.InRegistry(w.client, destination.Host+"/mirror/shop")
		result, err := relocation.Copy(t.Context(), relocation.InRegistry(w.client, w.reference), to, relocation.Options{Images: true})
		require.NoError(t, err)
		text := rendered(t, packageloader.FromClient(w.client, result.Reference), packageloader.LoadOptions{})
		require.NotContains(t, text, w.library.Host)

		// A copy of that takes no record along but its own.
		tar := relocation.InTar(filepath.Join(t.TempDir(), "x.tar"), "")
		_, err = relocation.Copy(t.Context(), relocation.InRegistry(w.client, result.Reference), tar, relocation.Options{Images: true, Referrers: true})
		require.NoError(t, err)

		_, err = relocation.Copy(t.Context(), relocation.InRegistry(w.client, w.reference), to, relocation.Options{Images: true, Referrers: true})
		if quirk == registrytest.NoReferrers {
			require.NoError(t, err)
			continue
		}
		var side *ocistore.Error
		require.ErrorAs(t, err, &side)
		require.Equal(t, ocistore.Destination, side.Side)
		require.ErrorIs(t, err, registry.ErrRejected)
	}
}

// A copy without images from a place that has them: they are found where they are.
func TestImagesStay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, registrytest.Options{})
	d := newDestinations(t, w.client, registrytest.Options{})
	_, err := relocation.Copy(t.Context(), relocation.InRegistry(w.client, w.reference), d.place("registry", "first"), relocation.Options{Images: true})
	require.NoError(t, err)
	_, err = relocation.Copy(t.Context(), relocation.InRegistry(w.client, d.host+"/mirror/first:v1"), d.place("registry", "second"), relocation.Options{Referrers: true})
	require.NoError(t, err)
	text := rendered(t, d.source("registry", "second"), packageloader.LoadOptions{})
	for _, image := range w.images {
		assert.Contains(t, text, d.host+"/mirror/first@"+image.String())
	}
}

// Inside one registry nothing travels.
func TestMount(t *testing.T) {
	t.Parallel()
	w := newWorld(t, registrytest.Options{})
	result, err := relocation.Copy(t.Context(), relocation.InRegistry(w.client, w.reference),
		relocation.InRegistry(w.client, w.packages.Host+"/other/shop:v1"), relocation.Options{})
	require.NoError(t, err)
	require.Zero(t, result.Moved.Blobs)
	require.Equal(t, 1, result.Moved.Manifests)
}

func TestDestinationNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t, registrytest.Options{})
	host := registrytest.Start(t, registrytest.Options{}).Host
	pinned := strings.TrimSuffix(w.reference, ":v1") + "@" + w.digest
	for _, test := range []struct{ from, to, want, fails string }{
		{w.reference, host + "/a", host + "/a:v1", ""},
		{w.reference, host + "/a:v2", host + "/a:v2", ""},
		{w.reference, host + "/a@" + w.digest, host + "/a@" + w.digest, ""},
		{pinned, host + "/b", host + "/b@" + w.digest, ""},
		{w.reference, host + "/a@sha256:" + strings.Repeat("0", 64), "", "destination " + host + "/a@sha256:" + strings.Repeat("0", 64) + ": the package has the digest"},
		{w.packages.Host + "/team/shop:none", host + "/a", "", "source " + w.packages.Host + "/team/shop:none"},
		{w.reference, host + "/A", "", "destination"},
	} {
		result, err := relocation.Copy(t.Context(), relocation.InRegistry(w.client, test.from), relocation.InRegistry(w.client, test.to), relocation.Options{})
		if test.fails != "" {
			require.ErrorContains(t, err, test.fails)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, test.want, result.Reference)
		_, err = w.client.Resolve(t.Context(), test.want)
		require.NoError(t, err)
	}
}

// Images of one package are no candidates for what a layout is about; other packages
// are.
func TestLayoutWithSeveralPackages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, registrytest.Options{})
	folder := filepath.Join(t.TempDir(), "layout")
	_, err := relocation.Copy(t.Context(), relocation.InRegistry(w.client, w.reference), relocation.InLayout(folder, ""), relocation.Options{Images: true})
	require.NoError(t, err)
	files, err := packagetypes.NewFiles(map[string][]byte{"manifest.yaml": []byte("other")}, packagetypes.Limits{})
	require.NoError(t, err)
	other, err := packagebuilder.Image(t.Context(), files, packagebuilder.ImageOptions{Annotations: map[string]string{packageloader.FormatLabel: "x"}})
	require.NoError(t, err)
	load := func(name string) (string, error) {
		content, err := packageloader.FromLayout(folder, name).Open(t.Context(), packagetypes.Limits{})
		if err != nil {
			return "", err
		}
		return content.ImageDigest, nil
	}
	digest, err := load("")
	require.NoError(t, err)
	require.Equal(t, w.digest, digest)
	require.NoError(t, packagebuilder.WriteLayout(t.Context(), other, folder, packagebuilder.LayoutOptions{Reference: "other"}))
	_, err = load("")
	require.ErrorContains(t, err, "holds 2 images (v1, other)")
	_, err = relocation.Copy(t.Context(), relocation.InLayout(folder, ""), relocation.InTar(folder+".tar", ""), relocation.Options{})
	require.ErrorContains(t, err, "choose one")
	digest, err = load("v1")
	require.NoError(t, err)
	require.Equal(t, w.digest, digest)
}

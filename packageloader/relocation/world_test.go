package relocation_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/packagebuilder"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packageloader/relocation"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/ocistore"
	"github.com/packstage/packstage/registry/registrytest"
)

func newClient() *registry.Client {
	return registry.NewClient(registry.Options{Keychain: authn.NewMultiKeychain(), Retry: registry.RetryPolicy{Attempts: 1}})
}

// world is a registry with a package, and one with its images.
type world struct {
	packages, library *registrytest.Registry
	client            *registry.Client
	// reference of the package.
	reference, digest string
	// images by the reference in the lock.
	images map[string]v1.Hash
	// referrers are manifests that refer to package or images, at any depth.
	referrers []v1.Hash
	stopped   atomic.Bool
}

// options of the two registries.
func newWorld(t *testing.T, options registrytest.Options) *world {
	t.Helper()
	w := &world{client: newClient(), images: map[string]v1.Hash{}}
	options.Intercept = func(http.ResponseWriter, *http.Request) bool {
		if w.stopped.Load() {
			panic(http.ErrAbortHandler)
		}
		return false
	}
	w.packages, w.library = registrytest.Start(t, options), registrytest.Start(t, options)
	web, database := w.library.Host+"/team/web:v1", w.library.Host+"/other/database"
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, architecture := range []string{"amd64", "arm64"} {
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add:        randomImage(t),
			Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: architecture}},
		})
	}
	require.NoError(t, remote.WriteIndex(mustTag(t, web), index))
	image := randomImage(t)
	require.NoError(t, remote.Write(mustTag(t, database+":latest"), image))
	var err error
	w.images[web], err = index.Digest()
	require.NoError(t, err)
	w.images[database], err = image.Digest()
	require.NoError(t, err)

	w.reference = w.packages.Host + "/team/shop:v1"
	files, err := packagetypes.NewFiles(w.files(web, database), packagetypes.Limits{})
	require.NoError(t, err)
	pkg, err := packagebuilder.Image(t.Context(), files, packagebuilder.ImageOptions{})
	require.NoError(t, err)
	digest, err := w.client.Push(t.Context(), pkg, w.reference)
	require.NoError(t, err)
	w.digest = digest.String()
	return w
}

func (w *world) files(web, database string) map[string][]byte {
	manifest := func(images string) []byte {
		return []byte("apiVersion: manifests.package-operator.run/v1alpha1\nkind: PackageManifest\nmetadata:\n  name: shop\n" +
			"spec:\n  scopes: [Namespaced]\n  phases:\n  - name: deploy\n" + images)
	}
	lock := func(name, image string) []byte {
		return fmt.Appendf(nil, "apiVersion: manifests.package-operator.run/v1alpha1\nkind: PackageManifestLock\n"+
			"spec:\n  images:\n  - name: %s\n    image: %s\n    digest: %s\n", name, image, w.images[image])
	}
	object := func(name string) []byte {
		return fmt.Appendf(nil, "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: %[1]s\n  annotations:\n    package-operator.run/phase: deploy\n"+
			"data:\n  image: {{ .images.%[1]s }}\n  package: {{ .package.image }}\n", name)
	}
	return map[string][]byte{
		"manifest.yaml":                    manifest("  components: {}\n  images:\n  - name: web\n    image: " + web + "\n"),
		"manifest.lock.yaml":               lock("web", web),
		"object.yaml.gotmpl":               object("web"),
		"components/db/manifest.yaml":      manifest("  images:\n  - name: database\n    image: " + database + "\n"),
		"components/db/manifest.lock.yaml": lock("database", database),
		"components/db/object.yaml.gotmpl": object("database"),
		"components/none/manifest.yaml":    manifest(""),
		"components/none/object.yaml":      []byte("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: none\n  annotations:\n    package-operator.run/phase: deploy\n"),
	}
}

// withReferrers attaches a bill of materials to the package, a signature to that, and
// signatures of cosign's kind to package and one image.
func (w *world) withReferrers(t *testing.T) *world {
	t.Helper()
	attach := func(reference, kind string) v1.Hash {
		attached, err := w.client.Attach(t.Context(), reference, registry.Artifact{
			ArtifactType: kind,
			Blobs:        []registry.ArtifactBlob{{MediaType: "text/plain", Content: []byte(kind + " of " + reference)}},
		})
		require.NoError(t, err)
		w.referrers = append(w.referrers, attached.Digest)
		return attached.Digest
	}
	repository, _, _ := strings.Cut(w.reference, ":v1")
	bill := attach(w.reference, "application/spdx+json")
	attach(repository+"@"+bill.String(), "application/vnd.example.signature")
	for image, digest := range w.images {
		attach(strings.TrimSuffix(image, ":v1")+"@"+digest.String(), "application/vnd.example.scan")
	}
	tagged := randomImage(t)
	digest, err := tagged.Digest()
	require.NoError(t, err)
	own, err := v1.NewHash(w.digest)
	require.NoError(t, err)
	require.NoError(t, remote.Write(mustTag(t, repository+":"+ocistore.TagOf(own, "sig")), tagged))
	w.referrers = append(w.referrers, digest)
	return w
}

func randomImage(t *testing.T) v1.Image {
	t.Helper()
	image, err := random.Image(3000, 2)
	require.NoError(t, err)
	return mutate.ConfigMediaType(mutate.MediaType(image, types.OCIManifestSchema1), types.OCIConfigJSON)
}

func mustTag(t *testing.T, reference string) name.Tag {
	t.Helper()
	tag, err := name.NewTag(reference)
	require.NoError(t, err)
	return tag
}

// places are one of each kind, all empty.
type destinations struct {
	host, folder string
	client       *registry.Client
}

func newDestinations(t *testing.T, client *registry.Client, options registrytest.Options) destinations {
	t.Helper()
	return destinations{host: registrytest.Start(t, options).Host, folder: t.TempDir(), client: client}
}

func (d destinations) place(kind, label string) relocation.Place {
	switch kind {
	case "registry":
		return relocation.InRegistry(d.client, d.host+"/mirror/"+label)
	case "layout":
		return relocation.InLayout(filepath.Join(d.folder, label), "")
	default:
		return relocation.InTar(filepath.Join(d.folder, label+".tar"), "")
	}
}

// source of the package at a place.
func (d destinations) source(kind, label string) packageloader.Source {
	switch kind {
	case "registry":
		return packageloader.FromClient(d.client, d.host+"/mirror/"+label+":v1")
	case "layout":
		return packageloader.FromLayout(filepath.Join(d.folder, label), "")
	default:
		return packageloader.FromTar(filepath.Join(d.folder, label+".tar"), "")
	}
}

func (d destinations) reader(t *testing.T, kind, label string) ocistore.Reader {
	t.Helper()
	switch kind {
	case "registry":
		repository, err := ocistore.InRepository(d.client, d.host+"/mirror/"+label)
		require.NoError(t, err)
		return repository
	case "layout":
		layout, err := ocistore.OpenLayout(filepath.Join(d.folder, label))
		require.NoError(t, err)
		t.Cleanup(func() { _ = layout.Close() })
		return layout
	default:
		layout, err := ocistore.OpenTar(filepath.Join(d.folder, label+".tar"))
		require.NoError(t, err)
		t.Cleanup(func() { _ = layout.Close() })
		return layout
	}
}

// rendered renders root and component of a package.
func rendered(t *testing.T, source packageloader.Source, options packageloader.LoadOptions) string {
	t.Helper()
	var text strings.Builder
	for _, component := range []string{"", "db", "none"} {
		options.Component = component
		pkg, err := packageloader.Load(t.Context(), source, options)
		require.NoError(t, err)
		instance, err := packageloader.Render(t.Context(), pkg, packagetypes.Context{}, packageloader.Options{})
		require.NoError(t, err)
		for _, object := range instance.Objects() {
			raw, err := object.MarshalJSON()
			require.NoError(t, err)
			text.Write(raw)
			text.WriteByte('\n')
		}
	}
	return text.String()
}

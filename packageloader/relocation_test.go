package packageloader_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagebuilder"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/registrytest"
)

var (
	digestA = "sha256:" + strings.Repeat("a", 64)
	digestB = "sha256:" + strings.Repeat("b", 64)
)

func TestDecodeRelocation(t *testing.T) {
	t.Parallel()
	valid := `{"schemaVersion":1,"package":"` + digestA + `","images":[{"image":"quay.io/a:v1","digest":"` + digestB + `","to":"."}]}`
	record, err := packageloader.DecodeRelocation("file", []byte(valid))
	require.NoError(t, err)
	to, ok := record.Place("quay.io/a:v1", digestB)
	require.True(t, ok)
	require.Equal(t, packagetypes.HerePlace, to)
	_, ok = record.Place("quay.io/a:v1", digestA)
	require.False(t, ok)

	for name, test := range map[string][2]string{
		"not JSON":          {`{`, "does not parse"},
		"more":              {valid + `{}`, "something follows"},
		"other version":     {strings.Replace(valid, `"schemaVersion":1`, `"schemaVersion":2`, 1), "schemaVersion 2"},
		"no package":        {strings.Replace(valid, digestA, "", 1), "is not a sha256 digest"},
		"no image":          {strings.Replace(valid, "quay.io/a:v1", "", 1), "the image is missing"},
		"no digest":         {strings.Replace(valid, digestB, "b", 1), "is not a digest"},
		"no host":           {strings.Replace(valid, `"to":"."`, `"to":"mirror/shop"`, 1), "nor a repository with its host"},
		"a tag":             {strings.Replace(valid, `"to":"."`, `"to":"example.com/shop:v1"`, 1), "nor a repository with its host"},
		"a digest as place": {strings.Replace(valid, `"to":"."`, `"to":"example.com/shop@`+digestA+`"`, 1), "nor a repository with its host"},
		"twice":             {strings.Replace(valid, `}]`, `},{"image":"quay.io/a:v1","digest":"`+digestB+`","to":"."}]`, 1), "is there twice"},
		"too large":         {valid + strings.Repeat(" ", packageloader.MaxRelocationBytes), "more than"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := packageloader.DecodeRelocation("file", []byte(test[0]))
			require.ErrorIs(t, err, diagnostic.RelocationInvalid)
			require.ErrorContains(t, err, test[1])
		})
	}
}

func FuzzDecodeRelocation(f *testing.F) {
	f.Add([]byte(`{"schemaVersion":1,"package":"` + digestA + `","images":[{"image":"quay.io/a:v1","digest":"` + digestB + `","to":"example.com/x"}]}`))
	f.Add([]byte(`{"schemaVersion":1,"images":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		record, err := packageloader.DecodeRelocation("file", data)
		if err != nil {
			if _, ok := diagnostic.From(err); !ok || record != nil {
				t.Fatalf("%v, %v", record, err)
			}
			return
		}
		raw, err := json.Marshal(record)
		require.NoError(t, err)
		again, err := packageloader.DecodeRelocation("file", raw)
		require.NoError(t, err)
		require.Equal(t, record, again)
	})
}

const lockedImage = "quay.io/org/web:v1"

func packageThatLocks(t *testing.T, locks bool) map[string][]byte {
	t.Helper()
	files := map[string][]byte{
		"manifest.yaml": []byte("apiVersion: manifests.package-operator.run/v1alpha1\nkind: PackageManifest\nmetadata:\n  name: shop\n" +
			"spec:\n  scopes: [Namespaced]\n  phases:\n  - name: deploy\n"),
		"object.yaml.gotmpl": []byte("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n  annotations:\n    package-operator.run/phase: deploy\n" +
			"data:\n  image: {{ get .images \"web\" | quote }}\n  dependency: {{ get .dependencies \"db\" | quote }}\n"),
	}
	if locks {
		files["manifest.yaml"] = append(files["manifest.yaml"], "  images:\n  - name: web\n    image: "+lockedImage+"\n"...)
		files["manifest.lock.yaml"] = []byte("apiVersion: manifests.package-operator.run/v1alpha1\nkind: PackageManifestLock\nspec:\n" +
			"  images:\n  - name: web\n    image: " + lockedImage + "\n    digest: " + digestA + "\n" +
			"  dependencies:\n  - name: db\n    image: quay.io/org/db\n    digest: " + digestB + "\n    version: 1.2.3\n")
	}
	return files
}

// relocatable is a package in a registry.
type relocatable struct {
	server            *registrytest.Registry
	client            *registry.Client
	reference, digest string
}

func newRelocatable(t *testing.T, locks bool) *relocatable {
	t.Helper()
	r := &relocatable{server: registrytest.Start(t, registrytest.Options{}), client: registry.NewClient(registryOptions())}
	r.reference = r.server.Host + "/team/shop:v1"
	files, err := packagetypes.NewFiles(packageThatLocks(t, locks), packagetypes.Limits{})
	require.NoError(t, err)
	image, err := packagebuilder.Image(context.Background(), files, packagebuilder.ImageOptions{})
	require.NoError(t, err)
	digest, err := r.client.Push(t.Context(), image, r.reference)
	require.NoError(t, err)
	r.digest = digest.String()
	return r
}

func (r *relocatable) record(images ...packagetypes.RelocatedImage) *packagetypes.Relocation {
	return &packagetypes.Relocation{SchemaVersion: 1, Package: r.digest, Images: images}
}

// put attaches a record to the package.
func (r *relocatable) put(t *testing.T, content []byte, mediaType string) {
	t.Helper()
	attached, err := r.client.Attach(t.Context(), r.reference, registry.Artifact{
		ArtifactType: packageloader.RelocationType,
		Blobs:        []registry.ArtifactBlob{{MediaType: types.MediaType(mediaType), Content: content}},
	})
	require.NoError(t, err)
	repository := r.server.Host + "/team/shop"
	manifest, err := r.client.Manifest(t.Context(), repository+"@"+attached.Digest.String())
	require.NoError(t, err)
	tag := strings.Replace(r.digest, ":", "-", 1) + ".relocation"
	_, err = r.client.PushManifest(t.Context(), repository+":"+tag, types.OCIManifestSchema1, manifest.Raw)
	require.NoError(t, err)
}

func (r *relocatable) render(t *testing.T, options packageloader.LoadOptions) (*packagetypes.Instance, error) {
	t.Helper()
	pkg, err := packageloader.Load(t.Context(), packageloader.FromClient(r.client, r.reference), options)
	if err != nil {
		return nil, err
	}
	require.Equal(t, r.digest, pkg.ImageDigest)
	return packageloader.Render(t.Context(), pkg, packagetypes.Context{}, packageloader.Options{})
}

func both(to string) []packagetypes.RelocatedImage {
	return []packagetypes.RelocatedImage{
		{Image: lockedImage, Digest: digestA, To: to}, {Image: "quay.io/org/db", Digest: digestB, To: to},
	}
}

func TestRecordedPlacesOfImages(t *testing.T) {
	t.Parallel()
	r := newRelocatable(t, true)
	requirePlaces := func(options packageloader.LoadOptions, image, dependency string) {
		t.Helper()
		instance, err := r.render(t, options)
		require.NoError(t, err)
		require.Equal(t, map[string]string{"web": image}, instance.Images)
		data := instance.Phases[0].Objects[0].Content()["data"].(map[string]any)
		require.Equal(t, map[string]any{"image": image, "dependency": dependency}, data)
	}
	requirePlaces(packageloader.LoadOptions{}, "quay.io/org/web@"+digestA, "quay.io/org/db@"+digestB)

	raw, err := json.Marshal(r.record(both(".")...))
	require.NoError(t, err)
	r.put(t, raw, packageloader.RelocationType)
	here := r.server.Host + "/team/shop@"
	requirePlaces(packageloader.LoadOptions{}, here+digestA, here+digestB)
	requirePlaces(packageloader.LoadOptions{NoRelocation: true}, "quay.io/org/web@"+digestA, "quay.io/org/db@"+digestB)
	requirePlaces(packageloader.LoadOptions{Relocation: r.record(both("example.com/x")...)}, "example.com/x@"+digestA, "example.com/x@"+digestB)
}

// A package that locks nothing makes no request for a record, one that does makes
// one.
func TestRequestsForARecord(t *testing.T) {
	t.Parallel()
	for _, locks := range []bool{false, true} {
		r := newRelocatable(t, locks)
		r.server.Forget()
		_, err := packageloader.Load(t.Context(), packageloader.FromClient(r.client, r.reference), packageloader.LoadOptions{})
		require.NoError(t, err)
		asked := 0
		for _, request := range r.server.Requests() {
			if strings.HasSuffix(request.Path, ".relocation") || strings.Contains(request.Path, "/referrers/") {
				asked++
			}
		}
		assert.Equal(t, map[bool]int{false: 0, true: 1}[locks], asked)
	}
}

// A record never says which image it is, and one that tries is refused as a whole.
func TestLyingRecords(t *testing.T) {
	t.Parallel()
	encode := func(record *packagetypes.Relocation) []byte {
		raw, err := json.Marshal(record)
		require.NoError(t, err)
		return raw
	}
	other := both(".")
	other[0].Digest = digestB
	for name, test := range map[string]struct {
		content   func(r *relocatable) []byte
		mediaType string
		code      diagnostic.Code
		message   string
	}{
		"another digest": {
			func(r *relocatable) []byte { return encode(r.record(other...)) }, "",
			diagnostic.RelocationMismatch, "has the digest " + digestB + " for image \"" + lockedImage + "\", the lock has " + digestA,
		},
		"an image left out": {
			func(r *relocatable) []byte { return encode(r.record(both(".")[:1]...)) }, "",
			diagnostic.RelocationMismatch, `does not say where image "quay.io/org/db" is`,
		},
		"another package": {
			func(r *relocatable) []byte {
				record := r.record(both(".")...)
				record.Package = digestA
				return encode(record)
			}, "",
			diagnostic.RelocationMismatch, "is about the package " + digestA,
		},
		"not a record":     {func(*relocatable) []byte { return []byte("x") }, "", diagnostic.RelocationInvalid, "does not parse"},
		"another artifact": {func(*relocatable) []byte { return []byte("{}") }, "text/plain", diagnostic.RelocationInvalid, "is no relocation record"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRelocatable(t, true)
			if test.mediaType == "" {
				test.mediaType = packageloader.RelocationType
			}
			r.put(t, test.content(r), test.mediaType)
			_, err := r.render(t, packageloader.LoadOptions{})
			require.ErrorIs(t, err, test.code)
			require.ErrorContains(t, err, test.message)
			_, err = packageloader.LoadAll(t.Context(), packageloader.FromClient(r.client, r.reference), packageloader.LoadOptions{})
			require.ErrorIs(t, err, test.code)
			_, err = packageloader.LoadAll(t.Context(), packageloader.FromClient(r.client, r.reference), packageloader.LoadOptions{NoRelocation: true})
			require.NoError(t, err)
			_, err = r.render(t, packageloader.LoadOptions{NoRelocation: true})
			require.NoError(t, err)
		})
	}
}

// Trouble with the record is not the same as none.
func TestRecordThatCannotBeRead(t *testing.T) {
	t.Parallel()
	r := newRelocatable(t, true)
	front := registrytest.Start(t, registrytest.Options{Handler: http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		if strings.HasSuffix(request.URL.Path, ".relocation") {
			http.Error(w, "", http.StatusForbidden)
			return
		}
		http.Redirect(w, request, "http://"+r.server.Host+request.URL.Path, http.StatusTemporaryRedirect)
	})})
	_, err := packageloader.Load(t.Context(), packageloader.FromClient(r.client, front.Host+"/team/shop:v1"), packageloader.LoadOptions{})
	require.ErrorIs(t, err, registry.ErrForbidden)
}

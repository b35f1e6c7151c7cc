package packageloader_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/registrytest"
)

var update = flag.Bool("update", false, "write the golden files")

// versionsRegistry is a registry with a repository of images that have no layers:
// whoever asked for one would fail.
type versionsRegistry struct {
	*registrytest.Registry
	t          *testing.T
	client     *registry.Client
	repository string
}

func startVersions(t *testing.T, options registrytest.Options) *versionsRegistry {
	t.Helper()
	server := registrytest.Start(t, options)
	return &versionsRegistry{
		Registry: server, t: t, repository: server.Host + "/shop",
		client: registry.NewClient(registry.Options{Retry: registry.RetryPolicy{Attempts: 1}}),
	}
}

func (r *versionsRegistry) blob(mediaType types.MediaType, content []byte) v1.Descriptor {
	r.t.Helper()
	descriptor := v1.Descriptor{MediaType: mediaType, Digest: hash(content), Size: int64(len(content))}
	require.NoError(r.t, r.client.PushBlob(r.t.Context(), r.repository, descriptor, func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(content)), nil
	}, ""))
	return descriptor
}

// push tags an image with a configuration and returns its digest.
func (r *versionsRegistry) push(config v1.ConfigFile, annotations map[string]string, tags ...string) string {
	r.t.Helper()
	raw, err := json.Marshal(config)
	require.NoError(r.t, err)
	manifest, err := json.Marshal(v1.Manifest{
		SchemaVersion: 2, MediaType: types.OCIManifestSchema1, Config: r.blob(types.OCIConfigJSON, raw),
		Layers: []v1.Descriptor{}, Annotations: annotations,
	})
	require.NoError(r.t, err)
	for _, tag := range tags {
		_, err := r.client.PushManifest(r.t.Context(), r.repository+":"+tag, types.OCIManifestSchema1, manifest)
		require.NoError(r.t, err)
	}
	return hash(manifest).String()
}

func packageConfig(name string) v1.ConfigFile {
	var config v1.ConfigFile
	config.Config.Labels = map[string]string{
		packageloader.FormatLabel: "manifests.package-operator.run/v1alpha1",
		packageloader.ManifestLabel: `{"apiVersion":"manifests.package-operator.run/v1alpha1","kind":"PackageManifest","metadata":{"name":"` + name + `"},` +
			`"spec":{"scopes":["Cluster","Namespaced"],"phases":[{"name":"deploy"}],"constraints":[{"platform":["OpenShift"],"platformVersion":{"name":"OpenShift","range":">=4.12"}}]}}`,
	}
	return config
}

func tagsOf(versions []packageloader.Version) []string {
	tags := []string{}
	for _, version := range versions {
		tags = append(tags, version.Tag)
	}
	return tags
}

func TestVersionsAreThoseOfTheRange(t *testing.T) {
	t.Parallel()
	r := startVersions(t, registrytest.Options{})
	r.push(packageConfig("shop"), nil, "v1.2.0", "1.10.0", "v1.10.0", "v2.0.0-rc.1", "v2.0.0", "2.1.0-0", "0.9.0", "v1", "1.2", "latest", "main", "v01.2.3", "v1.2.3.4",
		"sha256-"+strings.Repeat("a", 64), "sha256-"+strings.Repeat("a", 64)+".sig", "sha256-short")
	for name, test := range map[string]struct {
		options packageloader.VersionsOptions
		want    []string
	}{
		"all versions":          {packageloader.VersionsOptions{}, []string{"v2.0.0", "1.10.0", "v1.10.0", "v1.2.0", "0.9.0"}},
		"pre-releases":          {packageloader.VersionsOptions{PreReleases: true}, []string{"2.1.0-0", "v2.0.0", "v2.0.0-rc.1", "1.10.0", "v1.10.0", "v1.2.0", "0.9.0"}},
		"all tags":              {packageloader.VersionsOptions{All: true}, []string{"2.1.0-0", "v2.0.0", "v2.0.0-rc.1", "1.10.0", "v1.10.0", "v1.2.0", "0.9.0", "1.2", "latest", "main", "sha256-short", "v01.2.3", "v1", "v1.2.3.4"}},
		"range":                 {packageloader.VersionsOptions{Range: "^1.2"}, []string{"1.10.0", "v1.10.0", "v1.2.0"}},
		"range of pre-releases": {packageloader.VersionsOptions{Range: ">=2.0.0-0"}, []string{"2.1.0-0", "v2.0.0", "v2.0.0-rc.1"}},
		"range and --pre":       {packageloader.VersionsOptions{Range: "<2.0.0", PreReleases: true}, []string{"v2.0.0-rc.1", "1.10.0", "v1.10.0", "v1.2.0", "0.9.0"}},
		"nothing":               {packageloader.VersionsOptions{Range: ">=9"}, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			versions, err := packageloader.Versions(t.Context(), r.client, r.repository, test.options)
			require.NoError(t, err)
			assert.Equal(t, test.want, tagsOf(versions))
		})
	}
	for _, options := range []packageloader.VersionsOptions{{Range: "^"}, {All: true, Range: "^1"}} {
		_, err := packageloader.Versions(t.Context(), r.client, r.repository, options)
		assert.ErrorIs(t, err, packageloader.ErrInvalidRange)
	}
	_, err := packageloader.Versions(t.Context(), r.client, r.Host+"/nothing", packageloader.VersionsOptions{})
	assert.ErrorIs(t, err, registry.ErrNotFound)
}

func TestVersionsSayWhatTheImageSays(t *testing.T) {
	t.Parallel()
	r := startVersions(t, registrytest.Options{})
	config := packageConfig("shop")
	config.Created = v1.Time{Time: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)}
	r.push(config, map[string]string{"org.opencontainers.image.description": "Sells things", "org.opencontainers.image.created": "2001-01-01T00:00:00Z"}, "v3.0.0")
	config.Created = v1.Time{Time: time.Unix(0, 0)}
	r.push(config, map[string]string{"org.opencontainers.image.created": "2026-01-02T03:04:05+01:00"}, "v2.0.0")
	r.push(v1.ConfigFile{Architecture: "arm64"}, nil, "v1.0.0")

	// Broken ones: a label that is none, a manifest that is none, an artifact, a
	// configuration that is missing, and one that does not parse.
	config.Config.Labels = map[string]string{packageloader.ManifestLabel: "a: ["}
	r.push(config, nil, "v0.9.0")
	for tag, raw := range map[string]string{
		"v0.8.0": `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.cncf.helm.config.v1+json","digest":"` + hash([]byte("{}")).String() + `","size":2},"layers":[]}`,
		"v0.6.0": `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}`,
	} {
		r.blob("application/vnd.oci.empty.v1+json", []byte("{}"))
		kind := types.OCIManifestSchema1
		if tag == "v0.6.0" {
			kind = types.OCIImageIndex
		}
		_, err := r.client.PushManifest(t.Context(), r.repository+":"+tag, kind, []byte(raw))
		require.NoError(t, err, tag)
	}
	versions, err := packageloader.Versions(t.Context(), r.client, r.repository, packageloader.VersionsOptions{})
	require.NoError(t, err)
	for i := range versions {
		versions[i].Reference = strings.Replace(versions[i].Reference, r.Host, "HOST", 1)
		versions[i].Problem = strings.ReplaceAll(versions[i].Problem, r.Host, "HOST")
	}
	got, err := json.MarshalIndent(versions, "", "  ")
	require.NoError(t, err)
	const golden = "testdata/versions.json"
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(golden, append(got, '\n'), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got)+"\n")
}

// TestVersionsOfManyTags: pages of tags, one manifest for each, and one
// configuration for all that share it; at most eight at a time.
func TestVersionsOfManyTags(t *testing.T) {
	t.Parallel()
	const count, page = 1000, 100
	var names []string
	for n := range count {
		names = append(names, fmt.Sprintf("v1.%d.0", n))
	}
	var now, most atomic.Int64
	r := startVersions(t, registrytest.Options{Wrap: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
			if strings.HasSuffix(request.URL.Path, "/tags/list") {
				query := request.URL.Query()
				query.Set("n", fmt.Sprint(page))
				request.URL.RawQuery = query.Encode()
			}
			if request.Method == http.MethodGet && strings.Contains(request.URL.Path, "/manifests/") {
				running := now.Add(1)
				defer now.Add(-1)
				for old := most.Load(); running > old && !most.CompareAndSwap(old, running); old = most.Load() {
				}
			}
			next.ServeHTTP(w, request)
		})
	}})
	r.push(packageConfig("shop"), nil, names...)
	r.Forget()
	versions, err := packageloader.Versions(t.Context(), r.client, r.repository, packageloader.VersionsOptions{})
	require.NoError(t, err)
	require.Len(t, versions, count)
	assert.Equal(t, "v1.999.0", versions[0].Tag)
	assert.Equal(t, "v1.0.0", versions[count-1].Tag)
	assert.Equal(t, "shop", versions[count-1].Name)
	assert.LessOrEqual(t, most.Load(), int64(8))
	counted := map[string]int{}
	for _, request := range r.Requests() {
		kind := "other"
		for _, part := range []string{"tags/list", "/manifests/", "/blobs/"} {
			if strings.Contains(request.Path, part) {
				kind = part
			}
		}
		counted[request.Method+" "+kind]++
	}
	assert.Equal(t, map[string]int{"GET tags/list": count / page, "GET /manifests/": count, "GET /blobs/": 1}, counted)

	// The newest one alone: the list, and one digest.
	r.Forget()
	latest, err := packageloader.LatestVersion(t.Context(), r.client, r.repository, packageloader.VersionsOptions{Range: "<1.500.0"})
	require.NoError(t, err)
	assert.Equal(t, "v1.499.0", latest.Tag)
	assert.Equal(t, r.repository+"@"+versions[0].Digest, latest.Reference)
	requests := r.Requests()
	require.Len(t, requests, count/page+1)
	assert.Equal(t, registrytest.Request{Method: http.MethodHead, Path: "/v2/shop/manifests/v1.499.0"}, requests[len(requests)-1])
}

// vanishing answers 404 for the manifest of a tag that is in the list.
func vanishing(tag string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, request *http.Request) bool {
		if request.Method != http.MethodPut && strings.HasSuffix(request.URL.Path, "/manifests/"+tag) {
			http.Error(w, `{"errors":[{"code":"MANIFEST_UNKNOWN"}]}`, http.StatusNotFound)
			return true
		}
		return false
	}
}

func TestATagThatVanishesIsSkipped(t *testing.T) {
	t.Parallel()
	r := startVersions(t, registrytest.Options{Intercept: vanishing("v2.0.0")})
	r.push(packageConfig("shop"), nil, "v1.0.0", "v2.0.0", "v3.0.0")
	var vanished []string
	options := packageloader.VersionsOptions{Vanished: func(tag string) { vanished = append(vanished, tag) }}
	versions, err := packageloader.Versions(t.Context(), r.client, r.repository, options)
	require.NoError(t, err)
	assert.Equal(t, []string{"v3.0.0", "v1.0.0"}, tagsOf(versions))
	assert.Equal(t, []string{"v2.0.0"}, vanished)

	options.Range = "<3"
	latest, err := packageloader.LatestVersion(t.Context(), r.client, r.repository, options)
	require.NoError(t, err)
	assert.Equal(t, "v1.0.0", latest.Tag)
	options.Range = "^2"
	_, err = packageloader.LatestVersion(t.Context(), r.client, r.repository, options)
	require.ErrorIs(t, err, diagnostic.VersionNotFound)
	_, err = packageloader.LatestVersion(t.Context(), r.client, r.repository, packageloader.VersionsOptions{Range: "x.y"})
	require.ErrorIs(t, err, packageloader.ErrInvalidRange)
}

func TestAConfigurationThatIsMissingIsAProblemOfItsVersion(t *testing.T) {
	t.Parallel()
	r := startVersions(t, registrytest.Options{Intercept: func(w http.ResponseWriter, request *http.Request) bool {
		if request.Method == http.MethodGet && strings.Contains(request.URL.Path, "/blobs/sha256") {
			http.NotFound(w, request)
			return true
		}
		return false
	}})
	r.push(packageConfig("shop"), nil, "v1.0.0")
	versions, err := packageloader.Versions(t.Context(), r.client, r.repository, packageloader.VersionsOptions{})
	require.NoError(t, err)
	require.Len(t, versions, 1)
	assert.Contains(t, versions[0].Problem, "a part of the image is missing")
	assert.NotEmpty(t, versions[0].Digest)
}

// Three tags have one configuration, and two of them describe it wrongly.
func TestAWrongDescriptorIsNotHeldAgainstOtherTags(t *testing.T) {
	t.Parallel()
	r := startVersions(t, registrytest.Options{})
	r.push(packageConfig("shop"), nil, "v1.0.0")
	raw, err := json.Marshal(packageConfig("shop"))
	require.NoError(t, err)
	longer, inline := r.blob(types.OCIConfigJSON, raw), r.blob(types.OCIConfigJSON, raw)
	longer.Size++
	inline.Data = bytes.Repeat([]byte(" "), len(raw))
	for tag, config := range map[string]v1.Descriptor{"v2.0.0": longer, "v3.0.0": inline} {
		manifest, err := json.Marshal(v1.Manifest{
			SchemaVersion: 2, MediaType: types.OCIManifestSchema1, Config: config, Layers: []v1.Descriptor{},
		})
		require.NoError(t, err)
		_, err = r.client.PushManifest(t.Context(), r.repository+":"+tag, types.OCIManifestSchema1, manifest)
		require.NoError(t, err)
	}
	versions, err := packageloader.Versions(t.Context(), r.client, r.repository, packageloader.VersionsOptions{Concurrency: 1})
	require.NoError(t, err)
	require.Equal(t, []string{"v3.0.0", "v2.0.0", "v1.0.0"}, tagsOf(versions))
	assert.NotEmpty(t, versions[0].Problem)
	assert.NotEmpty(t, versions[1].Problem)
	assert.Empty(t, versions[2].Problem)
	assert.Equal(t, "shop", versions[2].Name)
}

func TestVersionsFailAsAWhole(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault registrytest.Fault
		want  error
	}{
		"list":     {registrytest.Fault{Kind: registrytest.Unavailable, On: registrytest.Tags}, registry.ErrUnavailable},
		"loop":     {registrytest.Fault{Kind: registrytest.EmptyPages, On: registrytest.Tags}, registry.ErrProtocol},
		"manifest": {registrytest.Fault{Kind: registrytest.InternalError, Method: http.MethodGet, On: registrytest.Manifests, Reference: "v1.0.0"}, registry.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := startVersions(t, registrytest.Options{Faults: &registrytest.FaultOptions{Faults: []registrytest.Fault{test.fault}}})
			r.push(packageConfig("shop"), nil, "v1.0.0", "v2.0.0")
			versions, err := packageloader.Versions(t.Context(), r.client, r.repository, packageloader.VersionsOptions{})
			assert.Nil(t, versions)
			require.ErrorIs(t, err, test.want)
		})
	}
}

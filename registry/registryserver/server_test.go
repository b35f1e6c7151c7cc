package registryserver_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/google/go-containerregistry/pkg/v1/validate"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/registry/registryserver"
)

// storages are the storages that each test runs over.
func storages(t *testing.T) map[string]registryserver.Storage {
	t.Helper()
	folder, err := registryserver.OpenFolder(filepath.Join(t.TempDir(), "storage"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, folder.Close()) })
	return map[string]registryserver.Storage{"memory": registryserver.NewMemory(), "folder": folder}
}

// client speaks to a server without a network.
type client struct {
	t      *testing.T
	server http.Handler
}

type answer struct {
	status int
	header http.Header
	body   string
}

func (c client) do(method, path, body string, header ...string) answer {
	c.t.Helper()
	request := httptest.NewRequest(method, path, strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	recorder := httptest.NewRecorder()
	c.server.ServeHTTP(recorder, request)
	return answer{recorder.Code, recorder.Header(), recorder.Body.String()}
}

func (c client) pushBlob(repository, content string) string {
	c.t.Helper()
	digest := digestOf(content)
	got := c.do(http.MethodPost, "/v2/"+repository+"/blobs/uploads/?digest="+digest, content)
	require.Equal(c.t, http.StatusCreated, got.status, got.body)
	return digest
}

func (c client) pushManifest(repository, reference, content string) answer {
	c.t.Helper()
	return c.do(http.MethodPut, "/v2/"+repository+"/manifests/"+reference, content, "Content-Type", string(types.OCIManifestSchema1))
}

func digestOf(content string) string {
	sum := sha256.Sum256([]byte(content))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// imageManifest is a manifest without layers.
func imageManifest(config string, size int, more string) string {
	return fmt.Sprintf(`{"schemaVersion":2,"mediaType":%q,"config":{"mediaType":"application/x.config","digest":%q,"size":%d},"layers":[]%s}`,
		types.OCIManifestSchema1, config, size, more)
}

func TestStatusCodes(t *testing.T) {
	t.Parallel()
	for storageName, storage := range storages(t) {
		t.Run(storageName, func(t *testing.T) {
			t.Parallel()
			c := client{t, registryserver.New(registryserver.Options{Storage: storage, MaxBlobBytes: 100, MaxManifestBytes: 500})}
			blob := c.pushBlob("a/b", "content")
			manifest := imageManifest(blob, 7, "")
			require.Equal(t, http.StatusCreated, c.pushManifest("a/b", "v1", manifest).status)
			digest, unknown := digestOf(manifest), digestOf("unknown")
			oci := string(types.OCIManifestSchema1)
			for _, test := range []struct {
				name, method, path, body string
				header                   []string
				status                   int
				code                     string
			}{
				{"base", "GET", "/v2/", "", nil, 200, ""},
				{"base without slash", "GET", "/v2", "", nil, 200, ""},
				{"elsewhere", "GET", "/", "", nil, 404, "UNSUPPORTED"},
				{"elsewhere below", "GET", "/v2/nothing", "", nil, 404, "UNSUPPORTED"},
				{"blob", "GET", "/v2/a/b/blobs/" + blob, "", nil, 200, ""},
				{"blob head", "HEAD", "/v2/a/b/blobs/" + blob, "", nil, 200, ""},
				{"blob range", "GET", "/v2/a/b/blobs/" + blob, "", []string{"Range", "bytes=3-"}, 206, ""},
				{"blob range outside", "GET", "/v2/a/b/blobs/" + blob, "", []string{"Range", "bytes=30-"}, 416, ""},
				{"blob unknown", "GET", "/v2/a/b/blobs/" + unknown, "", nil, 404, "BLOB_UNKNOWN"},
				{"blob of another repository", "GET", "/v2/a/blobs/" + blob, "", nil, 404, "BLOB_UNKNOWN"},
				{"blob with a bad digest", "GET", "/v2/a/b/blobs/sha256:12", "", nil, 400, "DIGEST_INVALID"},
				{"blob with another algorithm", "GET", "/v2/a/b/blobs/sha1:" + strings.Repeat("a", 40), "", nil, 400, "DIGEST_INVALID"},
				{"blob put", "PUT", "/v2/a/b/blobs/" + blob, "", nil, 405, "UNSUPPORTED"},
				{"blob delete unknown", "DELETE", "/v2/a/b/blobs/" + unknown, "", nil, 404, "BLOB_UNKNOWN"},
				{"manifest by tag", "GET", "/v2/a/b/manifests/v1", "", nil, 200, ""},
				{"manifest head", "HEAD", "/v2/a/b/manifests/v1", "", nil, 200, ""},
				{"manifest by digest", "GET", "/v2/a/b/manifests/" + digest, "", nil, 200, ""},
				{"manifest unknown", "GET", "/v2/a/b/manifests/v2", "", nil, 404, "MANIFEST_UNKNOWN"},
				{"manifest unknown digest", "GET", "/v2/a/b/manifests/" + unknown, "", nil, 404, "MANIFEST_UNKNOWN"},
				{"blob is no manifest", "GET", "/v2/a/b/manifests/" + blob, "", nil, 404, "MANIFEST_UNKNOWN"},
				{"manifest with a bad tag", "GET", "/v2/a/b/manifests/-v", "", nil, 400, "TAG_INVALID"},
				{"manifest with a bad digest", "GET", "/v2/a/b/manifests/sha256:x", "", nil, 400, "DIGEST_INVALID"},
				{"manifest delete unknown", "DELETE", "/v2/a/b/manifests/" + unknown, "", nil, 404, "MANIFEST_UNKNOWN"},
				{"manifest delete unknown tag", "DELETE", "/v2/a/b/manifests/v9", "", nil, 404, "MANIFEST_UNKNOWN"},
				{"put under a wrong digest", "PUT", "/v2/a/b/manifests/" + unknown, manifest, []string{"Content-Type", oci}, 400, "DIGEST_INVALID"},
				{"put no JSON", "PUT", "/v2/a/b/manifests/v2", "{", []string{"Content-Type", oci}, 400, "MANIFEST_INVALID"},
				{"put another media type", "PUT", "/v2/a/b/manifests/v2", manifest, []string{"Content-Type", "application/json"}, 400, "MANIFEST_INVALID"},
				{"put no media type", "PUT", "/v2/a/b/manifests/v2", manifest, nil, 400, "MANIFEST_INVALID"},
				{"put bad tag", "PUT", "/v2/a/b/manifests/.v", manifest, []string{"Content-Type", oci}, 400, "TAG_INVALID"},
				{"put without its blobs", "PUT", "/v2/other/manifests/v2", manifest, []string{"Content-Type", oci}, 404, "MANIFEST_BLOB_UNKNOWN"},
				{"put an unsafe digest", "PUT", "/v2/a/b/manifests/v2", imageManifest("sha256:../../x", 1, ""), []string{"Content-Type", oci}, 400, "MANIFEST_INVALID"},
				{"put an unsafe subject", "PUT", "/v2/a/b/manifests/v2", imageManifest(blob, 7, `,"subject":{"digest":"../x"}`), []string{"Content-Type", oci}, 400, "MANIFEST_INVALID"},
				{"put too large", "PUT", "/v2/a/b/manifests/v2", strings.Repeat(" ", 501), []string{"Content-Type", oci}, 413, "SIZE_INVALID"},
				{"tags", "GET", "/v2/a/b/tags/list", "", nil, 200, ""},
				{"tags of nothing", "GET", "/v2/a/tags/list", "", nil, 404, "NAME_UNKNOWN"},
				{"tags, not the list", "GET", "/v2/a/b/tags/other", "", nil, 404, "UNSUPPORTED"},
				{"tags with a bad number", "GET", "/v2/a/b/tags/list?n=x", "", nil, 400, "PAGINATION_NUMBER_INVALID"},
				{"referrers of nothing", "GET", "/v2/never/heard/referrers/" + unknown, "", nil, 200, ""},
				{"referrers with a bad digest", "GET", "/v2/a/b/referrers/v1", "", nil, 400, "DIGEST_INVALID"},
				{"upload in one", "POST", "/v2/a/b/blobs/uploads/?digest=" + digestOf("x"), "x", nil, 201, ""},
				{"upload with a wrong digest", "POST", "/v2/a/b/blobs/uploads/?digest=" + unknown, "x", nil, 400, "DIGEST_INVALID"},
				{"upload with a bad digest", "POST", "/v2/a/b/blobs/uploads/?digest=../../x", "x", nil, 400, "DIGEST_INVALID"},
				{"upload too large", "POST", "/v2/a/b/blobs/uploads/?digest=" + unknown, strings.Repeat("x", 101), nil, 413, "SIZE_INVALID"},
				{"upload start", "POST", "/v2/a/b/blobs/uploads/", "", nil, 202, ""},
				{"upload unknown", "PATCH", "/v2/a/b/blobs/uploads/x", "", nil, 404, "BLOB_UPLOAD_UNKNOWN"},
				{"mount", "POST", "/v2/c/blobs/uploads/?mount=" + blob + "&from=a/b", "", nil, 201, ""},
				{"mount what is not there", "POST", "/v2/c/blobs/uploads/?mount=" + unknown + "&from=a/b", "", nil, 202, ""},
				{"mount from an unsafe name", "POST", "/v2/c/blobs/uploads/?mount=" + blob + "&from=../../a/b", "", nil, 202, ""},
				{"bad name", "GET", "/v2/A/tags/list", "", nil, 400, "NAME_INVALID"},
				{"unsafe name", "GET", "/v2/../x/tags/list", "", nil, 400, "NAME_INVALID"},
				{"long name", "GET", "/v2/" + strings.Repeat("a", 256) + "/tags/list", "", nil, 400, "NAME_INVALID"},
				{"name of the storage", "GET", "/v2/_staging/tags/list", "", nil, 400, "NAME_INVALID"},
			} {
				got := c.do(test.method, test.path, test.body, test.header...)
				require.Equal(t, test.status, got.status, "%s: %s", test.name, got.body)
				if test.code != "" && test.method != http.MethodHead {
					var body struct {
						Errors []struct{ Code, Message string }
					}
					require.NoError(t, json.Unmarshal([]byte(got.body), &body), test.name)
					require.Len(t, body.Errors, 1, test.name)
					require.Equal(t, test.code, body.Errors[0].Code, test.name)
					require.NotEmpty(t, body.Errors[0].Message, test.name)
				}
			}
			require.Equal(t, "tent", c.do("GET", "/v2/a/b/blobs/"+blob, "", "Range", "bytes=3-").body)
			head := c.do("HEAD", "/v2/a/b/manifests/v1", "")
			require.Equal(t, digest, head.header.Get("Docker-Content-Digest"))
			require.Equal(t, oci, head.header.Get("Content-Type"))
			require.Equal(t, fmt.Sprint(len(manifest)), head.header.Get("Content-Length"))
			require.Empty(t, head.body)
		})
	}
}

func TestChunkedUpload(t *testing.T) {
	t.Parallel()
	for name, storage := range storages(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := client{t, registryserver.New(registryserver.Options{Storage: storage, MaxBlobBytes: 20})}
			location := c.do("POST", "/v2/a/blobs/uploads/", "").header.Get("Location")
			require.NotEmpty(t, location)

			got := c.do("PATCH", location, "hello ", "Content-Range", "0-5")
			require.Equal(t, 202, got.status, got.body)
			require.Equal(t, "0-5", got.header.Get("Range"))
			for _, wrong := range []string{"0-5", "7-12", "6-99", "x", "6-5"} {
				got = c.do("PATCH", location, "world", "Content-Range", wrong)
				require.Equal(t, 416, got.status, wrong)
				require.Equal(t, "0-5", got.header.Get("Range"))
			}
			require.Equal(t, 404, c.do("PATCH", strings.Replace(location, "/a/", "/b/", 1), "x").status, "upload of another repository")
			got = c.do("GET", location, "")
			require.Equal(t, 204, got.status)
			require.Equal(t, "0-5", got.header.Get("Range"))
			got = c.do("PUT", location+"?digest="+digestOf("hello world"), "world", "Content-Range", "6-10")
			require.Equal(t, 201, got.status, got.body)
			require.Equal(t, "hello world", c.do("GET", got.header.Get("Location"), "").body)
			require.Equal(t, 404, c.do("GET", location, "").status, "the upload is over")

			location = c.do("POST", "/v2/a/blobs/uploads/", "").header.Get("Location")
			require.Equal(t, 202, c.do("PATCH", location, "without a range").status)
		})
	}
}

func TestUploadsEnd(t *testing.T) {
	t.Parallel()
	for name, storage := range storages(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := client{t, registryserver.New(registryserver.Options{Storage: storage, MaxBlobBytes: 10, MaxUploads: 2})}
			start := func() string { return c.do("POST", "/v2/a/blobs/uploads/", "").header.Get("Location") }
			cancelled := start()
			require.Equal(t, 204, c.do("DELETE", cancelled, "").status)
			require.Equal(t, 404, c.do("GET", cancelled, "").status)

			tooLarge := start()
			require.Equal(t, 202, c.do("PATCH", tooLarge, "12345678").status)
			require.Equal(t, 413, c.do("PATCH", tooLarge, "90123").status)
			require.Equal(t, 404, c.do("GET", tooLarge, "").status)

			wrong := start()
			require.Equal(t, 400, c.do("PUT", wrong+"?digest="+digestOf("other"), "this").status)
			require.Equal(t, 404, c.do("GET", wrong, "").status)
			require.Equal(t, 404, c.do("GET", "/v2/a/blobs/"+digestOf("this"), "").status)

			first, second, third := start(), start(), start()
			require.Equal(t, 404, c.do("GET", first, "").status, "the oldest makes room")
			require.Equal(t, 204, c.do("GET", second, "").status)
			require.Equal(t, 204, c.do("GET", third, "").status)
		})
	}
}

func TestTagsAreSortedAndPaged(t *testing.T) {
	t.Parallel()
	for name, storage := range storages(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := client{t, registryserver.New(registryserver.Options{Storage: storage})}
			manifest := imageManifest(c.pushBlob("a", "x"), 1, "")
			for _, tag := range []string{"v2", "V2", "v1", "latest", "_x", "v10"} {
				require.Equal(t, 201, c.pushManifest("a", tag, manifest).status)
			}
			require.JSONEq(t, `{"name":"a","tags":["V2","_x","latest","v1","v10","v2"]}`, c.do("GET", "/v2/a/tags/list", "").body)
			require.JSONEq(t, `{"name":"a","tags":[]}`, c.do("GET", "/v2/a/tags/list?n=0", "").body)
			var all []string
			for next := "/v2/a/tags/list?n=4"; next != ""; {
				got := c.do("GET", next, "")
				var page struct{ Tags []string }
				require.NoError(t, json.Unmarshal([]byte(got.body), &page))
				all = append(all, page.Tags...)
				next, _, _ = strings.Cut(strings.TrimPrefix(got.header.Get("Link"), "<"), ">")
			}
			require.Equal(t, []string{"V2", "_x", "latest", "v1", "v10", "v2"}, all)
		})
	}
}

func TestReferrersAndDeletion(t *testing.T) {
	t.Parallel()
	for name, storage := range storages(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := client{t, registryserver.New(registryserver.Options{Storage: storage})}
			config := c.pushBlob("a", "x")
			subject := imageManifest(config, 1, "")
			refer := func(more string) string {
				manifest := imageManifest(config, 1, fmt.Sprintf(`,"subject":{"mediaType":"m","digest":%q,"size":%d}%s`, digestOf(subject), len(subject), more))
				got := c.pushManifest("a", digestOf(manifest), manifest)
				require.Equal(t, 201, got.status, got.body)
				require.Equal(t, digestOf(subject), got.header.Get("OCI-Subject"))
				return digestOf(manifest)
			}
			// Referrers may come before their subject.
			first, second := refer(`,"artifactType":"application/x.one","annotations":{"k":"v"}`), refer(``)
			require.Equal(t, 201, c.pushManifest("a", "v1", subject).status)

			list := func(query string) map[string]v1.Descriptor {
				got := c.do("GET", "/v2/a/referrers/"+digestOf(subject)+query, "")
				require.Equal(t, 200, got.status)
				require.Equal(t, string(types.OCIImageIndex), got.header.Get("Content-Type"))
				index, err := v1.ParseIndexManifest(strings.NewReader(got.body))
				require.NoError(t, err)
				byDigest := map[string]v1.Descriptor{}
				for _, entry := range index.Manifests {
					byDigest[entry.Digest.String()] = entry
				}
				return byDigest
			}
			all := list("")
			require.Len(t, all, 2)
			require.Equal(t, "application/x.one", all[first].ArtifactType)
			require.Equal(t, map[string]string{"k": "v"}, all[first].Annotations)
			require.Equal(t, "application/x.config", all[second].ArtifactType)
			require.Len(t, list("?artifactType=application/x.one"), 1)

			require.Equal(t, 202, c.do("DELETE", "/v2/a/manifests/"+first, "").status)
			require.Len(t, list(""), 1)
			require.Equal(t, 202, c.do("DELETE", "/v2/a/manifests/v1", "").status)
			require.Equal(t, 404, c.do("GET", "/v2/a/manifests/v1", "").status)
			require.Equal(t, 200, c.do("GET", "/v2/a/manifests/"+digestOf(subject), "").status, "only the tag is gone")
			require.Equal(t, 201, c.pushManifest("a", "v2", subject).status)
			require.Equal(t, 202, c.do("DELETE", "/v2/a/manifests/"+digestOf(subject), "").status)
			require.Equal(t, 404, c.do("GET", "/v2/a/manifests/v2", "").status, "tags go with their manifest")
			require.Equal(t, 202, c.do("DELETE", "/v2/a/blobs/"+config, "").status)
			require.Equal(t, 404, c.do("HEAD", "/v2/a/blobs/"+config, "").status)
		})
	}
}

func TestReadOnly(t *testing.T) {
	t.Parallel()
	storage := registryserver.NewMemory()
	blob := client{t, registryserver.New(registryserver.Options{Storage: storage})}.pushBlob("a", "x")
	c := client{t, registryserver.New(registryserver.Options{Storage: storage, ReadOnly: true})}
	require.Equal(t, 200, c.do("GET", "/v2/a/blobs/"+blob, "").status)
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE"} {
		require.Equal(t, 403, c.do(method, "/v2/a/blobs/"+blob, "").status)
	}
}

// What go-containerregistry pushes it gets back, and a folder that is opened
// again serves the same.
func TestGoContainerRegistry(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "storage")
	open := func() (string, func()) {
		storage, err := registryserver.OpenFolder(path)
		require.NoError(t, err)
		server := httptest.NewServer(registryserver.New(registryserver.Options{Storage: storage}))
		return strings.TrimPrefix(server.URL, "http://"), func() {
			server.Close()
			require.NoError(t, storage.Close())
		}
	}
	host, closeServer := open()
	image, err := random.Image(50_000, 3)
	require.NoError(t, err)
	tag, err := name.NewTag(host + "/some/repository:v1")
	require.NoError(t, err)
	require.NoError(t, remote.Write(tag, image))
	index := mutate.AppendManifests(mutate.IndexMediaType(mustIndex(t), types.OCIImageIndex), mutate.IndexAddendum{Add: image})
	require.NoError(t, remote.WriteIndex(tag.Context().Tag("index"), index))
	other, err := name.NewTag(host + "/other:v1")
	require.NoError(t, err)
	pulled, err := remote.Image(tag)
	require.NoError(t, err)
	require.NoError(t, remote.Write(other, pulled), "mounts from the other repository")
	digest, err := image.Digest()
	require.NoError(t, err)
	closeServer()

	host, closeServer = open()
	defer closeServer()
	tag, err = name.NewTag(host + "/some/repository:v1")
	require.NoError(t, err)
	pulled, err = remote.Image(tag)
	require.NoError(t, err)
	require.NoError(t, validate.Image(pulled))
	got, err := pulled.Digest()
	require.NoError(t, err)
	require.Equal(t, digest, got)
	pulledIndex, err := remote.Index(tag.Context().Tag("index"))
	require.NoError(t, err)
	require.NoError(t, validate.Index(pulledIndex))
	tags, err := remote.List(tag.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"index", "v1"}, tags)
	referrers, err := remote.Referrers(tag.Context().Digest(digest.String()))
	require.NoError(t, err)
	manifest, err := referrers.IndexManifest()
	require.NoError(t, err)
	require.Empty(t, manifest.Manifests)
	require.NoError(t, remote.Delete(tag))
}

func mustIndex(t *testing.T) v1.ImageIndex {
	t.Helper()
	index, err := random.Index(1_000, 1, 1)
	require.NoError(t, err)
	return index
}

// A body that breaks off leaves what came, and the client goes on from there.
func TestUploadGoesOn(t *testing.T) {
	t.Parallel()
	for name, storage := range storages(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := registryserver.New(registryserver.Options{Storage: storage})
			c := client{t, server}
			location := c.do("POST", "/v2/a/blobs/uploads/", "").header.Get("Location")
			broken := httptest.NewRequest("PATCH", location, io.MultiReader(strings.NewReader("half"), brokenReader{}))
			recorder := httptest.NewRecorder()
			server.ServeHTTP(recorder, broken)
			require.Equal(t, 400, recorder.Code)
			require.Equal(t, "0-3", c.do("GET", location, "").header.Get("Range"))
			got := c.do("PUT", location+"?digest="+digestOf("half and half"), " and half", "Content-Range", "4-12")
			require.Equal(t, 201, got.status, got.body)
		})
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func FuzzPaths(f *testing.F) {
	f.Add("GET", "a/b/manifests/v1")
	f.Add("PUT", "a/blobs/uploads/../../x")
	f.Add("POST", "_staging/blobs/uploads/")
	f.Fuzz(func(t *testing.T, method, path string) {
		server := registryserver.New(registryserver.Options{Storage: checkedStorage{registryserver.NewMemory(), t}})
		request := &http.Request{Method: method, Body: io.NopCloser(bytes.NewReader([]byte("{}"))), Header: http.Header{"Content-Type": {"x"}}}
		request.URL = httptest.NewRequest("GET", "/", nil).URL
		request.URL.Path = "/v2/" + path
		recorder := httptest.NewRecorder()
		server.ServeHTTP(recorder, request)
		require.NotEqual(t, 500, recorder.Code)
	})
}

// checkedStorage sees to it that keys are those that Storage promises.
type checkedStorage struct {
	*registryserver.Memory
	t *testing.T
}

func (s checkedStorage) Open(key string) (io.ReadSeekCloser, error) {
	require.Regexp(s.t, `^[a-zA-Z0-9._!/-]+$`, key)
	require.NotContains(s.t, key, "..")
	return s.Memory.Open(key)
}

package registrytest_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/registry/registryserver"
	"github.com/packstage/packstage/registry/registrytest"
)

const (
	imageType  = "application/vnd.oci.image.manifest.v1+json"
	configType = "application/vnd.oci.image.config.v1+json"
	emptyType  = "application/vnd.oci.empty.v1+json"
)

var blob = bytes.Repeat([]byte("0123456789abcdef"), 4<<10)

func digestOf(content []byte) string {
	sum := sha256.Sum256(content)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// user is a client of one registry that shows what comes as it comes.
type user struct {
	t      *testing.T
	server *registrytest.Registry
	http   *http.Client
	scheme string
	header http.Header
}

func newUser(t *testing.T, server *registrytest.Registry) *user {
	t.Helper()
	transport := &http.Transport{DisableKeepAlives: true, DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &user{t: t, server: server, scheme: "http", header: http.Header{}, http: &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// answer is all of an answer, as far as it came.
type answer struct {
	status int
	header http.Header
	body   []byte
	err    error
}

func (u *user) do(method, path string, body []byte, header ...string) answer {
	u.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, u.scheme+"://"+u.server.Host+path, bytes.NewReader(body))
	require.NoError(u.t, err)
	for name, values := range u.header {
		request.Header[name] = values
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := u.http.Do(request)
	if err != nil {
		return answer{err: err}
	}
	defer response.Body.Close()
	got := answer{status: response.StatusCode, header: response.Header}
	got.body, got.err = io.ReadAll(response.Body)
	return got
}

// fill pushes a blob, an image under the tags a and b, and a referrer of it. It
// returns the image's manifest.
func (u *user) fill() []byte {
	u.t.Helper()
	config := []byte("{}")
	for _, content := range [][]byte{config, blob} {
		u.want(http.StatusCreated, u.do(http.MethodPost, "/v2/a/blobs/uploads/?digest="+digestOf(content), content))
	}
	manifest := manifestOf(u.t, configType, "", nil)
	for _, tag := range []string{"a", "b"} {
		u.want(http.StatusCreated, u.do(http.MethodPut, "/v2/a/manifests/"+tag, manifest, "Content-Type", imageType))
	}
	referrer := manifestOf(u.t, configType, "", manifest)
	u.want(http.StatusCreated, u.do(http.MethodPut, "/v2/a/manifests/"+digestOf(referrer), referrer, "Content-Type", imageType))
	return manifest
}

func (u *user) want(status int, got answer) {
	u.t.Helper()
	require.NoError(u.t, got.err)
	require.Equal(u.t, status, got.status, string(got.body))
}

func manifestOf(t *testing.T, config, artifactType string, subject []byte) []byte {
	t.Helper()
	descriptor := func(mediaType string, content []byte) map[string]any {
		return map[string]any{"mediaType": mediaType, "digest": digestOf(content), "size": len(content)}
	}
	manifest := map[string]any{
		"schemaVersion": 2, "mediaType": imageType,
		"config": descriptor(config, []byte("{}")),
		"layers": []any{descriptor("application/vnd.oci.image.layer.v1.tar", blob)},
	}
	if artifactType != "" {
		manifest["artifactType"] = artifactType
	}
	if subject != nil {
		manifest["subject"] = descriptor(imageType, subject)
	}
	raw, err := json.Marshal(manifest)
	require.NoError(t, err)
	return raw
}

// differences counts the bytes that differ.
func differences(t *testing.T, want, got []byte) int {
	t.Helper()
	require.Len(t, got, len(want))
	count := 0
	for i := range want {
		if want[i] != got[i] {
			count++
		}
	}
	return count
}

// TestKinds has each kind once, and looks at what a client sees.
func TestKinds(t *testing.T) {
	t.Parallel()
	blobPath := "/v2/a/blobs/" + digestOf(blob)
	const tagPath, tagsPath, at = "/v2/a/manifests/a", "/v2/a/tags/list", 1000
	cases := map[registrytest.Kind]struct {
		fault registrytest.Fault
		check func(u *user, manifest []byte)
	}{
		registrytest.TooManyRequests: {
			fault: registrytest.Fault{RetryAfter: 1500 * time.Millisecond},
			check: func(u *user, _ []byte) {
				got := u.do(http.MethodGet, blobPath, nil)
				u.want(http.StatusTooManyRequests, got)
				assert.Equal(u.t, "2", got.header.Get("Retry-After"))
				assert.Contains(u.t, string(got.body), "TOOMANYREQUESTS")
			},
		},
		registrytest.TooManyRequestsUntil: {
			fault: registrytest.Fault{RetryAfter: time.Hour},
			check: func(u *user, _ []byte) {
				got := u.do(http.MethodHead, tagPath, nil)
				u.want(http.StatusTooManyRequests, got)
				until, err := http.ParseTime(got.header.Get("Retry-After"))
				require.NoError(u.t, err)
				assert.WithinDuration(u.t, time.Now().Add(time.Hour), until, time.Minute)
			},
		},
		registrytest.InternalError: {check: func(u *user, _ []byte) {
			got := u.do(http.MethodGet, tagsPath, nil)
			u.want(http.StatusInternalServerError, got)
			assert.Contains(u.t, string(got.body), "<html>")
		}},
		registrytest.Unavailable: {check: func(u *user, _ []byte) {
			got := u.do(http.MethodGet, "/v2/", nil)
			u.want(http.StatusServiceUnavailable, got)
			assert.Equal(u.t, "0", got.header.Get("Retry-After"))
		}},
		registrytest.CutConnection: {check: func(u *user, _ []byte) {
			got := u.do(http.MethodGet, blobPath, nil)
			require.Error(u.t, got.err)
			assert.Zero(u.t, got.status)
		}},
		registrytest.LostAnswer: {
			fault: registrytest.Fault{Nth: 1},
			check: func(u *user, manifest []byte) {
				require.Error(u.t, u.do(http.MethodPut, "/v2/a/manifests/new", manifest, "Content-Type", imageType).err)
				u.want(http.StatusOK, u.do(http.MethodHead, "/v2/a/manifests/new", nil)) // it was done
			},
		},
		registrytest.TooLarge: {check: func(u *user, manifest []byte) {
			u.want(http.StatusRequestEntityTooLarge, u.do(http.MethodPut, "/v2/a/manifests/new", manifest, "Content-Type", imageType))
			u.want(http.StatusNotFound, u.do(http.MethodHead, "/v2/a/manifests/new", nil))
			u.want(http.StatusRequestEntityTooLarge, u.do(http.MethodPost, "/v2/a/blobs/uploads/?digest="+digestOf([]byte("x")), []byte("x")))
		}},
		registrytest.RangeNotSatisfiable: {check: func(u *user, _ []byte) {
			u.want(http.StatusRequestedRangeNotSatisfiable, u.do(http.MethodGet, blobPath, nil, "Range", "bytes=10-"))
			u.want(http.StatusOK, u.do(http.MethodGet, blobPath, nil))
		}},
		registrytest.CutBody: {
			fault: registrytest.Fault{At: at},
			check: func(u *user, _ []byte) {
				got := u.do(http.MethodGet, blobPath, nil)
				require.ErrorIs(u.t, got.err, io.ErrUnexpectedEOF)
				assert.Equal(u.t, blob[:at], got.body)
				assert.Equal(u.t, strconv.Itoa(len(blob)), got.header.Get("Content-Length"))
			},
		},
		registrytest.StallBody: {
			fault: registrytest.Fault{At: at},
			check: func(u *user, _ []byte) {
				got := u.do(http.MethodGet, blobPath, nil)
				require.Error(u.t, got.err)
				assert.Equal(u.t, blob[:at], got.body)
			},
		},
		registrytest.SlowBody: {check: func(u *user, _ []byte) {
			begin := time.Now()
			got := u.do(http.MethodGet, blobPath, nil)
			u.want(http.StatusOK, got)
			assert.Equal(u.t, blob, got.body)
			assert.GreaterOrEqual(u.t, time.Since(begin), 15*time.Millisecond)
		}},
		registrytest.WrongBytes: {
			fault: registrytest.Fault{At: at},
			check: func(u *user, _ []byte) {
				got := u.do(http.MethodGet, blobPath, nil)
				u.want(http.StatusOK, got)
				assert.Equal(u.t, 1, differences(u.t, blob, got.body))
				assert.NotEqual(u.t, blob[at], got.body[at])
			},
		},
		registrytest.WrongBytesAfterTar: {check: func(u *user, _ []byte) {
			got := u.do(http.MethodGet, blobPath, nil)
			u.want(http.StatusOK, got)
			assert.Equal(u.t, 1, differences(u.t, blob, got.body))
			assert.NotEqual(u.t, blob[len(blob)-1], got.body[len(blob)-1])
		}},
		registrytest.LongContentLength: {check: func(u *user, manifest []byte) {
			got := u.do(http.MethodGet, tagPath, nil)
			require.ErrorIs(u.t, got.err, io.ErrUnexpectedEOF)
			assert.Equal(u.t, manifest, got.body)
		}},
		registrytest.ShortContentLength: {check: func(u *user, manifest []byte) {
			got := u.do(http.MethodGet, tagPath, nil)
			u.want(http.StatusOK, got)
			assert.Equal(u.t, manifest[:len(manifest)/2], got.body)
			assert.Equal(u.t, digestOf(manifest), got.header.Get("Docker-Content-Digest"))
		}},
		registrytest.TruncatedManifest: {check: func(u *user, manifest []byte) {
			got := u.do(http.MethodGet, tagPath, nil)
			u.want(http.StatusOK, got)
			assert.Equal(u.t, manifest[:len(manifest)/2], got.body)
		}},
		registrytest.WrongDigestHeader: {check: func(u *user, manifest []byte) {
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				got := u.do(method, tagPath, nil)
				u.want(http.StatusOK, got)
				assert.NotEqual(u.t, digestOf(manifest), got.header.Get("Docker-Content-Digest"))
				assert.Equal(u.t, strconv.Itoa(len(manifest)), got.header.Get("Content-Length"))
			}
		}},
		registrytest.IgnoredRange: {check: func(u *user, _ []byte) {
			got := u.do(http.MethodGet, blobPath, nil, "Range", "bytes=10-")
			u.want(http.StatusOK, got)
			assert.Equal(u.t, blob, got.body)
		}},
		registrytest.WrongContentRange: {check: func(u *user, _ []byte) {
			got := u.do(http.MethodGet, blobPath, nil, "Range", "bytes=10-19")
			u.want(http.StatusPartialContent, got)
			assert.Equal(u.t, blob[10:20], got.body)
			assert.Equal(u.t, fmt.Sprintf("bytes 11-20/%d", len(blob)), got.header.Get("Content-Range"))
		}},
		registrytest.MovedTag: {
			fault: registrytest.Fault{Method: http.MethodGet, Nth: 2},
			check: func(u *user, manifest []byte) {
				assert.Equal(u.t, manifest, u.do(http.MethodGet, tagPath, nil).body)
				moved := u.do(http.MethodGet, tagPath, nil)
				u.want(http.StatusOK, moved)
				digest := digestOf(moved.body)
				assert.NotEqual(u.t, digestOf(manifest), digest)
				assert.JSONEq(u.t, string(manifest), string(moved.body))
				assert.Equal(u.t, digest, moved.header.Get("Docker-Content-Digest"))
				assert.Equal(u.t, imageType, moved.header.Get("Content-Type"))
				// It is there by digest, as the old one is.
				assert.Equal(u.t, moved.body, u.do(http.MethodGet, "/v2/a/manifests/"+digest, nil).body)
				assert.Equal(u.t, manifest, u.do(http.MethodGet, "/v2/a/manifests/"+digestOf(manifest), nil).body)
				assert.Equal(u.t, digest, u.do(http.MethodHead, tagPath, nil).header.Get("Docker-Content-Digest"))
				// A push moves it back.
				u.want(http.StatusCreated, u.do(http.MethodPut, tagPath, manifest, "Content-Type", imageType))
				assert.Equal(u.t, manifest, u.do(http.MethodGet, tagPath, nil).body)
			},
		},
		registrytest.RedirectedBlob: {check: func(u *user, _ []byte) {
			u.http.CheckRedirect = nil
			got := u.do(http.MethodGet, blobPath, nil, "X-Mark", "kept")
			u.want(http.StatusOK, got)
			assert.Equal(u.t, blob, got.body)
			elsewhere := u.server.Faults.Elsewhere()
			require.Len(u.t, elsewhere, 1)
			assert.Equal(u.t, blobPath, elsewhere[0].Path)
			assert.Equal(u.t, "kept", elsewhere[0].Header.Get("X-Mark"))
			assert.NotEqual(u.t, u.server.Host, u.server.Faults.ElsewhereHost())
		}},
		registrytest.RedirectLoop: {check: func(u *user, _ []byte) {
			u.http.CheckRedirect = nil
			require.ErrorContains(u.t, u.do(http.MethodGet, blobPath, nil).err, "10 redirects")
		}},
		registrytest.ForeignUpload: {check: func(u *user, _ []byte) {
			got := u.do(http.MethodPost, "/v2/a/blobs/uploads/", nil)
			u.want(http.StatusAccepted, got)
			host := u.server.Faults.ElsewhereHost()
			path, ok := strings.CutPrefix(got.header.Get("Location"), "http://"+host)
			require.True(u.t, ok, got.header.Get("Location"))
			u.server = &registrytest.Registry{Host: host, Faults: u.server.Faults}
			u.want(http.StatusCreated, u.do(http.MethodPut, path+"?digest="+digestOf([]byte("y")), []byte("y")))
			assert.Len(u.t, u.server.Faults.Elsewhere(), 1)
		}},
		registrytest.UnclosedLink: {check: func(u *user, _ []byte) {
			got := u.do(http.MethodGet, tagsPath+"?n=1", nil)
			assert.Equal(u.t, `</v2/a/tags/list?n=1; rel="next"`, got.header.Get("Link"))
			assert.JSONEq(u.t, `{"name":"a","tags":["a"]}`, string(got.body))
		}},
		registrytest.ForeignLink: {check: func(u *user, _ []byte) {
			want := `<http://` + u.server.Faults.ElsewhereHost() + `/v2/a/tags/list>; rel="next"`
			assert.Equal(u.t, want, u.do(http.MethodGet, tagsPath, nil).header.Get("Link"))
		}},
		registrytest.LinkLoop: {check: func(u *user, manifest []byte) {
			path := "/v2/a/referrers/" + digestOf(manifest)
			assert.Equal(u.t, "<"+path+`>; rel="next"`, u.do(http.MethodGet, path, nil).header.Get("Link"))
		}},
		registrytest.EmptyPages: {check: func(u *user, manifest []byte) {
			got := u.do(http.MethodGet, tagsPath, nil)
			assert.JSONEq(u.t, `{"name":"a","tags":[]}`, string(got.body))
			assert.Equal(u.t, `</v2/a/tags/list?page=2>; rel="next"`, got.header.Get("Link"))
			assert.Equal(u.t, `</v2/a/tags/list?page=3>; rel="next"`, u.do(http.MethodGet, tagsPath+"?page=2", nil).header.Get("Link"))
			assert.Contains(u.t, string(u.do(http.MethodGet, "/v2/a/referrers/"+digestOf(manifest), nil).body), `"manifests":[]`)
		}},
		registrytest.NoReferrers: {check: func(u *user, manifest []byte) {
			u.want(http.StatusNotFound, u.do(http.MethodGet, "/v2/a/referrers/"+digestOf(manifest), nil))
			referrer := manifestOf(u.t, emptyType, "application/vnd.test", manifest)
			got := u.do(http.MethodPut, "/v2/a/manifests/"+digestOf(referrer), referrer, "Content-Type", imageType)
			u.want(http.StatusCreated, got)
			assert.Empty(u.t, got.header.Get("OCI-Subject"))
		}},
		registrytest.RefusedArtifactType: {check: func(u *user, manifest []byte) {
			for _, artifact := range [][]byte{
				manifestOf(u.t, configType, "application/vnd.test", nil), manifestOf(u.t, "application/vnd.test", "", manifest),
			} {
				got := u.do(http.MethodPut, "/v2/a/manifests/new", artifact, "Content-Type", imageType)
				u.want(http.StatusBadRequest, got)
				assert.Contains(u.t, string(got.body), "MANIFEST_INVALID")
				assert.Contains(u.t, string(got.body), "unknown media type: application/vnd.test")
			}
			image := manifestOf(u.t, configType, "", manifest)
			u.want(http.StatusCreated, u.do(http.MethodPut, "/v2/a/manifests/new", image, "Content-Type", imageType))
		}},
		registrytest.RefusedSubject: {check: func(u *user, manifest []byte) {
			u.want(http.StatusBadRequest, u.do(http.MethodPut, "/v2/a/manifests/new", manifestOf(u.t, configType, "", manifest), "Content-Type", imageType))
			typed := manifestOf(u.t, configType, "application/vnd.test", nil)
			u.want(http.StatusCreated, u.do(http.MethodPut, "/v2/a/manifests/new", typed, "Content-Type", imageType))
		}},
	}
	for _, kind := range registrytest.Kinds() {
		if kind == registrytest.ExpiredToken {
			continue // TestExpiredToken
		}
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			one, ok := cases[kind]
			require.True(t, ok, "a kind without a test")
			fault := one.fault
			fault.Kind = kind
			// Content is there before things go wrong.
			storage := registryserver.New(registryserver.Options{})
			manifest := newUser(t, registrytest.Start(t, registrytest.Options{Handler: storage})).fill()
			server := registrytest.Start(t, registrytest.Options{
				Handler: storage,
				Faults:  &registrytest.FaultOptions{Faults: []registrytest.Fault{fault}, Stall: 50 * time.Millisecond, Pause: time.Millisecond},
			})
			one.check(newUser(t, server), manifest)
			injected := server.Faults.Injected()
			require.NotEmpty(t, injected)
			for _, was := range injected {
				assert.Equal(t, kind, was.Kind)
			}
		})
	}
}

func TestExpiredToken(t *testing.T) {
	t.Parallel()
	server := registrytest.Start(t, registrytest.Options{
		Wrap: func(handler http.Handler) http.Handler {
			return registrytest.TokenAuth(handler, registrytest.TokenOptions{})
		},
		Faults: &registrytest.FaultOptions{Faults: []registrytest.Fault{{Kind: registrytest.ExpiredToken, Nth: 2}}},
	})
	u := newUser(t, server)
	got := u.do(http.MethodGet, "/token?scope=repository:a:pull,push", nil)
	var token struct{ Token string }
	require.NoError(t, json.Unmarshal(got.body, &token))
	u.header.Set("Authorization", "Bearer "+token.Token)
	path := "/v2/a/blobs/" + digestOf(blob)
	u.want(http.StatusNotFound, u.do(http.MethodHead, path, nil))
	refused := u.do(http.MethodHead, path, nil)
	u.want(http.StatusUnauthorized, refused)
	assert.Contains(t, refused.header.Get("WWW-Authenticate"), "Bearer realm=")
	u.want(http.StatusNotFound, u.do(http.MethodHead, path, nil))
	assert.Equal(t, []registrytest.Injected{{Kind: registrytest.ExpiredToken, Method: http.MethodHead, Path: path, Nth: 2}}, server.Faults.Injected())
}

// TestSeed has the same requests in two orders and from many goroutines.
func TestSeed(t *testing.T) {
	t.Parallel()
	run := func(seed uint64, backwards bool) []registrytest.Injected {
		server := registrytest.Start(t, registrytest.Options{Faults: &registrytest.FaultOptions{
			Seed: seed, Rate: 0.5,
			Kinds: []registrytest.Kind{registrytest.TooManyRequests, registrytest.InternalError, registrytest.CutConnection},
		}})
		var paths []string
		for i := range 20 {
			paths = append(paths, fmt.Sprintf("/v2/a/manifests/v%d", i))
		}
		if backwards {
			slices.Reverse(paths)
		}
		u := newUser(t, server)
		done := make(chan struct{})
		for _, path := range paths {
			go func() {
				defer func() { done <- struct{}{} }()
				for range 3 {
					_ = u.do(http.MethodGet, path, nil)
				}
			}()
		}
		for range paths {
			<-done
		}
		return server.Faults.Injected()
	}
	first := run(1, false)
	require.Greater(t, len(first), 15)
	require.Less(t, len(first), 45)
	require.Equal(t, first, run(1, true))
	require.NotEqual(t, first, run(2, false))
}

// TestSeedOfUploads has paths that differ from run to run.
func TestSeedOfUploads(t *testing.T) {
	t.Parallel()
	run := func() []registrytest.Injected {
		server := registrytest.Start(t, registrytest.Options{Faults: &registrytest.FaultOptions{
			Seed: 7, Rate: 0.7, Kinds: []registrytest.Kind{registrytest.Unavailable},
		}})
		u := newUser(t, server)
		for i := range 20 {
			content := []byte(strconv.Itoa(i))
			if began := u.do(http.MethodPost, "/v2/a/blobs/uploads/", nil); began.status == http.StatusAccepted {
				u.do(http.MethodPut, began.header.Get("Location")+"?digest="+digestOf(content), content)
			}
		}
		return server.Faults.Injected()
	}
	first := run()
	require.NotEmpty(t, first)
	require.Equal(t, first, run())
	for _, one := range first {
		require.Regexp(t, `^/v2/a/blobs/uploads/(\*\?sha256:[0-9a-f]{64}|\?)$`, one.Path)
	}
}

// TestRate has none with 0 and all with 1, and quirks for a part of all seeds.
func TestRate(t *testing.T) {
	t.Parallel()
	count := func(rate float64, kind registrytest.Kind, seed uint64) int {
		faults := registrytest.NewFaults(http.NotFoundHandler(), registrytest.FaultOptions{
			Seed: seed, Rate: rate, Kinds: []registrytest.Kind{kind},
		})
		t.Cleanup(faults.Close)
		server := registrytest.Start(t, registrytest.Options{Handler: faults})
		u := newUser(t, server)
		for range 4 {
			u.do(http.MethodGet, "/v2/a/referrers/"+digestOf(blob), nil)
		}
		return len(faults.Injected())
	}
	require.Equal(t, 0, count(0, registrytest.Unavailable, 1))
	require.Equal(t, 4, count(1, registrytest.Unavailable, 1))
	with := 0
	for seed := range uint64(20) {
		got := count(0.5, registrytest.NoReferrers, seed)
		require.Contains(t, []int{0, 4}, got)
		with += got / 4
	}
	require.Greater(t, with, 2)
	require.Less(t, with, 18)
}

// TestCloseEndsStalls has a server that could not close otherwise.
func TestCloseEndsStalls(t *testing.T) {
	t.Parallel()
	stalled := make(chan answer, 1)
	t.Run("server", func(t *testing.T) {
		server := registrytest.Start(t, registrytest.Options{Faults: &registrytest.FaultOptions{
			Faults: []registrytest.Fault{{Kind: registrytest.StallBody, Method: http.MethodGet}}, Stall: time.Hour,
		}})
		u := newUser(t, server)
		u.fill()
		go func() { stalled <- u.do(http.MethodGet, "/v2/a/manifests/a", nil) }()
		require.Eventually(t, func() bool { return len(server.Faults.Injected()) > 0 }, time.Minute, time.Millisecond)
	})
	require.Error(t, (<-stalled).err)
}

func TestUnknownKind(t *testing.T) {
	t.Parallel()
	for _, options := range []registrytest.FaultOptions{
		{Faults: []registrytest.Fault{{Kind: "x"}}}, {Kinds: []registrytest.Kind{"x"}},
	} {
		require.PanicsWithValue(t, `registrytest: there is no fault "x"`, func() {
			registrytest.NewFaults(http.NotFoundHandler(), options)
		})
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	authority := registrytest.NewAuthority(t)
	server := registrytest.Start(t, registrytest.Options{
		TLS: authority, ClientCertificates: true,
		Faults: &registrytest.FaultOptions{Faults: []registrytest.Fault{{Kind: registrytest.RedirectedBlob, Method: http.MethodGet}}},
	})
	with := func(config *tls.Config) *user {
		u := newUser(t, server)
		u.scheme = "https"
		u.http.Transport.(*http.Transport).TLSClientConfig = config
		u.http.CheckRedirect = nil
		return u
	}
	require.ErrorContains(t, with(&tls.Config{MinVersion: tls.VersionTLS12}).do(http.MethodGet, "/v2/", nil).err, "unknown authority")
	require.Error(t, with(&tls.Config{MinVersion: tls.VersionTLS12, RootCAs: authority.Pool()}).do(http.MethodGet, "/v2/", nil).err)
	files := authority.WriteFiles(t)
	certificate, err := tls.LoadX509KeyPair(files.ClientCertificate, files.ClientKey)
	require.NoError(t, err)
	u := with(&tls.Config{MinVersion: tls.VersionTLS12, RootCAs: authority.Pool(), Certificates: []tls.Certificate{certificate}})
	u.want(http.StatusOK, u.do(http.MethodGet, "/v2/", nil))
	u.fill()
	// The other host has TLS of the same authority, and wants no certificate.
	require.Equal(t, blob, u.do(http.MethodGet, "/v2/a/blobs/"+digestOf(blob), nil).body)
	require.Len(t, server.Faults.Elsewhere(), 1)
}

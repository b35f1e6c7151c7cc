package registry_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/google/go-containerregistry/pkg/v1/validate"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/registryserver"
	"github.com/packstage/packstage/registry/registrytest"
)

func start(t *testing.T, instead func(http.ResponseWriter, *http.Request) bool) *registrytest.Registry {
	t.Helper()
	return registrytest.Start(t, registrytest.Options{Intercept: instead})
}

// count returns how many requests a registry has got with the method and a path
// that begins like that.
func count(f *registrytest.Registry, method, path string) int {
	found := 0
	for _, request := range f.Requests() {
		if request.Method == method && strings.HasPrefix(request.Path, path) {
			found++
		}
	}
	return found
}

func randomImage(t *testing.T) v1.Image {
	t.Helper()
	image, err := random.Image(10_000, 3)
	require.NoError(t, err)
	return image
}

// anonymous are options for registries of tests. On a busy machine one of them can take
// its time: no request counts as stalled because of that, where the test is not about it.
func anonymous() registry.Options {
	return registry.Options{
		Keychain:     authn.NewMultiKeychain(),
		Retry:        registry.RetryPolicy{MinDelay: time.Millisecond, MaxDelay: 2 * time.Millisecond},
		StallTimeout: 5 * time.Minute,
	}
}

func TestPushAndPull(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	f := start(t, nil)
	client := registry.NewClient(anonymous())
	image := randomImage(t)
	want, err := image.Digest()
	require.NoError(t, err)

	digest, err := client.Push(ctx, image, f.Host+"/a/b:v1", f.Host+"/a/b:latest", f.Host+"/c:v1")
	require.NoError(t, err)
	require.Equal(t, want, digest)
	require.Equal(t, 4+4, count(f, http.MethodPost, "/"), "each blob once for each repository")
	require.Equal(t, 2, count(f, http.MethodPut, "/v2/a/b/manifests/"))
	requests := f.Requests()
	require.Equal(t, registrytest.Request{Method: http.MethodPut, Path: "/v2/c/manifests/v1"}, requests[len(requests)-1])

	f.Forget()
	_, err = client.Push(ctx, image, f.Host+"/a/b:v2")
	require.NoError(t, err)
	require.Zero(t, count(f, http.MethodPost, "/"), "the registry has the blobs")

	f.Forget()
	descriptor, err := client.Resolve(ctx, f.Host+"/a/b:v1")
	require.NoError(t, err)
	require.Equal(t, want, descriptor.Digest)
	require.Equal(t, types.DockerManifestSchema2, descriptor.MediaType)
	require.Equal(t, 1, count(f, http.MethodHead, "/v2/a/b/manifests/v1"))

	pulled, err := client.Image(ctx, f.Host+"/a/b@"+want.String())
	require.NoError(t, err)
	require.NoError(t, validate.Image(pulled))

	var tags []string
	for tag, err := range client.Tags(ctx, f.Host+"/a/b") {
		require.NoError(t, err)
		tags = append(tags, tag)
	}
	require.Equal(t, []string{"latest", "v1", "v2"}, tags)
}

func TestPushRefuses(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	client := registry.NewClient(anonymous())
	for _, references := range [][]string{
		nil, {"UPPER CASE"}, {f.Host + "/a@sha256:" + strings.Repeat("0", 64)}, {f.Host + "/a:v1", f.Host + "/b:no/such"},
	} {
		_, err := client.Push(context.Background(), randomImage(t), references...)
		require.ErrorIs(t, err, registry.ErrInvalidReference)
	}
	require.Empty(t, f.Requests(), "nothing is sent before all references are understood")
}

func TestImageIndex(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	amd, arm := randomImage(t), randomImage(t)
	entry := func(image v1.Image, architecture string) mutate.IndexAddendum {
		return mutate.IndexAddendum{Add: image, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: architecture}}}
	}
	attestation := mutate.IndexAddendum{Add: randomImage(t), Descriptor: v1.Descriptor{
		Platform: &v1.Platform{OS: "unknown", Architecture: "unknown"}, Annotations: map[string]string{"vnd.docker.reference.type": "attestation-manifest"},
	}}
	for name, test := range map[string]struct {
		entries []mutate.IndexAddendum
		want    v1.Image
	}{
		"amd64 of two":            {[]mutate.IndexAddendum{entry(arm, "arm64"), entry(amd, "amd64")}, amd},
		"the only one":            {[]mutate.IndexAddendum{entry(arm, "arm64")}, arm},
		"the only one, attested":  {[]mutate.IndexAddendum{{Add: arm}, attestation}, arm},
		"the only one, twice":     {[]mutate.IndexAddendum{entry(arm, "arm64"), entry(arm, "arm64")}, arm},
		"none for amd64":          {[]mutate.IndexAddendum{entry(arm, "arm64"), entry(randomImage(t), "s390x")}, nil},
		"nothing but attestation": {[]mutate.IndexAddendum{attestation}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := start(t, nil)
			client := registry.NewClient(anonymous())
			reference, err := client.ParseReference(f.Host + "/a:v1")
			require.NoError(t, err)
			index := mutate.IndexMediaType(mutate.AppendManifests(empty.Index, test.entries...), types.OCIImageIndex)
			require.NoError(t, remote.WriteIndex(reference, index))
			image, err := client.Image(ctx, f.Host+"/a:v1")
			if test.want == nil {
				require.ErrorIs(t, err, diagnostic.ImageInvalid)
				return
			}
			require.NoError(t, err)
			want, err := test.want.Digest()
			require.NoError(t, err)
			got, err := image.Digest()
			require.NoError(t, err)
			require.Equal(t, want, got)
		})
	}
}

func TestErrorKinds(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status int
		kind   error
	}{
		"not found":         {http.StatusNotFound, registry.ErrNotFound},
		"unauthorized":      {http.StatusUnauthorized, registry.ErrUnauthorized},
		"forbidden":         {http.StatusForbidden, registry.ErrForbidden},
		"too many requests": {http.StatusTooManyRequests, registry.ErrTooManyRequests},
		"rejected":          {http.StatusTeapot, registry.ErrRejected},
		"unavailable":       {http.StatusBadGateway, registry.ErrUnavailable},
		"protocol":          {http.StatusMultipleChoices, registry.ErrProtocol},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := start(t, func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path == "/v2/" {
					return false
				}
				w.WriteHeader(test.status)
				return true
			})
			client := registry.NewClient(anonymous())
			_, err := client.Manifest(context.Background(), f.Host+"/a:v1")
			require.ErrorIs(t, err, test.kind)
			require.ErrorContains(t, err, f.Host)
			require.ErrorContains(t, err, "/a:v1")
			_, findings := diagnostic.From(err)
			require.False(t, findings)
			_, err = client.Resolve(context.Background(), f.Host+"/a:v1")
			require.ErrorIs(t, err, test.kind)
			_, err = client.Push(context.Background(), randomImage(t), f.Host+"/a:v1")
			if !errors.Is(test.kind, registry.ErrNotFound) {
				require.ErrorIs(t, err, test.kind)
			}
			for _, err := range client.Tags(context.Background(), f.Host+"/a") {
				require.ErrorIs(t, err, test.kind)
			}
		})
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	const host = "127.0.0.1:1" // a port that was closed just now may be another test's already
	_, err := registry.NewClient(anonymous()).Manifest(context.Background(), host+"/a:v1")
	require.ErrorIs(t, err, registry.ErrUnreachable)
	var known *registry.Error
	require.ErrorAs(t, err, &known)
	require.Equal(t, host, known.Host)
}

func TestConnectionThatBreaks(t *testing.T) {
	t.Parallel()
	f := start(t, func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.URL.Path, "/blobs/") || r.Method != http.MethodGet {
			return false
		}
		w.Header().Set("Content-Length", "1000")
		_, _ = w.Write([]byte("half"))
		return true
	})
	blob := v1.Descriptor{Digest: v1.Hash{Algorithm: "sha256", Hex: strings.Repeat("a", 64)}, Size: 1000}
	reader, err := registry.NewClient(anonymous()).Blob(context.Background(), f.Host+"/a", blob)
	require.NoError(t, err)
	_, err = io.ReadAll(reader)
	require.ErrorIs(t, err, registry.ErrUnreachable)
	require.ErrorContains(t, err, blob.Digest.Hex)
	require.NoError(t, reader.Close())
}

// Whatever a registry answers, the bytes are those of the digest or there are
// none.
func TestWrongBytes(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	wrong := false
	f := start(t, func(w http.ResponseWriter, r *http.Request) bool {
		if !wrong || r.Method != http.MethodGet || r.URL.Path == "/v2/" {
			return false
		}
		recorder := httptest.NewRecorder()
		recorder.WriteString(`{"schemaVersion":2}`) //nolint:errcheck // in memory
		_, _ = w.Write(recorder.Body.Bytes())
		return true
	})
	client := registry.NewClient(anonymous())
	image := randomImage(t)
	digest, err := client.Push(ctx, image, f.Host+"/a:v1")
	require.NoError(t, err)
	pulled, err := client.Image(ctx, f.Host+"/a@"+digest.String())
	require.NoError(t, err)
	wrong = true
	_, err = client.Manifest(ctx, f.Host+"/a@"+digest.String())
	require.ErrorIs(t, err, diagnostic.ImageDigestMismatch)
	layers, err := pulled.Layers()
	require.NoError(t, err)
	reader, err := layers[0].Compressed()
	require.NoError(t, err)
	_, err = io.ReadAll(reader)
	require.ErrorIs(t, err, diagnostic.ImageDigestMismatch)
	_, err = pulled.RawConfigFile()
	require.ErrorIs(t, err, diagnostic.ImageDigestMismatch)
}

func TestCancellationIsPrompt(t *testing.T) {
	t.Parallel()
	for _, blocked := range []string{"/manifests/", "/blobs/"} {
		t.Run(strings.Trim(blocked, "/"), func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			f := start(t, func(_ http.ResponseWriter, r *http.Request) bool {
				if !strings.Contains(r.URL.Path, blocked) {
					return false
				}
				cancel()
				<-r.Context().Done() // ends when the client hangs up
				return true
			})
			begin := time.Now()
			client := registry.NewClient(anonymous())
			var err error
			if blocked == "/blobs/" {
				_, err = client.Push(ctx, randomImage(t), f.Host+"/a:v1")
			} else {
				_, err = client.Manifest(ctx, f.Host+"/a:v1")
			}
			require.ErrorIs(t, err, context.Canceled)
			require.Less(t, time.Since(begin), 2*time.Minute, "a request that stalls takes longer")
			var known *registry.Error
			require.ErrorAs(t, err, &known)
			require.NoError(t, known.Kind)
		})
	}
}

// Equal pulls share one request, and one caller's cancellation is not another's
// error.
func TestEqualPullsAreShared(t *testing.T) {
	t.Parallel()
	image := randomImage(t)
	manifest, err := image.Manifest()
	require.NoError(t, err)
	digest, err := image.Digest()
	require.NoError(t, err)
	for name, pull := range map[string]func(context.Context, *registry.Client, string) error{
		"manifest": func(ctx context.Context, client *registry.Client, repository string) error {
			_, err := client.Manifest(ctx, repository+"@"+digest.String())
			return err
		},
		"blob": func(ctx context.Context, client *registry.Client, repository string) error {
			content, err := client.BlobBytes(ctx, repository, manifest.Layers[0], 1<<20)
			if err == nil && int64(len(content)) != manifest.Layers[0].Size {
				err = errors.New("not the whole blob")
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var hold atomic.Bool
			entered, release := make(chan struct{}, 10), make(chan struct{})
			f := start(t, func(_ http.ResponseWriter, r *http.Request) bool {
				if hold.Load() {
					entered <- struct{}{}
					<-release
				}
				return false
			})
			client := registry.NewClient(anonymous())
			_, err := client.Push(context.Background(), image, f.Host+"/a:v1")
			require.NoError(t, err)
			f.Forget()
			hold.Store(true)
			ctx, cancel := context.WithCancel(context.Background())
			results := make(chan error, 6)
			first := make(chan error, 1)
			go func() { first <- pull(ctx, client, f.Host+"/a") }()
			<-entered
			for range cap(results) {
				go func() { results <- pull(context.Background(), client, f.Host+"/a") }()
			}
			time.Sleep(50 * time.Millisecond) // so that they wait; nothing fails where they do not
			cancel()
			require.ErrorIs(t, <-first, context.Canceled)
			close(release)
			for range cap(results) {
				require.NoError(t, <-results)
			}
			t.Logf("%d requests for %d pulls", len(f.Requests()), 1+cap(results))
		})
	}
}

func TestPlainHTTP(t *testing.T) {
	t.Parallel()
	// A registry that redirects blobs to a host without TLS.
	redirect := start(t, func(w http.ResponseWriter, r *http.Request) bool {
		if strings.Contains(r.URL.Path, "/manifests/") {
			http.Redirect(w, r, "http://example.invalid/x", http.StatusTemporaryRedirect)
			return true
		}
		return false
	})
	_, err := registry.NewClient(anonymous()).Manifest(context.Background(), redirect.Host+"/a:v1")
	require.ErrorIs(t, err, registry.ErrPlainHTTP)

	// Private networks get no plain HTTP either; the transport
	// stands for a host that has no TLS.
	for _, host := range []string{"10.0.0.1:5000", "172.16.0.1", "192.168.1.1"} {
		transport := &noTLS{}
		options := anonymous()
		options.Transport = transport
		_, err := registry.NewClient(options).Manifest(context.Background(), host+"/a:v1")
		require.ErrorIs(t, err, registry.ErrPlainHTTP, host)
		require.NotContains(t, transport.schemes, "http", host)

		transport = &noTLS{}
		options.Transport, options.PlainHTTP = transport, true
		_, err = registry.NewClient(options).Manifest(context.Background(), host+"/a:v1")
		require.ErrorIs(t, err, registry.ErrNotFound, host)
		require.Contains(t, transport.schemes, "http", host)
	}
}

type noTLS struct {
	mutex   sync.Mutex
	schemes []string
}

func (n *noTLS) RoundTrip(request *http.Request) (*http.Response, error) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	if !slices.Contains(n.schemes, request.URL.Scheme) {
		n.schemes = append(n.schemes, request.URL.Scheme)
	}
	if request.URL.Scheme == "https" {
		return nil, tls.RecordHeaderError{Msg: "no TLS here"}
	}
	recorder := httptest.NewRecorder()
	registryserver.New(registryserver.Options{}).ServeHTTP(recorder, request)
	response := recorder.Result()
	response.Request = request
	return response, nil
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	for name, challenge := range map[string]string{"basic": `Basic realm="x"`, "token": `Bearer realm="http://{host}/token",service="x"`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var f *registrytest.Registry
			f = start(t, func(w http.ResponseWriter, r *http.Request) bool {
				user, password, _ := r.BasicAuth()
				signedIn := user == "user" && password == "secret"
				if r.URL.Path == "/token" {
					if !signedIn {
						w.WriteHeader(http.StatusUnauthorized)
						return true
					}
					_, _ = io.WriteString(w, `{"token":"granted"}`)
					return true
				}
				if name == "token" {
					signedIn = r.Header.Get("Authorization") == "Bearer granted"
				}
				if !signedIn {
					w.Header().Set("WWW-Authenticate", strings.ReplaceAll(challenge, "{host}", f.Host))
					w.WriteHeader(http.StatusUnauthorized)
				}
				return !signedIn
			})
			options := registry.Options{Keychain: keychain{"user", "secret"}}
			client := registry.NewClient(options)
			_, err := client.Push(context.Background(), randomImage(t), f.Host+"/a:v1")
			require.NoError(t, err)
			_, err = client.Resolve(context.Background(), f.Host+"/a:v1")
			require.NoError(t, err)

			options.Keychain = keychain{"user", "wrong"}
			_, err = registry.NewClient(options).Resolve(context.Background(), f.Host+"/a:v1")
			require.ErrorIs(t, err, registry.ErrUnauthorized)
			require.NotContains(t, err.Error(), "wrong")
		})
	}
}

type keychain struct{ user, password string }

func (k keychain) Resolve(authn.Resource) (authn.Authenticator, error) {
	return authn.FromConfig(authn.AuthConfig{Username: k.user, Password: k.password}), nil
}

func TestProgress(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	last := map[registry.Direction]map[string]registry.Progress{registry.Pull: {}, registry.Push: {}}
	options := anonymous()
	options.Progress = func(progress registry.Progress) { last[progress.Direction][progress.Digest] = progress }
	client := registry.NewClient(options)
	image := randomImage(t)
	_, err := client.Push(context.Background(), image, f.Host+"/a:v1")
	require.NoError(t, err)
	require.Len(t, last[registry.Push], 4)
	pulled, err := client.Image(context.Background(), f.Host+"/a:v1")
	require.NoError(t, err)
	require.NoError(t, validate.Image(pulled))
	require.Len(t, last[registry.Pull], 4)
	for _, byDigest := range last {
		for _, progress := range byDigest {
			require.Equal(t, progress.Total, progress.Complete)
			require.Equal(t, f.Host+"/a", progress.Repository)
			require.False(t, progress.Skipped)
		}
	}
	_, err = client.Push(context.Background(), image, f.Host+"/a:v2")
	require.NoError(t, err)
	for _, progress := range last[registry.Push] {
		require.True(t, progress.Skipped)
	}
}

func TestUserAgent(t *testing.T) {
	t.Parallel()
	var got string
	f := start(t, func(_ http.ResponseWriter, r *http.Request) bool { got = r.UserAgent(); return false })
	options := anonymous()
	options.UserAgent = "tester/1.0"
	_, err := registry.NewClient(options).Resolve(context.Background(), f.Host+"/a:v1")
	require.ErrorIs(t, err, registry.ErrNotFound)
	require.True(t, strings.HasPrefix(got, "tester/1.0 "), got)
}

// An error of the image that is pushed is not blamed on the registry.
func TestPushOfABrokenImage(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	_, err := registry.NewClient(anonymous()).Push(context.Background(), brokenImage{randomImage(t)}, f.Host+"/a:v1")
	require.ErrorIs(t, err, errBroken)
	var known *registry.Error
	require.False(t, errors.As(err, &known))
	require.Zero(t, count(f, http.MethodPut, "/v2/a/manifests"))
}

var errBroken = errors.New("broken disk")

type brokenImage struct{ v1.Image }

func (i brokenImage) LayerByDigest(digest v1.Hash) (v1.Layer, error) {
	layer, err := i.Image.LayerByDigest(digest)
	return brokenLayer{layer}, err
}

type brokenLayer struct{ v1.Layer }

func (brokenLayer) Compressed() (io.ReadCloser, error) {
	return io.NopCloser(io.MultiReader(strings.NewReader("half"), brokenReader{})), nil
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errBroken }

func TestTagPages(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		link string
		kind error
	}{
		"another host": {`<https://example.com/v2/a/tags/list?last=x>; rel="next"`, registry.ErrProtocol},
		"no end":       {`</v2/a/tags/list?last=x>; rel="next"`, registry.ErrProtocol},
		"no URL":       {`<:>; rel="next"`, registry.ErrProtocol},
	} {
		pages := 0
		f := start(t, func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.Contains(r.URL.Path, "/tags/") {
				return false
			}
			w.Header().Set("Link", test.link)
			if pages++; pages < 3 {
				_, _ = io.WriteString(w, `{"tags":["x"]}`)
			} else {
				_, _ = io.WriteString(w, `{"tags":[]}`)
			}
			return true
		})
		var last error
		for _, err := range registry.NewClient(anonymous()).Tags(context.Background(), f.Host+"/a") {
			last = err
		}
		require.ErrorIs(t, last, test.kind, name)
	}
}

// A registry that does not take the artifactType of an image says no more than
// that the manifest is invalid; we say what it may be.
func TestRefusedArtifactType(t *testing.T) {
	t.Parallel()
	f := start(t, func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPut || !strings.Contains(r.URL.Path, "/manifests/") {
			return false
		}
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"errors":[{"code":"MANIFEST_INVALID","message":"manifest invalid"}]}`)
		return true
	})
	client := registry.NewClient(anonymous())
	_, err := client.PushManifest(context.Background(), f.Host+"/a:v1", types.OCIManifestSchema1, []byte(`{"artifactType":"application/vnd.example"}`))
	require.ErrorIs(t, err, registry.ErrArtifactType)
	require.ErrorIs(t, err, registry.ErrRejected)
	require.ErrorContains(t, err, `"application/vnd.example"`)
	_, err = client.PushManifest(context.Background(), f.Host+"/a:v1", types.OCIManifestSchema1, []byte(`{}`))
	require.ErrorIs(t, err, registry.ErrRejected)
	require.NotErrorIs(t, err, registry.ErrArtifactType)
}

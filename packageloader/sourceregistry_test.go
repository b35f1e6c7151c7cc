package packageloader_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagebuilder"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/registryserver"
	"github.com/packstage/packstage/registry/registrytest"
)

func registryOptions() registry.Options { return registry.Options{Keychain: authn.NewMultiKeychain()} }

func smallImage(t *testing.T) v1.Image {
	t.Helper()
	files, err := packagetypes.NewFiles(map[string][]byte{
		"manifest.yaml": []byte("m"), "components/a/manifest.yaml": []byte("a"),
	}, packagetypes.Limits{})
	require.NoError(t, err)
	image, err := packagebuilder.Image(context.Background(), files, packagebuilder.ImageOptions{})
	require.NoError(t, err)
	return image
}

// A tag that moves while it is pulled changes nothing: everything after the
// manifest goes by digest.
func TestTagIsResolvedOnce(t *testing.T) {
	t.Parallel()
	server := registrytest.Start(t, registrytest.Options{})
	reference := server.Host + "/a/b:v1"
	image := smallImage(t)
	_, err := packagebuilder.Push(context.Background(), image, []string{reference}, registryOptions())
	require.NoError(t, err)
	server.Forget()
	content, err := packageloader.FromRegistry(reference, registryOptions()).Open(context.Background(), packagetypes.Limits{})
	require.NoError(t, err)
	digest, err := image.Digest()
	require.NoError(t, err)
	require.Equal(t, digest.String(), content.ImageDigest)
	require.Equal(t, reference, content.Reference)
	byTag := 0
	for _, request := range server.Requests() {
		if strings.HasSuffix(request.Path, "/v1") {
			byTag++
		}
	}
	require.Equal(t, 1, byTag)
}

// Whatever a registry or a proxy makes of a blob, no file comes of it.
func TestRegistryThatLies(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func([]byte) []byte
		is     error
	}{
		"changed":    {func(b []byte) []byte { b[len(b)/2] ^= 1; return b }, diagnostic.ImageDigestMismatch},
		"shorter":    {func(b []byte) []byte { return b[:len(b)-1] }, diagnostic.ImageDigestMismatch},
		"longer":     {func(b []byte) []byte { return append(b, 0) }, diagnostic.ImageDigestMismatch},
		"empty":      {func([]byte) []byte { return nil }, diagnostic.ImageDigestMismatch},
		"broken off": {nil, registry.ErrUnreachable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storage := registryserver.NewMemory()
			honest := registryserver.New(registryserver.Options{Storage: storage})
			server := registrytest.Start(t, registrytest.Options{
				Server: registryserver.Options{Storage: storage},
				Intercept: func(w http.ResponseWriter, r *http.Request) bool {
					if r.Method != http.MethodGet || !strings.Contains(r.URL.Path, "/blobs/") {
						return false
					}
					recorder := httptest.NewRecorder()
					honest.ServeHTTP(recorder, r)
					if test.change == nil {
						w.Header().Set("Content-Length", recorder.Header().Get("Content-Length"))
						_, _ = w.Write(recorder.Body.Bytes()[:5])
						return true
					}
					_, _ = w.Write(test.change(recorder.Body.Bytes()))
					return true
				},
			})
			reference := server.Host + "/a:v1"
			_, err := packagebuilder.Push(context.Background(), smallImage(t), []string{reference}, registryOptions())
			require.NoError(t, err)
			content, err := packageloader.FromRegistry(reference, registryOptions()).Open(context.Background(), packagetypes.Limits{})
			require.ErrorIs(t, err, test.is)
			require.Nil(t, content)
		})
	}
}

func TestPullIsCancelledPromptly(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	server := registrytest.Start(t, registrytest.Options{Intercept: func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodGet || !strings.Contains(r.URL.Path, "/blobs/") {
			return false
		}
		w.Header().Set("Content-Length", "1000")
		w.(http.Flusher).Flush()
		cancel()
		<-r.Context().Done() // ends when the client hangs up
		return true
	}})
	reference := server.Host + "/a:v1"
	_, err := packagebuilder.Push(context.Background(), smallImage(t), []string{reference}, registryOptions())
	require.NoError(t, err)
	begin := time.Now()
	_, err = packageloader.FromRegistry(reference, registryOptions()).Open(ctx, packagetypes.Limits{})
	require.ErrorIs(t, err, context.Canceled)
	require.Less(t, time.Since(begin), time.Minute)
}

func TestRegistryReferences(t *testing.T) {
	t.Parallel()
	_, err := packageloader.FromRegistry("no reference", registryOptions()).Open(context.Background(), packagetypes.Limits{})
	require.ErrorIs(t, err, registry.ErrInvalidReference)
}

package registrytest_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/registrytest"
)

func TestStart(t *testing.T) {
	t.Parallel()
	down := false
	server := registrytest.Start(t, registrytest.Options{Intercept: func(w http.ResponseWriter, _ *http.Request) bool {
		if down {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		return down
	}})
	client := registry.NewClient(registry.Options{Keychain: authn.NewMultiKeychain(), Retry: registry.RetryPolicy{Attempts: 1}})
	image, err := random.Image(100, 1)
	require.NoError(t, err)
	_, err = client.Push(context.Background(), image, server.Host+"/a:v1")
	require.NoError(t, err)
	server.Forget()
	_, err = client.Resolve(context.Background(), server.Host+"/a:v1")
	require.NoError(t, err)
	require.Contains(t, server.Requests(), registrytest.Request{Method: http.MethodHead, Path: "/v2/a/manifests/v1"})
	require.NotContains(t, server.Requests(), registrytest.Request{Method: http.MethodPut, Path: "/v2/a/manifests/v1"})
	down = true
	_, err = client.Resolve(context.Background(), server.Host+"/a:v1")
	require.ErrorIs(t, err, registry.ErrUnavailable)
}

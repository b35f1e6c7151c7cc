package registry_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/registrytest"
)

// A token server that goes silent is no wait without end either.
func TestSilentTokenServer(t *testing.T) {
	t.Parallel()
	silent := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			<-r.Context().Done()
			return
		}
		w.Header().Set("WWW-Authenticate", `Bearer realm="https://registry.test/token",service="test"`)
		w.WriteHeader(http.StatusUnauthorized)
	})
	onOwnClock(t, silent, func(t *testing.T, transport http.RoundTripper) {
		t.Helper()
		options := anonymous()
		options.Transport = transport
		options.StallTimeout, options.Retry.Attempts = 30*time.Millisecond, 2
		began := time.Now()
		_, err := registry.NewClient(options).Resolve(t.Context(), "registry.test/a:v1")
		require.ErrorIs(t, err, registry.ErrUnreachable)
		require.ErrorContains(t, err, "stalled")
		require.ErrorContains(t, err, "token server")
		require.Less(t, time.Since(began), time.Second)
	})
}

// countingKeychain is one whose every answer costs something, as that of a
// credential helper does.
type countingKeychain struct {
	asked    atomic.Int64
	password atomic.Value
}

func (k *countingKeychain) Resolve(authn.Resource) (authn.Authenticator, error) {
	k.asked.Add(1)
	return &authn.Basic{Username: attackUser, Password: k.password.Load().(string)}, nil
}

// The keychain is asked when a registry wants credentials, and not for each
// request; and again when the registry takes the old ones no more.
func TestKeychainIsAskedOnce(t *testing.T) {
	t.Parallel()
	var wanted atomic.Value
	wanted.Store(attackPassword)
	server := registrytest.Start(t, registrytest.Options{Wrap: func(handler http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			registrytest.BasicAuth(handler, attackUser, wanted.Load().(string)).ServeHTTP(w, r)
		})
	}})
	known := &countingKeychain{}
	known.password.Store(attackPassword)
	options := anonymous()
	options.Keychain, options.Concurrency = known, 1
	client := registry.NewClient(options)
	_, err := client.Push(t.Context(), randomImage(t), server.Host+"/a:v1")
	require.NoError(t, err)
	assert.LessOrEqual(t, known.asked.Load(), int64(2), "a push is many requests")

	before := known.asked.Load()
	wanted.Store("another")
	known.password.Store("another")
	_, err = client.Resolve(t.Context(), server.Host+"/a:v1")
	require.NoError(t, err, "an old password is not shown for ever")
	assert.Equal(t, before+1, known.asked.Load())
}

// A place that cannot be used is trouble with the registry, whatever was to be done.
func TestUnusableLocationIsAnError(t *testing.T) {
	t.Parallel()
	options := anonymous()
	options.Configuration = &registry.Configuration{Registries: []registry.ConfigurationEntry{
		{Prefix: "registry.example.com", Location: "no host"},
	}}
	client := registry.NewClient(options)
	const repository = "registry.example.com/a"
	for name, call := range map[string]func() error{
		"HasBlob": func() error {
			_, err := client.HasBlob(t.Context(), repository, v1.Hash{Algorithm: "sha256", Hex: "00"})
			return err
		},
		"Delete":   func() error { return client.Delete(t.Context(), repository+":v1") },
		"PushBlob": func() error { return client.PushBlob(t.Context(), repository, v1.Descriptor{}, nil, "") },
		"Resolve": func() error {
			_, err := client.Resolve(t.Context(), repository+":v1")
			return err
		},
	} {
		var trouble *registry.Error
		err := call()
		require.ErrorAs(t, err, &trouble, name)
		require.ErrorIs(t, err, registry.ErrConfiguration, name)
		require.Equal(t, 1, strings.Count(err.Error(), registry.ErrConfiguration.Error()), err.Error())
	}
}

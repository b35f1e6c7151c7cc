package registry_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/registrytest"
)

func TestAuthenticateByTheConfiguration(t *testing.T) {
	t.Parallel()
	authority := registrytest.NewAuthority(t)
	files := authority.WriteFiles(t)
	server := registrytest.Start(t, registrytest.Options{
		TLS: authority, ClientCertificates: true,
		Wrap: func(handler http.Handler) http.Handler { return registrytest.BasicAuth(handler, "user", "s3cret") },
	})
	client := registry.NewClient(registry.Options{Configuration: &registry.Configuration{Registries: []registry.ConfigurationEntry{{
		Prefix: server.Host, CAFile: files.Authority, ClientCertificateFile: files.ClientCertificate, ClientKeyFile: files.ClientKey,
	}}}})
	require.NoError(t, client.Authenticate(t.Context(), server.Host, authn.AuthConfig{Username: "user", Password: "s3cret"}))
	err := client.Authenticate(t.Context(), server.Host, authn.AuthConfig{Username: "user", Password: "wr0ng"})
	require.ErrorIs(t, err, registry.ErrUnauthorized)
	assert.NotContains(t, err.Error(), "wr0ng")
	err = client.Authenticate(t.Context(), server.Host+"/team", authn.AuthConfig{Username: "user", Password: "s3cret"})
	require.ErrorIs(t, err, registry.ErrInvalidReference)

	// The settings of a mirror are those of its entry, and what it serves is
	// asked for there.
	mirrored := registry.NewClient(registry.Options{
		Keychain: registryUser{}, Retry: registry.RetryPolicy{Attempts: 1},
		Configuration: &registry.Configuration{Registries: []registry.ConfigurationEntry{
			{Prefix: "a.example.com", Location: server.Host + "/copies"},
			{Prefix: server.Host, CAFile: files.Authority, ClientCertificateFile: files.ClientCertificate, ClientKeyFile: files.ClientKey},
		}},
	})
	_, err = mirrored.Resolve(t.Context(), "a.example.com/shop:v1")
	require.ErrorIs(t, err, registry.ErrNotFound)
	requests := server.Requests()
	assert.Equal(t, "/v2/copies/shop/manifests/v1", requests[len(requests)-1].Path)
}

type registryUser struct{}

func (registryUser) Resolve(authn.Resource) (authn.Authenticator, error) {
	return authn.FromConfig(authn.AuthConfig{Username: "user", Password: "s3cret"}), nil
}

func TestAuthenticateEndsWithItsContext(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{}, 10)
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(release) })
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("enough")
	go func() {
		<-asked
		cancel(why)
	}()
	err := registry.NewClient(registry.Options{}).Authenticate(ctx, strings.TrimPrefix(server.URL, "http://"), authn.AuthConfig{Username: "u", Password: "p"})
	assert.ErrorIs(t, err, why)
}

// An address with a password in it is refused, and not repeated.
func TestReferencesWithPasswords(t *testing.T) {
	t.Parallel()
	client := registry.NewClient(registry.Options{})
	for _, address := range []string{
		"https://user:hunter2@registry.example.com", "user:hunter2@registry.example.com", "user:hunter2@registry.example.com/a:v1",
		"user:hunt/hunter2@registry.example.com/a@sha256:" + strings.Repeat("0", 64),
	} {
		for name, call := range map[string]func() error{
			"Authenticate": func() error { return client.Authenticate(t.Context(), address, authn.AuthConfig{}) },
			"ParseReference": func() error {
				_, err := client.ParseReference(address)
				return err
			},
			"HasBlob": func() error {
				_, err := client.HasBlob(t.Context(), address, v1.Hash{})
				return err
			},
		} {
			err := call()
			require.ErrorIs(t, err, registry.ErrInvalidReference, name)
			assert.NotContains(t, err.Error(), "hunter2", name)
			assert.Contains(t, err.Error(), "@registry.example.com", name)
		}
	}
}

package registries

import (
	"net/http"
	"os"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/stretchr/testify/require"
)

// each runs a test against every registry of the matrix.
func each(t *testing.T, test func(t *testing.T, r *Registry)) {
	t.Helper()
	for _, server := range Servers() {
		for _, auth := range Auths() {
			for _, transport := range Transports() {
				options := Options{Server: server, Auth: auth, Transport: transport}
				t.Run(options.String(), func(t *testing.T) {
					t.Parallel()
					test(t, Start(t, options))
				})
			}
		}
	}
}

// The registries are what they say: a client of somebody else works with the
// right credentials, and not without them.
func TestRegistries(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *Registry) {
		t.Helper()
		var options []name.Option
		if r.Transport == PlainHTTP {
			options = append(options, name.Insecure)
		}
		reference, err := name.ParseReference(r.Host+"/some/image:v1", options...)
		require.NoError(t, err)
		image, err := random.Image(1000, 2)
		require.NoError(t, err)
		write := func(password string, carrier http.RoundTripper) error {
			options := []remote.Option{remote.WithContext(t.Context()), remote.WithTransport(carrier), remote.WithRetryStatusCodes()}
			if r.Auth != Anonymous {
				options = append(options, remote.WithAuth(&authn.Basic{Username: r.Username(), Password: password}))
			}
			return remote.Write(reference, image, options...)
		}
		require.NoError(t, write(r.Password(), r.HTTPTransport()))
		digest, err := image.Digest()
		require.NoError(t, err)
		read := func() error {
			_, err := remote.Head(reference.Context().Digest(digest.String()), r.remoteOptions(t)...)
			return err
		}
		require.NoError(t, read())
		if r.Auth != Anonymous {
			refused := new(transport.Error)
			require.ErrorAs(t, write("wrong", r.HTTPTransport()), &refused)
			require.Equal(t, http.StatusUnauthorized, refused.StatusCode)
		}
		if r.Transport != PlainHTTP {
			require.Error(t, write(r.Password(), http.DefaultTransport), "an authority that nobody knows")
		}
		if r.Transport == MutualTLS {
			carrier := r.HTTPTransport()
			carrier.TLSClientConfig.Certificates = nil
			require.Error(t, write(r.Password(), carrier), "no client certificate")
		}
		r.Stop()
		require.Error(t, read(), "whoever has its address now does not have its image")
	})
}

// Programs of the user find no configuration of the machine.
func TestUser(t *testing.T) {
	t.Parallel()
	u := NewUser(t)
	require.Equal(t, u.Work+"\n", Program{name: "pwd", path: systemPath(t, "pwd"), user: u}.Run(t))
	environment := Program{name: "env", path: systemPath(t, "env"), user: u}.Run(t)
	require.Contains(t, environment, "HOME="+u.Home+"\n")
	home, err := os.UserHomeDir()
	require.NoError(t, err)
	require.NotContains(t, environment, home+"\n")
}

package registry_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/registryserver"
)

// A client closes what it keeps open itself, and nothing of a transport that is its
// caller's; it works afterwards.
func TestCloseIdleConnections(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name      string
		transport *http.Transport
		kept      bool // what CloseIdleConnections leaves open
	}{
		{"own transport", nil, false},
		{"the caller's transport", &http.Transport{}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var connections atomic.Int64
			server := httptest.NewUnstartedServer(registryserver.New(registryserver.Options{}))
			server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
				if state == http.StateNew {
					connections.Add(1)
				}
			}
			server.Start()
			defer server.Close()
			options := registry.Options{Keychain: authn.NewMultiKeychain()}
			if test.transport != nil {
				options.Transport = test.transport
				defer test.transport.CloseIdleConnections()
			}
			client := registry.NewClient(options)
			reference := strings.TrimPrefix(server.URL, "http://") + "/a:v1"
			_, err := client.Push(t.Context(), empty.Image, reference)
			require.NoError(t, err)
			// kept says whether a request finds the connection of the one before it, with
			// between called between the two. On a busy machine net/http now and then
			// gives up a connection that it could have kept: so it takes one of many.
			kept := func(between func()) bool {
				for range 50 {
					_, err := client.Resolve(t.Context(), reference)
					require.NoError(t, err)
					between()
					before := connections.Load()
					_, err = client.Resolve(t.Context(), reference)
					require.NoError(t, err)
					if connections.Load() == before {
						return true
					}
				}
				return false
			}
			require.True(t, kept(func() {}))
			require.Equal(t, test.kept, kept(client.WithoutMirrors().CloseIdleConnections))
			client.CloseIdleConnections()
		})
	}
}

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
		again     int64 // connections that the second push makes
	}{
		{"own transport", nil, 1},
		{"the caller's transport", &http.Transport{}, 0},
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
			resolve := func() {
				_, err := client.Resolve(t.Context(), strings.TrimPrefix(server.URL, "http://")+"/a:v1")
				require.NoError(t, err)
			}
			_, err := client.Push(t.Context(), empty.Image, strings.TrimPrefix(server.URL, "http://")+"/a:v1")
			require.NoError(t, err)
			resolve()
			before := connections.Load()
			resolve()
			require.Equal(t, before, connections.Load(), "the connection is kept")
			client.WithoutMirrors().CloseIdleConnections()
			resolve()
			require.Equal(t, before+test.again, connections.Load())
			client.CloseIdleConnections()
		})
	}
}

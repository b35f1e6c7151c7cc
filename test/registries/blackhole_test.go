package registries

import (
	"net"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/registry"
)

// A host that takes connections and never answers: whoever presses Ctrl-C is
// free at once.
func TestHostThatIsSilent(t *testing.T) {
	t.Parallel()
	for name, transport := range map[string][]string{"tls": nil, "http": {"--plain-http"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			host, called := blackHole(t)
			u := NewUser(t)
			result := u.Packstage(t).interrupted(t, called, append([]string{"pull", host + "/team/webapp:v1"}, transport...)...)
			assert.Equal(t, 3, result.Code)
			assert.Contains(t, result.Stderr, "interrupted")
			assert.Less(t, result.Took, promptly)
			requireNothingLeft(t, u)
		})
	}
}

// A program that does not wait for ever is told who was silent.
func TestSilenceHasAnEnd(t *testing.T) {
	t.Parallel()
	for name, plain := range map[string]bool{"tls": false, "http": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			host, _ := blackHole(t)
			options := registry.Options{
				PlainHTTP: plain, StallTimeout: 200 * time.Millisecond, Keychain: authn.NewMultiKeychain(),
				Retry: registry.RetryPolicy{Attempts: 2, MinDelay: time.Millisecond},
			}
			_, err := registry.NewClient(options).Resolve(t.Context(), host+"/team/webapp:v1")
			require.ErrorIs(t, err, registry.ErrUnreachable)
			assert.ErrorContains(t, err, host+"/team/webapp:v1")
		})
	}
}

// blackHole takes connections and never answers. The channel is closed at the
// first.
func blackHole(t *testing.T) (host string, called <-chan struct{}) {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	first, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		var connections []net.Conn
		for {
			connection, err := listener.Accept()
			if err != nil {
				break
			}
			if connections = append(connections, connection); len(connections) == 1 {
				close(first)
			}
		}
		for _, connection := range connections {
			_ = connection.Close()
		}
	}()
	t.Cleanup(func() {
		_ = listener.Close()
		<-ended
	})
	return listener.Addr().String(), first
}

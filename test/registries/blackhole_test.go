package registries

import (
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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
			assert.Less(t, result.Took, 5*time.Second)
			requireNothingLeft(t, u)
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

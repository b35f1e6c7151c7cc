package cluster

import (
	"net"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// A port that is held refuses connections, is nobody's by chance, and is there for who is
// told its number, again and again.
func TestHeldPortIsForWhoKnowsIt(t *testing.T) {
	t.Parallel()
	held, err := holdPorts(t.Context(), 1)
	require.NoError(t, err)
	defer held.free()
	address := loopback(held.numbers[0])
	for range 200 {
		other, err := new(net.ListenConfig).Listen(t.Context(), "tcp", loopback(0))
		require.NoError(t, err)
		defer other.Close()
		require.NotEqual(t, address, other.Addr().String())
	}
	for range 2 {
		_, err = new(net.Dialer).DialContext(t.Context(), "tcp", address)
		require.ErrorIs(t, err, syscall.ECONNREFUSED)
		listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", address)
		require.NoError(t, err)
		connection, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
		require.NoError(t, err)
		require.NoError(t, connection.Close())
		require.NoError(t, listener.Close())
	}
}

package registries

import (
	"io"
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// Tap is a connection to a registry that goes silent: after some bytes in one
// direction nothing is passed on any more, and nothing is closed.
type Tap struct {
	// Host is the address to use in place of the registry's.
	Host string
	// Silent is closed when the tap has gone silent.
	Silent <-chan struct{}

	target   string
	listener net.Listener
	silent   chan struct{}
	once     sync.Once

	mutex       sync.Mutex
	left        map[direction]int64
	connections map[net.Conn]bool
	running     sync.WaitGroup
}

type direction bool

const (
	up   direction = true
	down direction = false
)

// NewTap starts a tap that ends with the test. It goes silent after as many
// bytes sent or received; 0 is never.
func NewTap(t testing.TB, target string, sent, received int64) *Tap {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	silent := make(chan struct{})
	tap := &Tap{
		Host: listener.Addr().String(), Silent: silent,
		target: target, listener: listener, silent: silent,
		left: map[direction]int64{}, connections: map[net.Conn]bool{},
	}
	if sent > 0 {
		tap.left[up] = sent
	}
	if received > 0 {
		tap.left[down] = received
	}
	tap.running.Go(tap.accept)
	t.Cleanup(tap.Close)
	return tap
}

// Close cuts all connections.
func (tap *Tap) Close() {
	_ = tap.listener.Close()
	tap.mutex.Lock()
	for connection := range tap.connections {
		_ = connection.Close()
	}
	tap.connections = nil
	tap.mutex.Unlock()
	tap.running.Wait()
}

func (tap *Tap) accept() {
	for {
		client, err := tap.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", tap.target) //nolint:noctx // loopback
		if err != nil {
			_ = client.Close()
			continue
		}
		if !tap.keep(client, server) {
			return
		}
		tap.running.Go(func() { tap.pass(server, client, up) })
		tap.running.Go(func() { tap.pass(client, server, down) })
	}
}

// keep remembers connections to cut, unless all are cut.
func (tap *Tap) keep(connections ...net.Conn) bool {
	tap.mutex.Lock()
	defer tap.mutex.Unlock()
	for _, connection := range connections {
		if tap.connections == nil {
			_ = connection.Close()
			continue
		}
		tap.connections[connection] = true
	}
	return tap.connections != nil
}

func (tap *Tap) pass(to, from net.Conn, way direction) {
	buffer := make([]byte, 16<<10)
	for {
		read, err := from.Read(buffer)
		if allowed := tap.allow(way, int64(read)); allowed < int64(read) {
			_, _ = to.Write(buffer[:allowed])
			tap.once.Do(func() { close(tap.silent) })
			// Read on, so that whoever sends notices nothing.
			_, _ = io.Copy(io.Discard, from)
			return
		}
		if _, failed := to.Write(buffer[:read]); failed != nil || err != nil {
			_ = to.Close()
			_ = from.Close()
			return
		}
	}
}

// allow returns how many of the bytes may pass.
func (tap *Tap) allow(way direction, bytes int64) int64 {
	tap.mutex.Lock()
	defer tap.mutex.Unlock()
	left, bounded := tap.left[way]
	if !bounded {
		return bytes
	}
	allowed := min(left, bytes)
	tap.left[way] = left - allowed
	return allowed
}

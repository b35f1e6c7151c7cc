package registry_test

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a network in memory, for a clock of its own: hosts by name, and
// connections that count as encrypted.
type pipes struct {
	mutex     sync.Mutex
	listeners map[string]chan net.Conn
	closed    chan struct{}
	closers   []func()
	open      atomic.Int64 // connections of clients
}

// onOwnClock runs a test by a transport to a handler at registry.test, on a clock of
// its own: no limit passes because the machine is busy.
func onOwnClock(t *testing.T, handler http.Handler, test func(*testing.T, http.RoundTripper)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		network := &pipes{listeners: map[string]chan net.Conn{}, closed: make(chan struct{})}
		defer network.close()
		network.serve("registry.test", handler, func() {})
		transport := &http.Transport{DialTLSContext: network.dial, DisableCompression: true}
		defer transport.CloseIdleConnections()
		test(t, transport)
	})
}

// serve answers at a host; release ends what would keep its server from closing.
func (p *pipes) serve(host string, handler http.Handler, release func()) {
	p.serveBehind(host, handler, release, func(listener net.Listener) net.Listener { return listener })
}

// serveBehind is serve with something around what listens.
func (p *pipes) serveBehind(host string, handler http.Handler, release func(), around func(net.Listener) net.Listener) {
	listener := &pipeListener{network: p, accepted: make(chan net.Conn)}
	server := &http.Server{Handler: handler, ErrorLog: log.New(io.Discard, "", 0), ReadHeaderTimeout: 24 * time.Hour}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.listeners[host] = listener.accepted
	p.closers = append(p.closers, release, func() { _ = server.Close() })
	serving := around(listener)
	go func() { _ = server.Serve(serving) }()
}

func (p *pipes) close() {
	close(p.closed)
	for _, closer := range p.closers {
		closer()
	}
	// A server lets a client read its last words before it closes a connection.
	// Whatever of the client waits for longer is a deadlock that the bubble finds.
	time.Sleep(time.Second)
}

func (p *pipes) dial(ctx context.Context, _, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	p.mutex.Lock()
	listener, ok := p.listeners[host]
	p.mutex.Unlock()
	if !ok {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	client, server := net.Pipe()
	select {
	case listener <- server:
		p.open.Add(1)
		return &pipeConnection{Conn: client, closed: sync.OnceFunc(func() { p.open.Add(-1) })}, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

type pipeListener struct {
	network  *pipes
	accepted chan net.Conn
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case connection := <-l.accepted:
		return connection, nil
	case <-l.network.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error   { return nil }
func (l *pipeListener) Addr() net.Addr { return pipeAddress{} }

type pipeAddress struct{}

func (pipeAddress) Network() string { return "pipe" }
func (pipeAddress) String() string  { return "pipe" }

type pipeConnection struct {
	net.Conn
	closed func()
}

func (c *pipeConnection) Close() error {
	defer c.closed()
	return c.Conn.Close()
}

package registries

import (
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// serverTLS is how a server proves who it is. Nil is plain HTTP.
type serverTLS struct {
	pair      Pair
	authority *Authority
	// mutual asks for a client certificate of the authority.
	mutual bool
}

func (s *serverTLS) scheme() string {
	if s == nil {
		return "http"
	}
	return "https"
}

// withoutClients is the same for a server that asks for no client certificate.
func (s *serverTLS) withoutClients() *serverTLS {
	if s == nil {
		return nil
	}
	return &serverTLS{pair: s.pair, authority: s.authority}
}

func (s *serverTLS) config() *tls.Config {
	config := &tls.Config{Certificates: []tls.Certificate{s.pair.TLS}, MinVersion: tls.VersionTLS12}
	if s.mutual {
		config.ClientAuth, config.ClientCAs = tls.RequireAndVerifyClientCert, s.authority.Pool()
	}
	return config
}

// serve answers on loopback until the test ends or stop is called.
func serve(t testing.TB, handler http.Handler, secured *serverTLS) (address string, stop func()) {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address = listener.Addr().String()
	if secured != nil {
		listener = tls.NewListener(listener, secured.config())
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(listener) // ends when it is stopped
	}()
	stop = sync.OnceFunc(func() {
		_ = server.Close()
		<-ended
	})
	t.Cleanup(stop)
	return address, stop
}

package cluster

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
)

// execute lets the API server do what a request asks for, even when the client goes
// away meanwhile, and keeps the answer.
func (p *Proxy) execute(r *http.Request, after func()) *answer {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler) // it never arrived
	}
	detached := r.Clone(context.WithoutCancel(r.Context()))
	detached.Body = io.NopCloser(bytes.NewReader(body))
	kept := &answer{header: http.Header{}}
	p.forward.ServeHTTP(kept, detached)
	if after != nil {
		after()
	}
	return kept
}

// answer is an http.ResponseWriter that keeps what is written.
type answer struct {
	header http.Header
	code   int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(code int) {
	if code >= http.StatusOK {
		a.code = code
	}
}

func (a *answer) Write(content []byte) (int, error) { return a.body.Write(content) }

func (a *answer) send(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.WriteHeader(a.code)
	_, _ = w.Write(a.body.Bytes()) // the client is gone
}

// connectionKey is where the context of a request has its connection.
type connectionKey struct{}

// reset ends a connection as a crash does: the other side reads a reset.
func reset(connection *tls.Conn) {
	if below, ok := connection.NetConn().(*net.TCPConn); ok {
		_ = below.SetLinger(0)
		_ = below.Close()
	}
}

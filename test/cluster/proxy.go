package cluster

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"
	"time"

	"k8s.io/client-go/rest"
)

// Proxy stands between clients and the API server of a cluster and does to their
// requests what a Hook says. It speaks HTTP/2 and HTTP/1.1 on both sides, tells the API
// server who its clients are by their certificates, and passes tokens on. Its methods may
// be called concurrently.
type Proxy struct {
	cluster  *Cluster
	identity identity
	forward  *httputil.ReverseProxy
	// ended is closed with the proxy.
	ended chan struct{}

	mutex    sync.Mutex
	hook     Hook
	requests []Request
}

// Request is one that a client has sent.
type Request struct {
	Method, Path, Query, UserAgent string
	// Fault is what has happened to it.
	Fault Fault
}

// StartProxy runs a proxy until the test ends. Without a hook all requests pass.
func StartProxy(t testing.TB, c *Cluster, hook Hook) *Proxy {
	t.Helper()
	p, server, err := newProxy(c, hook)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", loopback(0))
	if err != nil {
		t.Fatal(err)
	}
	p.identity.host = "https://" + listener.Addr().String()
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.ServeTLS(listener, "", "") }) // ends when it is closed
	t.Cleanup(func() {
		close(p.ended)
		_ = server.Close()
		serving.Wait()
		p.forward.Transport.(*http.Transport).CloseIdleConnections()
	})
	return p
}

func newProxy(c *Cluster, hook Hook) (*Proxy, *http.Server, error) {
	p := &Proxy{cluster: c, identity: *c.identity, hook: hook, ended: make(chan struct{})}
	front, err := keyPair(c.identity.front.client(time.Now().Add(validFor), frontUser))
	if err != nil {
		return nil, nil, err
	}
	own, err := keyPair(c.identity.users.server())
	if err != nil {
		return nil, nil, err
	}
	users := x509.NewCertPool()
	users.AddCert(c.identity.users.certificate)
	target, err := url.Parse(c.host())
	if err != nil {
		return nil, nil, err
	}
	silent := log.New(io.Discard, "", 0)
	p.forward = &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			identify(r)
		},
		Transport: &http.Transport{
			ForceAttemptHTTP2: true,
			TLSClientConfig:   &tls.Config{RootCAs: users, Certificates: []tls.Certificate{front}, MinVersion: tls.VersionTLS12},
		},
		FlushInterval: -1, // watches
		ErrorLog:      silent,
		// Who asks sees what a lost connection looks like.
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	return p, &http.Server{
		Handler:           p,
		ReadHeaderTimeout: time.Minute,
		ErrorLog:          silent,
		TLSConfig: &tls.Config{
			Certificates: []tls.Certificate{own},
			ClientAuth:   tls.VerifyClientCertIfGiven,
			ClientCAs:    users,
			MinVersion:   tls.VersionTLS12,
		},
		ConnContext: func(ctx context.Context, conn net.Conn) context.Context {
			return context.WithValue(ctx, connectionKey{}, conn)
		},
	}, nil
}

func keyPair(p pair, err error) (tls.Certificate, error) {
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.X509KeyPair(p.certificate, p.key)
}

// identify says who the client is, in the headers that the API server trusts from a
// front proxy, and takes them away from who has written them himself.
func identify(r *httputil.ProxyRequest) {
	r.Out.Header.Del("X-Remote-User")
	r.Out.Header.Del("X-Remote-Group")
	if state := r.In.TLS; state != nil && len(state.PeerCertificates) > 0 {
		subject := state.PeerCertificates[0].Subject
		r.Out.Header.Set("X-Remote-User", subject.CommonName)
		for _, group := range subject.Organization {
			r.Out.Header.Add("X-Remote-Group", group)
		}
	}
}

// Config is that of an administrator who goes through the proxy.
func (p *Proxy) Config() *rest.Config { return p.identity.config(p.identity.admin) }

// UserConfig is that of a user who goes through the proxy, as Cluster.UserConfig.
func (p *Proxy) UserConfig(t testing.TB, name string, groups ...string) *rest.Config {
	t.Helper()
	config := p.cluster.UserConfig(t, name, groups...)
	config.Host = p.identity.host
	return config
}

// Kubeconfig is the path of a file with Config, for programs. It lives as long as the
// test.
func (p *Proxy) Kubeconfig(t testing.TB) string {
	t.Helper()
	return WriteKubeconfig(t, p.Config(), "")
}

// Reset forgets the requests, counts from one again, and follows another hook from now
// on.
func (p *Proxy) Reset(hook Hook) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.hook, p.requests = hook, nil
}

// follow changes the hook.
func (p *Proxy) follow(hook Hook) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.hook = hook
}

// Requests are those since the start or the last Reset, in the order of their arrival.
func (p *Proxy) Requests() []Request {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return append([]Request(nil), p.requests...)
}

// Count is how many there are.
func (p *Proxy) Count() int {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return len(p.requests)
}

// register counts a request and asks the hook.
func (p *Proxy) register(r *http.Request) Fault {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	var fault Fault
	if p.hook != nil {
		fault = p.hook(len(p.requests)+1, r)
	}
	p.requests = append(p.requests, Request{
		Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, UserAgent: r.UserAgent(), Fault: fault,
	})
	return fault
}

func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	fault := p.register(r)
	if fault.Lose == LoseResponse && r.URL.Query().Has("watch") {
		fault.Lose = LoseRequest
	}
	if fault.Delay > 0 {
		select {
		case <-time.After(fault.Delay):
		case <-r.Context().Done():
			panic(http.ErrAbortHandler)
		case <-p.ended:
			panic(http.ErrAbortHandler)
		}
	}
	if fault.Before != nil {
		fault.Before()
	}
	switch {
	case fault.Lose == LoseRequest:
	case fault.Status != 0:
		_ = fault.answer(w) // the client is gone
		return
	case fault.Lose == LoseResponse:
		p.execute(r, fault.After)
	case fault.After != nil:
		answer := p.execute(r, fault.After)
		answer.send(w)
		return
	default:
		p.forward.ServeHTTP(w, r)
		return
	}
	if connection, ok := r.Context().Value(connectionKey{}).(*tls.Conn); ok && fault.Sever {
		reset(connection)
	}
	panic(http.ErrAbortHandler)
}

package registrytest

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/packstage/packstage/registry/registryserver"
)

// Options says how a test's registry differs from an ordinary one. The zero
// value is an ordinary one: plain HTTP, open to all, without faults.
//
// A request is noted first, then Intercept sees it, then the faults, then Wrap,
// and the registry last.
type Options struct {
	// Server are options of the registry itself.
	Server registryserver.Options
	// Handler stands in for the registry itself, such as another one or a proxy.
	// Nil is a new one with the options Server.
	Handler http.Handler
	// Intercept sees each request first. It answers and returns true, or returns
	// false and leaves the request to the registry. It may be called
	// concurrently.
	Intercept func(http.ResponseWriter, *http.Request) bool
	// Wrap returns what stands in front of the registry, such as [BasicAuth].
	// What another host answers for the registry, as some faults have it, does
	// not go through it, as storage in the world takes no credentials of the
	// registry. Nil is nothing.
	Wrap func(http.Handler) http.Handler
	// Faults go wrong on purpose. Nil is none. Its Storage and TLS are set where
	// they are nil.
	Faults *FaultOptions
	// TLS serves HTTPS with a certificate of the authority. Nil is plain HTTP.
	TLS *Authority
	// ClientCertificates has clients show a certificate of the authority, too.
	ClientCertificates bool
}

// Registry is a running registry. It is safe for concurrent use.
type Registry struct {
	// Host is what references to it begin with, such as "127.0.0.1:41234".
	Host string
	// Faults are those of [Options.Faults], or nil.
	Faults *Faults

	mutex    sync.Mutex
	requests []Request
}

// Request is a request that the registry has got.
type Request struct {
	Method string
	// Path without the query.
	Path string
}

// Start runs a registry until the test ends.
func Start(tb testing.TB, options Options) *Registry {
	tb.Helper()
	storage := options.Handler
	if storage == nil {
		storage = registryserver.New(options.Server)
	}
	handler := storage
	if options.Wrap != nil {
		handler = options.Wrap(handler)
	}
	started := &Registry{}
	var config *tls.Config
	if options.TLS != nil {
		config = options.TLS.serverConfig(tb, options.ClientCertificates)
	}
	if options.Faults != nil {
		wanted := *options.Faults
		if wanted.Storage == nil {
			wanted.Storage = storage
		}
		if wanted.TLS == nil && config != nil {
			wanted.TLS = options.TLS.serverConfig(tb, false)
		}
		started.Faults = NewFaults(handler, wanted)
		handler = started.Faults
	}
	listener := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started.mutex.Lock()
		started.requests = append(started.requests, Request{Method: r.Method, Path: r.URL.Path})
		started.mutex.Unlock()
		if options.Intercept == nil || !options.Intercept(w, r) {
			handler.ServeHTTP(w, r)
		}
	}))
	listener.Config.ErrorLog = silent()
	if config != nil {
		listener.TLS = config
		listener.StartTLS()
	} else {
		listener.Start()
	}
	tb.Cleanup(listener.Close)
	if started.Faults != nil {
		tb.Cleanup(started.Faults.Close) // before the listener, which waits for stalled answers
	}
	_, started.Host, _ = strings.Cut(listener.URL, "://")
	return started
}

// Requests returns the requests so far, in the order of their arrival.
func (r *Registry) Requests() []Request {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return slices.Clone(r.requests)
}

// Forget drops the requests so far.
func (r *Registry) Forget() {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.requests = nil
}

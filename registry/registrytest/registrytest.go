// Package registrytest runs a registry inside a test: the real one of package
// registryserver, in memory, on a port of this machine, with its requests noted.
package registrytest

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/packstage/packstage/registry/registryserver"
)

// Options says how a test's registry differs from an ordinary one. The zero
// value is an ordinary one.
type Options struct {
	// Server are options of the registry itself.
	Server registryserver.Options
	// Intercept sees each request first. It answers and returns true, or returns
	// false and leaves the request to the registry. It may be called
	// concurrently.
	Intercept func(http.ResponseWriter, *http.Request) bool
}

// Registry is a running registry. It is safe for concurrent use.
type Registry struct {
	// Host is what references to it begin with, such as "127.0.0.1:41234".
	Host string

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
	started := &Registry{}
	server := registryserver.New(options.Server)
	listener := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started.mutex.Lock()
		started.requests = append(started.requests, Request{Method: r.Method, Path: r.URL.Path})
		started.mutex.Unlock()
		if options.Intercept == nil || !options.Intercept(w, r) {
			server.ServeHTTP(w, r)
		}
	}))
	tb.Cleanup(listener.Close)
	started.Host = strings.TrimPrefix(listener.URL, "http://")
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

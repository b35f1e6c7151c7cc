package registry

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// tlsGuard refuses requests without TLS. It sits below everything that could
// choose a scheme: the registry's name, redirects, token servers, and the
// library's habit to fall back to plain HTTP in private networks.
type tlsGuard struct {
	inner http.RoundTripper
	// allowed lets plain HTTP through to any host, not only to this machine.
	allowed bool
}

func (g *tlsGuard) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.URL.Scheme != "https" && !g.allowed && !isLoopback(request.URL) {
		return nil, fmt.Errorf("%w to %s", ErrPlainHTTP, request.URL.Host)
	}
	return g.inner.RoundTrip(request)
}

func isLoopback(address *url.URL) bool {
	host := address.Hostname()
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

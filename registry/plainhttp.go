package registry

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
)

// tlsGuard refuses requests without TLS. It sits below everything that could
// choose a scheme: redirects, token servers, addresses for uploads.
type tlsGuard struct {
	inner http.RoundTripper
	// allowed lets plain HTTP through to any host, not only to this machine.
	allowed bool
}

func (g *tlsGuard) RoundTrip(request *http.Request) (*http.Response, error) {
	switch request.URL.Scheme {
	case "https":
	case "http":
		if !g.allowed && !isLoopbackHost(request.URL.Hostname()) {
			return nil, fmt.Errorf("%w to %s", ErrPlainHTTP, request.URL.Host)
		}
	default:
		return nil, fmt.Errorf("%w: an address that is not HTTP", ErrProtocol)
	}
	return g.inner.RoundTrip(request)
}

func isLoopbackHost(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return ip != nil && ip.IsLoopback()
}

// speaksPlainHTTP tells whether a handshake failed because the other side
// answered without TLS.
func speaksPlainHTTP(err error) bool {
	return errors.As(err, new(tls.RecordHeaderError)) || errors.Is(err, http.ErrSchemeMismatch)
}

package registry

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// send makes one request. On this host it goes by the host's scheme, whatever
// scheme the address has: registries behind a proxy often do not know their own.
func (h *host) send(request *http.Request) (*http.Response, error) {
	if h.err != nil {
		return nil, h.err
	}
	if !h.is(request.URL) {
		return h.http.Do(request)
	}
	scheme, release, err := h.awaitScheme(request.Context())
	if err != nil {
		return nil, err
	}
	if scheme != "" {
		release()
		request.URL.Scheme = scheme
		return h.http.Do(request)
	}
	defer release()
	// Other requests wait for what this one finds out.
	if h.plainFirst && request.Body == nil && request.Header.Get("Authorization") == "" {
		return h.plainThenTLS(request)
	}
	return h.tlsThenPlain(request)
}

// tlsThenPlain settles the scheme of a host that may speak plain HTTP.
func (h *host) tlsThenPlain(request *http.Request) (*http.Response, error) {
	response, err := h.tryTLS(request)
	if err == nil || request.Context().Err() != nil || isCertificateError(err) && !speaksPlainHTTP(err) {
		if err == nil {
			h.setScheme("https")
		}
		return response, err
	}
	again := withScheme(request.Context(), request, "http")
	if request.GetBody != nil {
		body, bodyErr := request.GetBody()
		if bodyErr != nil {
			return nil, err
		}
		again.Body = body
	}
	response, plainErr := h.http.Do(again)
	if plainErr == nil {
		h.settlePlain(response, err)
		return response, nil
	}
	return nil, fmt.Errorf("%w (and by HTTPS: %w)", plainErr, err)
}

// plainThenTLS settles the scheme of a host on this machine, where registries
// seldom have TLS and the keys of a handshake are most of what a small request
// costs. The request has no credentials, since nothing asked for any yet. A
// server that has TLS does not answer as a registry what does not begin with a
// handshake, and is asked again with one.
func (h *host) plainThenTLS(request *http.Request) (*http.Response, error) {
	response, err := h.http.Do(withScheme(request.Context(), request, "http"))
	switch {
	case err == nil && answersAsRegistry(response):
		// One that sends plain requests on to its own HTTPS has spoken for that.
		scheme := "http"
		if answered := response.Request.URL; h.is(answered) {
			scheme = answered.Scheme
		}
		h.setScheme(scheme)
		return response, nil
	case err != nil && (request.Context().Err() != nil || isNoConnection(err)):
		return nil, err
	}
	secure, tlsErr := h.tryTLS(request)
	if tlsErr == nil {
		h.setScheme("https")
	}
	// Whoever has given up meanwhile has found out nothing.
	if tlsErr == nil || request.Context().Err() != nil || isCertificateError(tlsErr) && !speaksPlainHTTP(tlsErr) {
		if response != nil {
			_ = response.Body.Close()
		}
		return secure, tlsErr
	}
	// It has no TLS: what it said without is what there is.
	if err == nil {
		h.settlePlain(response, tlsErr)
		return response, nil
	}
	if speaksPlainHTTP(tlsErr) {
		h.setScheme("http")
		return nil, err
	}
	return nil, fmt.Errorf("%w (and by HTTPS: %w)", err, tlsErr)
}

// settlePlain settles for plain HTTP after TLS has failed. A server that was only slow
// with TLS may have it all the same, unless it is a registry without.
func (h *host) settlePlain(response *http.Response, tlsErr error) {
	if answersAsRegistry(response) || !errors.Is(tlsErr, errNoTLSAnswer) {
		h.setScheme("http")
	}
}

func withScheme(ctx context.Context, request *http.Request, scheme string) *http.Request {
	clone := request.Clone(ctx)
	clone.URL.Scheme = scheme
	return clone
}

// answersAsRegistry tells whether an answer without TLS is that of a registry for
// certain. Servers that want TLS, and proxies, answer such a request with 400, 404, 426
// or 503 of their own; a registry that says no says it in its own way (OCI distribution
// specification, "Error Codes"). Where it does not, asking with TLS as well costs little.
func answersAsRegistry(response *http.Response) bool {
	if response.Header.Get("Docker-Distribution-Api-Version") != "" {
		return true
	}
	switch response.StatusCode {
	case http.StatusBadRequest, http.StatusUpgradeRequired:
		return false
	case http.StatusUnauthorized:
		return response.Header.Get("WWW-Authenticate") != ""
	}
	return response.StatusCode < http.StatusBadRequest || strings.HasPrefix(response.Header.Get("Content-Type"), "application/json")
}

// isNoConnection tells whether nobody listens, whatever the scheme.
func isNoConnection(err error) bool {
	var network *net.OpError
	return errors.As(err, &network) && network.Op == "dial"
}

// tlsPatience is how long a host that may speak plain HTTP can take to answer
// over TLS.
const tlsPatience = 5 * time.Second

var errNoTLSAnswer = errors.New("no answer over TLS")

func (h *host) tryTLS(request *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(request.Context())
	timer := time.AfterFunc(tlsPatience, func() { cancel(errNoTLSAnswer) })
	response, err := h.http.Do(withScheme(ctx, request, "https"))
	timer.Stop()
	if err != nil {
		cancel(err)
		return nil, err
	}
	response.Body = &closing{ReadCloser: response.Body, after: func() { cancel(nil) }}
	return response, nil
}

// awaitScheme returns the scheme, or "" together with the right to find it out,
// until release is called.
func (h *host) awaitScheme(ctx context.Context) (scheme string, release func(), err error) {
	if scheme := h.knownScheme(); scheme != "" {
		return scheme, func() {}, nil
	}
	release, err = h.probing.take(ctx)
	if err != nil {
		return "", nil, err
	}
	return h.knownScheme(), release, nil // another one may have found it out meanwhile
}

// knownScheme is the scheme that requests to the host go by, or "".
func (h *host) knownScheme() string {
	if scheme := h.scheme.Load(); scheme != nil {
		return *scheme
	}
	return ""
}

func (h *host) setScheme(scheme string) { h.scheme.Store(&scheme) }

package registry

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"golang.org/x/time/rate"
)

// host is what a client knows of one host, which several repositories share.
type host struct {
	name     string // with the port, where it is not that of the scheme
	http     *http.Client
	err      error // the settings cannot be used
	requests slots
	reads    slots
	writes   slots
	rate     *rate.Limiter
	mayPlain bool          // plain HTTP is allowed where there is no TLS
	patience time.Duration // with requests that stall

	scheme atomic.Pointer[string] // nil until it is known
	// probing is a slot for the one that finds it out.
	probing slots

	downMutex sync.Mutex
	downUntil time.Time // a mirror that did not answer is left alone until then

	credentials credentials
}

// defaultHostConcurrency bounds requests, downloads and uploads of one host,
// each for itself.
const defaultHostConcurrency = 16

// newHost needs the shared state to be locked.
func (c *Client) newHost(name string, settings HostSettings) *host {
	concurrency := settings.Concurrency
	if concurrency <= 0 {
		concurrency = max(defaultHostConcurrency, c.options.Concurrency)
	}
	created := &host{
		name:     name,
		probing:  make(slots, 1),
		patience: c.options.StallTimeout,
		requests: make(slots, concurrency),
		reads:    make(slots, concurrency),
		writes:   make(slots, concurrency),
	}
	if settings.RequestsPerSecond > 0 {
		created.rate = rate.NewLimiter(rate.Limit(settings.RequestsPerSecond), 1)
	}
	allowed := c.options.PlainHTTP || settings.PlainHTTP
	created.mayPlain = allowed || isLoopbackHost(hostname(name))
	if settings.PlainHTTP {
		created.setScheme("http")
	} else if !created.mayPlain {
		created.setScheme("https")
	}
	base, err := c.transportFor(settings)
	if err != nil {
		created.err = &configurationError{err}
		return created
	}
	guarded := transport.NewUserAgent(&tlsGuard{inner: base, allowed: allowed}, c.options.UserAgent)
	created.http = &http.Client{Transport: guarded, CheckRedirect: keepCredentials}
	created.credentials = credentials{keychain: c.options.Keychain, host: created}
	return created
}

// transportFor returns the common transport, or one of the host's own where it
// has certificates or rules for them.
func (c *Client) transportFor(settings HostSettings) (http.RoundTripper, error) {
	if settings.CAFile == "" && settings.ClientCertificateFile == "" && settings.ClientKeyFile == "" && !settings.SkipTLSVerify {
		return c.options.Transport, nil
	}
	common, ok := c.options.Transport.(*http.Transport)
	if !ok {
		return nil, fmt.Errorf("certificates of a configuration need an *http.Transport, not %T", c.options.Transport)
	}
	own := common.Clone()
	base := own.TLSClientConfig
	if base == nil {
		base = &tls.Config{}
	}
	var err error
	own.TLSClientConfig, err = settings.TLS(base)
	c.shared.own = append(c.shared.own, own)
	return own, err
}

// keepCredentials lets a request go on elsewhere, as registries redirect blobs
// to where they are stored, but without credentials.
func keepCredentials(request *http.Request, via []*http.Request) error {
	const most = 10
	if len(via) >= most {
		return fmt.Errorf("%w: more than %d redirects", ErrProtocol, most)
	}
	first := via[0].URL
	switch request.URL.Scheme {
	case "https":
	case "http":
		if first.Scheme == "https" {
			return fmt.Errorf("%w to %s, where %s redirects to", ErrPlainHTTP, request.URL.Host, first.Host)
		}
	default:
		return fmt.Errorf("%w: redirect to an address that is not HTTP", ErrProtocol)
	}
	// What was to change something must not end as a question that is answered
	// well, nor take what it carries, such as an identity token, to others.
	if method := via[0].Method; method != http.MethodGet && method != http.MethodHead &&
		(request.Method != method || request.URL.Host != first.Host) {
		return fmt.Errorf("%w: redirect of a request %s to %s", ErrProtocol, method, request.URL.Host)
	}
	if request.URL.Host != first.Host {
		request.Header.Del("Authorization")
	}
	return nil
}

// is tells whether an address is on this host.
func (h *host) is(address *url.URL) bool {
	if address.Host == h.name {
		return true
	}
	port := map[string]string{"https": "443", "http": "80"}[address.Scheme]
	return address.Port() == port && address.Hostname() == h.name
}

// send makes one request. On this host it goes by the host's scheme, whatever
// scheme the address has: registries behind a proxy often do not know their own.
// Where plain HTTP is allowed and nothing is known yet, HTTPS is tried first.
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
	response, err := h.tryTLS(request)
	if err == nil || request.Context().Err() != nil || isCertificateError(err) && !speaksPlainHTTP(err) {
		if err == nil {
			h.setScheme("https")
		}
		return response, err
	}
	again := request.Clone(request.Context())
	if request.GetBody != nil {
		body, bodyErr := request.GetBody()
		if bodyErr != nil {
			return nil, err
		}
		again.Body = body
	}
	again.URL.Scheme = "http"
	response, plainErr := h.http.Do(again)
	if plainErr == nil {
		h.setScheme("http")
		return response, nil
	}
	return nil, fmt.Errorf("%w (and by HTTPS: %w)", plainErr, err)
}

// tlsPatience is how long a host that may speak plain HTTP can take to answer
// over TLS.
const tlsPatience = 5 * time.Second

func (h *host) tryTLS(request *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(request.Context())
	timer := time.AfterFunc(tlsPatience, func() { cancel(errors.New("no answer over TLS")) })
	secure := request.Clone(ctx)
	secure.URL.Scheme = "https"
	response, err := h.http.Do(secure)
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

// isDown tells whether a mirror is left alone for a while.
func (h *host) isDown() bool {
	h.downMutex.Lock()
	defer h.downMutex.Unlock()
	return time.Now().Before(h.downUntil)
}

// setDown leaves a mirror alone for half a minute.
func (h *host) setDown() {
	h.downMutex.Lock()
	defer h.downMutex.Unlock()
	h.downUntil = time.Now().Add(30 * time.Second)
}

// slots bounds how much goes on at a time.
type slots chan struct{}

// take waits for a slot and returns how to give it back, once.
func (s slots) take(ctx context.Context) (func(), error) {
	select {
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case s <- struct{}{}:
		return sync.OnceFunc(func() { <-s }), nil
	}
}

func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return host
}

// closing does something after it was closed.
type closing struct {
	io.ReadCloser
	after func()
}

func (c *closing) Close() error {
	defer c.after()
	return c.ReadCloser.Close()
}

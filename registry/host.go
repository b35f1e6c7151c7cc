package registry

import (
	"context"
	"crypto/tls"
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
	mayPlain bool // plain HTTP is allowed where there is no TLS
	// plainFirst asks without TLS first, where both are possible.
	plainFirst bool
	patience   time.Duration // with requests that stall

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
	// Without a port the two schemes are two ports, and often two servers.
	_, _, noPort := net.SplitHostPort(name)
	created.plainFirst = isLoopbackHost(hostname(name)) && noPort == nil && !c.expectsTLS(settings)
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
	if !settings.concernTLS() {
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

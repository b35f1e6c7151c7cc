package registry

import (
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
)

// Client talks to registries. It is safe for concurrent use, and meant to be
// shared: it remembers tokens, connections and which mirrors are down.
type Client struct {
	options Options
	// shared is what a client and its WithoutMirrors have in common.
	shared *sharedState
	// withoutMirrors asks the registry itself, also to pull.
	withoutMirrors bool

	manifests inflight[*Manifest]
	blobs     inflight[[]byte]
}

type sharedState struct {
	mutex sync.Mutex
	hosts map[hostKey]*host
	// own are the transports that the client made itself.
	own []*http.Transport

	readOnlyCache sync.Once
	progress      sync.Mutex
}

// NewClient returns a client. It makes no request.
func NewClient(options Options) *Client {
	if options.Keychain == nil {
		options.Keychain = authn.DefaultKeychain
	}
	if options.Concurrency <= 0 {
		options.Concurrency = defaultConcurrency
	}
	if options.StallTimeout <= 0 {
		options.StallTimeout = defaultStallTimeout
	}
	options.Retry = options.Retry.withDefaults()
	shared := &sharedState{hosts: map[hostKey]*host{}}
	if options.Transport == nil {
		base := http.DefaultTransport.(*http.Transport).Clone()
		base.MaxIdleConnsPerHost = max(options.Concurrency, defaultHostConcurrency)
		// Blobs are compressed, and their bytes are what the digest is of.
		base.DisableCompression = true
		options.Transport, shared.own = base, append(shared.own, base)
	}
	return &Client{options: options, shared: shared}
}

// CloseIdleConnections closes the connections that wait for the next request. Whoever
// is done with a client calls it: they would stay open for a minute and a half, each
// with its goroutines. The client can be used afterwards. The connections of a
// transport that the options gave are the caller's, and stay.
func (c *Client) CloseIdleConnections() {
	c.shared.mutex.Lock()
	defer c.shared.mutex.Unlock()
	for _, transport := range c.shared.own {
		transport.CloseIdleConnections()
	}
}

// WithoutMirrors returns a client that asks no mirror, for whoever has to know
// what the registry itself has: before it changes that, above all. The two share
// connections, tokens, limits and the cache.
func (c *Client) WithoutMirrors() *Client {
	return &Client{options: c.options, shared: c.shared, withoutMirrors: true}
}

// ParseReference parses "host/repository:tag" or "host/repository@digest" as
// Docker does: without a host it is Docker Hub, without a tag "latest". The
// error matches [ErrInvalidReference].
func (c *Client) ParseReference(reference string) (name.Reference, error) {
	parsed, err := name.ParseReference(reference, c.nameOptions()...)
	if err == nil {
		err = checkPath(parsed.Context())
	}
	if err != nil {
		return nil, invalidReference("parse reference", reference, err)
	}
	return parsed, nil
}

// invalidReference is the error for a reference that does not parse. One with a user
// name and a password in it must not get into messages and logs.
func invalidReference(operation, reference string, err error) error {
	if shown := withoutUser(reference); shown != reference {
		reference, err = shown, faultError("it holds an @ that begins no digest; credentials are for packstage login")
	}
	return &Error{Operation: operation, Reference: reference, Kind: ErrInvalidReference, Err: err}
}

// withoutUser hides what stands before an @, unless a digest follows.
func withoutUser(reference string) string {
	name, digest := reference, ""
	if at := strings.LastIndex(reference, "@sha256:"); at >= 0 {
		name, digest = reference[:at], reference[at:]
	}
	if at := strings.LastIndexByte(name, '@'); at >= 0 {
		name = "…" + name[at:]
	}
	return name + digest
}

// checkPath refuses names that would make another path of a request's, which the
// parser lets through (OCI distribution specification 1.1, "Pulling manifests").
func checkPath(repository name.Repository) error {
	for _, part := range strings.Split(repository.RepositoryStr(), "/") {
		if strings.Trim(part, "._-") == "" {
			return fmt.Errorf("%q has a part that is no name", repository.RepositoryStr())
		}
	}
	return nil
}

func (c *Client) nameOptions() []name.Option {
	if c.options.PlainHTTP {
		return []name.Option{name.Insecure}
	}
	return nil
}

// report passes progress on, one call at a time.
func (c *Client) report(progress Progress) {
	if c.options.Progress == nil {
		return
	}
	c.shared.progress.Lock()
	defer c.shared.progress.Unlock()
	c.options.Progress(progress)
}

package registry

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// Client talks to registries. It is safe for concurrent use.
type Client struct {
	options   Options
	transport http.RoundTripper

	mutex       sync.Mutex
	connections map[connectionKey]*connection

	progress sync.Mutex
}

// NewClient returns a client. It makes no request.
func NewClient(options Options) *Client {
	if options.Keychain == nil {
		options.Keychain = authn.DefaultKeychain
	}
	if options.Concurrency <= 0 {
		options.Concurrency = defaultConcurrency
	}
	if options.Transport == nil {
		base := http.DefaultTransport.(*http.Transport).Clone()
		base.MaxIdleConnsPerHost = options.Concurrency
		// Blobs are compressed, and their bytes are what the digest is of.
		base.DisableCompression = true
		options.Transport = base
	}
	guarded := &tlsGuard{inner: options.Transport, allowed: options.PlainHTTP}
	return &Client{
		options:     options,
		transport:   transport.NewUserAgent(guarded, options.UserAgent),
		connections: map[connectionKey]*connection{},
	}
}

// ParseReference parses "host/repository:tag" or "host/repository@digest" as
// Docker does: without a host it is Docker Hub, without a tag "latest". The
// error matches [ErrInvalidReference].
func (c *Client) ParseReference(reference string) (name.Reference, error) {
	parsed, err := name.ParseReference(reference, c.nameOptions()...)
	if err != nil {
		return nil, &Error{Operation: "parse reference", Reference: reference, Kind: ErrInvalidReference, Err: err}
	}
	return parsed, nil
}

func (c *Client) nameOptions() []name.Option {
	if c.options.PlainHTTP {
		return []name.Option{name.Insecure}
	}
	return nil
}

// connection is an authenticated way to one repository.
type connection struct {
	once   sync.Once
	client *http.Client
	err    error
}

type connectionKey struct {
	repository string
	scope      string
}

// connect returns the way to a repository for pulling or pushing. The handshake
// is made once; one that failed is forgotten, so that the next call tries anew.
func (c *Client) connect(ctx context.Context, repository name.Repository, scope string) (*http.Client, error) {
	key := connectionKey{repository: repository.Name(), scope: scope}
	for {
		c.mutex.Lock()
		found, ok := c.connections[key]
		if !ok {
			found = &connection{}
			c.connections[key] = found
		}
		c.mutex.Unlock()

		mine := false
		found.once.Do(func() {
			mine = true
			found.client, found.err = c.handshake(ctx, repository, scope)
		})
		if found.err == nil {
			return found.client, nil
		}
		c.mutex.Lock()
		if c.connections[key] == found {
			delete(c.connections, key)
		}
		c.mutex.Unlock()
		// Another caller's handshake may have ended with that caller's context.
		if mine || !isContextError(found.err) || ctx.Err() != nil {
			return nil, found.err
		}
	}
}

func (c *Client) handshake(ctx context.Context, repository name.Repository, scope string) (*http.Client, error) {
	authenticator, err := authn.Resolve(ctx, c.options.Keychain, repository)
	if err != nil {
		return nil, &Error{
			Operation: "read credentials for", Reference: repository.Name(), Host: repository.RegistryStr(),
			Kind: ErrUnauthorized, Err: err,
		}
	}
	authenticated, err := transport.NewWithContext(ctx, repository.Registry, authenticator, c.transport, []string{repository.Scope(scope)})
	if err != nil {
		return nil, err
	}
	return &http.Client{Transport: authenticated}, nil
}

func isContextError(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// call is one request and what its errors are told with.
type call struct {
	operation  string
	reference  string
	repository name.Repository
	scope      string // transport.PullScope or transport.PushScope
	method     string
	// address is the URL, or a path below the repository where it begins
	// without a scheme.
	address string
	header  http.Header
	body    io.Reader
	// length of the body; it is needed where body is not a standard reader.
	length int64
	// want are the statuses that are no error.
	want []int
}

// do makes a request. The caller closes the body of the response. Each error is
// an [Error].
func (c *Client) do(ctx context.Context, call call) (*http.Response, error) {
	host := call.repository.RegistryStr()
	fail := func(err error) error { return classify(ctx, call.operation, call.reference, host, err) }
	client, err := c.connect(ctx, call.repository, call.scope)
	if err != nil {
		return nil, fail(err)
	}
	address := call.address
	if !strings.Contains(address, "://") {
		address = call.repository.Scheme() + "://" + host + "/v2/" + call.repository.RepositoryStr() + "/" + address
	}
	request, err := http.NewRequestWithContext(ctx, call.method, address, call.body)
	if err != nil {
		return nil, fail(err)
	}
	for key, values := range call.header {
		request.Header[key] = values
	}
	if call.body != nil {
		request.ContentLength = call.length
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, fail(err)
	}
	if err := transport.CheckError(response, call.want...); err != nil {
		_ = response.Body.Close()
		return nil, fail(err)
	}
	return response, nil
}

// report passes progress on, one call at a time.
func (c *Client) report(progress Progress) {
	if c.options.Progress == nil {
		return
	}
	c.progress.Lock()
	defer c.progress.Unlock()
	c.options.Progress(progress)
}

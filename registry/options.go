package registry

import (
	"net/http"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"

	"github.com/packstage/packstage/registry/cache"
)

// Options says how a [Client] talks to registries. The zero value uses the
// credentials of Docker's configuration, HTTPS, no mirrors and no cache, and
// moves four blobs at a time.
type Options struct {
	// Keychain finds the credentials for a registry. Nil is Docker's
	// configuration file with its credential helpers. It is asked when a
	// registry wants credentials, and not before; and again when the registry
	// refuses what it said, or a token has to be renewed.
	Keychain authn.Keychain
	// Transport carries the requests. Nil is Go's default transport, which
	// honours the proxy variables. A transport of the caller's must not
	// decompress bodies. Certificates of the configuration need an
	// [*http.Transport] here, or nil.
	Transport http.RoundTripper
	// Configuration says which registries have mirrors, other places,
	// certificates or limits. Nil is none.
	Configuration *Configuration
	// PlainHTTP allows requests without TLS to hosts other than this machine:
	// whoever is on the way can then read credentials and packages. Digests
	// still protect what is pulled by digest.
	PlainHTTP bool
	// UserAgent is sent in front of the library's own name.
	UserAgent string
	// Concurrency is the number of blobs that one push moves at a time, and of
	// idle connections that are kept to a host. Default 4.
	Concurrency int
	// Retry says when a request is made again.
	Retry RetryPolicy
	// StallTimeout is how long a request may go on with hardly a byte, fewer than
	// 16 KiB, in either direction before it counts as broken, and is made once
	// more. The end of an upload may take four times as long, since registries
	// then put away what they got. Default half a minute.
	StallTimeout time.Duration
	// Cache keeps manifests and blobs. Nil is none.
	Cache *cache.Cache
	// Progress is told how far transfers are. Calls come one at a time and
	// should return at once.
	Progress func(Progress)
	// Warn is told of trouble that a call got over: a mirror that did not
	// answer, a cache that cannot be written. It may be called concurrently.
	Warn func(error)
}

const (
	defaultConcurrency  = 4
	defaultStallTimeout = 30 * time.Second
)

// Direction says which way a blob goes.
type Direction string

const (
	// Pull is from a registry to this process.
	Pull Direction = "pull"
	// Push is from this process to a registry.
	Push Direction = "push"
)

// Progress is the state of the transfer of one blob.
type Progress struct {
	Direction Direction
	// Repository is the full name of the repository.
	Repository string
	// Digest of the blob.
	Digest string
	// Complete and Total count bytes. Complete can fall when a transfer starts
	// again.
	Complete, Total int64
	// Skipped is set where the registry had the blob already, or the cache.
	Skipped bool
}

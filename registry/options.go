package registry

import (
	"net/http"

	"github.com/google/go-containerregistry/pkg/authn"
)

// Options says how a [Client] talks to registries. The zero value uses the
// credentials of Docker's configuration, HTTPS, and moves four blobs at a time.
type Options struct {
	// Keychain finds the credentials for a registry. Nil is Docker's
	// configuration file with its credential helpers.
	Keychain authn.Keychain
	// Transport carries the requests. Nil is Go's default transport, which
	// honours the proxy variables. A transport of the caller's must not decompress bodies.
	Transport http.RoundTripper
	// PlainHTTP allows requests without TLS to hosts other than this machine:
	// whoever is on the way can then read credentials and packages. Digests
	// still protect what is pulled by digest.
	PlainHTTP bool
	// UserAgent is sent in front of the library's own name.
	UserAgent string
	// Concurrency is the number of blobs that one push moves at a time, and of
	// idle connections that are kept to a host. Default 4.
	Concurrency int
	// Progress is told how far transfers are. Calls come one at a time and
	// should return at once.
	Progress func(Progress)
}

const defaultConcurrency = 4

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
	// Complete and Total count bytes.
	Complete, Total int64
	// Skipped is set where the registry had the blob already.
	Skipped bool
}

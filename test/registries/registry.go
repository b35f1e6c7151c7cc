package registries

import (
	"cmp"
	"crypto/tls"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// Server is a kind of registry.
type Server string

// All kinds of registry.
const (
	// Distribution is the registry of the CNCF distribution project, a process
	// of its own.
	Distribution Server = "distribution"
	// ContainerRegistry is the registry of go-containerregistry.
	ContainerRegistry Server = "go-containerregistry"
	// Packstage is our own: "packstage registry serve" where it needs neither
	// users nor TLS, its handler behind guards where it does.
	Packstage Server = "packstage"
)

// Auth is how a registry tells who a client is.
type Auth string

// All ways to tell who a client is.
const (
	// Anonymous lets everybody do everything.
	Anonymous Auth = "anonymous"
	// Basic is a user name and a password with every request.
	Basic Auth = "basic"
	// Token is a token of a token server, for which it wants a user name and a
	// password. Tokens are signed with RS256 over plain HTTP and ES256 over TLS.
	Token Auth = "token"
	// PublicPull is Token with a token server that lets everybody read.
	PublicPull Auth = "public-pull"
)

// Transport is how a registry is reached.
type Transport string

// All transports.
const (
	// PlainHTTP is HTTP without TLS.
	PlainHTTP Transport = "http"
	// TLS is HTTPS with a certificate of an authority that nobody else knows.
	TLS Transport = "tls"
	// MutualTLS is TLS that asks for a client certificate of that authority.
	MutualTLS Transport = "mtls"
)

// Servers are the rows of the matrix.
func Servers() []Server { return []Server{Distribution, ContainerRegistry, Packstage} }

// Auths are the columns of the matrix.
func Auths() []Auth { return []Auth{Anonymous, Basic, Token} }

// Transports are the layers of the matrix.
func Transports() []Transport { return []Transport{PlainHTTP, TLS, MutualTLS} }

// Options say what kind of registry to start. The zero value of each field is
// the first of its constants.
type Options struct {
	Server    Server
	Auth      Auth
	Transport Transport
	// Authority issues the certificates. Nil is a new one.
	Authority *Authority
}

// String names the options as tests do: "distribution/basic/tls".
func (o Options) String() string {
	o = o.withDefaults()
	return fmt.Sprintf("%s/%s/%s", o.Server, o.Auth, o.Transport)
}

func (o Options) withDefaults() Options {
	o.Server = cmp.Or(o.Server, Distribution)
	o.Auth = cmp.Or(o.Auth, Anonymous)
	o.Transport = cmp.Or(o.Transport, PlainHTTP)
	return o
}

// Registry is a registry that runs until its test ends.
type Registry struct {
	Options
	// Host is its address: host and port.
	Host string
	// Client is a certificate to show to it. Its files are empty unless the
	// transport is MutualTLS.
	Client Pair
	// Tokens is its token server, nil where it has none.
	Tokens *TokenServer

	user credentials
	stop func()
	// aliases are other addresses of the registry.
	aliases []string
}

// Start starts a registry and waits until it answers. It ends with the test.
func Start(t testing.TB, options Options) *Registry {
	t.Helper()
	options = options.withDefaults()
	if options.Authority == nil {
		options.Authority = NewAuthority(t)
	}
	r := &Registry{Options: options, user: credentials{"robot", secret("password")}}
	var secured *serverTLS
	if options.Transport != PlainHTTP {
		secured = &serverTLS{pair: options.Authority.Server(t), authority: options.Authority, mutual: options.Transport == MutualTLS}
	}
	if options.Transport == MutualTLS {
		r.Client = options.Authority.Client(t)
	}
	if options.Auth == Token || options.Auth == PublicPull {
		var by signer = newKeySetSigner(t)
		if secured != nil {
			by = &certificateSigner{pair: options.Authority.Client(t)}
		}
		r.Tokens = newTokenServer(t, by, r.user, options.Auth == PublicPull, secured.withoutClients())
	}
	switch options.Server {
	case Distribution:
		r.Host, r.stop = startDistribution(t, r, secured)
	case ContainerRegistry:
		r.Host, r.stop = serve(t, r.guard(newContainerRegistry()), secured)
	case Packstage:
		r.Host, r.stop = startPackstage(t, r, secured)
	default:
		require.Fail(t, "unknown server", "%s", options.Server)
	}
	return r
}

// Stop ends the registry before its test does. More calls do nothing.
func (r *Registry) Stop() { r.stop() }

// goAway stops the registry and gives it an address that nobody listens on: its own may
// be another test's at once.
func (r *Registry) goAway() {
	r.Stop()
	r.Host = "127.0.0.1:1"
}

// Username is the name of the only user.
func (r *Registry) Username() string { return r.user.name }

// Password is that of the only user, another one for each registry.
func (r *Registry) Password() string { return r.user.password }

// CAFile is the certificate of the authority, or "" where there is no TLS.
func (r *Registry) CAFile() string {
	if r.Transport == PlainHTTP {
		return ""
	}
	return r.Authority.File
}

// URL is the registry's address with its scheme.
func (r *Registry) URL() string {
	if r.Transport == PlainHTTP {
		return "http://" + r.Host
	}
	return "https://" + r.Host
}

// HTTPTransport trusts the registry's certificate and shows the client's.
func (r *Registry) HTTPTransport() *http.Transport {
	config := &tls.Config{RootCAs: r.Authority.Pool()}
	if r.Transport == MutualTLS {
		config.Certificates = []tls.Certificate{r.Client.TLS}
	}
	return &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}
}

// Secrets is everything that no output may hold.
func (r *Registry) Secrets() []string {
	secrets := []string{r.user.password, r.user.basic(), refreshToken}
	if r.Tokens != nil {
		secrets = append(secrets, r.Tokens.Issued()...)
	}
	return secrets
}

// guard puts the registry's way to tell clients apart before a handler that has
// none.
func (r *Registry) guard(handler http.Handler) http.Handler {
	switch r.Auth {
	case Basic:
		return basicGuard(handler, r.user)
	case Token, PublicPull:
		return tokenGuard(handler, r.Tokens)
	}
	return handler
}

// writeFile writes a file of a server into a folder of the test.
func writeFile(t testing.TB, folder, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(folder, name)
	require.NoError(t, os.WriteFile(path, content, 0o600))
	return path
}

// root is the folder of the project.
var root = sync.OnceValues(func() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, ".ci", "e2e-tools")); err == nil {
			return folder, nil
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			return "", fmt.Errorf("no folder above the test holds .ci/e2e-tools")
		}
		folder = parent
	}
})

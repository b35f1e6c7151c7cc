package registry

import (
	"context"
	"net/http"
	"net/url"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
)

// Authenticate shows a registry credentials, in the way that it asks for, and
// returns nil where it takes them. A registry that asks nobody takes all. Nothing
// is remembered. Host is that of the registry; mirrors and locations of the
// configuration are not asked.
//
// Errors are an [Error] that matches [ErrUnauthorized] where the credentials are
// wrong, and [ErrInvalidReference] where the host does not parse.
func (c *Client) Authenticate(ctx context.Context, host string, credentials authn.AuthConfig) error {
	const operation = "log in"
	if message, hint := placeFault(host); message != "" {
		return invalidReference(operation, host, faultError(message+": "+hint))
	}
	registry, err := name.NewRegistry(host, c.nameOptions()...)
	if err != nil {
		return invalidReference(operation, host, err)
	}
	// A client of its own knows no tokens of others, and nobody gets these.
	options := c.options
	options.Keychain = keychainOf(credentials)
	options.Progress = nil
	alone := NewClient(options)
	defer alone.CloseIdleConnections()
	var settings HostSettings
	if entry, _ := options.Configuration.find(registry.Name()); entry != nil {
		settings = entry.settings()
	}
	there := &place{host: alone.host(registry.RegistryStr(), settings), repository: registry.Repo()}
	answer, err := alone.do(ctx, call{
		operation: operation, place: there, repository: there.repository, method: http.MethodGet,
		at: &url.URL{Scheme: "https", Host: registry.RegistryStr(), Path: "/v2/"}, want: []int{http.StatusOK},
	})
	if err != nil {
		return err
	}
	return answer.Body.Close()
}

type faultError string

func (e faultError) Error() string { return string(e) }

// keychainOf has the same credentials for all.
type keychainOf authn.AuthConfig

func (k keychainOf) Resolve(authn.Resource) (authn.Authenticator, error) {
	return authn.FromConfig(authn.AuthConfig(k)), nil
}

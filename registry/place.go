package registry

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/google/go-containerregistry/pkg/name"
)

// place is where a repository is: itself, or a mirror of it.
type place struct {
	host       *host
	repository name.Repository
}

// places returns where to ask for a repository, in order. There is at least one.
func (c *Client) places(repository name.Repository, pull bool) ([]*place, error) {
	var places []*place
	for _, endpoint := range c.options.Configuration.Endpoints(repository.Name(), pull && !c.withoutMirrors) {
		there, err := name.NewRepository(endpoint.Repository, c.nameOptions()...)
		if err != nil {
			return nil, &configurationError{err}
		}
		places = append(places, &place{host: c.host(there.RegistryStr(), endpoint.Settings), repository: there})
	}
	return places, nil
}

// self is the registry itself, for what no mirror is asked.
func (c *Client) self(ctx context.Context, call call) (*place, error) {
	places, err := c.places(call.repository, false)
	if err != nil {
		return nil, c.fail(ctx, call, call.repository.RegistryStr(), err)
	}
	return places[len(places)-1], nil
}

// host returns what is known of a host.
func (c *Client) host(name string, settings HostSettings) *host {
	c.shared.mutex.Lock()
	defer c.shared.mutex.Unlock()
	key := hostKey{name, settings}
	known, ok := c.shared.hosts[key]
	if !ok {
		known = c.newHost(name, settings)
		c.shared.hosts[key] = known
	}
	return known
}

// hostKey tells apart hosts that are spoken to in several ways, by the settings
// of several prefixes.
type hostKey struct {
	name     string
	settings HostSettings
}

// scopes are those of a token for the call.
func (p *place) scopes(call call) []string {
	if p.repository.RepositoryStr() == "" { // about the registry as a whole
		return nil
	}
	actions := "pull"
	if call.push {
		actions = "pull,push"
	}
	if call.method == http.MethodDelete {
		actions = "pull,push,delete"
	}
	scopes := []string{"repository:" + p.repository.RepositoryStr() + ":" + actions}
	if call.mountFrom != "" {
		scopes = append(scopes, "repository:"+call.mountFrom+":pull")
	}
	return scopes
}

// request makes the request without credentials and body.
func (p *place) request(ctx context.Context, call call) (*http.Request, error) {
	address := call.at
	if address == nil {
		address = &url.URL{
			Scheme:   "https",
			Host:     p.host.name,
			Path:     "/v2/" + p.repository.RepositoryStr() + "/" + call.path,
			RawQuery: call.query.Encode(),
		}
	}
	request, err := http.NewRequestWithContext(ctx, call.method, address.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("%w: the registry gave an address that cannot be used", ErrProtocol)
	}
	for key, values := range call.header {
		request.Header[key] = values
	}
	return request, nil
}

package credentials

import (
	"context"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
)

// Resolve is ResolveContext without a context.
func (s *Store) Resolve(target authn.Resource) (authn.Authenticator, error) {
	return s.ResolveContext(context.Background(), target)
}

// ResolveContext returns the credentials for a registry or repository: those of
// the file that are about the repository or the nearest path above it, then those
// of the credential helper, then those of the file for the host.
// [authn.Anonymous] is where there are none. The file is read anew each time.
//
// A helper that is missing or fails is a [*HelperError].
func (s *Store) ResolveContext(ctx context.Context, target authn.Resource) (authn.Authenticator, error) {
	read, err := s.read()
	if err != nil || read == nil {
		return authn.Anonymous, err
	}
	host := target.RegistryStr()
	for place := target.String(); place != host && strings.HasPrefix(place, host+"/"); place = place[:strings.LastIndexByte(place, '/')] {
		if found, err := read.find(place); err != nil || found != (authn.AuthConfig{}) {
			return authn.FromConfig(found), err
		}
	}
	if name, setting := read.helper(host); name != "" {
		found, err := s.helper(name, setting, host).get(ctx)
		if err != nil || found != (authn.AuthConfig{}) {
			return authn.FromConfig(found), err
		}
	}
	found, err := read.find(host)
	if err != nil || found == (authn.AuthConfig{}) {
		return authn.Anonymous, err
	}
	return authn.FromConfig(found), nil
}

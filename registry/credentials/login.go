package credentials

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
)

// Authenticator shows credentials to a registry; a registry.Client is one.
type Authenticator interface {
	Authenticate(ctx context.Context, host string, credentials authn.AuthConfig) error
}

// Kept says where a secret is.
type Kept struct {
	// File is the configuration file.
	File string
	// Helper is the name of the credential helper that has the secret. Empty is
	// none: it is in File, and not encrypted.
	Helper string
}

// Login proves the credentials to a registry and then keeps them, with the
// credential helper that is configured for the host, or else in config.json. The
// user name "<token>" says that the secret is an identity token. Nothing is kept
// where the registry does not take them: the error is then the authenticator's,
// which matches registry.ErrUnauthorized where they are wrong.
func (s *Store) Login(ctx context.Context, registry Authenticator, host, username, secret string) (Kept, error) {
	if username == "" || secret == "" {
		return Kept{}, fmt.Errorf("log in to %s: %w", host, errors.New("a user name and a secret are needed"))
	}
	if strings.Contains(username, ":") {
		return Kept{}, fmt.Errorf("log in to %s: %w", host, errors.New("a user name holds no colon"))
	}
	if _, err := s.path(); err != nil {
		return Kept{}, fmt.Errorf("log in to %s: %w", host, err)
	}
	shown := authn.AuthConfig{Username: username, Password: secret}
	if username == identityUser {
		shown = authn.AuthConfig{IdentityToken: secret}
	}
	if err := registry.Authenticate(ctx, host, shown); err != nil {
		return Kept{}, err
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	read, err := s.open()
	if err != nil {
		return Kept{}, err
	}
	kept := Kept{File: read.path}
	value := encodeEntry(shown)
	if name, setting := read.helper(host); name != "" {
		used := s.helper(name, setting, host)
		if err := used.store(ctx, username, secret); err != nil {
			return Kept{}, err
		}
		kept.Helper = used.program
		// The entry says that somebody has logged in, as Docker has it; an older
		// secret must not stay in it.
		value = entry{}
	}
	if err := read.set(host, value); err != nil {
		return Kept{}, fmt.Errorf("log in to %s: %w", host, err)
	}
	return kept, read.write()
}

func encodeEntry(shown authn.AuthConfig) entry {
	if shown.IdentityToken != "" {
		return entry{IdentityToken: shown.IdentityToken}
	}
	return entry{Auth: encodeAuth(shown.Username, shown.Password)}
}

// Logout removes the credentials of a host from the credential helper and from
// config.json, and tells whether the file had an entry for it. Credentials in
// Podman's files stay.
func (s *Store) Logout(ctx context.Context, host string) (bool, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	read, err := s.open()
	if err != nil {
		return false, fmt.Errorf("log out of %s: %w", host, err)
	}
	if name, setting := read.helper(host); name != "" {
		if err := s.helper(name, setting, host).erase(ctx); err != nil {
			return false, err
		}
	}
	if !read.remove(host) {
		return false, nil
	}
	return true, read.write()
}

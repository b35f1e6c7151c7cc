package registry

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
)

// credentials is how a client shows one host who it is. A request goes without
// credentials until the host asks for some; after that, with what it asked for.
type credentials struct {
	keychain authn.Keychain
	host     *host

	mutex sync.Mutex
	// asked is the last challenge of the host; nil is none so far.
	asked *challenge
	// tokens by the scopes that they are for.
	tokens map[string]token
	// users are what the keychain said, by repository: a credential helper is a
	// program, which is not to be run for each request.
	users map[string]authn.AuthConfig
	// fetching shares tokens that several requests want at the same time.
	fetching inflight[token]
}

// token is a bearer token.
type token struct {
	value string
	// until is when it is not used any more; zero is never.
	until time.Time
}

// header returns the Authorization header for a request within the scopes, and
// "" for a request without credentials.
func (c *credentials) header(ctx context.Context, repository name.Repository, scopes []string) (string, error) {
	c.mutex.Lock()
	asked := c.asked
	known, ok := c.tokens[tokenKey(scopes)]
	user, hasUser := c.users[repository.Name()]
	c.mutex.Unlock()
	switch {
	case asked == nil:
		return "", nil
	case asked.scheme == "basic":
		if !hasUser {
			var err error
			if user, err = c.find(ctx, repository); err != nil {
				return "", err
			}
		}
		return basicHeader(user), nil
	case ok && (known.until.IsZero() || time.Now().Before(known.until)):
		return "Bearer " + known.value, nil
	}
	fetched, err := c.fetch(ctx, repository, asked, scopes)
	if err != nil {
		return "", err
	}
	return "Bearer " + fetched.value, nil
}

// challenged learns from an answer 401. It returns false where there is nothing
// more to show than was shown.
func (c *credentials) challenged(ctx context.Context, repository name.Repository, scopes []string, shown string, response *http.Response) (bool, error) {
	usable := pickChallenge(parseChallenges(response.Header.Values("WWW-Authenticate")))
	if usable == nil {
		if shown != "" {
			return false, nil
		}
		// Nothing says how; a registry that knows nothing but passwords is the
		// likeliest to leave that out.
		usable = &challenge{scheme: "basic"}
	}
	switch usable.scheme {
	case "basic":
		user, err := c.find(ctx, repository)
		if err != nil {
			return false, err
		}
		header := basicHeader(user)
		if header == "" || header == shown {
			return false, nil
		}
		c.mutex.Lock()
		defer c.mutex.Unlock()
		c.asked = usable
		return true, nil
	default:
		// A token that was shown is too old, or lacks a scope that the registry
		// names now. A second refusal of a new one is final for the caller.
		c.mutex.Lock()
		c.asked = usable
		current, ok := c.tokens[tokenKey(scopes)]
		if ok && shown != "Bearer "+current.value {
			c.mutex.Unlock()
			return true, nil // another request has got a new one meanwhile
		}
		delete(c.tokens, tokenKey(scopes))
		c.mutex.Unlock()
		_, err := c.fetch(ctx, repository, usable, scopes)
		return err == nil, err
	}
}

// fetch gets a token and remembers it.
func (c *credentials) fetch(ctx context.Context, repository name.Repository, asked *challenge, scopes []string) (token, error) {
	key := repository.Name() + " " + tokenKey(scopes) + " " + asked.parameters["scope"]
	return c.fetching.do(ctx, key, func(ctx context.Context) (token, error) {
		return c.fetchOne(ctx, repository, asked, scopes)
	})
}

func (c *credentials) fetchOne(ctx context.Context, repository name.Repository, asked *challenge, scopes []string) (token, error) {
	user, err := c.find(ctx, repository)
	if err != nil {
		return token{}, err
	}
	wanted := slices.Clone(scopes)
	if scope := asked.parameters["scope"]; scope != "" && !slices.Contains(wanted, scope) && sameRepository(scope, scopes) {
		// Some token servers look at the first scope only.
		wanted = append([]string{scope}, wanted...)
	}
	fetched, err := c.exchange(ctx, asked, user, wanted)
	if err != nil {
		return token{}, err
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.tokens == nil {
		c.tokens = map[string]token{}
	}
	c.tokens[tokenKey(scopes)] = fetched
	return fetched, nil
}

// sameRepository keeps the scope of a challenge that was about one repository
// from being asked for with another.
func sameRepository(scope string, scopes []string) bool {
	resource := func(scope string) string { return scope[:max(0, strings.LastIndexByte(scope, ':'))] }
	return slices.ContainsFunc(scopes, func(other string) bool { return resource(other) == resource(scope) })
}

// find asks the keychain, and remembers what it says until the host refuses it.
func (c *credentials) find(ctx context.Context, repository name.Repository) (authn.AuthConfig, error) {
	found, err := authn.Resolve(ctx, c.keychain, repository)
	if err != nil {
		return authn.AuthConfig{}, &credentialError{err}
	}
	user, err := authn.Authorization(ctx, found)
	if err != nil {
		return authn.AuthConfig{}, &credentialError{err}
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.users == nil {
		c.users = map[string]authn.AuthConfig{}
	}
	c.users[repository.Name()] = *user
	return *user, nil
}

// credentialError is trouble with reading credentials.
type credentialError struct{ err error }

func (e *credentialError) Error() string   { return "read credentials: " + e.err.Error() }
func (e *credentialError) Unwrap() []error { return []error{ErrUnauthorized, e.err} }

func basicHeader(user authn.AuthConfig) string {
	switch {
	case user.Auth != "":
		return "Basic " + user.Auth
	case user.Username != "" || user.Password != "":
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(user.Username+":"+user.Password))
	case user.RegistryToken != "":
		return "Bearer " + user.RegistryToken
	default:
		return ""
	}
}

// pickChallenge returns the first challenge that can be answered.
func pickChallenge(challenges []challenge) *challenge {
	for _, one := range challenges {
		if one.scheme == "basic" || one.scheme == "bearer" && one.parameters["realm"] != "" {
			return &one
		}
	}
	return nil
}

func tokenKey(scopes []string) string { return strings.Join(scopes, " ") }

var errNoToken = errors.New("the answer holds no token")

func tokenFault(host, format string, arguments ...any) error {
	return fmt.Errorf("%w: the registry names %s as its token server: %s", ErrProtocol, host, fmt.Sprintf(format, arguments...))
}

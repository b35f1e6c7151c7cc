package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
)

const (
	maxTokenBytes = 64 << 10
	// clientID is how the token server's log names this program.
	clientID = "packstage"
	// defaultTokenLife is that of a token whose server does not say.
	defaultTokenLife = time.Minute
)

// exchange asks the token server that the challenge names for a token: with an
// identity token by OAuth2, else with user name and password or nothing
// (distribution's specifications "token" and "oauth").
func (c *credentials) exchange(ctx context.Context, asked *challenge, user authn.AuthConfig, scopes []string) (token, error) {
	if user.RegistryToken != "" {
		return token{value: user.RegistryToken}, nil
	}
	realm, err := c.realm(asked)
	if err != nil {
		return token{}, err
	}
	query := url.Values{}
	if service := asked.parameters["service"]; service != "" {
		query.Set("service", service)
	}
	if user.IdentityToken != "" {
		query.Set("grant_type", "refresh_token")
		query.Set("refresh_token", user.IdentityToken)
		query.Set("client_id", clientID)
		query.Set("scope", strings.Join(scopes, " "))
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, realm.String(), strings.NewReader(query.Encode()))
		if err != nil {
			return token{}, err
		}
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		fetched, err := c.requestToken(request)
		var refused *tokenError
		if errors.As(err, &refused) {
			refused.answer.hide("Bearer " + user.IdentityToken)
		}
		return fetched, err
	}
	for _, scope := range scopes {
		query.Add("scope", scope)
	}
	for key, values := range realm.Query() {
		query[key] = append(query[key], values...)
	}
	realm.RawQuery = query.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, realm.String(), nil)
	if err != nil {
		return token{}, err
	}
	if header := basicHeader(user); header != "" {
		request.Header.Set("Authorization", header)
	}
	return c.requestToken(request)
}

// realm is the address of the token server. A registry chooses it, and the
// password goes there: it must not lead from the internet into this network,
// nor from TLS to plain HTTP.
func (c *credentials) realm(asked *challenge) (*url.URL, error) {
	realm, err := url.Parse(asked.parameters["realm"])
	if err != nil || realm.Host == "" {
		return nil, fmt.Errorf("%w: the address of the token server does not parse", ErrProtocol)
	}
	switch realm.Scheme {
	case "https":
	case "http":
		if c.host.knownScheme() != "http" {
			return nil, fmt.Errorf("%w: %w to the token server %s of a registry with TLS", ErrProtocol, ErrPlainHTTP, realm.Host)
		}
	default:
		return nil, tokenFault(realm.Host, "it is neither HTTPS nor HTTP")
	}
	if realm.Host != c.host.name && isInternal(realm.Hostname()) && !isInternal(hostname(c.host.name)) {
		return nil, tokenFault(realm.Host, "that is an address of this network, the registry %s is not", c.host.name)
	}
	return realm, nil
}

// isInternal tells whether a host is an address or name of this machine or of a
// private network.
func isInternal(host string) bool {
	if isLoopbackHost(host) {
		return true
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	shared := net.IPNet{IP: net.IPv4(100, 64, 0, 0), Mask: net.CIDRMask(10, 32)} // RFC 6598
	return ip != nil && (ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsUnspecified() || shared.Contains(ip))
}

func (c *credentials) requestToken(request *http.Request) (token, error) {
	// A token is less than a watch takes for progress: all of it has to come within
	// one patience.
	watched, watch := newWatch(request.Context(), c.host.patience)
	defer watch.end()
	response, err := c.host.http.Do(request.WithContext(watched))
	if err != nil {
		return token{}, tokenTrouble(watched, request, withoutAddress(err))
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		refused := &tokenError{host: request.URL.Host, answer: readAnswer(response)}
		refused.answer.hide(request.Header.Get("Authorization"))
		return token{}, refused
	}
	raw, err := io.ReadAll(io.LimitReader(response.Body, maxTokenBytes+1))
	if err != nil {
		return token{}, tokenTrouble(watched, request, err)
	}
	if len(raw) > maxTokenBytes {
		return token{}, fmt.Errorf("%w: the answer of the token server %s is larger than %d bytes", ErrProtocol, request.URL.Host, maxTokenBytes)
	}
	var body struct {
		Token       string `json:"token"`
		AccessToken string `json:"access_token"`
		ExpiresIn   int64  `json:"expires_in"`
	}
	if err := json.Unmarshal(raw, &body); err != nil {
		// The body may hold a secret, and so may the error.
		return token{}, fmt.Errorf("%w: the answer of the token server %s does not parse", ErrProtocol, request.URL.Host)
	}
	value := body.Token
	if value == "" {
		value = body.AccessToken
	}
	if value == "" || strings.ContainsAny(value, "\r\n\x00") {
		return token{}, fmt.Errorf("%w: token server %s: %w", ErrProtocol, request.URL.Host, errNoToken)
	}
	life := defaultTokenLife
	if body.ExpiresIn > 0 {
		life = time.Duration(min(body.ExpiresIn, 86400)) * time.Second
	}
	// A request that begins near the end would meet the end on its way.
	return token{value: value, until: time.Now().Add(life - life/5)}, nil
}

// tokenTrouble says which server it was, and why the request ended where the
// transport knows only that it did.
func tokenTrouble(ctx context.Context, request *http.Request, err error) error {
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return fmt.Errorf("token server %s: %w", request.URL.Host, err)
}

// tokenError is a token server that does not give a token.
type tokenError struct {
	host   string
	answer *answerError
}

func (e *tokenError) Error() string { return "token server " + e.host + ": " + e.answer.Error() }
func (e *tokenError) Unwrap() error { return e.answer }

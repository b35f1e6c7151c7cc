package registrytest_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/registry/registrytest"
)

func TestBasicAuth(t *testing.T) {
	t.Parallel()
	server := registrytest.Start(t, registrytest.Options{Wrap: func(handler http.Handler) http.Handler {
		return registrytest.BasicAuth(handler, "user", "secret")
	}})
	u := newUser(t, server)
	got := u.do(http.MethodGet, "/v2/", nil)
	u.want(http.StatusUnauthorized, got)
	assert.Contains(t, got.header.Get("WWW-Authenticate"), "Basic ")
	for credentials, want := range map[[2]string]int{
		{"user", "secret"}: http.StatusOK, {"user", "wrong"}: http.StatusUnauthorized, {"other", "secret"}: http.StatusUnauthorized,
	} {
		request, err := http.NewRequest(http.MethodGet, "/", nil)
		require.NoError(t, err)
		request.SetBasicAuth(credentials[0], credentials[1])
		u.header = request.Header
		u.want(want, u.do(http.MethodGet, "/v2/", nil))
	}
}

// getToken asks for a token as a user with a password, or as nobody.
func getToken(u *user, name, password, query string) (string, answer) {
	u.t.Helper()
	request, err := http.NewRequest(http.MethodGet, "/", nil)
	require.NoError(u.t, err)
	if name != "" {
		request.SetBasicAuth(name, password)
	}
	got := u.do(http.MethodGet, "/token?"+query, nil, "Authorization", request.Header.Get("Authorization"))
	var token struct{ Token string }
	if got.status == http.StatusOK {
		require.NoError(u.t, json.Unmarshal(got.body, &token))
	}
	return token.Token, got
}

func TestTokenAuth(t *testing.T) {
	t.Parallel()
	var tokens *registrytest.Tokens
	server := registrytest.Start(t, registrytest.Options{Wrap: func(handler http.Handler) http.Handler {
		tokens = registrytest.TokenAuth(handler, registrytest.TokenOptions{
			User: "user", Password: "secret", IdentityToken: "identity", Anonymous: true, Requests: 3, ExpiresIn: 60,
		})
		return tokens
	}})
	u := newUser(t, server)
	const path = "/v2/my/package/manifests/v1"
	asked := u.do(http.MethodPut, path, nil)
	u.want(http.StatusUnauthorized, asked)
	assert.Equal(t, `Bearer realm="http://`+server.Host+`/token",service="registrytest",scope="repository:my/package:pull,push"`,
		asked.header.Get("WWW-Authenticate"))

	_, refused := getToken(u, "user", "wrong", "")
	u.want(http.StatusUnauthorized, refused)
	scope := url.Values{"scope": {"repository:my/package:pull,push"}}.Encode()

	nobody, _ := getToken(u, "", "", scope)
	u.want(http.StatusNotFound, u.do(http.MethodGet, path, nil, "Authorization", "Bearer "+nobody))
	insufficient := u.do(http.MethodPut, path, nil, "Authorization", "Bearer "+nobody)
	u.want(http.StatusUnauthorized, insufficient)
	assert.Contains(t, insufficient.header.Get("WWW-Authenticate"), `error="insufficient_scope"`)

	somebody, got := getToken(u, "user", "secret", scope)
	assert.Contains(t, string(got.body), `"expires_in":60`)
	u.want(http.StatusBadRequest, u.do(http.MethodPut, path, nil, "Authorization", "Bearer "+somebody)) // past the token
	u.want(http.StatusUnauthorized, u.do(http.MethodGet, "/v2/other/manifests/v1", nil, "Authorization", "Bearer "+somebody))
	u.want(http.StatusOK, u.do(http.MethodGet, "/v2/", nil, "Authorization", "Bearer "+somebody))
	expired := u.do(http.MethodGet, "/v2/", nil, "Authorization", "Bearer "+somebody)
	u.want(http.StatusUnauthorized, expired)
	assert.Contains(t, expired.header.Get("WWW-Authenticate"), `error="invalid_token"`)

	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"identity"}, "scope": {"repository:a:pull repository:b:pull"}}
	const formType = "application/x-www-form-urlencoded"
	u.want(http.StatusOK, u.do(http.MethodPost, "/token", []byte(form.Encode()), "Content-Type", formType))
	form.Set("refresh_token", "wrong")
	u.want(http.StatusUnauthorized, u.do(http.MethodPost, "/token", []byte(form.Encode()), "Content-Type", formType))

	assert.Equal(t, []registrytest.TokenGrant{
		{Scopes: []string{"repository:my/package:pull"}},
		{User: "user", Scopes: []string{"repository:my/package:pull,push"}},
		{User: "user", Scopes: []string{"repository:a:pull", "repository:b:pull"}},
	}, tokens.Granted())

	last, _ := getToken(u, "user", "secret", scope)
	tokens.Expire()
	u.want(http.StatusUnauthorized, u.do(http.MethodGet, path, nil, "Authorization", "Bearer "+last))
}

// TestTokenAuthMount needs a token for the repository that is mounted from.
func TestTokenAuthMount(t *testing.T) {
	t.Parallel()
	server := registrytest.Start(t, registrytest.Options{Wrap: func(handler http.Handler) http.Handler {
		return registrytest.TokenAuth(handler, registrytest.TokenOptions{User: "user", Password: "secret"})
	}})
	u := newUser(t, server)
	_, refused := getToken(u, "", "", "")
	u.want(http.StatusUnauthorized, refused)
	path := "/v2/b/blobs/uploads/?from=a&mount=" + digestOf(blob)
	one, _ := getToken(u, "user", "secret", "scope=repository:b:pull,push")
	u.want(http.StatusUnauthorized, u.do(http.MethodPost, path, nil, "Authorization", "Bearer "+one))
	both, _ := getToken(u, "user", "secret", "scope=repository:b:pull,push&scope=repository:a:pull")
	u.want(http.StatusAccepted, u.do(http.MethodPost, path, nil, "Authorization", "Bearer "+both))
}

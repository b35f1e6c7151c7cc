package registries

import (
	"crypto/subtle"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// credentials of the only user.
type credentials struct{ name, password string }

func (c credentials) match(name, password string) bool {
	return subtle.ConstantTimeCompare([]byte(c.name), []byte(name)) == 1 &&
		subtle.ConstantTimeCompare([]byte(c.password), []byte(password)) == 1
}

// basicGuard lets only the user through to a registry that knows no users.
func basicGuard(handler http.Handler, user credentials) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		if name, password, _ := request.BasicAuth(); user.match(name, password) {
			handler.ServeHTTP(w, request)
			return
		}
		w.Header().Set("WWW-Authenticate", `Basic realm="packstage test"`)
		unauthorized(w)
	})
}

// tokenGuard lets only requests through whose token allows what they do.
func tokenGuard(handler http.Handler, tokens *TokenServer) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		needed := neededScopes(request)
		problem := ""
		if token, given := strings.CutPrefix(request.Header.Get("Authorization"), "Bearer "); given {
			said, err := decodeToken(tokens.signer, token, tokens.now())
			switch {
			case err != nil || said.Issuer != tokenIssuer || said.Audience != tokenService:
				problem = "invalid_token"
			case !said.allow(needed):
				problem = "insufficient_scope"
			default:
				handler.ServeHTTP(w, request)
				return
			}
		}
		challenge := fmt.Sprintf("Bearer realm=%q,service=%q", tokens.URL, tokenService)
		if len(needed) > 0 {
			challenge += fmt.Sprintf(",scope=%q", strings.Join(needed, " "))
		}
		if problem != "" {
			challenge += fmt.Sprintf(",error=%q", problem)
		}
		w.Header().Set("WWW-Authenticate", challenge)
		unauthorized(w)
	})
}

func unauthorized(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusUnauthorized)
	_, _ = w.Write([]byte(`{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}`))
}

// neededScopes are the scopes that the distribution registry asks for.
func neededScopes(request *http.Request) []string {
	path, inside := strings.CutPrefix(request.URL.Path, "/v2/")
	if !inside || path == "" {
		return nil
	}
	var repository string
	for _, kind := range []string{"/manifests/", "/blobs/", "/tags/", "/referrers/"} {
		if at := strings.LastIndex(path, kind); at >= 0 {
			repository = path[:at]
		}
	}
	actions := "pull"
	switch request.Method {
	case http.MethodPost, http.MethodPut, http.MethodPatch:
		actions = "pull,push"
	case http.MethodDelete:
		actions = "delete"
	}
	scopes := []string{"repository:" + repository + ":" + actions}
	if from := request.URL.Query().Get("from"); from != "" {
		scopes = append(scopes, "repository:"+from+":pull")
	}
	return scopes
}

// allow tells whether every scope is granted.
func (c *claims) allow(scopes []string) bool {
	for _, needed := range granted("somebody", scopes) {
		for _, action := range needed.Actions {
			if !slices.ContainsFunc(c.Access, func(given access) bool {
				return given.Type == needed.Type && given.Name == needed.Name && slices.Contains(given.Actions, action)
			}) {
				return false
			}
		}
	}
	return true
}

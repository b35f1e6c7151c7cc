package registrytest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// TokenOptions says who gets tokens, and for what.
type TokenOptions struct {
	// User and Password are those of the one user. Without a user everybody gets
	// every token.
	User, Password string
	// IdentityToken is another way for the user to say who it is (OAuth2's
	// refresh token). Empty is none.
	IdentityToken string
	// Anonymous lets everybody pull.
	Anonymous bool
	// Requests is how many requests a token is good for, in place of a time.
	// 0 is all.
	Requests int
	// ExpiresIn is the number of seconds that the answer says a token is good for.
	// 0 is not to say.
	ExpiresIn int
	// Realm is the address of the token server, where a test has it elsewhere.
	// Empty is the path /token of the registry.
	Realm string
}

// Tokens is a registry with bearer-token authentication, and its token server at
// /token. It is safe for concurrent use.
type Tokens struct {
	inner   http.Handler
	options TokenOptions

	mutex   sync.Mutex
	granted []TokenGrant
	tokens  map[string]*tokenState
}

// TokenGrant is a token that was given out.
type TokenGrant struct {
	// User is empty for everybody.
	User string
	// Scopes are the scopes that were granted, such as
	// "repository:my/package:pull,push".
	Scopes []string
}

type tokenState struct {
	actions map[string][]string // by repository
	left    int                 // requests; negative is without end
}

// TokenAuth has a registry ask for bearer tokens, as distribution's token
// authentication does.
func TokenAuth(handler http.Handler, options TokenOptions) *Tokens {
	return &Tokens{inner: handler, options: options, tokens: map[string]*tokenState{}}
}

// Granted returns the tokens given out so far, in order.
func (t *Tokens) Granted() []TokenGrant {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return slices.Clone(t.granted)
}

// Expire ends all tokens.
func (t *Tokens) Expire() {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	clear(t.tokens)
}

// ServeHTTP answers a request of a user, for a token or for content.
func (t *Tokens) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/token" {
		t.serveToken(w, r)
		return
	}
	needed := neededScopes(r)
	value, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	problem := ""
	if isBearer {
		problem = t.use(value, needed)
	}
	if !isBearer || problem != "" {
		t.challenge(w, r, needed, problem)
		return
	}
	t.inner.ServeHTTP(w, r)
}

// neededScopes are those of a request: repository and action.
func neededScopes(r *http.Request) [][2]string {
	request := readRequest(r)
	if request.on == Others {
		return nil
	}
	needed := [][2]string{{request.repository, "pull"}}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
	case http.MethodDelete:
		needed = append(needed, [2]string{request.repository, "delete"})
	default:
		needed = append(needed, [2]string{request.repository, "push"})
	}
	if from := r.URL.Query().Get("from"); from != "" {
		needed = append(needed, [2]string{from, "pull"})
	}
	return needed
}

// use takes one request off a token, and says what is wrong with it.
func (t *Tokens) use(value string, needed [][2]string) string {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	token, ok := t.tokens[value]
	if !ok || token.left == 0 {
		return "invalid_token"
	}
	token.left--
	for _, scope := range needed {
		if !slices.Contains(token.actions[scope[0]], scope[1]) {
			return "insufficient_scope"
		}
	}
	return ""
}

func (t *Tokens) challenge(w http.ResponseWriter, r *http.Request, needed [][2]string, problem string) {
	realm := t.options.Realm
	if realm == "" {
		realm = "http://" + r.Host + "/token"
		if r.TLS != nil {
			realm = "https://" + r.Host + "/token"
		}
	}
	header := `Bearer realm="` + realm + `",service="registrytest"`
	if len(needed) > 0 {
		var actions []string
		for _, scope := range needed {
			if scope[0] == needed[0][0] {
				actions = append(actions, scope[1])
			}
		}
		header += `,scope="repository:` + needed[0][0] + ":" + strings.Join(actions, ",") + `"`
	}
	if problem != "" {
		header += `,error="` + problem + `"`
	}
	w.Header().Set("WWW-Authenticate", header)
	writeProblem(w, http.StatusUnauthorized, "UNAUTHORIZED", "authentication required", "")
}

// serveToken gives out a token with those of the scopes that the user may have.
func (t *Tokens) serveToken(w http.ResponseWriter, r *http.Request) {
	user, ok := t.who(r)
	if !ok {
		w.Header().Set("WWW-Authenticate", `Basic realm="registrytest"`)
		writeProblem(w, http.StatusUnauthorized, "UNAUTHORIZED", "wrong user name or password", "")
		return
	}
	isUser := user != "" || t.options.User == ""
	if !isUser && !t.options.Anonymous {
		writeProblem(w, http.StatusUnauthorized, "UNAUTHORIZED", "authentication required", "")
		return
	}
	token := &tokenState{actions: map[string][]string{}, left: t.options.Requests}
	if token.left == 0 {
		token.left = -1
	}
	grant := TokenGrant{User: user}
	for _, scopes := range r.Form["scope"] {
		for _, scope := range strings.Fields(scopes) {
			repository, actions, ok := cutScope(scope)
			if !ok {
				continue
			}
			if !isUser {
				actions = slices.DeleteFunc(actions, func(action string) bool { return action != "pull" })
			}
			if len(actions) == 0 {
				continue
			}
			token.actions[repository] = append(token.actions[repository], actions...)
			grant.Scopes = append(grant.Scopes, "repository:"+repository+":"+strings.Join(actions, ","))
		}
	}
	t.mutex.Lock()
	t.granted = append(t.granted, grant)
	value := "token-" + strconv.Itoa(len(t.granted))
	t.tokens[value] = token
	t.mutex.Unlock()
	w.Header().Set("Content-Type", "application/json")
	answer := map[string]any{"token": value, "access_token": value}
	if t.options.ExpiresIn > 0 {
		answer["expires_in"] = t.options.ExpiresIn
	}
	_ = json.NewEncoder(w).Encode(answer) // a client that is gone is not missed
}

// who tells which user asks, "" for everybody. It returns false for one who says
// to be a user and is not.
func (t *Tokens) who(r *http.Request) (string, bool) {
	const most = 64 << 10
	r.Body = http.MaxBytesReader(nil, r.Body, most)
	if err := r.ParseForm(); err != nil {
		return "", false
	}
	if refresh := r.PostForm.Get("refresh_token"); refresh != "" {
		return t.options.User, t.options.IdentityToken != "" && equal(refresh, t.options.IdentityToken)
	}
	if _, _, ok := r.BasicAuth(); ok {
		return t.options.User, isUser(r, t.options.User, t.options.Password)
	}
	return "", true
}

// cutScope cuts "repository:my/package:pull,push".
func cutScope(scope string) (repository string, actions []string, ok bool) {
	rest, ok := strings.CutPrefix(scope, "repository:")
	end := strings.LastIndexByte(rest, ':')
	if !ok || end < 0 {
		return "", nil, false
	}
	return rest[:end], strings.Split(rest[end+1:], ","), true
}

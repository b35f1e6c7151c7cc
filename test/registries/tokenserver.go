package registries

import (
	"cmp"
	"encoding/json"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TokenServer gives out bearer tokens as the distribution registry's
// specification of token authentication says. It is safe for concurrent use.
type TokenServer struct {
	// URL is where tokens are asked for.
	URL string

	signer     signer
	user       credentials
	publicPull bool

	mutex    sync.Mutex
	lifetime time.Duration
	told     time.Duration // to clients; zero is the lifetime
	ahead    time.Duration // of the clock of the machine
	issued   []string
}

const (
	tokenIssuer  = "packstage test issuer"
	tokenService = "packstage test registry"
	refreshToken = secretMark + "-refresh-token"
)

func newTokenServer(t testing.TB, by signer, user credentials, publicPull bool, tls *serverTLS) *TokenServer {
	t.Helper()
	s := &TokenServer{signer: by, user: user, publicPull: publicPull, lifetime: 5 * time.Minute}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /token", s.get)
	mux.HandleFunc("POST /token", s.post)
	address, _ := serve(t, mux, tls)
	// By name, because go-containerregistry sends no password to an address of a
	// private network.
	_, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	s.URL = tls.scheme() + "://localhost:" + port + "/token"
	return s
}

// SetLifetime says how long the tokens live that are given out from now on. One
// below zero gives tokens that have expired.
func (s *TokenServer) SetLifetime(lifetime time.Duration) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.lifetime = lifetime
}

// TellLifetime says how long clients are told that tokens live, whatever is true.
func (s *TokenServer) TellLifetime(told time.Duration) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.told = told
}

// Pass lets time pass for the token server, and for registries that are guarded by its
// tokens: go-containerregistry's and our own. Clients do not notice.
func (s *TokenServer) Pass(span time.Duration) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.ahead += span
}

// now is the time for the token server.
func (s *TokenServer) now() time.Time {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return time.Now().Add(s.ahead)
}

// Issued returns all tokens that were given out.
func (s *TokenServer) Issued() []string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return slices.Clone(s.issued)
}

func (s *TokenServer) get(w http.ResponseWriter, request *http.Request) {
	query := request.URL.Query()
	user, password, given := request.BasicAuth()
	switch {
	case given && !s.user.match(user, password), !given && !s.publicPull:
		http.Error(w, `{"errors":[{"code":"UNAUTHORIZED","message":"wrong user name or password"}]}`, http.StatusUnauthorized)
		return
	}
	s.answer(w, user, query["scope"], given && query.Get("offline_token") == "true")
}

// post is the OAuth 2 form of the request.
func (s *TokenServer) post(w http.ResponseWriter, request *http.Request) {
	form := request.FormValue
	var allowed bool
	switch form("grant_type") {
	case "password":
		allowed = s.user.match(form("username"), form("password"))
	case "refresh_token":
		allowed = form("refresh_token") == refreshToken
	}
	if !allowed {
		http.Error(w, `{"error":"invalid_grant"}`, http.StatusUnauthorized)
		return
	}
	s.answer(w, s.user.name, strings.Fields(form("scope")), form("access_type") == "offline")
}

func (s *TokenServer) answer(w http.ResponseWriter, user string, scopes []string, refresh bool) {
	if len(scopes) == 1 {
		scopes = strings.Fields(scopes[0])
	}
	token, lifetime, err := s.Token(user, scopes...)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	body := map[string]any{
		"token": token, "access_token": token,
		"expires_in": max(1, int(lifetime.Seconds())), "issued_at": time.Now().UTC().Format(time.RFC3339),
	}
	if refresh {
		body["refresh_token"] = refreshToken
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body) // the client has gone away
}

// Token makes a token for a user, or for nobody where the name is empty, with
// scopes such as "repository:shop:pull,push". It returns how long clients are told that
// it lives.
func (s *TokenServer) Token(user string, scopes ...string) (string, time.Duration, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	now := time.Now().Add(s.ahead)
	begin := now
	if s.lifetime < 0 {
		begin = now.Add(2 * s.lifetime)
	}
	token, err := encodeToken(s.signer, claims{
		Issuer: tokenIssuer, Audience: tokenService, Subject: user, ID: strconv.Itoa(len(s.issued)),
		IssuedAt: begin.Unix(), NotBefore: begin.Unix(), Expires: now.Add(s.lifetime).Unix(),
		Access: granted(user, scopes),
	})
	if err != nil {
		return "", 0, err
	}
	s.issued = append(s.issued, token)
	return token, cmp.Or(s.told, s.lifetime), nil
}

// granted gives a user all that is asked for, and everybody else only reading.
func granted(user string, scopes []string) []access {
	result := []access{}
	for _, scope := range scopes {
		kind, rest, _ := strings.Cut(scope, ":")
		last := strings.LastIndex(rest, ":")
		if last < 0 {
			continue
		}
		actions := strings.Split(rest[last+1:], ",")
		if user == "" {
			actions = slices.DeleteFunc(actions, func(action string) bool { return action != "pull" })
		}
		result = append(result, access{Type: kind, Name: rest[:last], Actions: actions})
	}
	return result
}

package registry_test

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/registryserver"
	"github.com/packstage/packstage/registry/registrytest"
)

// Attacks that want the user's credentials.

const (
	attackUser     = "somebody"
	attackPassword = "correct-horse-battery"
	attackIdentity = "identity-token-of-somebody"
)

// thief is a host that wants to know what it is not told.
type thief struct {
	*httptest.Server
	mutex sync.Mutex
	seen  []string
}

func startThief(t *testing.T) *thief {
	t.Helper()
	started := &thief{}
	started.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		started.mutex.Lock()
		defer started.mutex.Unlock()
		started.seen = append(started.seen, r.Method+" "+r.URL.String()+" "+r.Header.Get("Authorization")+" "+string(body))
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"token":"of-the-thief","tags":["stolen"],"errors":[]}`)
	}))
	t.Cleanup(started.Close)
	return started
}

func (s *thief) requests() []string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return append([]string(nil), s.seen...)
}

func attackOptions() registry.Options {
	options := anonymous()
	options.Keychain = keychain{attackUser, attackPassword}
	return options
}

func attackContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// TestCredentialsStayAtTheirHost sends the client elsewhere in every way that a
// registry has, with both ways to log in.
func TestCredentialsStayAtTheirHost(t *testing.T) {
	t.Parallel()
	image := randomImage(t)
	layers, err := image.Layers()
	require.NoError(t, err)
	digest, err := layers[0].Digest()
	require.NoError(t, err)
	size, err := layers[0].Size()
	require.NoError(t, err)
	logins := map[string]func(http.Handler) http.Handler{
		"basic": func(handler http.Handler) http.Handler {
			return registrytest.BasicAuth(handler, attackUser, attackPassword)
		},
		"token": func(handler http.Handler) http.Handler {
			return registrytest.TokenAuth(handler, registrytest.TokenOptions{User: attackUser, Password: attackPassword})
		},
	}
	for name, login := range logins {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storage := registryserver.New(registryserver.Options{})
			filled := registrytest.Start(t, registrytest.Options{Handler: storage})
			_, err := registry.NewClient(attackOptions()).Push(attackContext(t), image, filled.Host+"/a:v1")
			require.NoError(t, err)
			for _, kind := range []registrytest.Kind{registrytest.RedirectedBlob, registrytest.ForeignUpload, registrytest.ForeignLink} {
				server := registrytest.Start(t, registrytest.Options{
					Handler: storage, Wrap: login, Faults: &registrytest.FaultOptions{Faults: []registrytest.Fault{{Kind: kind}}},
				})
				client, ctx := registry.NewClient(attackOptions()), attackContext(t)
				switch kind {
				case registrytest.RedirectedBlob:
					content, err := client.BlobBytes(ctx, server.Host+"/a", v1.Descriptor{Digest: digest, Size: size}, 1<<20)
					require.NoError(t, err)
					require.Len(t, content, int(size))
				case registrytest.ForeignUpload:
					_, err := client.Push(ctx, largeImage(t), server.Host+"/"+name+":v1")
					require.NoError(t, err)
				case registrytest.ForeignLink:
					for _, err := range client.Tags(ctx, server.Host+"/a") {
						if err != nil {
							require.ErrorIs(t, err, registry.ErrProtocol)
							require.ErrorContains(t, err, "another host")
						}
					}
					require.Empty(t, server.Faults.Elsewhere())
					continue
				}
				require.NotEmpty(t, server.Faults.Elsewhere(), "%s", kind)
				for _, request := range server.Faults.Elsewhere() {
					require.Empty(t, request.Header.Get("Authorization"), "%s", kind)
					require.Empty(t, request.Header.Get("Cookie"), "%s", kind)
				}
			}
		})
	}
}

// TestRedirectsOfAllRequests has every request redirected.
func TestRedirectsOfAllRequests(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			thief := startThief(t)
			server := start(t, func(w http.ResponseWriter, r *http.Request) bool {
				if _, _, ok := r.BasicAuth(); !ok {
					w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
					w.WriteHeader(http.StatusUnauthorized)
					return true
				}
				http.Redirect(w, r, thief.URL+r.URL.Path, status)
				return true
			})
			client, ctx := registry.NewClient(attackOptions()), attackContext(t)
			// What is asked may be answered elsewhere.
			_, err := client.Manifest(ctx, server.Host+"/a:v1")
			require.NoError(t, err)
			_, err = client.Push(ctx, randomImage(t), server.Host+"/a:v1")
			require.Error(t, err)
			require.Error(t, client.Delete(ctx, server.Host+"/a:v1"))
			for tag, err := range client.Tags(ctx, server.Host+"/a") {
				require.NoError(t, err)
				require.Equal(t, "stolen", tag)
			}
			require.NotEmpty(t, thief.requests())
			for _, request := range thief.requests() {
				require.NotContains(t, request, "Basic")
			}
		})
	}
}

// TestTokenServerThatRedirects would give the identity token to another host, as
// it is in the body of a request that is sent again.
func TestTokenServerThatRedirects(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusFound, http.StatusTemporaryRedirect} {
		for name, user := range map[string]authn.AuthConfig{
			"password": {Username: attackUser, Password: attackPassword}, "identity token": {IdentityToken: attackIdentity},
		} {
			t.Run(name+" "+http.StatusText(status), func(t *testing.T) {
				t.Parallel()
				thief := startThief(t)
				var server *registrytest.Registry
				server = start(t, func(w http.ResponseWriter, r *http.Request) bool {
					if r.URL.Path == "/token" {
						http.Redirect(w, r, thief.URL+"/token?"+r.URL.RawQuery, status)
						return true
					}
					w.Header().Set("WWW-Authenticate", `Bearer realm="http://`+server.Host+`/token",service="x"`)
					w.WriteHeader(http.StatusUnauthorized)
					return true
				})
				options := attackOptions()
				options.Keychain = fixedKeychain{user}
				_, err := registry.NewClient(options).Resolve(attackContext(t), server.Host+"/a:v1")
				require.Error(t, err)
				require.NotContains(t, err.Error(), attackIdentity)
				for _, request := range thief.requests() {
					require.NotContains(t, request, attackIdentity)
					require.NotContains(t, request, "Basic")
				}
			})
		}
	}
}

type fixedKeychain struct{ user authn.AuthConfig }

func (k fixedKeychain) Resolve(authn.Resource) (authn.Authenticator, error) {
	return authn.FromConfig(k.user), nil
}

// TestTokenServersThatAreRefused has realms that no password may go to.
func TestTokenServersThatAreRefused(t *testing.T) {
	t.Parallel()
	authority := registrytest.NewAuthority(t)
	certificate := authority.ServerCertificate(t, "registry.example")
	for name, realm := range map[string]string{
		"plain HTTP":             "{thief}/token",
		"plain HTTP, same host":  "http://registry.example/token",
		"a file":                 "file:///etc/passwd",
		"nothing":                "https:///token",
		"not an address":         "https://[::1/token",
		"this machine, with TLS": "https://127.0.0.1:1/token",
		"this machine by name":   "https://localhost:1/token",
		"a cloud's metadata":     "https://169.254.169.254/token",
		"a private network":      "https://10.0.0.1/token",
		"anything":               "https://0.0.0.0/token",
		"mapped to IPv6":         "https://[::ffff:127.0.0.1]/token",
		"shared address space":   "https://100.100.100.200/token",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			thief := startThief(t)
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("WWW-Authenticate", `Bearer realm="`+strings.ReplaceAll(realm, "{thief}", thief.URL)+`",service="x"`)
				w.WriteHeader(http.StatusUnauthorized)
			}))
			server.TLS = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{certificate}}
			server.StartTLS()
			t.Cleanup(server.Close)
			transport := transportTo(t, authority, server.Listener.Addr().String())
			options := attackOptions()
			options.Transport = transport
			options.Retry = registry.RetryPolicy{Attempts: 1}
			_, err := registry.NewClient(options).Resolve(attackContext(t), "registry.example/a:v1")
			require.ErrorIs(t, err, registry.ErrProtocol)
			require.Empty(t, thief.requests())
			require.NotContains(t, err.Error(), attackPassword)
		})
	}
}

// transportTo leads what is for registry.example to an address of this machine,
// and nothing out of it.
func transportTo(t *testing.T, authority *registrytest.Authority, address string) *http.Transport {
	t.Helper()
	transport := &http.Transport{
		DisableCompression: true,
		TLSClientConfig:    &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: authority.Pool()},
		DialContext: func(ctx context.Context, network, wanted string) (net.Conn, error) {
			if strings.HasPrefix(wanted, "registry.example:") {
				wanted = address
			}
			if host, _, err := net.SplitHostPort(wanted); err != nil || !net.ParseIP(host).IsLoopback() {
				return nil, fmt.Errorf("a test wants to go to %s", wanted)
			}
			return (&net.Dialer{}).DialContext(ctx, network, wanted)
		},
	}
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

// TestNoWayFromTLSToPlainHTTP has a registry with TLS that sends its clients to
// a port of this machine: a way to somebody's own services.
func TestNoWayFromTLSToPlainHTTP(t *testing.T) {
	t.Parallel()
	authority := registrytest.NewAuthority(t)
	thief := startThief(t)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodPost:
			w.Header().Set("Location", thief.URL+"/upload")
			w.WriteHeader(http.StatusAccepted)
		case r.Method == http.MethodHead && strings.Contains(r.URL.Path, "/blobs/"):
			w.WriteHeader(http.StatusNotFound)
		case strings.HasSuffix(r.URL.Path, "/tags/list"):
			w.Header().Set("Link", "<"+thief.URL+`/next>; rel="next"`)
			_, _ = io.WriteString(w, `{"tags":["a"]}`)
		default:
			http.Redirect(w, r, thief.URL+"/redirected", http.StatusTemporaryRedirect)
		}
	}))
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{authority.ServerCertificate(t, "registry.example")}}
	server.StartTLS()
	t.Cleanup(server.Close)
	options := attackOptions()
	options.Transport = transportTo(t, authority, server.Listener.Addr().String())
	client, ctx := registry.NewClient(options), attackContext(t)
	_, err := client.Manifest(ctx, "registry.example/a:v1")
	require.ErrorIs(t, err, registry.ErrPlainHTTP)
	_, err = client.Push(ctx, largeImage(t), "registry.example/a:v1")
	require.ErrorIs(t, err, registry.ErrPlainHTTP)
	var last error
	for _, err := range client.Tags(ctx, "registry.example/a") {
		last = err
	}
	require.ErrorIs(t, last, registry.ErrProtocol)
	require.Empty(t, thief.requests())
}

// TestRepeatedCredentials has a proxy that explains a refusal by what it got.
func TestRepeatedCredentials(t *testing.T) {
	t.Parallel()
	server := start(t, func(w http.ResponseWriter, r *http.Request) bool {
		switch shown := r.Header.Get("Authorization"); {
		case shown == "":
			w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
			w.WriteHeader(http.StatusUnauthorized)
		case r.Method == http.MethodGet:
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, `{"errors":[{"code":"DENIED","message":"not with `+shown+`"}]}`)
		default:
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, "<pre>Authorization: "+shown+"</pre>")
		}
		return true
	})
	client, ctx := registry.NewClient(attackOptions()), attackContext(t)
	_, manifestErr := client.Manifest(ctx, server.Host+"/a:v1")
	for _, err := range []error{manifestErr, client.Delete(ctx, server.Host+"/a:v1")} {
		require.ErrorIs(t, err, registry.ErrForbidden)
		require.ErrorContains(t, err, "…")
		require.NotContains(t, err.Error(), base64.StdEncoding.EncodeToString([]byte(attackUser+":"+attackPassword)))
	}
}

// TestTokenServerThatRepeatsCredentials does the same at the token server.
func TestTokenServerThatRepeatsCredentials(t *testing.T) {
	t.Parallel()
	server := start(t, func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/token" {
			w.Header().Set("WWW-Authenticate", `Bearer realm="http://`+r.Host+`/token"`)
			w.WriteHeader(http.StatusUnauthorized)
			return true
		}
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprintf(w, "%s said %s", r.Header.Get("Authorization"), r.FormValue("refresh_token"))
		return true
	})
	for _, user := range []authn.AuthConfig{{Username: attackUser, Password: attackPassword}, {IdentityToken: attackIdentity}} {
		options := attackOptions()
		options.Keychain = fixedKeychain{user}
		_, err := registry.NewClient(options).Resolve(attackContext(t), server.Host+"/a:v1")
		require.ErrorContains(t, err, "said")
		require.NotContains(t, err.Error(), attackIdentity)
		require.NotContains(t, err.Error(), base64.StdEncoding.EncodeToString([]byte(attackUser+":"+attackPassword)))
	}
}

// TestNoSecretInErrors has secrets of the registry's, and the user's, in all
// places that could come into a message.
func TestNoSecretInErrors(t *testing.T) {
	t.Parallel()
	const signature = "X-Signature=of-a-storage"
	server := start(t, func(w http.ResponseWriter, r *http.Request) bool {
		switch {
		case r.URL.Path == "/token":
			_, _ = io.WriteString(w, `{"token":"a-token`+"\u0000"+`"}`)
		case strings.HasPrefix(r.URL.Path, "/v2/token/"):
			w.Header().Set("WWW-Authenticate", `Bearer realm="http://`+r.Host+`/token?`+signature+`",service="x"`)
			w.WriteHeader(http.StatusUnauthorized)
		case r.Method == http.MethodPost:
			w.Header().Set("Location", "http://127.0.0.1:1/upload?"+signature)
			w.WriteHeader(http.StatusAccepted)
		case r.Method == http.MethodHead && strings.Contains(r.URL.Path, "/blobs/"):
			w.WriteHeader(http.StatusNotFound)
		default:
			http.Redirect(w, r, "http://127.0.0.1:1/redirected?"+signature, http.StatusTemporaryRedirect)
		}
		return true
	})
	client, ctx := registry.NewClient(attackOptions()), attackContext(t)
	_, manifestErr := client.Manifest(ctx, server.Host+"/a:v1")
	_, pushErr := client.Push(ctx, largeImage(t), server.Host+"/a:v1")
	_, tokenErr := client.Manifest(ctx, server.Host+"/token/a:v1")
	for _, err := range []error{manifestErr, pushErr, tokenErr} {
		require.Error(t, err)
		for _, secret := range []string{signature, "of-a-storage", attackPassword, "a-token"} {
			require.NotContains(t, err.Error(), secret)
		}
	}
}

// A token server that repeats what it was sent does not get it into a message.
func TestTokenServersRepeatNoSecret(t *testing.T) {
	t.Parallel()
	const secret = "correct horse battery"
	for name, user := range map[string]authn.AuthConfig{
		"password":       {Username: "user", Password: secret},
		"identity token": {IdentityToken: secret},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var f *registrytest.Registry
			f = start(t, func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path == "/token" {
					_ = r.ParseForm()
					_, password, _ := r.BasicAuth()
					w.WriteHeader(http.StatusForbidden)
					_, _ = io.WriteString(w, "wrong: "+password+r.PostForm.Get("refresh_token")+" "+r.Header.Get("Authorization"))
					return true
				}
				w.Header().Set("WWW-Authenticate", `Bearer realm="http://`+f.Host+`/token"`)
				w.WriteHeader(http.StatusUnauthorized)
				return true
			})
			options := anonymous()
			options.Keychain = fixedUser(user)
			_, err := registry.NewClient(options).Resolve(t.Context(), f.Host+"/a:v1")
			require.ErrorContains(t, err, "wrong: …")
			require.NotContains(t, err.Error(), secret)
			require.NotContains(t, err.Error(), base64.StdEncoding.EncodeToString([]byte("user:"+secret)))
		})
	}
}

type fixedUser authn.AuthConfig

func (u fixedUser) Resolve(authn.Resource) (authn.Authenticator, error) {
	return authn.FromConfig(authn.AuthConfig(u)), nil
}

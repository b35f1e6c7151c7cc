package registry_test

import (
	"bufio"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/registryserver"
	"github.com/packstage/packstage/registry/registrytest"
)

// doorman is a listener that notes how each connection begins.
type doorman struct {
	net.Listener
	mutex  sync.Mutex
	noted  []string
	refuse func(net.Conn) // what happens to a connection without TLS, where it is set
}

// noticed is a connection whose first byte was looked at.
type noticed struct {
	net.Conn
	reader *bufio.Reader
}

func (c *noticed) Read(buffer []byte) (int, error) { return c.reader.Read(buffer) }

func (d *doorman) Accept() (net.Conn, error) {
	for {
		accepted, err := d.Listener.Accept()
		if err != nil {
			return nil, err
		}
		reader := bufio.NewReader(accepted)
		_ = accepted.SetReadDeadline(time.Now().Add(10 * time.Second))
		first, err := reader.Peek(1)
		_ = accepted.SetReadDeadline(time.Time{})
		if err != nil {
			_ = accepted.Close()
			continue
		}
		looked := &noticed{Conn: accepted, reader: reader}
		const handshake = 0x16 // RFC 8446, section 5.1
		plain := first[0] != handshake
		d.note(map[bool]string{true: "plain", false: "TLS"}[plain])
		if plain && d.refuse != nil {
			d.refuse(looked)
			_ = accepted.Close()
			continue
		}
		return looked, nil
	}
}

func (d *doorman) note(kind string) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.noted = append(d.noted, kind)
}

func (d *doorman) kinds() string {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	return strings.Join(d.noted, " ")
}

// startBehind starts a server behind a doorman, with TLS where there is an
// authority.
func startBehind(t *testing.T, door *doorman, handler http.Handler, authority *registrytest.Authority) string {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // handshakes that fail are meant to
	door.Listener = server.Listener
	server.Listener = door
	if authority == nil {
		server.Start()
	} else {
		server.TLS = &tls.Config{Certificates: []tls.Certificate{authority.ServerCertificate(t, "127.0.0.1")}, MinVersion: tls.VersionTLS12}
		server.StartTLS()
	}
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// opaqueTransport hides what certificates a transport knows.
type opaqueTransport struct{ http.RoundTripper }

// trusting returns a transport for an authority, of which a client cannot tell
// that it expects TLS.
func trusting(t *testing.T, authority *registrytest.Authority) http.RoundTripper {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: authority.Pool(), MinVersion: tls.VersionTLS12}}
	t.Cleanup(transport.CloseIdleConnections)
	return opaqueTransport{transport}
}

// TestSchemeOfThisMachine finds out what servers on loopback speak.
func TestSchemeOfThisMachine(t *testing.T) {
	t.Parallel()
	authority := registrytest.NewAuthority(t)
	answer := func(line string) func(net.Conn) {
		return func(connection net.Conn) { _, _ = connection.Write([]byte(line)) }
	}
	answerRequest := func(line string) func(net.Conn) {
		return func(connection net.Conn) {
			if _, err := http.ReadRequest(bufio.NewReader(connection)); err == nil {
				answer(line)(connection)
			}
		}
	}
	for name, test := range map[string]struct {
		tls       bool
		refuse    func(net.Conn)
		transport func(*testing.T) http.RoundTripper
		want      string // how connections begin
	}{
		"plain":                 {want: "plain"},
		"TLS":                   {tls: true, want: "plain TLS"}, // Go's server answers 400
		"TLS that hangs up":     {tls: true, refuse: func(net.Conn) {}, want: "plain TLS"},
		"TLS that sends alerts": {tls: true, refuse: answer("\x15\x03\x01\x00\x02\x02\x0a"), want: "plain TLS"},
		"TLS that asks for it":  {tls: true, refuse: answer("HTTP/1.1 426 Upgrade Required\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"), want: "plain TLS"},
		"TLS behind a router":   {tls: true, refuse: answerRequest("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n"), want: "plain TLS"},
		"TLS that is to be used": {tls: true, want: "TLS", transport: func(t *testing.T) http.RoundTripper {
			t.Helper()
			return trusting(t, authority).(opaqueTransport).RoundTripper
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			door := &doorman{refuse: test.refuse}
			var withTLS *registrytest.Authority
			if test.tls {
				withTLS = authority
			}
			host := startBehind(t, door, registryserver.New(registryserver.Options{}), withTLS)
			transport := trusting(t, authority)
			if test.transport != nil {
				transport = test.transport(t)
			}
			client := registry.NewClient(registry.Options{Transport: transport, Keychain: authn.NewMultiKeychain()})
			for range 2 { // the second knows
				_, err := client.Resolve(t.Context(), host+"/shop:v1")
				require.ErrorIs(t, err, registry.ErrNotFound)
			}
			assert.Equal(t, test.want, door.kinds())
		})
	}
}

// A server that sends on to HTTPS at the same address is asked there from then on.
func TestSchemeOfThisMachineRedirected(t *testing.T) {
	t.Parallel()
	authority := registrytest.NewAuthority(t)
	door := &doorman{}
	door.refuse = func(connection net.Conn) {
		request, err := http.ReadRequest(bufio.NewReader(connection))
		if err == nil {
			_, _ = connection.Write([]byte("HTTP/1.1 308 Permanent Redirect\r\nConnection: close\r\nContent-Length: 0\r\nLocation: https://" +
				request.Host + request.URL.Path + "\r\n\r\n"))
		}
	}
	host := startBehind(t, door, registryserver.New(registryserver.Options{}), authority)
	client := registry.NewClient(registry.Options{Transport: trusting(t, authority), Keychain: authn.NewMultiKeychain()})
	for range 2 {
		_, err := client.Resolve(t.Context(), host+"/shop:v1")
		require.ErrorIs(t, err, registry.ErrNotFound)
	}
	assert.Equal(t, "plain TLS", door.kinds())
}

// A registry that means something else by 400 is heard.
func TestSchemeOfThisMachineBadRequest(t *testing.T) {
	t.Parallel()
	door := &doorman{}
	host := startBehind(t, door, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"errors":[{"code":"NAME_INVALID","message":"no such name"}]}`))
	}), nil)
	client := registry.NewClient(registry.Options{Keychain: authn.NewMultiKeychain()})
	_, err := client.Manifest(t.Context(), host+"/shop:v1")
	require.ErrorContains(t, err, "NAME_INVALID")
	assert.Equal(t, "plain TLS", door.kinds())
	_, err = client.Manifest(t.Context(), host+"/shop:v1")
	require.ErrorContains(t, err, "NAME_INVALID")
	assert.NotContains(t, door.kinds(), "TLS TLS", "it has none")
}

// What goes without TLS to find out whether there is some has no credentials.
func TestSchemeOfThisMachineCredentials(t *testing.T) {
	t.Parallel()
	authority := registrytest.NewAuthority(t)
	seen := make(chan string, 8)
	door := &doorman{}
	door.refuse = func(connection net.Conn) {
		if request, err := http.ReadRequest(bufio.NewReader(connection)); err == nil {
			seen <- request.Header.Get("Authorization")
		}
	}
	guarded := registrytest.BasicAuth(registryserver.New(registryserver.Options{}), "user", "password")
	host := startBehind(t, door, guarded, authority)
	client := registry.NewClient(registry.Options{
		Transport: trusting(t, authority),
		Keychain:  fixedKeychain{authn.AuthConfig{Username: "user", Password: "password"}},
	})
	_, err := client.Resolve(t.Context(), host+"/shop:v1")
	require.ErrorIs(t, err, registry.ErrNotFound, "it let us in")
	require.Len(t, seen, 1, "one request without TLS")
	assert.Empty(t, <-seen)
}

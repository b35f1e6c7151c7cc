package registry_test

import (
	"bufio"
	"crypto/tls"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

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
		first, err := reader.Peek(1)
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

// behind runs a test on a clock of its own (see [onOwnClock]), with a server at
// 127.0.0.1 behind a doorman. The server has TLS where that is asked for; the test's
// authority is then that of its certificate.
func behind(t *testing.T, door *doorman, handler http.Handler, withTLS bool, test func(t *testing.T, network *pipes, authority *registrytest.Authority)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		network := &pipes{listeners: map[string]chan net.Conn{}, closed: make(chan struct{})}
		defer network.close()
		authority := registrytest.NewAuthority(t) // now: the clock's year is another one
		network.serveBehind("127.0.0.1", handler, func() {}, func(listener net.Listener) net.Listener {
			door.Listener = listener
			if !withTLS {
				return door
			}
			return tls.NewListener(door, &tls.Config{
				Certificates: []tls.Certificate{authority.ServerCertificate(t, "127.0.0.1")}, MinVersion: tls.VersionTLS12,
			})
		})
		test(t, network, authority)
	})
}

// behindHost is the server's address.
const behindHost = "127.0.0.1:5000"

// opaqueTransport hides what certificates a transport knows.
type opaqueTransport struct{ http.RoundTripper }

// trusting returns a transport for an authority, of which a client cannot tell
// that it expects TLS.
func trusting(t *testing.T, network *pipes, authority *registrytest.Authority) http.RoundTripper {
	t.Helper()
	transport := &http.Transport{
		DialContext: network.dial, TLSClientConfig: &tls.Config{RootCAs: authority.Pool(), MinVersion: tls.VersionTLS12},
	}
	t.Cleanup(transport.CloseIdleConnections)
	return opaqueTransport{transport}
}

// TestSchemeOfThisMachine finds out what servers on loopback speak.
func TestSchemeOfThisMachine(t *testing.T) {
	t.Parallel()
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
		tls    bool
		refuse func(net.Conn)
		open   bool   // the client can tell that TLS is expected
		want   string // how connections begin
	}{
		"plain":                  {want: "plain"},
		"TLS":                    {tls: true, want: "plain TLS"}, // Go's server answers 400
		"TLS that hangs up":      {tls: true, refuse: func(net.Conn) {}, want: "plain TLS"},
		"TLS that sends alerts":  {tls: true, refuse: answer("\x15\x03\x01\x00\x02\x02\x0a"), want: "plain TLS"},
		"TLS that asks for it":   {tls: true, refuse: answer("HTTP/1.1 426 Upgrade Required\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"), want: "plain TLS"},
		"TLS behind a router":    {tls: true, refuse: answerRequest("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n"), want: "plain TLS"},
		"TLS that is to be used": {tls: true, want: "TLS", open: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			door := &doorman{refuse: test.refuse}
			behind(t, door, registryserver.New(registryserver.Options{}), test.tls, func(t *testing.T, network *pipes, authority *registrytest.Authority) {
				t.Helper()
				transport := trusting(t, network, authority)
				if test.open {
					transport = transport.(opaqueTransport).RoundTripper
				}
				client := registry.NewClient(registry.Options{Transport: transport, Keychain: authn.NewMultiKeychain()})
				for range 2 { // the second knows
					_, err := client.Resolve(t.Context(), behindHost+"/shop:v1")
					require.ErrorIs(t, err, registry.ErrNotFound)
				}
				assert.Equal(t, test.want, door.kinds())
			})
		})
	}
}

// A server that sends on to HTTPS at the same address is asked there from then on.
func TestSchemeOfThisMachineRedirected(t *testing.T) {
	t.Parallel()
	door := &doorman{}
	door.refuse = func(connection net.Conn) {
		request, err := http.ReadRequest(bufio.NewReader(connection))
		if err == nil {
			_, _ = connection.Write([]byte("HTTP/1.1 308 Permanent Redirect\r\nConnection: close\r\nContent-Length: 0\r\nLocation: https://" +
				request.Host + request.URL.Path + "\r\n\r\n"))
		}
	}
	behind(t, door, registryserver.New(registryserver.Options{}), true, func(t *testing.T, network *pipes, authority *registrytest.Authority) {
		t.Helper()
		client := registry.NewClient(registry.Options{Transport: trusting(t, network, authority), Keychain: authn.NewMultiKeychain()})
		for range 2 {
			_, err := client.Resolve(t.Context(), behindHost+"/shop:v1")
			require.ErrorIs(t, err, registry.ErrNotFound)
		}
		assert.Equal(t, "plain TLS", door.kinds())
	})
}

// A registry that means something else by 400 is heard.
func TestSchemeOfThisMachineBadRequest(t *testing.T) {
	t.Parallel()
	door := &doorman{}
	refuse := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"errors":[{"code":"NAME_INVALID","message":"no such name"}]}`))
	})
	behind(t, door, refuse, false, func(t *testing.T, network *pipes, _ *registrytest.Authority) {
		t.Helper()
		transport := &http.Transport{DialContext: network.dial}
		defer transport.CloseIdleConnections()
		client := registry.NewClient(registry.Options{Transport: transport, Keychain: authn.NewMultiKeychain()})
		_, err := client.Manifest(t.Context(), behindHost+"/shop:v1")
		require.ErrorContains(t, err, "NAME_INVALID")
		assert.Equal(t, "plain TLS", door.kinds())
		_, err = client.Manifest(t.Context(), behindHost+"/shop:v1")
		require.ErrorContains(t, err, "NAME_INVALID")
		assert.Equal(t, 1, strings.Count(door.kinds(), "TLS"), "it has none")
	})
}

// What goes without TLS to find out whether there is some has no credentials.
func TestSchemeOfThisMachineCredentials(t *testing.T) {
	t.Parallel()
	seen := make(chan string, 8)
	door := &doorman{}
	door.refuse = func(connection net.Conn) {
		if request, err := http.ReadRequest(bufio.NewReader(connection)); err == nil {
			seen <- request.Header.Get("Authorization")
		}
	}
	guarded := registrytest.BasicAuth(registryserver.New(registryserver.Options{}), "user", "password")
	behind(t, door, guarded, true, func(t *testing.T, network *pipes, authority *registrytest.Authority) {
		t.Helper()
		client := registry.NewClient(registry.Options{
			Transport: trusting(t, network, authority),
			Keychain:  fixedKeychain{authn.AuthConfig{Username: "user", Password: "password"}},
		})
		_, err := client.Resolve(t.Context(), behindHost+"/shop:v1")
		require.ErrorIs(t, err, registry.ErrNotFound, "it let us in")
		require.Len(t, seen, 1, "one request without TLS")
		assert.Empty(t, <-seen)
	})
}

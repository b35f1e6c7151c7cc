package registry_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/registrytest"
)

// clientOver returns a client whose every connection goes to an address, and which
// trusts a pool.
func clientOver(address string, pool *x509.CertPool, now func() time.Time) *registry.Client {
	return registry.NewClient(registry.Options{Transport: &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, address)
		},
		TLSClientConfig: &tls.Config{RootCAs: pool, Time: now, MinVersion: tls.VersionTLS12},
	}, Retry: registry.RetryPolicy{Attempts: 1}})
}

func TestErrorsInPeoplesWords(t *testing.T) {
	t.Parallel()
	authority := registrytest.NewAuthority(t)
	secure := registrytest.Start(t, registrytest.Options{TLS: authority})
	mutual := registrytest.Start(t, registrytest.Options{TLS: authority, ClientCertificates: true})
	plain := httptest.NewUnstartedServer(http.NotFoundHandler())
	plain.Config.ErrorLog = log.New(io.Discard, "", 0)
	plain.Start()
	t.Cleanup(plain.Close)
	later := func() time.Time { return time.Now().AddDate(1, 0, 0) }
	earlier := func() time.Time { return time.Now().AddDate(-1, 0, 0) }
	for want, c := range map[string]struct {
		client *registry.Client
		host   string
		kind   error
	}{
		"the certificate of 127.0.0.1 is signed by an authority that is not trusted; give the authority's certificate with --ca-file": {
			clientOver(secure.Host, x509.NewCertPool(), nil), "127.0.0.1", registry.ErrUnreachable,
		},
		"the certificate of a.example.com is for localhost, 127.0.0.1, ::1, not for a.example.com": {
			clientOver(secure.Host, authority.Pool(), nil), "a.example.com", registry.ErrUnreachable,
		},
		"has expired on ":       {clientOver(secure.Host, authority.Pool(), later), "127.0.0.1", registry.ErrUnreachable},
		"wants a client certif": {clientOver(mutual.Host, authority.Pool(), nil), "127.0.0.1", registry.ErrUnreachable},
		"a.example.com answers with plain HTTP where HTTPS was spoken": {
			clientOver(plain.Listener.Addr().String(), nil, nil), "a.example.com", registry.ErrPlainHTTP,
		},
		"is valid only from ": {clientOver(secure.Host, authority.Pool(), earlier), "127.0.0.1", registry.ErrUnreachable},
	} {
		var err error
		for range 20 {
			began := time.Now()
			_, err = c.client.Resolve(t.Context(), c.host+"/shop:v1")
			// A handshake on loopback has 5 seconds: where the machine is so busy that it
			// takes longer, the certificates never came up.
			if time.Since(began) < 5*time.Second {
				break
			}
		}
		require.ErrorIs(t, err, c.kind, want)
		assert.ErrorContains(t, err, want)
	}
}

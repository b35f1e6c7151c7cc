package registries

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Authority is a certificate authority that exists for one test. It is safe for
// concurrent use.
type Authority struct {
	// File holds its certificate in PEM form.
	File string

	certificate *x509.Certificate
	key         crypto.Signer
}

// Pair is a certificate and its key, in memory and as files in PEM form.
type Pair struct {
	CertificateFile, KeyFile string
	TLS                      tls.Certificate
}

// NewAuthority makes an authority.
func NewAuthority(t testing.TB) *Authority {
	t.Helper()
	template := certificateTemplate("test authority")
	template.IsCA, template.BasicConstraintsValid = true, true
	template.KeyUsage = x509.KeyUsageCertSign
	key := newKey(t)
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	certificate, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return &Authority{
		File:        writePEM(t, filepath.Join(t.TempDir(), "ca.pem"), "CERTIFICATE", der),
		certificate: certificate,
		key:         key,
	}
}

// Pool holds the authority and nothing else.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return pool
}

// Server makes a certificate for servers on loopback.
func (a *Authority) Server(t testing.TB) Pair {
	t.Helper()
	template := certificateTemplate("test server")
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	template.DNSNames = []string{"localhost"}
	return a.issue(t, template)
}

// Client makes a certificate that a client shows.
func (a *Authority) Client(t testing.TB) Pair {
	t.Helper()
	template := certificateTemplate("test client")
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	return a.issue(t, template)
}

func (a *Authority) issue(t testing.TB, template *x509.Certificate) Pair {
	t.Helper()
	key := newKey(t)
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	require.NoError(t, err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	folder := t.TempDir()
	return Pair{
		CertificateFile: writePEM(t, filepath.Join(folder, "certificate.pem"), "CERTIFICATE", der),
		KeyFile:         writePEM(t, filepath.Join(folder, "key.pem"), "PRIVATE KEY", keyDER),
		TLS:             tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
	}
}

func certificateTemplate(name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: new(big.Int).SetInt64(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	return key
}

func writePEM(t testing.TB, path, kind string, der []byte) string {
	t.Helper()
	mode := fs.FileMode(0o644)
	if kind != "CERTIFICATE" {
		mode = 0o600
	}
	require.NoError(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), mode))
	return path
}

package registrytest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Authority is a certificate authority that nobody trusts but whoever is told
// to. It is safe for concurrent use.
type Authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// NewAuthority makes an authority.
func NewAuthority(tb testing.TB) *Authority {
	tb.Helper()
	key := newKey(tb)
	template := newTemplate(tb, "registrytest authority")
	template.IsCA, template.BasicConstraintsValid = true, true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	must(tb, err)
	certificate, err := x509.ParseCertificate(raw)
	must(tb, err)
	return &Authority{certificate: certificate, key: key}
}

// PEM returns the authority's certificate.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw})
}

// Pool returns a pool with the authority and nobody else.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return pool
}

// ServerCertificate returns a certificate for a server with these names and
// addresses.
func (a *Authority) ServerCertificate(tb testing.TB, hosts ...string) tls.Certificate {
	tb.Helper()
	template := newTemplate(tb, "registrytest server")
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	return a.issue(tb, template)
}

// ClientCertificate returns a certificate for a client.
func (a *Authority) ClientCertificate(tb testing.TB) tls.Certificate {
	tb.Helper()
	template := newTemplate(tb, "registrytest client")
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	return a.issue(tb, template)
}

// Files are the paths of certificates and keys in PEM.
type Files struct {
	Authority, ClientCertificate, ClientKey string
}

// WriteFiles writes the authority's certificate and a client's certificate and
// key to a folder of the test's.
func (a *Authority) WriteFiles(tb testing.TB) Files {
	tb.Helper()
	folder := tb.TempDir()
	files := Files{
		Authority:         filepath.Join(folder, "ca.pem"),
		ClientCertificate: filepath.Join(folder, "client.pem"),
		ClientKey:         filepath.Join(folder, "client-key.pem"),
	}
	client := a.ClientCertificate(tb)
	key, err := x509.MarshalPKCS8PrivateKey(client.PrivateKey)
	must(tb, err)
	for path, content := range map[string][]byte{
		files.Authority:         a.PEM(),
		files.ClientCertificate: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: client.Certificate[0]}),
		files.ClientKey:         pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}),
	} {
		must(tb, os.WriteFile(path, content, 0o600))
	}
	return files
}

// serverConfig is that of a server on this machine.
func (a *Authority) serverConfig(tb testing.TB, clientCertificates bool) *tls.Config {
	tb.Helper()
	config := &tls.Config{
		MinVersion:   tls.VersionTLS12,
		Certificates: []tls.Certificate{a.ServerCertificate(tb, "127.0.0.1", "::1", "localhost")},
	}
	if clientCertificates {
		config.ClientAuth, config.ClientCAs = tls.RequireAndVerifyClientCert, a.Pool()
	}
	return config
}

func (a *Authority) issue(tb testing.TB, template *x509.Certificate) tls.Certificate {
	tb.Helper()
	key := newKey(tb)
	raw, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &key.PublicKey, a.key)
	must(tb, err)
	return tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key}
}

func newTemplate(tb testing.TB, name string) *x509.Certificate {
	tb.Helper()
	const bits = 120
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), bits))
	must(tb, err)
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(24 * time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}
}

func newKey(tb testing.TB) *ecdsa.PrivateKey {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(tb, err)
	return key
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

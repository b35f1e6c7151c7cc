// Package sigstoretest is a small sigstore deployment for tests: an authority for
// certificates, a log of certificates, transparency logs of both versions and a
// timestamp authority, with real keys and no network. It is written by the text of
// the specifications, apart from the code that it tests.
//
// Its clock stands at [Now], years before any test runs: what is verified must not
// depend on the machine's.
package sigstoretest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/json"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Now is the time in the deployment.
var Now = time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC)

// Lifetime of certificates is that of sigstore's public deployment.
const Lifetime = 10 * time.Minute

// Sigstore is a deployment.
type Sigstore struct {
	t testing.TB

	root, intermediate, stamper *x509.Certificate
	intermediateKey, stamperKey *ecdsa.PrivateKey
	certificateLog, log         *ecdsa.PrivateKey
}

// New makes a deployment that nobody else has.
func New(t testing.TB) *Sigstore {
	t.Helper()
	s := &Sigstore{t: t, certificateLog: newKey(t), log: newKey(t), intermediateKey: newKey(t), stamperKey: newKey(t)}
	rootKey := newKey(t)
	authority := func(name string) *x509.Certificate {
		return &x509.Certificate{
			Subject: pkix.Name{CommonName: name, Organization: []string{"example"}}, SerialNumber: big.NewInt(1),
			NotBefore: Now.AddDate(-1, 0, 0), NotAfter: Now.AddDate(30, 0, 0),
			KeyUsage: x509.KeyUsageCertSign, BasicConstraintsValid: true, IsCA: true,
		}
	}
	root := authority("example root")
	s.root = s.certificate(root, root, &rootKey.PublicKey, rootKey)
	intermediate := authority("example intermediate")
	intermediate.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning}
	s.intermediate = s.certificate(intermediate, s.root, &s.intermediateKey.PublicKey, rootKey)
	stamping, err := asn1.Marshal([]asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 8}})
	require.NoError(t, err)
	s.stamper = s.certificate(&x509.Certificate{
		Subject: pkix.Name{CommonName: "example timestamps"}, SerialNumber: big.NewInt(2),
		NotBefore: Now.AddDate(-1, 0, 0), NotAfter: Now.AddDate(30, 0, 0), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true, Value: stamping}},
	}, s.root, &s.stamperKey.PublicKey, rootKey)
	return s
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	return key
}

func (s *Sigstore) certificate(template, parent *x509.Certificate, key *ecdsa.PublicKey, signer *ecdsa.PrivateKey) *x509.Certificate {
	s.t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key, signer)
	require.NoError(s.t, err)
	certificate, err := x509.ParseCertificate(der)
	require.NoError(s.t, err)
	return certificate
}

// Part of a trusted root, by its name there.
type Part string

// The parts that a trusted root may lack.
const (
	Authorities     Part = "certificateAuthorities"
	Logs            Part = "tlogs"
	CertificateLogs Part = "ctlogs"
	Timestamps      Part = "timestampAuthorities"
)

// TrustedRoot returns the trusted root of the deployment, in JSON, without some of
// its parts.
func (s *Sigstore) TrustedRoot(without ...Part) []byte {
	s.t.Helper()
	type object = map[string]any
	valid := object{"start": Now.AddDate(-1, 0, 0).Format(time.RFC3339)}
	log := func(url string, key *ecdsa.PrivateKey) []object {
		return []object{{
			"baseUrl": url, "hashAlgorithm": "SHA2_256", "logId": object{"keyId": logID(s.t, key)},
			"publicKey": object{"rawBytes": publicKey(s.t, key), "keyDetails": "PKIX_ECDSA_P256_SHA_256", "validFor": valid},
		}}
	}
	authority := func(url string, chain ...*x509.Certificate) []object {
		var certificates []object
		for _, certificate := range chain {
			certificates = append(certificates, object{"rawBytes": certificate.Raw})
		}
		return []object{{
			"subject": object{"organization": "example", "commonName": "example"}, "uri": url,
			"certChain": object{"certificates": certificates}, "validFor": valid,
		}}
	}
	root := object{
		"mediaType":             "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
		string(Logs):            log("https://"+logOrigin, s.log),
		string(CertificateLogs): log("https://certificates.example.com", s.certificateLog),
		string(Authorities):     authority("https://authority.example.com", s.intermediate, s.root),
		string(Timestamps):      authority("https://timestamps.example.com", s.stamper, s.root),
	}
	for _, part := range without {
		delete(root, string(part))
	}
	data, err := json.Marshal(root)
	require.NoError(s.t, err)
	return data
}

func publicKey(t testing.TB, key *ecdsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	require.NoError(t, err)
	return der
}

func logID(t testing.TB, key *ecdsa.PrivateKey) []byte {
	t.Helper()
	sum := sha256.Sum256(publicKey(t, key))
	return sum[:]
}

func sign(t testing.TB, key *ecdsa.PrivateKey, message []byte) []byte {
	t.Helper()
	sum := sha256.Sum256(message)
	signature, err := ecdsa.SignASN1(rand.Reader, key, sum[:])
	require.NoError(t, err)
	return signature
}

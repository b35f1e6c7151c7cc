package verify_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/verify"
)

const password = "correct-horse"

func secret(text string) func() ([]byte, error) {
	return func() ([]byte, error) { return []byte(text), nil }
}

// newSigner returns a fresh key of a kind.
func newSigner(t testing.TB, kind string) crypto.Signer {
	t.Helper()
	var (
		signer crypto.Signer
		err    error
	)
	switch kind {
	case "P-224":
		signer, err = ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	case "P-256":
		signer, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "P-384":
		signer, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case "P-521":
		signer, err = ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case "Ed25519":
		_, signer, err = ed25519.GenerateKey(rand.Reader)
	case "RSA 1024":
		signer, err = rsa.GenerateKey(rand.Reader, 1024)
	case "RSA 2048":
		signer, err = rsa.GenerateKey(rand.Reader, 2048)
	default:
		t.Fatalf("no such kind: %s", kind)
	}
	require.NoError(t, err)
	return signer
}

func newKey(t testing.TB, kind string) *verify.PrivateKey {
	t.Helper()
	key, err := verify.FromSigner(kind+".key", newSigner(t, kind))
	require.NoError(t, err)
	return key
}

func pemOf(t testing.TB, kind string, der []byte, err error) []byte {
	t.Helper()
	require.NoError(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func TestGeneratedKeyPair(t *testing.T) {
	t.Parallel()
	private, public, err := verify.GenerateKeyPair([]byte(password))
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(private), "-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n"))
	key, err := verify.ParsePrivateKey("p.key", private, secret(password))
	require.NoError(t, err)
	parsed, err := verify.ParsePublicKey("p.pub", public)
	require.NoError(t, err)
	require.Equal(t, key.Public().Fingerprint(), parsed.Fingerprint())
	require.Equal(t, "ECDSA P-256", parsed.Algorithm())
	require.Equal(t, public, parsed.PEM())
	require.Equal(t, "p.pub", parsed.Name())

	for _, wrong := range []string{"", password + " "} {
		_, err = verify.ParsePrivateKey("p.key", private, secret(wrong))
		require.ErrorIs(t, err, diagnostic.KeyPassword)
		if wrong != "" {
			require.NotContains(t, err.Error(), wrong)
		}
	}
	_, err = verify.ParsePrivateKey("p.key", private, nil)
	require.ErrorIs(t, err, diagnostic.KeyPassword)
	_, err = verify.ParsePrivateKey("p.key", private, func() ([]byte, error) { return nil, os.ErrClosed })
	require.ErrorIs(t, err, os.ErrClosed)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		require.Equal(t, "p.key", fmt.Sprintf(verb, key))
	}
}

// The files were made by cosign 3.1.3.
func TestKeysOfCosign(t *testing.T) {
	t.Parallel()
	private, err := os.ReadFile(filepath.Join("testdata", "cosign-3.1.3.key"))
	require.NoError(t, err)
	public, err := os.ReadFile(filepath.Join("testdata", "cosign-3.1.3.pub"))
	require.NoError(t, err)
	key, err := verify.ParsePrivateKey("cosign.key", private, secret(password))
	require.NoError(t, err)
	require.Equal(t, string(public), string(key.Public().PEM()))
}

func TestPrivateKeyForms(t *testing.T) {
	t.Parallel()
	for kind, algorithm := range map[string]string{
		"P-256": "ECDSA P-256", "P-384": "ECDSA P-384", "Ed25519": "Ed25519", "RSA 2048": "RSA 2048",
	} {
		signer := newSigner(t, kind)
		der, err := x509.MarshalPKCS8PrivateKey(signer)
		key, err := verify.ParsePrivateKey("k", pemOf(t, "PRIVATE KEY", der, err), nil)
		require.NoError(t, err, kind)
		require.Equal(t, algorithm, key.Public().Algorithm())
		switch signer := signer.(type) {
		case *ecdsa.PrivateKey:
			der, err := x509.MarshalECPrivateKey(signer)
			_, err = verify.ParsePrivateKey("k", pemOf(t, "EC PRIVATE KEY", der, err), nil)
			require.NoError(t, err)
		case *rsa.PrivateKey:
			_, err = verify.ParsePrivateKey("k", pemOf(t, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(signer), nil), nil)
			require.NoError(t, err)
			_, err = verify.ParsePublicKey("k", pemOf(t, "RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&signer.PublicKey), nil))
			require.NoError(t, err)
		}
	}
}

// dsaPublicKey is a key of a kind that nobody should use any more.
func dsaPublicKey(t *testing.T) []byte {
	t.Helper()
	number := func(n int64) *big.Int { return big.NewInt(n) }
	parameters, err := asn1.Marshal(struct{ P, Q, G *big.Int }{number(23), number(11), number(4)})
	require.NoError(t, err)
	y, err := asn1.Marshal(number(8))
	require.NoError(t, err)
	der, err := asn1.Marshal(struct {
		Algorithm struct {
			Algorithm  asn1.ObjectIdentifier
			Parameters asn1.RawValue
		}
		PublicKey asn1.BitString
	}{
		struct {
			Algorithm  asn1.ObjectIdentifier
			Parameters asn1.RawValue
		}{asn1.ObjectIdentifier{1, 2, 840, 10040, 4, 1}, asn1.RawValue{FullBytes: parameters}},
		asn1.BitString{Bytes: y, BitLength: len(y) * 8},
	})
	return pemOf(t, "PUBLIC KEY", der, err)
}

func TestKeysThatAreRefused(t *testing.T) {
	t.Setenv("GODEBUG", "rsa1024min=0")
	public := func(kind string) []byte {
		der, err := x509.MarshalPKIXPublicKey(newSigner(t, kind).Public())
		return pemOf(t, "PUBLIC KEY", der, err)
	}
	good, pub, err := verify.GenerateKeyPair(nil)
	require.NoError(t, err)
	for name, test := range map[string]struct {
		key  []byte
		code diagnostic.Code
		says string
	}{
		"no PEM":           {[]byte("hello"), diagnostic.KeyInvalid, "no key in PEM form"},
		"empty":            {nil, diagnostic.KeyInvalid, "no key in PEM form"},
		"private":          {good, diagnostic.KeyInvalid, "private key, not a public one"},
		"certificate":      {pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte{1}}), diagnostic.KeyInvalid, "certificate, not a public key"},
		"something else":   {pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: []byte{1}}), diagnostic.KeyInvalid, "X509 CRL"},
		"broken":           {pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: []byte{1}}), diagnostic.KeyInvalid, "does not parse"},
		"two":              {append(append([]byte{}, pub...), pub...), diagnostic.KeyInvalid, "more than one"},
		"huge":             {make([]byte, verify.MaxKeyBytes+1), diagnostic.KeyInvalid, "more than 65536 bytes"},
		"short RSA":        {public("RSA 1024"), diagnostic.KeyWeak, "1024 bits"},
		"P-224":            {public("P-224"), diagnostic.KeyInvalid, "P-224"},
		"P-521":            {public("P-521"), diagnostic.KeyInvalid, "P-521"},
		"DSA":              {dsaPublicKey(t), diagnostic.KeyInvalid, ""},
		"two with rubbish": {append([]byte("x\n"), append(append([]byte{}, pub...), good...)...), diagnostic.KeyInvalid, "more than one"},
	} {
		_, err := verify.ParsePublicKey("k.pub", test.key)
		require.ErrorIs(t, err, test.code, name)
		require.ErrorContains(t, err, "k.pub: ", name)
		require.ErrorContains(t, err, test.says, name)
	}
	for name, test := range map[string]struct {
		key  []byte
		says string
	}{
		"public":     {pub, "public key, not a private one"},
		"broken":     {pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte{1}}), "does not parse"},
		"unknown":    {pem.EncodeToMemory(&pem.Block{Type: "OPENSSH PRIVATE KEY", Bytes: []byte{1}}), "OPENSSH"},
		"no JSON":    {pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED SIGSTORE PRIVATE KEY", Bytes: []byte("{")}), "does not parse"},
		"other KDF":  {pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED SIGSTORE PRIVATE KEY", Bytes: []byte(`{"kdf":{"name":"x"}}`)}), `"x"`},
		"costly KDF": {pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED COSIGN PRIVATE KEY", Bytes: []byte(`{"kdf":{"name":"scrypt","params":{"N":1073741824,"r":8,"p":1}},"cipher":{"name":"nacl/secretbox","nonce":""}}`)}), "parameters that nobody writes"},
	} {
		_, err := verify.ParsePrivateKey("k.key", test.key, secret("s3cret"))
		require.ErrorIs(t, err, diagnostic.KeyInvalid, name)
		require.ErrorContains(t, err, test.says, name)
		require.NotContains(t, err.Error(), "s3cret", name)
	}
}

func FuzzParseKeys(f *testing.F) {
	private, public, err := verify.GenerateKeyPair(nil)
	require.NoError(f, err)
	f.Add(private)
	f.Add(public)
	f.Add(pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED SIGSTORE PRIVATE KEY", Bytes: []byte(`{"kdf":{"name":"scrypt"}}`)}))
	f.Fuzz(func(t *testing.T, data []byte) {
		key, err := verify.ParsePublicKey("k", data)
		require.Equal(t, err == nil, key != nil)
		if err == nil {
			again, err := verify.ParsePublicKey("k", key.PEM())
			require.NoError(t, err)
			require.Equal(t, key.Fingerprint(), again.Fingerprint())
		} else {
			_, findings := diagnostic.From(err)
			require.True(t, findings)
		}
		_, err = verify.ParsePrivateKey("k", data, nil)
		if err != nil {
			_, findings := diagnostic.From(err)
			require.True(t, findings)
		}
	})
}

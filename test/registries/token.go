package registries

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// signer signs JSON web tokens (RFC 7519) and verifies them.
type signer interface {
	algorithm() string
	sign(signed []byte) ([]byte, error)
	verify(signed, signature []byte) error
	// header tells a registry which key to verify with.
	header() map[string]any
}

// keySetSigner signs with RS256; registries know its key from a key set (RFC 7517).
type keySetSigner struct{ key *rsa.PrivateKey }

// keySetKeyID names the only key of the key set.
const keySetKeyID = "test-key"

func newKeySetSigner(t testing.TB) *keySetSigner {
	t.Helper()
	key, err := keySetKey()
	require.NoError(t, err)
	return &keySetSigner{key: key}
}

// keySetKey is one for all tests: it takes long to make.
var keySetKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

func (s *keySetSigner) algorithm() string      { return "RS256" }
func (s *keySetSigner) header() map[string]any { return map[string]any{"kid": keySetKeyID} }

func (s *keySetSigner) sign(signed []byte) ([]byte, error) {
	sum := sha256.Sum256(signed)
	return rsa.SignPKCS1v15(nil, s.key, crypto.SHA256, sum[:])
}

func (s *keySetSigner) verify(signed, signature []byte) error {
	sum := sha256.Sum256(signed)
	return rsa.VerifyPKCS1v15(&s.key.PublicKey, crypto.SHA256, sum[:], signature)
}

// keySet returns the public key in the form of a key set.
func (s *keySetSigner) keySet() ([]byte, error) {
	exponent := big.NewInt(int64(s.key.E)).Bytes()
	return json.Marshal(map[string]any{"keys": []any{map[string]any{
		"kty": "RSA", "use": "sig", "alg": s.algorithm(), "kid": keySetKeyID,
		"n": base64.RawURLEncoding.EncodeToString(s.key.N.Bytes()),
		"e": base64.RawURLEncoding.EncodeToString(exponent),
	}}})
}

// certificateSigner signs with ES256; registries know the authority of its
// certificate, which every token carries.
type certificateSigner struct{ pair Pair }

func (s *certificateSigner) algorithm() string { return "ES256" }
func (s *certificateSigner) header() map[string]any {
	return map[string]any{"x5c": []string{base64.StdEncoding.EncodeToString(s.pair.TLS.Certificate[0])}}
}

func (s *certificateSigner) sign(signed []byte) ([]byte, error) {
	sum := sha256.Sum256(signed)
	r, w, err := ecdsa.Sign(rand.Reader, s.key(), sum[:])
	if err != nil {
		return nil, err
	}
	signature := make([]byte, 64) // both halves at their full length (RFC 7518, 3.4)
	r.FillBytes(signature[:32])
	w.FillBytes(signature[32:])
	return signature, nil
}

func (s *certificateSigner) verify(signed, signature []byte) error {
	if len(signature) != 64 {
		return errors.New("the signature has a wrong length")
	}
	sum := sha256.Sum256(signed)
	r, w := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
	if !ecdsa.Verify(&s.key().PublicKey, sum[:], r, w) {
		return errors.New("the signature is wrong")
	}
	return nil
}

func (s *certificateSigner) key() *ecdsa.PrivateKey { return s.pair.TLS.PrivateKey.(*ecdsa.PrivateKey) }

// claims are what a token says, in the form of the distribution registry.
type claims struct {
	Issuer    string   `json:"iss"`
	Subject   string   `json:"sub"`
	Audience  string   `json:"aud"`
	Expires   int64    `json:"exp"`
	NotBefore int64    `json:"nbf"`
	IssuedAt  int64    `json:"iat"`
	ID        string   `json:"jti"`
	Access    []access `json:"access"`
}

// access is what may be done with one thing.
type access struct {
	Type    string   `json:"type"`
	Name    string   `json:"name"`
	Actions []string `json:"actions"`
}

// encodeToken makes a token in compact form.
func encodeToken(by signer, said claims) (string, error) {
	header := by.header()
	header["typ"], header["alg"] = "JWT", by.algorithm()
	rawHeader, err := json.Marshal(header)
	if err != nil {
		return "", err
	}
	rawClaims, err := json.Marshal(said)
	if err != nil {
		return "", err
	}
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode(rawHeader) + "." + encode(rawClaims)
	signature, err := by.sign([]byte(signed))
	if err != nil {
		return "", err
	}
	return signed + "." + encode(signature), nil
}

// decodeToken verifies a token and returns what it says.
func decodeToken(by signer, token string, now time.Time) (*claims, error) {
	last := strings.LastIndex(token, ".")
	if last < 0 || strings.Count(token, ".") != 2 {
		return nil, errors.New("the token is malformed")
	}
	signature, err := base64.RawURLEncoding.DecodeString(token[last+1:])
	if err != nil {
		return nil, fmt.Errorf("the token is malformed: %w", err)
	}
	if err := by.verify([]byte(token[:last]), signature); err != nil {
		return nil, err
	}
	_, encoded, _ := strings.Cut(token[:last], ".")
	raw, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil {
		return nil, fmt.Errorf("the token is malformed: %w", err)
	}
	var said claims
	if err := json.Unmarshal(raw, &said); err != nil {
		return nil, fmt.Errorf("the token is malformed: %w", err)
	}
	if now.After(time.Unix(said.Expires, 0)) {
		return nil, errors.New("the token has expired")
	}
	return &said, nil
}

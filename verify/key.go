package verify

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"strings"

	"github.com/packstage/packstage/diagnostic"
)

// Bounds of RSA keys in bits. Shorter ones are weak; longer ones only make
// verification slow.
const (
	MinRSABits = 2048
	MaxRSABits = 8192
)

// MaxKeyBytes bounds a key file.
const MaxKeyBytes = 64 << 10

// PublicKey is a key that signatures are verified with: ECDSA on P-256 or P-384,
// Ed25519, or RSA of [MinRSABits] to [MaxRSABits]. It is immutable.
type PublicKey struct {
	name string
	key  crypto.PublicKey
	der  []byte
}

// ParsePublicKey reads a public key in PEM form, as cosign and openssl write
// it. The name, usually that of the file, says in findings which key is meant.
//
// The error is a [diagnostic.Diagnostics]: with code KeyWeak for an RSA key that
// is too short, else KeyInvalid.
func ParsePublicKey(name string, data []byte) (*PublicKey, error) {
	block, err := onlyBlock(name, data)
	if err != nil {
		return nil, err
	}
	var key crypto.PublicKey
	switch {
	case block.Type == "PUBLIC KEY":
		key, err = x509.ParsePKIXPublicKey(block.Bytes)
	case block.Type == "RSA PUBLIC KEY":
		key, err = x509.ParsePKCS1PublicKey(block.Bytes)
	case block.Type == "CERTIFICATE":
		return nil, keyFault(name, diagnostic.KeyInvalid, "holds a certificate, not a public key",
			"list the identity that the certificate was issued to, or take the key out of it: openssl x509 -pubkey -noout")
	case strings.HasSuffix(block.Type, "PRIVATE KEY"):
		return nil, keyFault(name, diagnostic.KeyInvalid, "holds a private key, not a public one",
			"verify with the public half, which is safe to hand out")
	default:
		return nil, keyFault(name, diagnostic.KeyInvalid, fmt.Sprintf("holds %q, not a public key", block.Type), publicKeyHint)
	}
	if err != nil {
		return nil, keyFault(name, diagnostic.KeyInvalid, "holds a public key that does not parse", publicKeyHint)
	}
	return newPublicKey(name, key)
}

const publicKeyHint = `a public key begins with "-----BEGIN PUBLIC KEY-----"`

func newPublicKey(name string, key crypto.PublicKey) (*PublicKey, error) {
	if err := checkKey(name, key); err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil, keyFault(name, diagnostic.KeyInvalid, "holds a key that cannot be encoded", "")
	}
	return &PublicKey{name: name, key: key, der: der}, nil
}

func checkKey(name string, key crypto.PublicKey) error {
	const supported = "supported are ECDSA on P-256 and P-384, Ed25519, and RSA from 2048 to 8192 bits"
	switch key := key.(type) {
	case *ecdsa.PublicKey:
		if key.Curve != elliptic.P256() && key.Curve != elliptic.P384() {
			return keyFault(name, diagnostic.KeyInvalid, fmt.Sprintf("holds an ECDSA key on %s", key.Curve.Params().Name), supported)
		}
	case ed25519.PublicKey:
	case *rsa.PublicKey:
		switch bits := key.N.BitLen(); {
		case bits < MinRSABits:
			return keyFault(name, diagnostic.KeyWeak, fmt.Sprintf("holds an RSA key of %d bits", bits), "at least 2048 bits are needed; use a new key")
		case bits > MaxRSABits:
			return keyFault(name, diagnostic.KeyInvalid, fmt.Sprintf("holds an RSA key of %d bits", bits), supported)
		}
	default:
		return keyFault(name, diagnostic.KeyInvalid, fmt.Sprintf("holds a key of the type %T", key), supported)
	}
	return nil
}

// Name returns the name that the key was parsed with.
func (k *PublicKey) Name() string { return k.name }

// Fingerprint returns "sha256:" and the SHA-256 of the key in PKIX form: the
// same for each file that holds the key.
func (k *PublicKey) Fingerprint() string {
	sum := sha256.Sum256(k.der)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Algorithm names the kind of key, such as "ECDSA P-256".
func (k *PublicKey) Algorithm() string {
	switch key := k.key.(type) {
	case *ecdsa.PublicKey:
		return "ECDSA " + key.Curve.Params().Name
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", key.N.BitLen())
	default:
		return "Ed25519"
	}
}

// PEM returns the key in PEM form.
func (k *PublicKey) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: k.der})
}

// hint is how a bundle names the key that it was signed with: nothing but a
// hint, since whoever wrote the bundle chose it.
func (k *PublicKey) hint() string {
	sum := sha256.Sum256(k.der)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// Verify tells whether the signature is one of this key over the message. The
// algorithm follows from the key alone, never from what is verified.
func (k *PublicKey) Verify(message, signature []byte) bool {
	switch key := k.key.(type) {
	case *ecdsa.PublicKey:
		sum := sha256.Sum256(message)
		if key.Curve == elliptic.P384() {
			// Signers disagree on the hash for this curve: some take the one of its
			// length, some SHA-256 for every curve.
			long := sha512.Sum384(message)
			if ecdsa.VerifyASN1(key, long[:], signature) {
				return true
			}
		}
		return ecdsa.VerifyASN1(key, sum[:], signature)
	case *rsa.PublicKey:
		sum := sha256.Sum256(message)
		return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature) == nil
	case ed25519.PublicKey:
		if ed25519.Verify(key, message, signature) {
			return true
		}
		// Transparency logs know only the variant that hashes first; its
		// signatures cannot be mistaken for those of the other.
		sum := sha512.Sum512(message)
		return ed25519.VerifyWithOptions(key, sum[:], signature, &ed25519.Options{Hash: crypto.SHA512}) == nil
	default:
		return false
	}
}

// onlyBlock returns the one PEM block of a file.
func onlyBlock(name string, data []byte) (*pem.Block, error) {
	if len(data) > MaxKeyBytes {
		return nil, keyFault(name, diagnostic.KeyInvalid, fmt.Sprintf("has more than %d bytes, so it is no key", MaxKeyBytes), "")
	}
	block, rest := pem.Decode(data)
	if block == nil {
		return nil, keyFault(name, diagnostic.KeyInvalid, "holds no key in PEM form", `PEM begins with "-----BEGIN"`)
	}
	if another, _ := pem.Decode(rest); another != nil {
		return nil, keyFault(name, diagnostic.KeyInvalid, "holds more than one PEM block", "write each key to a file of its own")
	}
	return block, nil
}

func keyFault(name string, code diagnostic.Code, message, hint string) error {
	return diagnostic.Diagnostics{{Code: code, Position: diagnostic.Position{File: name}, Message: message, Hint: hint}}
}

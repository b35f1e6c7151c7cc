package verify

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"fmt"

	"github.com/packstage/packstage/diagnostic"
)

// PEM types of encrypted private keys: cosign's own and its older one.
const (
	encryptedKeyType    = "ENCRYPTED SIGSTORE PRIVATE KEY"
	oldEncryptedKeyType = "ENCRYPTED COSIGN PRIVATE KEY"
)

// PrivateKey is a key that signatures are made with. It never shows its secret
// part: not when it is printed, and in no error.
type PrivateKey struct {
	signer crypto.Signer
	public *PublicKey
}

// ParsePrivateKey reads a private key in PEM form: encrypted, as cosign's
// generate-key-pair and [GenerateKeyPair] write it, or plain as PKCS #8, PKCS #1
// or SEC 1. The name says in findings which key is meant. The password is only
// asked for where the key is encrypted; it may be nil for keys that are not.
//
// The error is a [diagnostic.Diagnostics] with code KeyPassword where the
// password is wrong, KeyWeak or KeyInvalid; or the error of password.
func ParsePrivateKey(name string, data []byte, password func() ([]byte, error)) (*PrivateKey, error) {
	block, err := onlyBlock(name, data)
	if err != nil {
		return nil, err
	}
	var key any
	switch block.Type {
	case encryptedKeyType, oldEncryptedKeyType:
		if password == nil {
			return nil, keyFault(name, diagnostic.KeyPassword, "is encrypted, and there is no password", "")
		}
		secret, err := password()
		if err != nil {
			return nil, err
		}
		plain, err := decryptKey(name, block.Bytes, secret)
		if err != nil {
			return nil, err
		}
		if key, err = x509.ParsePKCS8PrivateKey(plain); err != nil {
			return nil, keyFault(name, diagnostic.KeyInvalid, "holds a private key that does not parse", "")
		}
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "PUBLIC KEY":
		return nil, keyFault(name, diagnostic.KeyInvalid, "holds a public key, not a private one", "signing needs the private half")
	default:
		return nil, keyFault(name, diagnostic.KeyInvalid, fmt.Sprintf("holds %q, not a private key", block.Type),
			"generate one with: packstage sign --generate-key-pair PREFIX")
	}
	if err != nil {
		return nil, keyFault(name, diagnostic.KeyInvalid, "holds a private key that does not parse", "")
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, keyFault(name, diagnostic.KeyInvalid, fmt.Sprintf("holds a key of the type %T, which does not sign", key), "")
	}
	return newPrivateKey(name, signer)
}

// FromSigner returns the key of a signer that is kept elsewhere: in a hardware
// module or a key service. ECDSA signatures are expected in ASN.1 form, those of
// RSA as PKCS #1 v1.5. The errors are those of [ParsePublicKey].
func FromSigner(name string, signer crypto.Signer) (*PrivateKey, error) {
	return newPrivateKey(name, signer)
}

func newPrivateKey(name string, signer crypto.Signer) (*PrivateKey, error) {
	public, err := newPublicKey(name, signer.Public())
	if err != nil {
		return nil, err
	}
	return &PrivateKey{signer: signer, public: public}, nil
}

// Public returns the public half.
func (k *PrivateKey) Public() *PublicKey { return k.public }

// String names the key without its secret.
func (k *PrivateKey) String() string { return k.public.name }

// GoString is [PrivateKey.String]: %#v shows no secret either.
func (k *PrivateKey) GoString() string { return k.String() }

// Sign signs a message and verifies what it made, as `cosign sign-blob` does with the same
// key: SHA-256 is what is signed, and with Ed25519 the message itself. The error is that
// of the signer. It is safe for concurrent use as far as the signer is.
func (k *PrivateKey) Sign(message []byte) ([]byte, error) {
	// SHA-256 for P-384, too, and Ed25519 without a hash: what cosign verifies when
	// it is told nothing but the key, though it signs otherwise itself.
	sum := sha256.Sum256(message)
	signed, options := sum[:], crypto.SignerOpts(crypto.SHA256)
	if _, ok := k.public.key.(ed25519.PublicKey); ok {
		signed, options = message, crypto.Hash(0)
	}
	signature, err := k.signer.Sign(rand.Reader, signed, options)
	if err != nil {
		return nil, fmt.Errorf("sign with %s: %w", k.public.name, err)
	}
	if !k.public.Verify(message, signature) {
		return nil, fmt.Errorf("sign with %s: the signer made a signature that does not verify with its public key", k.public.name)
	}
	return signature, nil
}

// GenerateKeyPair makes a new key pair, ECDSA on P-256, and returns both halves
// in PEM form. The private one is encrypted with the password, as cosign does
// it and reads it; an empty password encrypts too, but protects nothing.
func GenerateKeyPair(password []byte) (private, public []byte, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("generate key pair: %w", err)
	}
	plain, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, nil, fmt.Errorf("generate key pair: %w", err)
	}
	encrypted, err := encryptKey(plain, password)
	if err != nil {
		return nil, nil, fmt.Errorf("generate key pair: %w", err)
	}
	half, err := newPublicKey("", key.Public())
	if err != nil {
		return nil, nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: encryptedKeyType, Bytes: encrypted}), half.PEM(), nil
}

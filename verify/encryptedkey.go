package verify

import (
	"crypto/rand"
	"encoding/json"
	"fmt"

	"golang.org/x/crypto/nacl/secretbox"
	"golang.org/x/crypto/scrypt"

	"github.com/packstage/packstage/diagnostic"
)

// encryptedKey is how cosign keeps a private key: the JSON of a NaCl secret box,
// whose key is derived from the password with scrypt. The form is that of
// go-securesystemslib's package encrypted.
type encryptedKey struct {
	KDF struct {
		Name   string       `json:"name"`
		Params scryptParams `json:"params"`
		Salt   []byte       `json:"salt"`
	} `json:"kdf"`
	Cipher struct {
		Name  string `json:"name"`
		Nonce []byte `json:"nonce"`
	} `json:"cipher"`
	Ciphertext []byte `json:"ciphertext"`
}

type scryptParams struct {
	N int `json:"N"`
	R int `json:"r"`
	P int `json:"p"`
}

const (
	kdfName    = "scrypt"
	cipherName = "nacl/secretbox"
	saltSize   = 32
	nonceSize  = 24
	boxKeySize = 32
)

// Key files say how expensive they are to open; only these costs are paid, or a
// file could ask for all memory there is.
var (
	costToWrite = scryptParams{N: 1 << 16, R: 8, P: 1}
	costsToRead = [...]scryptParams{{N: 1 << 15, R: 8, P: 1}, costToWrite, {N: 1 << 17, R: 8, P: 1}}
)

func encryptKey(plain, password []byte) ([]byte, error) {
	var box encryptedKey
	box.KDF.Name, box.KDF.Params, box.KDF.Salt = kdfName, costToWrite, make([]byte, saltSize)
	box.Cipher.Name, box.Cipher.Nonce = cipherName, make([]byte, nonceSize)
	for _, random := range [][]byte{box.KDF.Salt, box.Cipher.Nonce} {
		if _, err := rand.Read(random); err != nil {
			return nil, err
		}
	}
	key, err := deriveKey(password, box)
	if err != nil {
		return nil, err
	}
	box.Ciphertext = secretbox.Seal(nil, plain, (*[nonceSize]byte)(box.Cipher.Nonce), key)
	return json.Marshal(box)
}

func decryptKey(name string, data, password []byte) ([]byte, error) {
	var box encryptedKey
	if err := json.Unmarshal(data, &box); err != nil {
		return nil, keyFault(name, diagnostic.KeyInvalid, "holds an encrypted key that does not parse", "")
	}
	if box.KDF.Name != kdfName || box.Cipher.Name != cipherName {
		return nil, keyFault(name, diagnostic.KeyInvalid,
			fmt.Sprintf("is encrypted with %q and %q", box.KDF.Name, box.Cipher.Name), "known are scrypt and nacl/secretbox, as cosign writes them")
	}
	known := false
	for _, cost := range costsToRead {
		known = known || cost == box.KDF.Params
	}
	if !known || len(box.Cipher.Nonce) != nonceSize {
		return nil, keyFault(name, diagnostic.KeyInvalid, "is encrypted with parameters that nobody writes", "get the key from where it was generated")
	}
	key, err := deriveKey(password, box)
	if err != nil {
		return nil, keyFault(name, diagnostic.KeyInvalid, "is encrypted with parameters that do not work", "")
	}
	plain, ok := secretbox.Open(nil, box.Ciphertext, (*[nonceSize]byte)(box.Cipher.Nonce), key)
	if !ok {
		return nil, keyFault(name, diagnostic.KeyPassword, "does not open with this password", "")
	}
	return plain, nil
}

func deriveKey(password []byte, box encryptedKey) (*[boxKeySize]byte, error) {
	cost := box.KDF.Params
	key, err := scrypt.Key(password, box.KDF.Salt, cost.N, cost.R, cost.P, boxKeySize)
	if err != nil {
		return nil, err
	}
	return (*[boxKeySize]byte)(key), nil
}

package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"github.com/packstage/packstage/verify"
)

const checksumFile = "SHA256SUMS"

// checksums writes the file that "sha256sum -c" reads: all files of the release but the
// image, which has a digest of its own.
func (r *release) checksums(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	var text []byte
	for _, entry := range entries { // sorted by name
		if entry.IsDir() {
			continue
		}
		sum, err := checksum(filepath.Join(folder, entry.Name()))
		if err != nil {
			return err
		}
		text = fmt.Appendf(text, "%s  %s\n", sum, entry.Name())
	}
	return os.WriteFile(filepath.Join(folder, checksumFile), text, 0o644)
}

func checksum(path string) (string, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:]), nil
}

// sign writes the signature of the checksums, as "cosign verify-blob --key" reads it.
func (r *release) sign(folder string) error {
	if r.key == "" {
		fmt.Fprintln(r.log, "no -key: the checksums are not signed")
		return nil
	}
	encoded, err := os.ReadFile(r.key)
	if err != nil {
		return err
	}
	key, err := verify.ParsePrivateKey(r.key, encoded, func() ([]byte, error) { return []byte(os.Getenv("PACKSTAGE_KEY_PASSWORD")), nil })
	if err != nil {
		return err
	}
	message, err := os.ReadFile(filepath.Join(folder, checksumFile))
	if err != nil {
		return err
	}
	signature, err := key.Sign(message)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, checksumFile+".pub"), key.Public().PEM(), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, checksumFile+".sig"), []byte(base64.StdEncoding.EncodeToString(signature)+"\n"), 0o644)
}

package packagebuilder

import (
	"encoding/hex"
	"hash"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// countingHash hashes and counts what is written to it.
type countingHash struct {
	hash.Hash
	count int64
}

func (h *countingHash) Write(content []byte) (int, error) {
	h.count += int64(len(content))
	return h.Hash.Write(content)
}

func (h *countingHash) digest() v1.Hash {
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(h.Sum(nil))}
}

package blobimage

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/packstage/packstage/diagnostic"
)

// verifyingReader gives io.EOF only after as many bytes as the descriptor says,
// with its digest; anything else is a finding.
type verifyingReader struct {
	image  string // in findings
	body   io.ReadCloser
	blob   v1.Descriptor
	hash   hash.Hash
	length int64
}

func newVerifyingReader(image string, body io.ReadCloser, blob v1.Descriptor) *verifyingReader {
	return &verifyingReader{image: image, body: body, blob: blob, hash: sha256.New()}
}

func (r *verifyingReader) Read(buffer []byte) (int, error) {
	count, err := r.body.Read(buffer)
	r.hash.Write(buffer[:count])
	r.length += int64(count)
	if r.length > r.blob.Size {
		return 0, r.finding(fmt.Sprintf("has more than the %d bytes that its descriptor says", r.blob.Size))
	}
	if err != io.EOF {
		return count, err
	}
	if r.length < r.blob.Size {
		return 0, r.finding(fmt.Sprintf("has %d bytes, its descriptor says %d", r.length, r.blob.Size))
	}
	if got := "sha256:" + hex.EncodeToString(r.hash.Sum(nil)); got != r.blob.Digest.String() {
		return 0, r.finding("has the digest " + got)
	}
	return count, io.EOF
}

func (r *verifyingReader) Close() error { return r.body.Close() }

func (r *verifyingReader) finding(what string) error {
	return diagnostic.Diagnostics{{
		Code:     diagnostic.ImageDigestMismatch,
		Position: diagnostic.Position{File: r.image},
		Message:  fmt.Sprintf("blob %s %s", r.blob.Digest, what),
	}}
}

package ocistore

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/packstage/packstage/diagnostic"
)

// copyVerified copies exactly the bytes of the descriptor. What was written before
// an error is worthless.
func copyVerified(ctx context.Context, to io.Writer, from io.Reader, blob v1.Descriptor) error {
	mismatch := func(format string, arguments ...any) error {
		return diagnostic.Diagnostics{{
			Code: diagnostic.ImageDigestMismatch, Position: diagnostic.Position{File: blob.Digest.String()},
			Message: "the blob " + fmt.Sprintf(format, arguments...),
		}}
	}
	hash := sha256.New()
	buffer := make([]byte, 64<<10)
	var size int64
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		count, err := from.Read(buffer)
		if size += int64(count); size > blob.Size {
			return mismatch("has more than the %d bytes that its descriptor says", blob.Size)
		}
		hash.Write(buffer[:count])
		if _, err := to.Write(buffer[:count]); err != nil {
			return err
		}
		if err == io.EOF { //nolint:errorlint // an EOF inside another error is a broken connection
			break
		}
		if err != nil {
			return err
		}
	}
	if size != blob.Size {
		return mismatch("has %d bytes, its descriptor says %d", size, blob.Size)
	}
	if got := hex.EncodeToString(hash.Sum(nil)); got != blob.Digest.Hex {
		return mismatch("has the digest sha256:%s", got)
	}
	return nil
}

// ReadBlob reads a blob of at most limit bytes, whole and verified. One that is not
// that of its descriptor is a [diagnostic.Diagnostics].
func ReadBlob(ctx context.Context, from Reader, blob v1.Descriptor, limit int64) ([]byte, error) {
	if err := checkDigest(blob.Digest); err != nil {
		return nil, err
	}
	if blob.Size < 0 || blob.Size > limit {
		return nil, invalid(blob.Digest.String(), "the blob has %d bytes, at most %d are allowed", blob.Size, limit)
	}
	stream, err := from.Blob(ctx, blob)
	if err != nil {
		return nil, err
	}
	defer stream.Close()
	var content bytes.Buffer
	if err := copyVerified(ctx, &content, stream, blob); err != nil {
		return nil, err
	}
	return content.Bytes(), nil
}

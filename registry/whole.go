package registry

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/packstage/packstage/diagnostic"
)

// BlobBytes pulls a blob of a repository ("host/repository") of at most limit
// bytes, whole and verified. Calls for the same blob at the same time share one
// download and the bytes, which nobody may change.
//
// A blob that is not that of its descriptor is a [diagnostic.Diagnostics] with
// code ImageDigestMismatch; one whose descriptor says that it is larger than
// limit has code ImageInvalid, and is not asked for.
func (c *Client) BlobBytes(ctx context.Context, repository string, blob v1.Descriptor, limit int64) ([]byte, error) {
	parsed, err := c.parseRepository(repository)
	if err != nil {
		return nil, err
	}
	name := parsed.Digest(blob.Digest.String()).Name()
	switch {
	case blob.Digest.Algorithm != "sha256":
		return nil, invalid(name, "the digest is not sha256")
	case blob.Size < 0 || blob.Size > limit:
		return nil, invalid(name, fmt.Sprintf("the blob has %d bytes, at most %d are allowed", blob.Size, limit))
	}
	if len(blob.Data) > 0 && int64(len(blob.Data)) == blob.Size { // nobody else's descriptor need hold the same
		return readVerified(ctx, name, bytes.NewReader(blob.Data), blob)
	}
	// The size is part of the key: another descriptor may lie about it.
	key := fmt.Sprintf("%s %d", name, blob.Size)
	content, err := c.blobs.do(ctx, key, func(ctx context.Context) ([]byte, error) {
		if cached := c.cachedBytes(ctx, parsed, blob); cached != nil {
			return cached, nil
		}
		stream, err := c.Blob(ctx, repository, blob)
		if err != nil {
			return nil, err
		}
		defer stream.Close()
		return readVerified(ctx, name, stream, blob)
	})
	// Whoever stops waiting for another's request has an error without a place.
	return content, c.fail(ctx, blobCall(http.MethodGet, "pull blob", parsed, blob.Digest), parsed.RegistryStr(), err)
}

// readVerified reads exactly the bytes of the descriptor, and hashes them while
// they are warm.
func readVerified(ctx context.Context, name string, stream io.Reader, blob v1.Descriptor) ([]byte, error) {
	content := make([]byte, blob.Size)
	hash := sha256.New()
	wrong := func(format string, arguments ...any) error {
		return diagnostic.Diagnostics{{
			Code:     diagnostic.ImageDigestMismatch,
			Position: diagnostic.Position{File: name},
			Message:  "blob " + blob.Digest.String() + " " + fmt.Sprintf(format, arguments...),
		}}
	}
	for read := 0; read < len(content); {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		const chunk = 256 << 10
		count, err := io.ReadAtLeast(stream, content[read:min(read+chunk, len(content))], 1)
		hash.Write(content[read : read+count])
		read += count
		if err == io.EOF { //nolint:errorlint // an EOF inside another error is a broken connection
			return nil, wrong("has %d bytes, its descriptor says %d", read, len(content))
		}
		if err != nil {
			return nil, err
		}
	}
	if got := hex.EncodeToString(hash.Sum(nil)); got != blob.Digest.Hex {
		return nil, wrong("has the digest sha256:%s", got)
	}
	switch count, err := io.ReadFull(stream, make([]byte, 1)); {
	case count > 0:
		return nil, wrong("has more than the %d bytes that its descriptor says", len(content))
	case err != io.EOF: //nolint:errorlint // as above
		return nil, err
	}
	return content, nil
}

package packageloader

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/packstage/packstage/diagnostic"
)

// storedBlob is a blob as a manifest describes it, and a way to its bytes.
type storedBlob struct {
	// image and name say in findings what is read.
	image, name string
	// size in bytes; compared with the limits before it is read.
	size int64
	// digest of the bytes; zero where nobody stated one.
	digest v1.Hash
	// diffID returns the digest of a layer's tar; it may have to wait for it.
	diffID func() (v1.Hash, error)
	// rules of unpacking a layer.
	rules layerRules
	open  func(context.Context) (io.ReadCloser, error)
	// whole, where it is set, returns what open reads, verified and not to be
	// changed.
	whole func(context.Context) ([]byte, error)
}

// readBlob reads exactly the bytes that the digest is of, and nothing that
// merely begins with them.
func readBlob(ctx context.Context, blob storedBlob) ([]byte, error) {
	if blob.digest != (v1.Hash{}) && blob.digest.Algorithm != "sha256" {
		return nil, imageFault(blob.image, diagnostic.ImageInvalid, "%s has a digest other than sha256", blob.name)
	}
	if blob.whole != nil {
		return blob.whole(ctx)
	}
	stream, err := blob.open(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, imageFault(blob.image, diagnostic.ImageInvalid, "%s is missing", blob.name)
	}
	if err != nil {
		return nil, err
	}
	defer stream.Close()
	content := make([]byte, blob.size)
	hash := sha256.New()
	read := 0
	for read < len(content) && err == nil {
		if err := ctx.Err(); err != nil {
			return nil, context.Cause(ctx)
		}
		const chunk = 256 << 10 // cancellation is looked at between chunks
		var count int
		count, err = io.ReadFull(stream, content[read:min(read+chunk, len(content))])
		hash.Write(content[read : read+count])
		read += count
	}
	mismatch := func(format string, arguments ...any) error {
		return imageFault(blob.image, diagnostic.ImageDigestMismatch, blob.name+" "+format, arguments...)
	}
	if read < len(content) {
		if endOfStream(err) {
			return nil, mismatch("has %d bytes, its descriptor says %d", read, len(content))
		}
		return nil, err
	}
	// The digest comes before the error of the last read: a reader that
	// verifies, too, says less about what is wrong.
	if got := hex.EncodeToString(hash.Sum(nil)); blob.digest != (v1.Hash{}) && got != blob.digest.Hex {
		return nil, mismatch("has the digest sha256:%s", got)
	}
	switch count, err := io.ReadFull(stream, make([]byte, 1)); {
	case count > 0:
		return nil, mismatch("has more than the %d bytes that its descriptor says", len(content))
	case !endOfStream(err):
		return nil, err
	}
	return content, nil
}

// endOfStream tells the plain end of a stream from trouble; a connection that
// broke says io.ErrUnexpectedEOF, but inside an error of its own.
func endOfStream(err error) bool {
	return err == io.EOF || err == io.ErrUnexpectedEOF //nolint:errorlint // the plain ones only
}

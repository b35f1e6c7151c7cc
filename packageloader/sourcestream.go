package packageloader

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
)

// budget counts what all layers of an image unpack to.
type budget struct {
	limits packagetypes.Limits
	// content is the size of files that are kept; stream that of all tars.
	content, stream atomic.Int64
}

// streamLimit is how many bytes all tars may have so that files within the
// limits fit: a header and padding, with room for a long name, for each file.
func (b *budget) streamLimit() int64 {
	const perFile, room = 3 << 10, 1 << 20
	return b.limits.UncompressedImage + b.limits.Files*perFile + room
}

// layerStream gives the tar of a layer, bounded and hashed.
type layerStream struct {
	ctx      context.Context // of the call that unpacks the layer
	position diagnostic.Position
	used     *budget
	tar      io.Reader
	close    func()
	hash     hash.Hash
	// ratioLimit is how many bytes this layer may unpack to, however many the
	// limits allow.
	ratioLimit, length int64
	storedSize         int64
}

// newLayerStream finds out by its first bytes how a layer is compressed: media
// types are wrong about that in images that everyone else reads.
func newLayerStream(ctx context.Context, position diagnostic.Position, stored []byte, used *budget) (*layerStream, error) {
	tar, closeTar, compressed, err := decompressor(stored)
	if err != nil {
		return nil, err
	}
	stream := &layerStream{
		ctx: ctx, position: position, used: used, tar: tar, close: closeTar, hash: sha256.New(),
		ratioLimit: int64(len(stored)), storedSize: int64(len(stored)),
	}
	if compressed {
		const free = 1 << 20
		stream.ratioLimit = max(free, stream.storedSize*used.limits.CompressionRatio)
	}
	return stream, nil
}

var (
	gzipMagic = []byte{0x1f, 0x8b}
	zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}
)

func isCompressed(stored []byte) bool {
	return bytes.HasPrefix(stored, gzipMagic) || bytes.HasPrefix(stored, zstdMagic)
}

// decompressor reads gzip (any number of members), zstd, or plain bytes.
func decompressor(stored []byte) (reader io.Reader, closeReader func(), compressed bool, err error) {
	switch {
	case bytes.HasPrefix(stored, gzipMagic):
		gunzip, err := gzip.NewReader(bytes.NewReader(stored))
		return gunzip, func() {}, true, err
	case bytes.HasPrefix(stored, zstdMagic):
		const window = 8 << 20 // what the format asks every decoder to support
		unzstd, err := zstd.NewReader(bytes.NewReader(stored), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(window))
		if err != nil {
			return nil, nil, false, err
		}
		return unzstd, unzstd.Close, true, nil
	default:
		return bytes.NewReader(stored), func() {}, false, nil
	}
}

func (s *layerStream) Read(buffer []byte) (int, error) {
	if s.ctx.Err() != nil {
		return 0, context.Cause(s.ctx)
	}
	count, err := s.tar.Read(buffer)
	s.hash.Write(buffer[:count])
	s.length += int64(count)
	if s.length > s.ratioLimit {
		return 0, diagnostic.Diagnostics{packagetypes.LimitDiagnostic(
			s.position, "CompressionRatio", (s.length+s.storedSize-1)/s.storedSize, s.used.limits.CompressionRatio)}
	}
	if s.used.stream.Add(int64(count)) > s.used.streamLimit() {
		limit := s.used.limits.UncompressedImage
		return 0, diagnostic.Diagnostics{packagetypes.LimitDiagnostic(s.position, "UncompressedImage", limit+1, limit)}
	}
	return count, err
}

// Digest is that of all bytes read so far.
func (s *layerStream) Digest() string { return "sha256:" + hex.EncodeToString(s.hash.Sum(nil)) }

func (s *layerStream) Close() { s.close() }

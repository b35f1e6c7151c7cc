package packageloader

import (
	"bytes"
	"context"
	"io"
	"sync"
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

// layerStream gives the tar of a layer, bounded.
type layerStream struct {
	ctx      context.Context // of the call that unpacks the layer
	position diagnostic.Position
	used     *budget
	tar      io.Reader
	close    func()
	// compressed tells whether there is a ratio to look at; stored and storedSize
	// how many bytes were consumed, length how many came out.
	compressed         bool
	stored             *bytes.Reader
	storedSize, length int64
}

// newLayerStream finds out by its first bytes how a layer is compressed: media
// types are wrong about that in images that everyone else reads.
func newLayerStream(ctx context.Context, position diagnostic.Position, stored []byte, used *budget) (*layerStream, error) {
	reader := bytes.NewReader(stored)
	tar, closeTar, compressed, err := decompressor(stored, reader)
	if err != nil {
		return nil, err
	}
	return &layerStream{
		ctx: ctx, position: position, used: used, tar: tar, close: closeTar,
		compressed: compressed, stored: reader, storedSize: int64(len(stored)),
	}, nil
}

var (
	gzipMagic = []byte{0x1f, 0x8b}
	zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}
)

func isCompressed(stored []byte) bool {
	return bytes.HasPrefix(stored, gzipMagic) || bytes.HasPrefix(stored, zstdMagic)
}

// decompressor reads gzip (any number of members), zstd, or plain bytes; the
// first bytes tell which. It must be closed, and not be read any more then.
func decompressor(first []byte, stored byteReader) (reader io.Reader, closeReader func(), compressed bool, err error) {
	switch {
	case bytes.HasPrefix(first, gzipMagic):
		gunzip := spareGunzips.Get().(*gzip.Reader)
		if err := gunzip.Reset(stored); err != nil {
			return nil, nil, false, err
		}
		return gunzip, func() { keepGunzip(gunzip) }, true, nil
	case bytes.HasPrefix(first, zstdMagic):
		const window = 8 << 20 // what the format asks every decoder to support
		unzstd, err := zstd.NewReader(stored, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(window))
		if err != nil {
			return nil, nil, false, err
		}
		return unzstd, unzstd.Close, true, nil
	default:
		return stored, func() {}, false, nil
	}
}

// byteReader is what gzip reads from without a buffer of its own.
type byteReader interface {
	io.Reader
	io.ByteReader
}

// spareGunzips are decompressors that nobody uses, until the collector takes them.
// They are memory and not state: resetting one forgets all that it read.
var spareGunzips = sync.Pool{New: func() any { return new(gzip.Reader) }}

// keepGunzip lets go of what a decompressor read, which a header of another stream
// makes it do, and keeps its tables.
func keepGunzip(gunzip *gzip.Reader) {
	header := []byte{gzipMagic[0], gzipMagic[1], 8, 0, 0, 0, 0, 0, 0, 0xff}
	if gunzip.Reset(bytes.NewReader(header)) == nil {
		spareGunzips.Put(gunzip)
	}
}

func (s *layerStream) Read(buffer []byte) (int, error) {
	if s.ctx.Err() != nil {
		return 0, context.Cause(s.ctx)
	}
	count, err := s.tar.Read(buffer)
	s.length += int64(count)
	if err := s.checkRatio(); err != nil {
		return 0, err
	}
	if s.used.stream.Add(int64(count)) > s.used.streamLimit() {
		limit := s.used.limits.UncompressedImage
		return 0, diagnostic.Diagnostics{packagetypes.LimitDiagnostic(s.position, "UncompressedImage", limit+1, limit)}
	}
	return count, err
}

// checkRatio compares what came out with the whole layer, and with what of it
// was consumed so far: a bomb is known by its beginning, before the files that
// it pretends to hold are in memory. An honest layer that begins with a large
// file of few bytes gets as much credit as one file may have.
func (s *layerStream) checkRatio() error {
	const free = 1 << 20
	if !s.compressed || s.length <= free {
		return nil
	}
	limits := s.used.limits
	consumed := s.storedSize - int64(s.stored.Len())
	for _, check := range []struct{ stored, credit int64 }{{s.storedSize, 0}, {consumed, limits.File}} {
		if (s.length-check.credit)/limits.CompressionRatio > check.stored {
			stored := max(1, check.stored)
			return diagnostic.Diagnostics{packagetypes.LimitDiagnostic(
				s.position, "CompressionRatio", (s.length+stored-1)/stored, limits.CompressionRatio)}
		}
	}
	return nil
}

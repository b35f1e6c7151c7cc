// Package pinnedgzip compresses in the one way that package images are
// compressed: the same bytes in give the same bytes out on every machine and
// with every version of Go.
package pinnedgzip

import (
	"io"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"
)

// Level is part of the image format: another level is another digest.
//
// Measured on Kubernetes YAML against the standard library's fastest level, it
// needs less time (0.8 of it) and makes smaller layers (0.89 of them); level 6
// saves another seventh and takes half as long again.
const Level = 3

// NewWriter returns a compressor that writes to w. Its output depends on the
// bytes written to it alone, not on how they are cut into calls of Write. The
// header has no name, no time and an unknown operating system. Close finishes
// the stream and leaves w open.
func NewWriter(w io.Writer) io.WriteCloser {
	writer := newWriter()
	begin(writer, w)
	return writer
}

// Compress calls write with a compressor that writes to w, and finishes the stream.
// It writes the same bytes as one of [NewWriter], and is quicker for little content:
// the compressor's tables are a megabyte, and a program that compresses again need
// not get and clear them again. The error is that of write, or that of w.
func Compress(w io.Writer, write func(io.Writer) error) error {
	writer, _ := spare.Get().(*gzip.Writer)
	if writer == nil {
		writer = newWriter()
	}
	begin(writer, w)
	err := write(writer)
	if err == nil {
		err = writer.Close()
	}
	writer.Reset(io.Discard) // w is let go of
	spare.Put(writer)
	return err
}

// spare are compressors that nobody uses, until the collector takes them. They are
// memory and not state: what one writes depends on nothing that it wrote before.
var spare sync.Pool

func newWriter() *gzip.Writer {
	writer, err := gzip.NewWriterLevel(io.Discard, Level)
	if err != nil {
		panic(err) // Level is a valid level
	}
	return writer
}

func begin(writer *gzip.Writer, w io.Writer) {
	writer.Reset(w)
	// The library writes the zero time.Time as a time in 2042.
	writer.ModTime = time.Unix(0, 0)
}

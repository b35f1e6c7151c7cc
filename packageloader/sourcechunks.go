package packageloader

import "io"

const chunkSize = 1 << 20

// chunks is a stream of unknown length in memory. Unlike a buffer that doubles,
// it never holds more than what came and one chunk.
type chunks struct {
	list [][]byte // all but the last of chunkSize
	size int64
}

// fill reads one chunk. It returns io.EOF at the end of the stream, and never
// together with more to come.
func (c *chunks) fill(stream io.Reader) error {
	chunk := make([]byte, chunkSize)
	count, err := io.ReadFull(stream, chunk)
	if count > 0 {
		c.list = append(c.list, chunk[:count])
		c.size += int64(count)
	}
	if err == io.ErrUnexpectedEOF && count > 0 { //nolint:errorlint // that of ReadFull, no other
		// Whether the stream just ended or broke off shows the next read.
		_, err = stream.Read(make([]byte, 1))
	}
	return err
}

// ReadAt reads from anywhere in what came.
func (c *chunks) ReadAt(buffer []byte, offset int64) (int, error) {
	read := 0
	for read < len(buffer) {
		if offset >= c.size {
			return read, io.EOF
		}
		count := copy(buffer[read:], c.list[offset/chunkSize][offset%chunkSize:])
		read += count
		offset += int64(count)
	}
	return read, nil
}

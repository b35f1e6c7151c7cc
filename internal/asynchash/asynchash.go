// Package asynchash hashes a stream beside whoever reads it, so that on two
// processors the hash costs no time.
package asynchash

import (
	"hash"
	"io"
	"sync"
)

const (
	// blockSize is how much goes to the other goroutine at a time, and mostBlocks
	// how many are in use at most.
	blockSize  = 64 << 10
	mostBlocks = 4
)

type block [blockSize]byte

// spare are blocks that nobody uses, until the collector takes them. They are memory
// and not state: of a block only what was read into it is ever looked at.
var spare = sync.Pool{New: func() any { return new(block) }}

// Reader is an [io.Reader] that hashes what it reads from a stream. It reads in
// blocks of 64 KiB, each full but the last, and hands them out without a copy. It is
// used by one goroutine. Close must be called in the end.
type Reader struct {
	stream io.Reader
	hash   hash.Hash
	rest   []byte // of the current block, that nobody has read yet
	err    error  // what comes after rest

	// blocks are those in use. All but the last go to the other goroutine when they
	// are full, with their length, and come back from it.
	blocks []*block
	full   chan part
	hashed chan *block
	done   sync.WaitGroup
}

// part is the beginning of a block, as much as was read into it.
type part struct {
	block *block
	count int
}

// NewReader returns a reader of a stream. Nobody else may use the hash until Close.
func NewReader(stream io.Reader, hash hash.Hash) *Reader {
	return &Reader{stream: stream, hash: hash}
}

// Peek returns what the current block still holds, at least one byte, or the error of
// the stream. The bytes are valid until the next call after all of them were read,
// and must not be changed.
func (r *Reader) Peek() ([]byte, error) {
	for len(r.rest) == 0 {
		if r.err != nil {
			return nil, r.err
		}
		r.fill()
	}
	return r.rest, nil
}

// Skip reads count of the bytes that Peek returned.
func (r *Reader) Skip(count int) { r.rest = r.rest[count:] }

// Discard reads count bytes. Where the stream ends before, it returns how many there
// were and io.EOF.
func (r *Reader) Discard(count int64) (discarded int64, err error) {
	for discarded < count {
		block, err := r.Peek()
		if err != nil {
			return discarded, err
		}
		taken := min(int64(len(block)), count-discarded)
		r.Skip(int(taken))
		discarded += taken
	}
	return discarded, nil
}

// Read implements [io.Reader].
func (r *Reader) Read(buffer []byte) (int, error) {
	if len(buffer) == 0 {
		return 0, nil
	}
	block, err := r.Peek()
	if err != nil {
		return 0, err
	}
	count := copy(buffer, block)
	r.Skip(count)
	return count, nil
}

// fill reads the next block. Nobody uses the blocks before any more.
func (r *Reader) fill() {
	block := r.free()
	count := 0
	for count < len(block) && r.err == nil {
		var read int
		read, r.err = r.stream.Read(block[count:])
		count += read
	}
	r.rest = block[:count]
	if r.full == nil && r.err != nil {
		// For a single block another goroutine costs more than it saves.
		r.hash.Write(r.rest) // a hash never fails
		return
	}
	if r.full == nil {
		r.start()
	}
	r.full <- part{block, count} // never waits: there is room for all blocks
}

// free returns a block that nobody uses and that is hashed.
func (r *Reader) free() *block {
	select {
	case block := <-r.hashed:
		return block
	default:
	}
	if len(r.blocks) == mostBlocks {
		return <-r.hashed
	}
	another := spare.Get().(*block)
	r.blocks = append(r.blocks, another)
	return another
}

func (r *Reader) start() {
	r.full, r.hashed = make(chan part, mostBlocks), make(chan *block, mostBlocks)
	r.done.Go(func() {
		for part := range r.full {
			r.hash.Write(part.block[:part.count])
			r.hashed <- part.block
		}
	})
}

// Close waits until everything that was read is hashed, and takes back what Peek
// returned. It may be called again; there is no reading after it.
func (r *Reader) Close() {
	if r.full != nil {
		close(r.full)
		r.done.Wait()
	}
	for _, block := range r.blocks {
		spare.Put(block)
	}
	r.full, r.hashed, r.blocks, r.rest, r.err = nil, nil, nil, nil, io.ErrClosedPipe
}

// Sum closes the reader and returns the hash of all that it read from the stream:
// of the whole stream where it was read to its end.
func (r *Reader) Sum() []byte {
	r.Close()
	return r.hash.Sum(nil)
}

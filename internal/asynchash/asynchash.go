// Package asynchash hashes a stream beside whoever reads or writes it, so that
// on two processors the hash costs no time.
package asynchash

import (
	"hash"
	"sync"
)

const (
	// small is what is hashed at once: below it a second goroutine costs more
	// than it saves.
	small = 1 << 20
	// block is how much goes to the other goroutine at a time, and blocks how
	// many are on the way.
	block  = 128 << 10
	blocks = 4
)

// Hash is an [io.Writer] into a hash. It is used by one goroutine. Close must be
// called in the end.
type Hash struct {
	hash    hash.Hash
	written int64

	// The rest is used after small bytes.
	current []byte
	full    chan []byte
	free    chan []byte
	done    sync.WaitGroup
}

// New returns a writer into a hash that nobody else uses until Close.
func New(hash hash.Hash) *Hash { return &Hash{hash: hash} }

// Write never fails. It copies what it does not hash at once.
func (h *Hash) Write(content []byte) (int, error) {
	if h.full == nil {
		if h.written+int64(len(content)) <= small {
			h.written += int64(len(content))
			return h.hash.Write(content)
		}
		h.start()
	}
	count := len(content)
	for len(content) > 0 {
		if h.current == nil {
			h.current = <-h.free
		}
		taken := min(len(content), cap(h.current)-len(h.current))
		h.current = append(h.current, content[:taken]...)
		content = content[taken:]
		if len(h.current) == cap(h.current) {
			h.full <- h.current
			h.current = nil
		}
	}
	return count, nil
}

func (h *Hash) start() {
	h.full, h.free = make(chan []byte, blocks), make(chan []byte, blocks)
	for range blocks {
		h.free <- make([]byte, 0, block)
	}
	h.done.Go(func() {
		for content := range h.full {
			h.hash.Write(content) // a hash never fails
			h.free <- content[:0]
		}
	})
}

// Close waits until everything is hashed. It may be called again; there is no
// writing after it.
func (h *Hash) Close() {
	if h.full == nil {
		return
	}
	if len(h.current) > 0 {
		h.full <- h.current
	}
	close(h.full)
	h.done.Wait()
	h.full, h.current = nil, nil
}

// Sum closes the writer and returns the hash of all that was written.
func (h *Hash) Sum() []byte {
	h.Close()
	return h.hash.Sum(nil)
}

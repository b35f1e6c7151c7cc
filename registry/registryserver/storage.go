package registryserver

import "io"

// Storage keeps content under slash-separated keys, of which each element
// consists of letters, digits and "._-!". The server gives it digests, names and
// tags that it has checked. It must be safe for concurrent use.
type Storage interface {
	// Open returns what is under a key. Where there is nothing, the error
	// matches [io/fs.ErrNotExist].
	Open(key string) (io.ReadSeekCloser, error)
	// Stage begins new content that has no key yet.
	Stage() (Stage, error)
	// Delete takes away a key. That there is none is no error.
	Delete(key string) error
	// List returns the last elements of the keys one below a folder, sorted.
	// That there is none is no error.
	List(folder string) ([]string, error)
}

// Stage is content on its way into a [Storage]. One goroutine at a time uses it.
type Stage interface {
	io.Writer
	// Commit puts what was written under a key, in the place of what was there,
	// wholly or not at all.
	Commit(key string) error
	// Discard drops it; after Commit it does nothing.
	Discard() error
}

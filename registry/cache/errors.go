package cache

import "errors"

// What can go wrong besides trouble with the disk. A miss matches
// [io/fs.ErrNotExist].
var (
	// ErrCorrupt is content that was changed or cut short. The error matches
	// fs.ErrNotExist, too: the content is removed where that is possible.
	ErrCorrupt = errors.New("the file in the cache is not the content of its digest")
	// ErrMismatch is content that does not have the size or the digest that it was
	// staged under.
	ErrMismatch = errors.New("content does not match its descriptor")
	// ErrReadOnly is a folder that this process cannot write to.
	ErrReadOnly = errors.New("the cache is read-only")
	// ErrTooLarge is content that is larger than the bound of the cache, or than
	// what the caller allows.
	ErrTooLarge = errors.New("too large")
	// ErrUnsupportedDigest is a digest that is not a sha256 in its usual form.
	ErrUnsupportedDigest = errors.New("the cache takes sha256 digests only")
)

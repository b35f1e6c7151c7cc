package cache

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// DefaultMaxBytes bounds a cache whose options name no bound.
const DefaultMaxBytes = 2 << 30

// Options says how a [Cache] behaves. The zero value is a cache of at most
// [DefaultMaxBytes].
type Options struct {
	// MaxBytes bounds the folder, counted in blocks of 4 KiB as a disk does. Zero is
	// DefaultMaxBytes, a negative number is no bound.
	MaxBytes int64
	// ReadOnly takes nothing in and leaves the folder as it is, the times of last
	// use and broken files included. The folder must exist.
	ReadOnly bool
	// Now is the clock that uses are dated by. Nil is time.Now.
	Now func() time.Time
}

// Cache is a folder of content by digest. It is safe for concurrent use, and any
// number of them, in any number of processes, may use one folder.
type Cache struct {
	folder  string
	options Options
	// root keeps every path inside the folder, symbolic links included.
	root *os.Root
	// tidied is done when leftovers of others were looked for.
	tidied sync.Once

	mutex   sync.Mutex
	writing int // temporary files that somebody writes to
	closed  bool
}

// Open opens the cache in a folder, which is made where it is missing. A folder that
// cannot be written to is fine: the cache gives what is there, and taking something
// in fails with [ErrReadOnly]. Nothing of the content is looked at.
//
// The error is that of the file system where the folder is missing and cannot be
// made, or is no folder.
func Open(folder string, options Options) (*Cache, error) {
	if folder == "" {
		return nil, errors.New("open cache: the name of its folder is empty")
	}
	absolute, err := filepath.Abs(folder)
	if err != nil {
		return nil, fmt.Errorf("open cache: %w", err)
	}
	if options.MaxBytes == 0 {
		options.MaxBytes = DefaultMaxBytes
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	if !options.ReadOnly {
		if err := os.MkdirAll(absolute, folderMode); err != nil {
			return nil, fmt.Errorf("open cache: %w", err)
		}
	}
	root, err := os.OpenRoot(absolute)
	if err != nil {
		return nil, fmt.Errorf("open cache: %w", err)
	}
	return &Cache{folder: absolute, options: options, root: root}, nil
}

// Close lets go of the folder, at the latest when the last stage is over: files that
// were opened and stages stay usable, and leave nothing behind. Nothing new can be put
// in. A cache that nobody needs any more closes itself.
func (c *Cache) Close() error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.closed || c.writing > 0 {
		c.closed = true
		return nil
	}
	c.closed = true
	return c.root.Close()
}

// begin counts one who writes, and is false where the cache is closed.
func (c *Cache) begin() bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if !c.closed {
		c.writing++
	}
	return !c.closed
}

// end is the counterpart of begin. The last one closes what was kept open for it.
func (c *Cache) end() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.writing--; c.closed && c.writing == 0 {
		_ = c.root.Close()
	}
}

// Folder is the absolute path of the folder.
func (c *Cache) Folder() string { return c.folder }

const (
	folderMode = 0o700
	fileMode   = 0o600
	// blockSize is what the smallest file takes on a disk.
	blockSize = 4 << 10
)

// Names in the folder; slashes work on every system.
const (
	layoutFolder    = "v1"
	contentFolder   = layoutFolder + "/sha256"
	noteFolder      = layoutFolder + "/notes"
	temporaryFolder = layoutFolder + "/temporary"
	usageFile       = layoutFolder + "/usage"
	lockFile        = layoutFolder + "/lock"
)

// contentName is where content lies. Only a well-formed digest gets a name, so that
// none leads elsewhere.
func contentName(digest v1.Hash) (string, error) {
	if digest.Algorithm != "sha256" || !isSHA256(digest.Hex) {
		return "", fmt.Errorf("%w, not %q", ErrUnsupportedDigest, digest.String())
	}
	return hashedName(contentFolder, digest.Hex), nil
}

func hashedName(folder, sum string) string { return path.Join(folder, sum[:2], sum) }

func isSHA256(text string) bool {
	return len(text) == 64 && strings.Trim(text, "0123456789abcdef") == ""
}

// blocks is what a file of that many bytes takes on a disk.
func blocks(size int64) int64 {
	if size <= 0 {
		return blockSize // the name takes space, too
	}
	return (size + blockSize - 1) / blockSize * blockSize
}

// readOnly makes an error match ErrReadOnly where it means that.
func readOnly(err error) error {
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		return fmt.Errorf("%w: %w", ErrReadOnly, err)
	}
	return err
}

// failed says which cache it was.
func (c *Cache) failed(what string, err error) error {
	return fmt.Errorf("cache %s: %s: %w", c.folder, what, err)
}

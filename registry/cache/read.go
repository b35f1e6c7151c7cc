package cache

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// File is content of a cache that was compared with its digest. It stays readable
// whatever happens in the folder. Whoever opened it closes it. It is not safe for
// concurrent use, besides ReadAt.
type File struct {
	file *os.File
	size int64
}

// Size in bytes.
func (f *File) Size() int64 { return f.size }

// Read implements io.Reader.
func (f *File) Read(buffer []byte) (int, error) { return f.file.Read(buffer) }

// ReadAt implements io.ReaderAt.
func (f *File) ReadAt(buffer []byte, offset int64) (int, error) { return f.file.ReadAt(buffer, offset) }

// Seek implements io.Seeker.
func (f *File) Seek(offset int64, whence int) (int64, error) { return f.file.Seek(offset, whence) }

// WriteTo implements io.WriterTo, so that the system can do the copying.
func (f *File) WriteTo(w io.Writer) (int64, error) { return f.file.WriteTo(w) }

// Close implements io.Closer.
func (f *File) Close() error { return f.file.Close() }

// Open opens the content of a digest, after comparing all of it with the digest, and
// counts as a use. The size is that of the descriptor; a negative one is not known.
//
// The error matches [fs.ErrNotExist] where there is none, or none of that size; it
// matches [ErrCorrupt], too, where there was a file with other content, which is
// removed. It is the context's where that ended.
func (c *Cache) Open(ctx context.Context, digest v1.Hash, size int64) (*File, error) {
	name, file, info, err := c.openContent(digest)
	if err != nil {
		return nil, err
	}
	got, err := hashFile(ctx, file, info.Size())
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		_ = file.Close()
		return nil, c.failed("read "+digest.String(), err)
	}
	if err := c.check(digest, size, got, info.Size()); err != nil {
		_ = file.Close()
		return nil, c.failed("read "+digest.String(), c.miss(name, info, err))
	}
	c.touch(name)
	return &File{file: file, size: info.Size()}, nil
}

// ReadAll returns the content of a digest, as [Cache.Open] does, in one read. The
// error matches [ErrTooLarge] where there is more than limit bytes of it; none of
// them is read then.
func (c *Cache) ReadAll(ctx context.Context, digest v1.Hash, size, limit int64) ([]byte, error) {
	name, file, info, err := c.openContent(digest)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if info.Size() > limit {
		return nil, c.failed("read "+digest.String(), fmt.Errorf("%w: %d bytes, at most %d are allowed", ErrTooLarge, info.Size(), limit))
	}
	content := make([]byte, info.Size())
	hash := sha256.New()
	read := 0
	for read < len(content) && err == nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
			break
		}
		var count int
		count, err = io.ReadFull(file, content[read:min(read+chunk, len(content))])
		hash.Write(content[read : read+count])
		read += count
	}
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, c.failed("read "+digest.String(), err)
	}
	if err := c.check(digest, size, hex.EncodeToString(hash.Sum(nil)), int64(read)); err != nil {
		_ = file.Close() // some systems remove nothing that is open
		return nil, c.failed("read "+digest.String(), c.miss(name, info, err))
	}
	c.touch(name)
	return content, nil
}

// Has tells whether there is content of a digest, without comparing it.
func (c *Cache) Has(digest v1.Hash) bool {
	name, err := contentName(digest)
	if err != nil {
		return false
	}
	info, err := c.root.Lstat(name)
	return err == nil && info.Mode().IsRegular()
}

// openContent opens the file of a digest, if it is one.
func (c *Cache) openContent(digest v1.Hash) (name string, file *os.File, info fs.FileInfo, err error) {
	if name, err = contentName(digest); err != nil {
		return "", nil, nil, fmt.Errorf("%w: %w", fs.ErrNotExist, err)
	}
	file, info, err = c.openRegular(name)
	if err != nil {
		return "", nil, nil, c.failed("read "+digest.String(), err)
	}
	return name, file, info, nil
}

// openRegular opens a file, and removes what has its name but is none. Opening a
// pipe would wait for whoever writes to it.
func (c *Cache) openRegular(name string) (*os.File, fs.FileInfo, error) {
	info, err := c.root.Lstat(name)
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, c.miss(name, info, errors.New("it is not a regular file"))
	}
	file, err := c.root.Open(name)
	if err != nil {
		return nil, nil, err
	}
	opened, err := file.Stat()
	if err == nil && !opened.Mode().IsRegular() {
		err = fs.ErrNotExist // it was exchanged just now
	}
	if err != nil {
		_ = file.Close()
		return nil, nil, err
	}
	return file, opened, nil
}

// errOtherSize is a descriptor that is wrong about content that is right.
var errOtherSize = errors.New("the content has another size than its descriptor says")

// check compares what was read with what was asked for.
func (c *Cache) check(digest v1.Hash, size int64, got string, length int64) error {
	switch {
	case got != digest.Hex:
		return fmt.Errorf("%d bytes with the digest sha256:%s", length, got)
	case size >= 0 && size != length:
		return fmt.Errorf("%w: it has %d bytes, not %d", errOtherSize, length, size)
	}
	return nil
}

// missError is content that is not what was asked for.
type missError struct {
	reason  error
	corrupt bool
	// kept is why a corrupt file is there still.
	kept error
}

func (e *missError) Error() string {
	switch {
	case !e.corrupt:
		return e.reason.Error()
	case e.kept != nil:
		return fmt.Sprintf("%v: %v; it stays where it is: %v", ErrCorrupt, e.reason, e.kept)
	default:
		return fmt.Sprintf("%v: %v; it was removed", ErrCorrupt, e.reason)
	}
}

func (e *missError) Unwrap() []error {
	if e.corrupt {
		return []error{fs.ErrNotExist, ErrCorrupt, e.reason}
	}
	return []error{fs.ErrNotExist, e.reason}
}

// miss makes one of content that is not what was asked for, and takes the file away
// unless the descriptor is at fault.
func (c *Cache) miss(name string, info fs.FileInfo, reason error) error {
	result := &missError{reason: reason, corrupt: !errors.Is(reason, errOtherSize)}
	if !result.corrupt {
		return result
	}
	if c.options.ReadOnly {
		result.kept = ErrReadOnly
		return result
	}
	// Another process may have put the right content there since.
	if now, err := c.root.Lstat(name); err == nil && os.SameFile(now, info) {
		if err := c.root.RemoveAll(name); err != nil {
			result.kept = withoutPath(err)
		}
	}
	return result
}

// touch dates the last use. Where that is not possible, the content just goes
// earlier.
func (c *Cache) touch(name string) {
	if !c.options.ReadOnly {
		now := c.options.Now()
		_ = c.root.Chtimes(name, now, now)
	}
}

// chunk is how much is read before the context is looked at.
const chunk = 256 << 10

func hashFile(ctx context.Context, file io.Reader, size int64) (string, error) {
	hash := sha256.New()
	buffer := make([]byte, min(chunk, size+1))
	for {
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		count, err := file.Read(buffer)
		hash.Write(buffer[:count])
		if errors.Is(err, io.EOF) {
			return hex.EncodeToString(hash.Sum(nil)), nil
		}
		if err != nil {
			return "", err
		}
	}
}

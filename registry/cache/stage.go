package cache

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Stage is content on its way into a cache: an io.Writer, and at the end either
// Commit or Discard. It is not safe for concurrent use.
type Stage struct {
	cache   *Cache
	digest  v1.Hash
	size    int64
	target  string
	file    *os.File
	name    string // of the temporary file
	hash    hash.Hash
	written int64
	failed  error // why nothing can come of it
	over    bool
}

// errStageOver is a stage that is used after its end.
var errStageOver = errors.New("the stage is over")

// Stage begins to take in the content of a digest. The size is that of the
// descriptor; a negative one is not known. Whoever begins a stage ends it with
// [Stage.Commit] or [Stage.Discard]; discarding always is right, since that does
// nothing after a commit. Any number of stages of one digest can be there at a time.
//
// The error matches [ErrReadOnly] or [ErrTooLarge] where that is why, or is that of
// the file system.
func (c *Cache) Stage(ctx context.Context, digest v1.Hash, size int64) (*Stage, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	target, err := contentName(digest)
	if err != nil {
		return nil, c.failed("write", err)
	}
	if err := c.checkSize(size); err != nil {
		return nil, c.failed("write "+digest.String(), err)
	}
	file, name, err := c.createTemporary()
	if err != nil {
		return nil, c.failed("write "+digest.String(), err)
	}
	return &Stage{
		cache: c, digest: digest, size: size, target: target,
		file: file, name: name, hash: sha256.New(),
	}, nil
}

// Put takes in content that is in memory.
//
// The error matches [ErrMismatch] where it does not have the digest; otherwise it is
// that of [Cache.Stage] or [Stage.Commit].
func (c *Cache) Put(ctx context.Context, digest v1.Hash, content []byte) error {
	stage, err := c.Stage(ctx, digest, int64(len(content)))
	if err != nil {
		return err
	}
	defer stage.Discard()
	if _, err := stage.Write(content); err != nil {
		return err
	}
	return stage.Commit(ctx)
}

// Write takes the next bytes. After an error, nothing of the content is left, and
// every further call has that error. It matches [ErrMismatch] where there are more
// bytes than were announced, and [ErrTooLarge] where there are more than the cache
// holds.
func (s *Stage) Write(content []byte) (int, error) {
	if err := s.usable(); err != nil {
		return 0, err
	}
	count, err := s.file.Write(content)
	s.hash.Write(content[:count])
	s.written += int64(count)
	switch {
	case err != nil:
		err = withoutPath(err)
	case s.size >= 0 && s.written > s.size:
		err = fmt.Errorf("%w: more than %d bytes", ErrMismatch, s.size)
	default:
		err = s.cache.checkSize(s.written)
	}
	if err != nil {
		return 0, s.fail(err)
	}
	return count, nil
}

// Commit puts the content into the cache, and makes room where there is more than
// the bound. The stage is over, whatever the result.
//
// The error matches [ErrMismatch] where size or digest are not those that were
// announced; otherwise it is that of the file system. Nothing of the content is left
// then. Failing to make room is no error: the next commit tries again.
func (s *Stage) Commit(ctx context.Context) error {
	if err := s.usable(); err != nil {
		return err
	}
	if got := hex.EncodeToString(s.hash.Sum(nil)); s.size >= 0 && s.written != s.size {
		return s.fail(fmt.Errorf("%w: %d bytes, not %d", ErrMismatch, s.written, s.size))
	} else if got != s.digest.Hex {
		return s.fail(fmt.Errorf("%w: digest sha256:%s", ErrMismatch, got))
	}
	if ctx.Err() != nil {
		return s.fail(context.Cause(ctx))
	}
	s.over = true
	if err := s.cache.publish(s.file, s.name, s.target, s.written); err != nil {
		return s.cache.failed("write "+s.digest.String(), err)
	}
	s.cache.keepBound(ctx)
	return nil
}

// Discard gives the content up. It does nothing after Commit or Discard.
func (s *Stage) Discard() {
	if !s.over {
		s.over = true
		s.cache.dropTemporary(s.file, s.name)
	}
}

func (s *Stage) usable() error {
	switch {
	case s.failed != nil:
		return s.failed
	case s.over:
		return s.cache.failed("write "+s.digest.String(), errStageOver)
	}
	return nil
}

func (s *Stage) fail(err error) error {
	s.failed = s.cache.failed("write "+s.digest.String(), err)
	s.Discard()
	return s.failed
}

// checkSize refuses what would push everything else out.
func (c *Cache) checkSize(size int64) error {
	if most := c.options.MaxBytes; most > 0 && blocks(size) > most {
		return fmt.Errorf("%w: %d bytes, the cache holds %d", ErrTooLarge, size, most)
	}
	return nil
}

// createTemporary begins to write a file that nobody else has, in the file system that it will
// be renamed in.
func (c *Cache) createTemporary() (*os.File, string, error) {
	if c.options.ReadOnly {
		return nil, "", ErrReadOnly
	}
	if !c.begin() {
		return nil, "", os.ErrClosed
	}
	c.tidied.Do(func() { _, _, _ = c.removeLeftovers() })
	name := path.Join(temporaryFolder, rand.Text())
	create := func() (*os.File, error) {
		return c.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	}
	file, err := create()
	if errors.Is(err, fs.ErrNotExist) {
		if err = c.root.MkdirAll(temporaryFolder, folderMode); err == nil {
			file, err = create()
		}
	}
	if err != nil {
		c.end()
	}
	return file, name, readOnly(err)
}

func (c *Cache) dropTemporary(file *os.File, name string) {
	_ = file.Close()
	_ = c.root.Remove(name) // else it goes as a leftover
	c.end()
}

// publish gives a temporary file its name. Afterwards the temporary file is gone in
// any case. Nothing waits for the disk: what a loss of power cuts short is found when
// it is read.
func (c *Cache) publish(file *os.File, temporary, target string, size int64) (err error) {
	defer func() {
		if err != nil {
			c.dropTemporary(file, temporary)
			err = readOnly(withoutPath(err))
		} else {
			c.end()
		}
	}()
	// Some file systems tell only now that they are full.
	if err := file.Close(); err != nil {
		return err
	}
	now := c.options.Now()
	if err := c.root.Chtimes(temporary, now, now); err != nil {
		return err
	}
	existing, statErr := c.root.Lstat(target)
	grown := blocks(size)
	if statErr == nil && existing.Mode().IsRegular() {
		grown -= blocks(existing.Size())
	}
	// Before the rename: bytes that are counted and not there are found out, bytes
	// that are there and not counted are not.
	if grown != 0 {
		c.addUsage(grown)
	}
	err = c.root.Rename(temporary, target)
	if errors.Is(err, fs.ErrNotExist) {
		if err = c.root.MkdirAll(path.Dir(target), folderMode); err == nil {
			err = c.root.Rename(temporary, target)
		}
	}
	if err != nil && statErr == nil && existing.Mode().IsRegular() && existing.Size() == size {
		// Some systems replace nothing that is being read; it is the same content.
		_ = c.root.Remove(temporary)
		return nil
	}
	return err
}

// withoutPath takes the temporary name out of an error: it means nothing to anyone.
func withoutPath(err error) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err
	}
	var linkError *os.LinkError
	if errors.As(err, &linkError) {
		return linkError.Err
	}
	return err
}

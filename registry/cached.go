package registry

import (
	"context"
	"errors"
	"io"
	"io/fs"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/packstage/packstage/registry/cache"
)

// Cache returns the cache of the client's options, or nil.
func (c *Client) Cache() *cache.Cache { return c.options.Cache }

// A cache is never worth a failure: what goes wrong with it is told and got over.

// cachedBlob returns nil where the cache does not have the blob.
func (c *Client) cachedBlob(ctx context.Context, repository name.Repository, blob v1.Descriptor) io.ReadCloser {
	if c.options.Cache == nil {
		return nil
	}
	file, err := c.options.Cache.Open(ctx, blob.Digest, blob.Size)
	if err != nil {
		c.warnOfCache(ctx, err)
		return nil
	}
	c.reportCached(repository, blob)
	return file
}

// cachedBytes is cachedBlob for a blob in memory.
func (c *Client) cachedBytes(ctx context.Context, repository name.Repository, blob v1.Descriptor) []byte {
	if c.options.Cache == nil {
		return nil
	}
	content, err := c.options.Cache.ReadAll(ctx, blob.Digest, blob.Size, blob.Size)
	if err != nil {
		c.warnOfCache(ctx, err)
		return nil
	}
	c.reportCached(repository, blob)
	return content
}

func (c *Client) reportCached(repository name.Repository, blob v1.Descriptor) {
	c.report(Progress{
		Direction: Pull, Repository: repository.Name(), Digest: blob.Digest.String(),
		Complete: blob.Size, Total: blob.Size, Skipped: true,
	})
}

// keep puts bytes that were verified into the cache.
func (c *Client) keep(ctx context.Context, descriptor v1.Descriptor, content []byte) {
	if c.options.Cache == nil {
		return
	}
	if err := c.options.Cache.Put(ctx, descriptor.Digest, content); err != nil {
		c.warnOfCache(ctx, err)
	}
}

// keeping returns a reader that puts what it reads into the cache, once all of
// it was read and is what its descriptor says.
func (c *Client) keeping(ctx context.Context, blob v1.Descriptor, body io.ReadCloser) io.ReadCloser {
	if c.options.Cache == nil {
		return body
	}
	stage, err := c.options.Cache.Stage(ctx, blob.Digest, blob.Size)
	if err != nil {
		c.warnOfCache(ctx, err)
		return body
	}
	return &keepingReader{body: body, ctx: ctx, client: c, stage: stage}
}

type keepingReader struct {
	body   io.ReadCloser
	ctx    context.Context // of the one blob that the reader is for
	client *Client
	stage  *cache.Stage // nil when it is done with
}

func (r *keepingReader) Read(buffer []byte) (int, error) {
	count, err := r.body.Read(buffer)
	if r.stage == nil {
		return count, err
	}
	if _, writeErr := r.stage.Write(buffer[:count]); writeErr != nil {
		r.done(unlessMismatch(writeErr))
		return count, err
	}
	switch {
	case err == io.EOF: //nolint:errorlint // an EOF inside another error is a broken connection
		r.done(unlessMismatch(r.stage.Commit(r.ctx)))
	case err != nil:
		r.done(nil)
	}
	return count, err
}

// unlessMismatch leaves out what whoever reads finds, too, and says better.
func unlessMismatch(err error) error {
	if errors.Is(err, cache.ErrMismatch) {
		return nil
	}
	return err
}

// done lets go of the stage; after a commit there is nothing to discard.
func (r *keepingReader) done(err error) {
	if err != nil {
		r.client.warnOfCache(r.ctx, err)
	}
	r.stage.Discard()
	r.stage = nil
}

func (r *keepingReader) Close() error {
	if r.stage != nil {
		r.done(nil)
	}
	return r.body.Close()
}

// warnOfCache tells once of a cache that cannot be written: each blob would say
// the same.
func (c *Client) warnOfCache(ctx context.Context, err error) {
	missing := errors.Is(err, fs.ErrNotExist) && !errors.Is(err, cache.ErrCorrupt)
	switch {
	case missing || ctx.Err() != nil || errors.Is(err, cache.ErrTooLarge):
	case errors.Is(err, cache.ErrReadOnly):
		c.shared.readOnlyCache.Do(func() { c.warn(err) })
	default:
		c.warn(err)
	}
}

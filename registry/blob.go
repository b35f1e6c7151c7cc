package registry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Blob opens a blob of a repository ("host/repository"). The caller closes it.
// A connection that breaks is taken up again where it broke. The bytes are not
// verified, unless they come from the cache: whoever reads them compares size
// and digest before using any.
//
// An open blob takes one of the host's downloads; whoever holds as many as a
// configuration allows waits for the next one until one is closed.
func (c *Client) Blob(ctx context.Context, repository string, blob v1.Descriptor) (io.ReadCloser, error) {
	parsed, err := c.parseRepository(repository)
	if err != nil {
		return nil, err
	}
	if len(blob.Data) > 0 && int64(len(blob.Data)) == blob.Size {
		return io.NopCloser(bytes.NewReader(blob.Data)), nil
	}
	return c.blob(ctx, parsed, blob)
}

func (c *Client) parseRepository(repository string) (name.Repository, error) {
	parsed, err := name.NewRepository(repository, c.nameOptions()...)
	if err == nil {
		err = checkPath(parsed)
	}
	if err != nil {
		return name.Repository{}, invalidReference("parse repository", repository, err)
	}
	return parsed, nil
}

// HasBlob tells whether a repository has a blob. It asks the registry, and never
// a mirror or the cache.
func (c *Client) HasBlob(ctx context.Context, repository string, digest v1.Hash) (bool, error) {
	parsed, err := c.parseRepository(repository)
	if err != nil {
		return false, err
	}
	head := blobCall(http.MethodHead, "look for blob", parsed, digest)
	if head.place, err = c.self(ctx, head); err != nil {
		return false, err
	}
	head.want = append(head.want, http.StatusNotFound)
	response, err := c.do(ctx, head)
	if err != nil {
		return false, err
	}
	return response.StatusCode == http.StatusOK, response.Body.Close()
}

func blobCall(method, operation string, repository name.Repository, digest v1.Hash) call {
	return call{
		operation:  operation,
		reference:  repository.Digest(digest.String()).Name(),
		repository: repository,
		method:     method,
		path:       "blobs/" + digest.String(),
		// Bytes in another encoding would not be those of the digest.
		header: http.Header{"Accept-Encoding": {"identity"}},
		want:   []int{http.StatusOK},
	}
}

func (c *Client) blob(ctx context.Context, repository name.Repository, blob v1.Descriptor) (io.ReadCloser, error) {
	if cached := c.cachedBlob(ctx, repository, blob); cached != nil {
		return cached, nil
	}
	request := blobCall(http.MethodGet, "pull blob", repository, blob.Digest)
	request.kind = download
	response, err := c.do(ctx, request)
	if err != nil {
		return nil, err
	}
	return c.keeping(ctx, blob, &blobReader{
		ctx: ctx, client: c, request: request, body: response.Body, release: response.release,
		host: response.place.host.name, size: blob.Size,
		progress: Progress{Direction: Pull, Repository: repository.Name(), Digest: blob.Digest.String(), Total: blob.Size},
	}), nil
}

// blobReader reads a blob over as many connections as it takes, tells progress,
// and says in its errors what was read from where.
type blobReader struct {
	ctx     context.Context // of the one blob that the reader is for
	client  *Client
	request call
	host    string // that body is from
	body    io.ReadCloser
	release func()
	size    int64
	offset  int64
	// attempts are counted from the offset settled on.
	attempts int
	settled  int64
	// again counts bytes that came a second time.
	again    int64
	progress Progress
	err      error
}

// progressToSettle is how much connections must bring so that the next trouble
// is trouble of its own.
const progressToSettle = 64 << 10

func (r *blobReader) Read(buffer []byte) (int, error) {
	for r.err == nil {
		count, err := r.body.Read(buffer)
		if count > 0 {
			r.offset += int64(count)
			r.progress.Complete = r.offset
			r.client.report(r.progress)
		}
		switch {
		case err == io.EOF: //nolint:errorlint // an EOF inside another error is a broken connection
			r.err = io.EOF
		case err != nil:
			r.err = r.resume(err)
		}
		if count > 0 {
			return count, nil
		}
	}
	return 0, r.err
}

// resume goes on at the offset over a new connection.
func (r *blobReader) resume(broken error) error {
	if r.offset-r.settled >= progressToSettle {
		r.attempts, r.settled = 0, r.offset
	}
	for {
		r.attempts++
		if r.ctx.Err() != nil || r.offset >= r.size {
			return r.fail(broken)
		}
		if err := r.client.options.Retry.wait(r.ctx, r.attempts, broken); err != nil {
			return r.fail(err)
		}
		_ = r.body.Close()
		request := r.request
		request.kind = simple // the slot of the first one is still held
		request.once = true
		request.header = request.header.Clone()
		request.header.Set("Range", "bytes="+strconv.FormatInt(r.offset, 10)+"-")
		request.want = []int{http.StatusOK, http.StatusPartialContent}
		response, err := r.client.do(r.ctx, request)
		if err == nil {
			r.body, r.host = response.Body, response.place.host.name
			if err = r.position(response); err == nil {
				return nil
			}
		}
		broken = err
	}
}

// position makes sure that the next byte of the answer is the one at the offset.
func (r *blobReader) position(response *answer) error {
	if response.StatusCode == http.StatusOK {
		// The registry does not know ranges: all comes again. One that also cuts
		// each answer short would make that a square of the size.
		const most = 4
		if r.again += r.offset; r.again > most*r.size {
			return fmt.Errorf("%w: it does not know ranges, and each answer breaks off", ErrProtocol)
		}
		if _, err := io.CopyN(io.Discard, response.Body, r.offset); err != nil {
			return fmt.Errorf("read again what was there already: %w", err)
		}
		return nil
	}
	start, _, _ := strings.Cut(strings.TrimPrefix(response.Header.Get("Content-Range"), "bytes "), "-")
	if got, err := strconv.ParseInt(start, 10, 64); err != nil || got != r.offset {
		return fmt.Errorf("%w: asked for the bytes from %d, the answer has the range %q", ErrProtocol, r.offset, response.Header.Get("Content-Range"))
	}
	return nil
}

func (r *blobReader) fail(err error) error {
	return r.client.fail(r.ctx, r.request, r.host, err)
}

// Close can be called more than once.
func (r *blobReader) Close() error {
	if r.err == nil {
		r.err = errClosed
	}
	defer r.release()
	return r.body.Close()
}

var errClosed = errors.New("blob is closed")

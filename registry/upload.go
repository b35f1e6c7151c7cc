package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// PushBlob uploads a blob to a repository ("host/repository"), unless it is
// there. The bytes are streamed; open is called again for each attempt, and not
// at all where the registry has the blob, or takes it over from mountFrom: the
// path of another repository on the same host, or "".
//
// An error of open or of what it opened matches that error. The registry
// compares the digest. The upload takes one of the host's uploads while open is
// called: whoever opens a blob of the same host there holds one of its downloads at
// the same time, which are counted apart.
func (c *Client) PushBlob(ctx context.Context, repository string, blob v1.Descriptor, open func() (io.ReadCloser, error), mountFrom string) error {
	parsed, err := c.parseRepository(repository)
	if err != nil {
		return err
	}
	return c.pushBlob(ctx, parsed, blob, mountFrom, open)
}

// smallBlob is the size up to which a blob goes along with the question for an
// upload: sent in vain to a registry that does not know that, it costs nothing.
const smallBlob = 64 << 10

func (c *Client) pushBlob(ctx context.Context, repository name.Repository, blob v1.Descriptor, mountFrom string, open func() (io.ReadCloser, error)) error {
	u := &uploading{
		client: c, blob: blob, mountFrom: mountFrom, open: open,
		call: call{
			operation:  "push blob",
			reference:  repository.Digest(blob.Digest.String()).Name(),
			repository: repository,
			push:       true,
			mountFrom:  mountFrom,
			once:       true, // a blob is tried again as a whole
		},
		progress: Progress{Direction: Push, Repository: repository.Name(), Digest: blob.Digest.String(), Total: blob.Size},
	}
	var err error
	if u.call.place, err = c.self(ctx, u.call); err != nil {
		return err
	}
	repeats := 0
	for attempt := 1; ; attempt++ {
		err := u.run(ctx)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return u.fail(ctx, err)
		}
		// New credentials need no patience. Where they are refused as well, the
		// user may not do this.
		const mostRepeats = 2
		if repeat := (*repeatError)(nil); errors.As(err, &repeat) {
			if repeats++; repeats > mostRepeats {
				return u.fail(ctx, repeat.err)
			}
			u.progress.Complete = 0
			continue
		}
		// An upload that broke off begins anew: it may also have arrived, with
		// only the answer lost.
		if err := c.options.Retry.wait(ctx, attempt, err); err != nil {
			return u.fail(ctx, err)
		}
		u.progress.Complete = 0
	}
}

// fail keeps what is wrong with the source apart from trouble with the registry.
func (u *uploading) fail(ctx context.Context, err error) error {
	var source *sourceError
	if errors.As(err, &source) {
		return fmt.Errorf("read blob %s to push: %w", u.blob.Digest, source.err)
	}
	return u.client.fail(ctx, u.call, u.call.place.host.name, err)
}

// uploading is one blob on its way.
type uploading struct {
	client    *Client
	call      call // of which the requests are made
	blob      v1.Descriptor
	mountFrom string
	open      func() (io.ReadCloser, error)
	progress  Progress
}

// run uploads the blob once.
func (u *uploading) run(ctx context.Context) error {
	exists, err := u.exists(ctx)
	if err != nil {
		return err
	}
	if exists {
		return u.skipped()
	}
	location, sent, err := u.begin(ctx)
	switch {
	case err != nil || sent:
		return err
	case location == nil:
		return u.skipped()
	}
	request := u.call
	request.method, request.at = http.MethodPut, withDigest(location, u.blob)
	request.want = []int{http.StatusCreated, http.StatusNoContent}
	request.kind = upload
	return u.send(ctx, request, func(*answer) error { return nil })
}

func (u *uploading) skipped() error {
	u.progress.Complete, u.progress.Skipped = u.blob.Size, true
	u.client.report(u.progress)
	return nil
}

func withDigest(location *url.URL, blob v1.Descriptor) *url.URL {
	query := "digest=" + blob.Digest.String()
	address := *location
	if address.RawQuery != "" {
		query = address.RawQuery + "&" + query // as it came: it may be signed
	}
	address.RawQuery = query
	return &address
}

func (u *uploading) exists(ctx context.Context) (bool, error) {
	request := u.call
	request.method, request.path = http.MethodHead, "blobs/"+u.blob.Digest.String()
	request.want = []int{http.StatusOK, http.StatusNotFound}
	response, err := u.client.do(ctx, request)
	if err != nil {
		return false, err
	}
	return response.StatusCode == http.StatusOK, response.Body.Close()
}

// begin returns the address that the bytes go to, or none where they are there:
// sent along, or mounted from another repository.
func (u *uploading) begin(ctx context.Context) (location *url.URL, sent bool, err error) {
	request := u.call
	request.method, request.path, request.query = http.MethodPost, "blobs/uploads/", url.Values{}
	request.want = []int{http.StatusAccepted, http.StatusCreated}
	if u.mountFrom != "" {
		request.query.Set("mount", u.blob.Digest.String())
		request.query.Set("from", u.mountFrom)
	} else if u.blob.Size <= smallBlob {
		along := request
		along.query = url.Values{"digest": {u.blob.Digest.String()}}
		along.kind = upload
		err := u.send(ctx, along, func(response *answer) (err error) {
			location, err = locationOf(response)
			return err
		})
		if !isRefusalOfForm(err) {
			return location, location == nil, err
		}
		u.progress.Complete = 0
	}
	response, err := u.client.do(ctx, request)
	if err != nil {
		return nil, false, err
	}
	defer response.Body.Close()
	location, err = locationOf(response)
	return location, false, err
}

// isRefusalOfForm tells whether a registry may have refused how something was
// said, and not what.
func isRefusalOfForm(err error) bool {
	var answer *answerError
	return errors.As(err, &answer) && !isTemporary(err) && answer.status < http.StatusInternalServerError &&
		answer.status != http.StatusUnauthorized && answer.status != http.StatusForbidden
}

func locationOf(response *answer) (*url.URL, error) {
	if response.StatusCode == http.StatusCreated {
		return nil, nil
	}
	location, err := response.Location()
	if err != nil {
		return nil, fmt.Errorf("%w: the answer to an upload has no usable Location", ErrProtocol)
	}
	if asked := response.Request.URL; asked.Scheme == "https" && location.Scheme != "https" && !response.place.host.is(location) {
		return nil, fmt.Errorf("%w to %s, where %s sends an upload", ErrPlainHTTP, location.Host, asked.Host)
	}
	return location, nil
}

// send makes a request that carries the blob. An error of this side comes before
// that of the registry, which sees no more than a cut connection.
func (u *uploading) send(ctx context.Context, request call, look func(*answer) error) error {
	var reader *sourceReader
	request.body = func() (io.ReadCloser, error) {
		source, err := u.open()
		if err != nil {
			return nil, err
		}
		reader = &sourceReader{inner: source, tell: func(count int64) {
			u.progress.Complete += count
			u.client.report(u.progress)
		}}
		return reader, nil
	}
	request.length = u.blob.Size
	request.header = http.Header{"Content-Type": {"application/octet-stream"}}
	response, err := u.client.do(ctx, request)
	if reader != nil {
		if cause := reader.stop(); cause != nil && ctx.Err() == nil {
			if err == nil {
				_ = response.Body.Close()
			}
			return &sourceError{cause}
		}
	}
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusAccepted {
		u.progress.Complete = 0 // the registry waits for the bytes elsewhere
	}
	return look(response)
}

// sourceReader remembers the error of the side that is read, and tells how far
// it is. A transport may go on reading a body after it gave its answer, so
// reads and stop exclude one another.
type sourceReader struct {
	tell func(int64)

	mutex   sync.Mutex
	inner   io.ReadCloser
	stopped bool
	err     error
}

func (r *sourceReader) Read(buffer []byte) (int, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.stopped {
		return 0, errStopped
	}
	count, err := r.inner.Read(buffer)
	if count > 0 {
		r.tell(int64(count))
	}
	if err != nil && err != io.EOF { //nolint:errorlint // a plain end is no error
		r.err = err
		// net/http compares errors of bodies, and findings cannot be compared.
		err = &sourceError{err}
	}
	return count, err
}

var errStopped = errors.New("upload is over")

// Close leaves the source to stop, which also knows when nothing was read.
func (r *sourceReader) Close() error { return nil }

// stop ends reading for good and returns the error that reading met.
func (r *sourceReader) stop() error {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if !r.stopped {
		_ = r.inner.Close()
	}
	r.stopped = true
	return r.err
}

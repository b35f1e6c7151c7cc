package registry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"golang.org/x/sync/errgroup"
)

// Push uploads an image and points each reference at it. Blobs go to each
// repository once, and only where it does not have them; manifests go last, so
// that no reference ever points at half an image. It returns the digest of the
// manifest. A reference by digest must be of that digest.
//
// Layers are streamed from the image and never held as a whole.
//
// Trouble with a registry is an [*Error]; so is a blob that is not that of its
// digest, which a registry rejects. Other errors are those of the image: the
// readers of [Client.Image] verify, and end in a finding with code
// ImageDigestMismatch.
func (c *Client) Push(ctx context.Context, image v1.Image, references ...string) (v1.Hash, error) {
	digest, err := image.Digest()
	if err != nil {
		return v1.Hash{}, fmt.Errorf("read image to push: %w", err)
	}
	byRepository, repositories, err := c.groupByRepository(references, digest)
	if err != nil {
		return v1.Hash{}, err
	}
	for _, repository := range repositories {
		if err := c.pushTo(ctx, image, byRepository[repository]); err != nil {
			return v1.Hash{}, err
		}
	}
	return digest, nil
}

// groupByRepository parses all references before anything is sent.
func (c *Client) groupByRepository(references []string, digest v1.Hash) (map[string][]name.Reference, []string, error) {
	if len(references) == 0 {
		return nil, nil, &Error{Operation: "push", Kind: ErrInvalidReference, Err: fmt.Errorf("no reference to push to")}
	}
	byRepository := map[string][]name.Reference{}
	var repositories []string
	for _, reference := range references {
		parsed, err := c.ParseReference(reference)
		if err != nil {
			return nil, nil, err
		}
		if want, ok := parsed.(name.Digest); ok && want.DigestStr() != digest.String() {
			return nil, nil, &Error{
				Operation: "push", Reference: reference, Kind: ErrInvalidReference,
				Err: fmt.Errorf("the image has the digest %s", digest),
			}
		}
		repository := parsed.Context().Name()
		if !slices.Contains(repositories, repository) {
			repositories = append(repositories, repository)
		}
		byRepository[repository] = append(byRepository[repository], parsed)
	}
	return byRepository, repositories, nil
}

func (c *Client) pushTo(ctx context.Context, image v1.Image, references []name.Reference) error {
	repository := references[0].Context()
	manifest, err := image.Manifest()
	if err != nil {
		return fmt.Errorf("read image to push: %w", err)
	}
	raw, err := image.RawManifest()
	if err != nil {
		return fmt.Errorf("read image to push: %w", err)
	}
	mediaType, err := image.MediaType()
	if err != nil {
		return fmt.Errorf("read image to push: %w", err)
	}
	uploads, uploadCtx := errgroup.WithContext(ctx)
	uploads.SetLimit(c.options.Concurrency)
	seen := map[v1.Hash]bool{}
	for _, layer := range manifest.Layers {
		if seen[layer.Digest] {
			continue
		}
		seen[layer.Digest] = true
		uploads.Go(func() error {
			return c.pushBlob(uploadCtx, repository, layer, func() (io.ReadCloser, error) {
				source, err := image.LayerByDigest(layer.Digest)
				if err != nil {
					return nil, err
				}
				return source.Compressed()
			})
		})
	}
	uploads.Go(func() error {
		return c.pushBlob(uploadCtx, repository, manifest.Config, func() (io.ReadCloser, error) {
			config, err := image.RawConfigFile()
			return io.NopCloser(bytes.NewReader(config)), err
		})
	})
	if err := uploads.Wait(); err != nil {
		return err
	}
	for _, reference := range references {
		if err := c.pushManifest(ctx, reference, string(mediaType), raw); err != nil {
			return err
		}
	}
	return nil
}

func (c *Client) pushManifest(ctx context.Context, reference name.Reference, mediaType string, raw []byte) error {
	response, err := c.do(ctx, call{
		operation:  "push manifest",
		reference:  reference.Name(),
		repository: reference.Context(),
		scope:      transport.PushScope,
		method:     http.MethodPut,
		address:    "manifests/" + reference.Identifier(),
		header:     http.Header{"Content-Type": {mediaType}},
		body:       bytes.NewReader(raw),
		length:     int64(len(raw)),
		want:       []int{http.StatusOK, http.StatusCreated, http.StatusAccepted},
	})
	if err != nil {
		return err
	}
	return response.Body.Close()
}

// pushBlob uploads a blob in one piece, unless the repository has it already.
func (c *Client) pushBlob(ctx context.Context, repository name.Repository, blob v1.Descriptor, open func() (io.ReadCloser, error)) error {
	progress := Progress{Direction: Push, Repository: repository.Name(), Digest: blob.Digest.String(), Total: blob.Size}
	upload := call{
		operation:  "push blob",
		reference:  repository.Digest(blob.Digest.String()).Name(),
		repository: repository,
		scope:      transport.PushScope,
	}
	exists, err := c.hasBlob(ctx, upload, blob.Digest)
	if err != nil {
		return err
	}
	if exists {
		progress.Complete, progress.Skipped = blob.Size, true
		c.report(progress)
		return nil
	}
	location, err := c.startUpload(ctx, upload)
	if err != nil {
		return err
	}
	source, err := open()
	if err != nil {
		return fmt.Errorf("read blob %s to push: %w", blob.Digest, err)
	}
	defer source.Close()
	reader := &sourceReader{inner: source, tell: func(count int64) {
		progress.Complete += count
		c.report(progress)
	}}
	separator := "?"
	if strings.Contains(location, "?") {
		separator = "&"
	}
	upload.method = http.MethodPut
	upload.address = location + separator + "digest=" + blob.Digest.String()
	upload.header = http.Header{"Content-Type": {"application/octet-stream"}}
	upload.body = reader
	upload.length = blob.Size
	upload.want = []int{http.StatusCreated, http.StatusNoContent}
	response, err := c.do(ctx, upload)
	if cause := reader.stop(); cause != nil && ctx.Err() == nil {
		// The registry sees a cut connection; the cause is on this side.
		return fmt.Errorf("read blob %s to push: %w", blob.Digest, cause)
	}
	if err != nil {
		return err
	}
	return response.Body.Close()
}

func (c *Client) hasBlob(ctx context.Context, upload call, digest v1.Hash) (bool, error) {
	upload.method = http.MethodHead
	upload.address = "blobs/" + digest.String()
	upload.want = []int{http.StatusOK, http.StatusNotFound}
	response, err := c.do(ctx, upload)
	if err != nil {
		return false, err
	}
	return response.StatusCode == http.StatusOK, response.Body.Close()
}

// startUpload returns the URL that the bytes go to.
func (c *Client) startUpload(ctx context.Context, upload call) (string, error) {
	upload.method = http.MethodPost
	upload.address = "blobs/uploads/"
	upload.want = []int{http.StatusAccepted}
	response, err := c.do(ctx, upload)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	location, err := response.Location()
	if err != nil {
		return "", classify(ctx, upload.operation, upload.reference, upload.repository.RegistryStr(),
			fmt.Errorf("%w: the answer to an upload has no usable Location: %w", ErrProtocol, err))
	}
	return location.String(), nil
}

// sourceReader remembers the error of the side that is read, and tells how far
// it is. A transport may go on reading a body after it gave its answer, so
// reads and stop exclude one another.
type sourceReader struct {
	tell func(int64)

	mutex   sync.Mutex
	inner   io.Reader
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
	if err != nil && err != io.EOF {
		r.err = err
	}
	return count, err
}

var errStopped = errors.New("upload is over")

// stop ends reading for good and returns the error that reading met.
func (r *sourceReader) stop() error {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.stopped = true
	return r.err
}

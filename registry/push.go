package registry

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/sync/errgroup"
)

// Push uploads an image and points each reference at it. Blobs go to each
// repository once, and only where it does not have them; manifests go last, so
// that no reference ever points at half an image. It returns the digest of the
// manifest. A reference by digest must be of that digest.
//
// Layers are streamed from the image and never held as a whole. They are opened
// again when a connection breaks.
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
			return c.pushBlob(uploadCtx, repository, layer, "", func() (io.ReadCloser, error) {
				source, err := image.LayerByDigest(layer.Digest)
				if err != nil {
					return nil, err
				}
				return source.Compressed()
			})
		})
	}
	uploads.Go(func() error {
		return c.pushBlob(uploadCtx, repository, manifest.Config, "", func() (io.ReadCloser, error) {
			config, err := image.RawConfigFile()
			return io.NopCloser(bytes.NewReader(config)), err
		})
	})
	if err := uploads.Wait(); err != nil {
		return err
	}
	for _, reference := range references {
		if _, err := c.pushManifest(ctx, reference, mediaType, raw); err != nil {
			return err
		}
	}
	return nil
}

// PushManifest stores a manifest or index under a tag or its digest. What it
// points at must be there, except for its subject. It returns its descriptor; a
// reference by another digest than that of the bytes is refused.
func (c *Client) PushManifest(ctx context.Context, reference string, mediaType types.MediaType, raw []byte) (v1.Descriptor, error) {
	parsed, err := c.ParseReference(reference)
	if err != nil {
		return v1.Descriptor{}, err
	}
	descriptor := describe(mediaType, raw)
	if want, ok := parsed.(name.Digest); ok && want.DigestStr() != descriptor.Digest.String() {
		return v1.Descriptor{}, &Error{
			Operation: "push manifest", Reference: reference, Kind: ErrInvalidReference,
			Err: fmt.Errorf("the manifest has the digest %s", descriptor.Digest),
		}
	}
	_, err = c.pushManifest(ctx, parsed, mediaType, raw)
	return descriptor, err
}

// pushManifest tells whether the registry said that it noted the subject.
func (c *Client) pushManifest(ctx context.Context, reference name.Reference, mediaType types.MediaType, raw []byte) (subjectNoted bool, err error) {
	response, err := c.do(ctx, call{
		operation:  "push manifest",
		reference:  reference.Name(),
		repository: reference.Context(),
		push:       true,
		method:     http.MethodPut,
		path:       "manifests/" + reference.Identifier(),
		header:     http.Header{"Content-Type": {string(mediaType)}},
		body:       opener(raw),
		length:     int64(len(raw)),
		want:       []int{http.StatusOK, http.StatusCreated, http.StatusAccepted},
	})
	if err != nil {
		return false, explainRefusedType(err, raw)
	}
	return response.Header.Get("OCI-Subject") != "", response.Body.Close()
}

// explainRefusedType names the likeliest reason for which a registry refuses a
// manifest of an image.
func explainRefusedType(err error, raw []byte) error {
	var (
		refused  *Error
		manifest struct {
			ArtifactType string `json:"artifactType"`
		}
	)
	if !isRefusedType(err) || !errors.As(err, &refused) {
		return err
	}
	if json.Unmarshal(raw, &manifest) != nil || manifest.ArtifactType == "" {
		return err
	}
	explained := *refused
	explained.Err = fmt.Errorf("%w, %q; an image without one is taken everywhere: %w", ErrArtifactType, manifest.ArtifactType, refused.Err)
	return &explained
}

// Delete takes a tag away, or a manifest with all tags that point at it. Many
// registries allow neither.
func (c *Client) Delete(ctx context.Context, reference string) error {
	parsed, err := c.ParseReference(reference)
	if err != nil {
		return err
	}
	remove := manifestCall(http.MethodDelete, "delete", parsed)
	remove.push = true
	if remove.place, err = c.self(ctx, remove); err != nil {
		return err
	}
	remove.want = []int{http.StatusOK, http.StatusAccepted, http.StatusNoContent}
	response, err := c.do(ctx, remove)
	if err != nil {
		return err
	}
	return response.Body.Close()
}

func opener(content []byte) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil }
}

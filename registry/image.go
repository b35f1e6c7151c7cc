package registry

import (
	"context"
	"fmt"
	"io"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Image returns the image that a reference means, see [Client.ImageManifest].
// Only the manifest is pulled; configuration and layers come when they are
// asked for, within the same context. What their readers give is verified at
// its end, where a wrong digest or size is an error of the last read.
func (c *Client) Image(ctx context.Context, reference string) (v1.Image, error) {
	manifest, err := c.ImageManifest(ctx, reference)
	if err != nil {
		return nil, err
	}
	parsed, err := c.ParseReference(reference)
	if err != nil {
		return nil, err
	}
	return partial.CompressedToImage(&pulledImage{ctx: ctx, client: c, repository: parsed.Context(), manifest: manifest})
}

// pulledImage holds the context because [v1.Image], written for images that are
// at hand, has no place for one.
type pulledImage struct {
	ctx        context.Context
	client     *Client
	repository name.Repository
	manifest   *Manifest
}

func (i *pulledImage) RawManifest() ([]byte, error) { return i.manifest.Raw, nil }
func (i *pulledImage) MediaType() (types.MediaType, error) {
	return i.manifest.Descriptor.MediaType, nil
}
func (i *pulledImage) Manifest() (*v1.Manifest, error) { return partial.Manifest(i) }
func (i *pulledImage) open(blob v1.Descriptor) (io.ReadCloser, error) {
	body, err := i.client.blob(i.ctx, i.repository, blob)
	if err != nil {
		return nil, err
	}
	return newVerifyingReader(body, blob), nil
}

func (i *pulledImage) RawConfigFile() ([]byte, error) {
	manifest, err := i.Manifest()
	if err != nil {
		return nil, err
	}
	if manifest.Config.Size > MaxConfigBytes {
		return nil, invalid(i.repository.Name(), fmt.Sprintf("configuration of the image is larger than %d bytes", MaxConfigBytes))
	}
	body, err := i.open(manifest.Config)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	return io.ReadAll(body)
}

func (i *pulledImage) LayerByDigest(digest v1.Hash) (partial.CompressedLayer, error) {
	manifest, err := i.Manifest()
	if err != nil {
		return nil, err
	}
	for _, blob := range append([]v1.Descriptor{manifest.Config}, manifest.Layers...) {
		if blob.Digest == digest {
			return &pulledLayer{image: i, descriptor: blob}, nil
		}
	}
	return nil, invalid(i.repository.Name(), fmt.Sprintf("the image has no layer %s", digest))
}

type pulledLayer struct {
	image      *pulledImage
	descriptor v1.Descriptor
}

func (l *pulledLayer) Digest() (v1.Hash, error)            { return l.descriptor.Digest, nil }
func (l *pulledLayer) Size() (int64, error)                { return l.descriptor.Size, nil }
func (l *pulledLayer) MediaType() (types.MediaType, error) { return l.descriptor.MediaType, nil }
func (l *pulledLayer) Compressed() (io.ReadCloser, error)  { return l.image.open(l.descriptor) }
func (l *pulledLayer) Descriptor() (*v1.Descriptor, error) { return &l.descriptor, nil }

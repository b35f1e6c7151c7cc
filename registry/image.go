package registry

import (
	"context"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/packstage/packstage/internal/blobimage"
)

// Image returns the image that a reference means, see [Client.ImageManifest].
// Only the manifest is pulled; configuration and layers come when they are
// asked for, within the same context. What their readers give is verified at
// its end, where a wrong digest or size is an error of the last read: a
// [diagnostic.Diagnostics] with code ImageDigestMismatch.
func (c *Client) Image(ctx context.Context, reference string) (v1.Image, error) {
	manifest, err := c.ImageManifest(ctx, reference)
	if err != nil {
		return nil, err
	}
	parsed, err := c.ParseReference(reference)
	if err != nil {
		return nil, err
	}
	return blobimage.New(blobimage.Source{
		Name:      reference,
		Manifest:  manifest.Raw,
		MediaType: manifest.Descriptor.MediaType,
		// The context is kept because v1.Image, written for images that are at
		// hand, has no place for one.
		Open: func(blob v1.Descriptor) (io.ReadCloser, error) {
			return c.blob(ctx, parsed.Context(), blob)
		},
		MaxConfigBytes: MaxConfigBytes,
	})
}

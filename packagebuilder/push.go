package packagebuilder

import (
	"context"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/packstage/packstage/registry"
)

// Push uploads an image to registries with a client of its own and points each
// reference at it; see [registry.Client.Push]. It returns the digest of the
// image manifest as "sha256:<hex>". Errors are those of [registry.Client.Push].
func Push(ctx context.Context, image v1.Image, references []string, options registry.Options) (string, error) {
	client := registry.NewClient(options)
	defer client.CloseIdleConnections()
	digest, err := client.Push(ctx, image, references...)
	if err != nil {
		return "", err
	}
	return digest.String(), nil
}

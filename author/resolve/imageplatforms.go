package resolve

import (
	"bytes"
	"context"
	"fmt"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/packstage/packstage/registry"
)

// PlatformImage is one image of an index.
type PlatformImage struct {
	// Platform is "os/architecture", and "os/architecture/variant" where there is one.
	Platform string `json:"platform"`
	Digest   string `json:"digest"`
}

// maxPlatformRequests is how many manifests are asked for at a time.
const maxPlatformRequests = 8

// ResolvePlatforms finds out, for the images whose entries change (or for all), which
// platforms the locked digest is for, and the digest of each. The lock holds the digest
// of the index, which stands for all of them; this is for whoever reviews it.
//
// An image that is no index has no list. Errors are those of the registry.
func (p *Plan) ResolvePlatforms(ctx context.Context, client *registry.Client, all bool) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(maxPlatformRequests)
	for _, lock := range p.Locks {
		for i := range lock.Images {
			entry := &lock.Images[i]
			if entry.Digest == "" || !all && entry.Change == Unchanged {
				continue
			}
			group.Go(func() (err error) {
				entry.Platforms, err = imagePlatforms(ctx, client, entry.Image, entry.Digest)
				return err
			})
		}
	}
	return group.Wait()
}

func imagePlatforms(ctx context.Context, client *registry.Client, reference, digest string) ([]PlatformImage, error) {
	parsed, err := name.ParseReference(reference)
	if err != nil {
		return nil, fmt.Errorf("image %q: %w", reference, err)
	}
	found, err := client.Manifest(ctx, parsed.Context().Name()+"@"+digest)
	if err != nil {
		return nil, err
	}
	if !found.Descriptor.MediaType.IsIndex() {
		return nil, nil
	}
	index, err := v1.ParseIndexManifest(bytes.NewReader(found.Raw))
	if err != nil {
		return nil, fmt.Errorf("index of %s: %w", reference, err)
	}
	var platforms []PlatformImage
	for _, one := range index.Manifests {
		// Attestations are listed beside the images, for no platform.
		if one.Platform == nil || one.Platform.OS == "unknown" {
			continue
		}
		platform := one.Platform.OS + "/" + one.Platform.Architecture
		if one.Platform.Variant != "" {
			platform += "/" + one.Platform.Variant
		}
		platforms = append(platforms, PlatformImage{platform, one.Digest.String()})
	}
	return platforms, nil
}

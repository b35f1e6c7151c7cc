package verify

import (
	"context"

	"github.com/packstage/packstage/registry"
)

// SignReference signs the image in a registry that a reference means: the one that
// a package is loaded from, so of an image index the entry for linux/amd64 or the
// only one. The tag is resolved once. Errors are those of the client and of [Sign].
func SignReference(ctx context.Context, client *registry.Client, reference string, key *PrivateKey, options SignOptions) (*SignResult, error) {
	client = client.WithoutMirrors() // what is signed is what the registry has
	parsed, err := client.ParseReference(reference)
	if err != nil {
		return nil, err
	}
	manifest, err := client.ImageManifest(ctx, reference)
	if err != nil {
		return nil, err
	}
	repository := parsed.Context().Name()
	return Sign(ctx, InRegistry(client, repository), Subject{
		Reference: reference, Repository: repository, Digest: manifest.Descriptor.Digest,
	}, key, options)
}

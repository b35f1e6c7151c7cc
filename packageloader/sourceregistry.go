package packageloader

import (
	"context"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/verify"
)

// FromRegistry returns a source that pulls an image from a registry, with a
// client of its own. A tag is resolved once for each time the source is opened;
// the digest that came out is in the content. Of an image index the entry for
// linux/amd64 is pulled, or the only one.
//
// Trouble with the registry is a [*registry.Error].
func FromRegistry(reference string, options registry.Options) Source {
	return registrySource{client: registry.NewClient(options), reference: reference, alone: true}
}

// FromClient is [FromRegistry] with a client that is used for other things too,
// so that connections and tokens are shared.
func FromClient(client *registry.Client, reference string) Source {
	return registrySource{client: client, reference: reference}
}

type registrySource struct {
	client    *registry.Client
	reference string
	// alone tells that nobody else uses the client, so that no connection is kept.
	alone bool
}

// done is called when a call needs the client no more.
func (s registrySource) done() {
	if s.alone {
		s.client.CloseIdleConnections()
	}
}

func (s registrySource) Open(ctx context.Context, limits packagetypes.Limits) (*Content, error) {
	return s.OpenVerified(ctx, limits, nil)
}

// OpenVerified implements [VerifiableSource].
func (s registrySource) OpenVerified(ctx context.Context, limits packagetypes.Limits, verifier verify.Verifier) (*Content, error) {
	defer s.done()
	reference, err := s.client.ParseReference(s.reference)
	if err != nil {
		return nil, err
	}
	manifest, err := s.client.ImageManifest(ctx, s.reference)
	if err != nil {
		return nil, err
	}
	repository := reference.Context().Name()
	limits = limits.WithDefaults()
	content, err := readImage(ctx, storedImage{
		name:     s.reference,
		manifest: manifest.Raw,
		admit:    admission{verifier, s.subject(repository)},
		open: func(ctx context.Context, blob v1.Descriptor, _ bool) (io.ReadCloser, error) {
			return s.client.Blob(ctx, repository, blob)
		},
		whole: func(ctx context.Context, blob v1.Descriptor) ([]byte, error) {
			return s.client.BlobBytes(ctx, repository, blob, limits.CompressedImage)
		},
	}, limits)
	if err != nil {
		return nil, err
	}
	content.Reference = s.reference
	find := relocationIn(s.client, repository, content.ImageDigest)
	content.relocation = func(ctx context.Context) (*packagetypes.Relocation, string, error) {
		defer s.done()
		return find(ctx)
	}
	return content, nil
}

func (s registrySource) subject(repository string) verify.Subject {
	return verify.Subject{
		Reference: s.reference, Repository: repository, Signatures: verify.InRegistry(s.client, repository),
	}
}

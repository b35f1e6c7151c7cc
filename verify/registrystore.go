package verify

import (
	"bytes"
	"context"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/packstage/packstage/registry"
)

// InRegistry returns the signatures of the images in one repository of a
// registry; the repository is written with its host. Errors are those of the
// client.
func InRegistry(client *registry.Client, repository string) SignatureStore {
	return registryStore{client: client, repository: repository}
}

type registryStore struct {
	client     *registry.Client
	repository string
}

func (s registryStore) Manifest(ctx context.Context, tagOrDigest string) ([]byte, error) {
	reference := s.repository + ":" + tagOrDigest
	if _, err := v1.NewHash(tagOrDigest); err == nil {
		reference = s.repository + "@" + tagOrDigest
	}
	manifest, err := s.client.Manifest(ctx, reference)
	if err != nil {
		return nil, err
	}
	return manifest.Raw, nil
}

func (s registryStore) Referrers(ctx context.Context, digest v1.Hash) ([]v1.Descriptor, error) {
	// All of them: where a registry refuses the type of an artifact, a bundle has
	// that of an image.
	return s.client.Referrers(ctx, s.repository+"@"+digest.String(), "")
}

func (s registryStore) Blob(ctx context.Context, blob v1.Descriptor, limit int64) ([]byte, error) {
	return s.client.BlobBytes(ctx, s.repository, blob, limit)
}

func (s registryStore) PutBlob(ctx context.Context, blob v1.Descriptor, content []byte) error {
	return s.client.PushBlob(ctx, s.repository, blob, func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(content)), nil
	}, "")
}

func (s registryStore) PutManifest(ctx context.Context, tag string, mediaType types.MediaType, raw []byte) error {
	_, err := s.client.PushManifest(ctx, s.repository+":"+tag, mediaType, raw)
	return err
}

func (s registryStore) Attach(ctx context.Context, digest v1.Hash, artifact registry.Artifact) (v1.Descriptor, error) {
	return s.client.Attach(ctx, s.repository+"@"+digest.String(), artifact)
}

package ocistore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/packstage/packstage/registry"
)

// Repository is a repository of a registry, as [Reader] and [Writer].
type Repository struct {
	client *registry.Client
	// itself asks no mirror: what a destination has counts there.
	itself *registry.Client
	// name is host and path, as in registry.example.com/team/shop.
	name, host, path string
}

// InRepository returns the repository with a name such as
// "registry.example.com/team/shop". It makes no request. The error matches
// [registry.ErrInvalidReference].
func InRepository(client *registry.Client, repository string) (*Repository, error) {
	parsed, err := client.ParseReference(repository + ":latest")
	if err != nil {
		return nil, err
	}
	context := parsed.Context()
	return &Repository{client: client, itself: client.WithoutMirrors(), name: context.Name(), host: context.RegistryStr(), path: context.RepositoryStr()}, nil
}

// String returns host and path.
func (r *Repository) String() string { return r.name }

// Reference returns the full reference of a tag or digest.
func (r *Repository) Reference(tagOrDigest string) string {
	if strings.Contains(tagOrDigest, ":") {
		return r.name + "@" + tagOrDigest
	}
	return r.name + ":" + tagOrDigest
}

// Manifest implements [Reader].
func (r *Repository) Manifest(ctx context.Context, tagOrDigest string) (*registry.Manifest, error) {
	return r.client.Manifest(ctx, r.Reference(tagOrDigest))
}

// Blob implements [Reader].
func (r *Repository) Blob(ctx context.Context, blob v1.Descriptor) (io.ReadCloser, error) {
	return r.client.Blob(ctx, r.name, blob)
}

// Referrers implements [Reader].
func (r *Repository) Referrers(ctx context.Context, subject v1.Hash) ([]v1.Descriptor, error) {
	return r.client.Referrers(ctx, r.Reference(subject.String()), "")
}

// Resolve implements [Lookup].
func (r *Repository) Resolve(ctx context.Context, tagOrDigest string) (v1.Hash, bool, error) {
	found, err := r.itself.Resolve(ctx, r.Reference(tagOrDigest))
	if errors.Is(err, registry.ErrNotFound) {
		return v1.Hash{}, false, nil
	}
	return found.Digest, err == nil, err
}

// HasBlob implements [Lookup].
func (r *Repository) HasBlob(ctx context.Context, blob v1.Descriptor) (bool, error) {
	return r.client.HasBlob(ctx, r.name, blob.Digest)
}

// PushBlob implements [Writer]. From another repository of the same registry the
// blob is mounted where the registry does that.
func (r *Repository) PushBlob(ctx context.Context, blob v1.Descriptor, open func() (io.ReadCloser, error), from Reader) error {
	mount := ""
	if source, ok := from.(*Repository); ok && source.host == r.host && source.path != r.path {
		mount = source.path
	}
	return r.client.PushBlob(ctx, r.name, blob, open, mount)
}

// PushManifest implements [Writer].
func (r *Repository) PushManifest(ctx context.Context, tag string, manifest *registry.Manifest) error {
	if tag == "" {
		tag = manifest.Descriptor.Digest.String()
	}
	_, err := r.client.PushManifest(ctx, r.Reference(tag), manifest.Descriptor.MediaType, manifest.Raw)
	return err
}

// NoteReferrers implements [Writer]: where the registry does not list a referrer by
// itself, the index under the tag "sha256-<hex>" is extended (OCI distribution
// specification 1.1, "Pushing Manifests with Subject"). Two who do that at the same
// time may lose an entry, as in that specification.
func (r *Repository) NoteReferrers(ctx context.Context, subject v1.Hash, referrers []v1.Descriptor) error {
	listed, err := r.itself.Referrers(ctx, r.Reference(subject.String()), "")
	if err != nil {
		return err
	}
	index := v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: listed}
	for _, referrer := range referrers {
		if !slices.ContainsFunc(listed, func(one v1.Descriptor) bool { return one.Digest == referrer.Digest }) {
			index.Manifests = append(index.Manifests, referrer)
		}
	}
	if len(index.Manifests) == len(listed) {
		return nil
	}
	slices.SortFunc(index.Manifests, func(a, b v1.Descriptor) int { return strings.Compare(a.Digest.String(), b.Digest.String()) })
	raw, err := json.Marshal(index)
	if err != nil {
		return fmt.Errorf("encode the index of referrers: %w", err)
	}
	_, err = r.client.PushManifest(ctx, r.Reference(TagOf(subject, "")), types.OCIImageIndex, raw)
	return err
}

// TagOf returns the tag that belongs to a digest by the tag scheme of the
// distribution specification, "sha256-<hex>", and with a suffix as cosign has them,
// "sha256-<hex>.sig".
func TagOf(digest v1.Hash, suffix string) string {
	tag := digest.Algorithm + "-" + digest.Hex
	if suffix != "" {
		tag += "." + suffix
	}
	return tag
}

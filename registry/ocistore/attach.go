package ocistore

import (
	"bytes"
	"context"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/packstage/packstage/registry"
)

// Attach stores an artifact as a referrer of a manifest that the place has, and
// under a name. A registry that refuses its type gets it as an image, see
// [registry.Client.Attach].
func Attach(ctx context.Context, to Writer, subject v1.Descriptor, artifact registry.Artifact, name string) error {
	err := attach(ctx, to, subject, artifact, name)
	if err != nil {
		return &Error{Destination, to.String(), err}
	}
	return nil
}

func attach(ctx context.Context, to Writer, subject v1.Descriptor, artifact registry.Artifact, name string) error {
	raw, config, err := artifact.Manifest(subject)
	if err != nil {
		return fmt.Errorf("attach to %s: %w", subject.Digest, err)
	}
	if repository, ok := to.(*Repository); ok {
		if there, found, err := repository.Resolve(ctx, name); err != nil || found && there == digestOf(raw) {
			return err
		}
		attached, err := repository.client.Attach(ctx, repository.Reference(subject.Digest.String()), artifact)
		if err != nil {
			return err
		}
		manifest, err := repository.Manifest(ctx, attached.Digest.String())
		if err != nil {
			return err
		}
		return repository.PushManifest(ctx, name, manifest)
	}
	manifest := &registry.Manifest{Raw: raw, Descriptor: v1.Descriptor{
		MediaType: types.OCIManifestSchema1, Digest: digestOf(raw), Size: int64(len(raw)),
	}}
	parsed, err := parse(manifest)
	if err != nil {
		return err
	}
	contents := map[v1.Hash][]byte{digestOf(config): config}
	for _, blob := range artifact.Blobs {
		contents[digestOf(blob.Content)] = blob.Content
	}
	for _, blob := range parsed.blobs() {
		open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(contents[blob.Digest])), nil }
		if err := to.PushBlob(ctx, blob, open, nil); err != nil {
			return err
		}
	}
	if err := to.PushManifest(ctx, name, manifest); err != nil {
		return err
	}
	return to.NoteReferrers(ctx, subject.Digest, []v1.Descriptor{parsed.referrer(manifest)})
}

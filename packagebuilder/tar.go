package packagebuilder

import (
	"archive/tar"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/packstage/packstage/internal/atomicfile"
)

// WriteTar writes an image as a tar that is an OCI image layout and what
// "docker load" reads at the same time, so that both kinds of reader take it;
// layers stay compressed, so the digest stays the same. The reference is the
// name of the image in it and may be empty. The bytes depend on image and
// reference alone. The file appears whole or not at all.
//
// Layers are streamed and verified. The error is a [diagnostic.Diagnostics]
// with code ImageDigestMismatch where the image is not what it says.
func WriteTar(ctx context.Context, image v1.Image, path, reference string) error {
	parts, err := takeApart(image)
	if err != nil {
		return err
	}
	return atomicfile.WriteFile(path, filePermissions, func(w io.Writer) error { return parts.writeTar(ctx, w, reference) })
}

// dockerManifest is an entry of the manifest.json of "docker save".
type dockerManifest struct {
	Config   string
	RepoTags []string
	Layers   []string
}

// containerdName is where containerd looks for the full name of an image.
const containerdName = "io.containerd.image.name"

func (p *imageParts) writeTar(ctx context.Context, w io.Writer, reference string) error {
	entry := p.indexEntry(reference)
	docker := dockerManifest{Config: blobPath(p.config), RepoTags: []string{}}
	// Docker takes full names with a tag only.
	if tag, err := name.NewTag(reference, name.StrictValidation); err == nil {
		docker.RepoTags = append(docker.RepoTags, tag.String())
		entry.Annotations[containerdName] = tag.Name()
	}
	for _, layer := range p.layers {
		docker.Layers = append(docker.Layers, blobPath(layer))
	}
	index := v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: []v1.Descriptor{entry}}
	archive := tar.NewWriter(w)
	for _, file := range []struct {
		name    string
		content any
	}{
		{ocispec.ImageLayoutFile, json.RawMessage(layoutMarker)},
		{ocispec.ImageIndexFile, index},
		{"manifest.json", []dockerManifest{docker}},
	} {
		raw, err := json.Marshal(file.content)
		if err != nil {
			return fmt.Errorf("encode %s: %w", file.name, err)
		}
		if err := archive.WriteHeader(tarHeader(file.name, int64(len(raw)))); err != nil {
			return err
		}
		if _, err := archive.Write(raw); err != nil {
			return err
		}
	}
	for _, blob := range p.blobs {
		if err := archive.WriteHeader(tarHeader(blobPath(blob.digest), blob.size)); err != nil {
			return err
		}
		if err := blob.copyTo(ctx, archive); err != nil {
			return err
		}
	}
	return archive.Close()
}

func tarHeader(name string, size int64) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o644, Format: tar.FormatUSTAR}
}

func blobPath(digest v1.Hash) string { return "blobs/" + digest.Algorithm + "/" + digest.Hex }

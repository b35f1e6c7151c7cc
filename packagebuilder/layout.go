package packagebuilder

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/packstage/packstage/internal/atomicfile"
	"github.com/packstage/packstage/packageloader"
)

// LayoutOptions says how [WriteLayout] writes. The zero value writes an image
// without a name.
type LayoutOptions struct {
	// Reference is the name of the image in the layout, such as "v1.2.0": the
	// annotation org.opencontainers.image.ref.name. An image that had the name
	// loses its entry; its blobs stay. Without a name the entry of the same
	// digest is replaced.
	Reference string
}

const filePermissions = 0o644

var layoutMarker = []byte(`{"imageLayoutVersion":"1.0.0"}`)

// WriteLayout writes an image into an OCI image layout: a folder that is made
// where there is none, and extended where there is one. A new folder appears
// whole or not at all; in an existing one blobs come first and index.json last,
// each atomically, so that readers at any time see a complete layout. Two
// writers must not extend one layout at the same time.
//
// Layers are streamed and verified. The error is a [diagnostic.Diagnostics]
// with code ImageDigestMismatch where the image is not what it says.
func WriteLayout(ctx context.Context, image v1.Image, path string, options LayoutOptions) error {
	parts, err := takeApart(image)
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(path)
	isLayout := slices.ContainsFunc(entries, func(entry fs.DirEntry) bool { return entry.Name() == ocispec.ImageLayoutFile })
	switch {
	case isLayout:
		return extendLayout(ctx, parts, path, options)
	case len(entries) > 0:
		return fmt.Errorf("write image layout: the folder %s holds something that is no image layout", path)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("write image layout: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(filepath.Clean(path)), 0o755); err != nil {
		return fmt.Errorf("write image layout: %w", err)
	}
	// An empty folder gives way to the layout.
	return atomicfile.WriteFolder(path, atomicfile.FolderOptions{Replace: err == nil}, func(temporary string) error {
		if err := writeFile(filepath.Join(temporary, ocispec.ImageLayoutFile), layoutMarker); err != nil {
			return err
		}
		return extendLayout(ctx, parts, temporary, options)
	})
}

func extendLayout(ctx context.Context, parts *imageParts, path string, options LayoutOptions) error {
	index, err := readIndex(filepath.Join(path, ocispec.ImageIndexFile))
	if err != nil {
		return err
	}
	folder := filepath.Join(path, "blobs", "sha256")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("write image layout: %w", err)
	}
	for _, blob := range parts.blobs {
		if err := writeBlob(ctx, blob, filepath.Join(folder, blob.digest.Hex)); err != nil {
			return err
		}
	}
	entry := parts.indexEntry(options.Reference)
	if parts.format != "" {
		// So that it counts among what lies in a layout with its images.
		entry.Annotations = maps.Clone(entry.Annotations)
		if entry.Annotations == nil {
			entry.Annotations = map[string]string{}
		}
		entry.Annotations[packageloader.FormatLabel] = parts.format
	}
	index.Manifests = slices.DeleteFunc(index.Manifests, func(old v1.Descriptor) bool {
		name := old.Annotations[ocispec.AnnotationRefName]
		return name == options.Reference && (name != "" || old.Digest == entry.Digest)
	})
	index.Manifests = append(index.Manifests, entry)
	raw, err := json.Marshal(index)
	if err != nil {
		return fmt.Errorf("encode index of the image layout: %w", err)
	}
	return writeFile(filepath.Join(path, ocispec.ImageIndexFile), raw)
}

func readIndex(path string) (*v1.IndexManifest, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read image layout: %w", err)
	}
	index, err := v1.ParseIndexManifest(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("read image layout: %s does not parse: %w", path, err)
	}
	return index, nil
}

// writeBlob leaves a blob alone that is there with its size: blobs are written
// atomically, so it is whole. Whoever reads it verifies it anyway.
func writeBlob(ctx context.Context, blob imageBlob, path string) error {
	if info, err := os.Stat(path); err == nil && info.Size() == blob.size {
		return nil
	}
	return atomicfile.WriteFile(path, filePermissions, func(w io.Writer) error { return blob.copyTo(ctx, w) })
}

func writeFile(path string, content []byte) error {
	return atomicfile.WriteFile(path, filePermissions, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

func (p *imageParts) indexEntry(reference string) v1.Descriptor {
	entry := p.manifest
	if reference != "" {
		entry.Annotations = map[string]string{ocispec.AnnotationRefName: reference}
	}
	return entry
}

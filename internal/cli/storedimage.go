package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/packstage/packstage/internal/tarfs"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

// storedImage opens the image in a tar or layout. Loading the package first
// chooses the image and verifies all its bytes, so what is opened here is known
// by its digest. The caller calls the function when the image is not needed any
// more.
func (p *program) storedImage(ctx context.Context, found target, source packageloader.Source, flags *buildFlags) (v1.Image, func(), error) {
	pkg, err := packageloader.Load(ctx, source, packageloader.LoadOptions{})
	if err != nil {
		return nil, nil, err
	}
	if pkg.ImageDigest == "" {
		image, err := flags.build(ctx, p, found.path, source)
		return image, func() {}, err
	}
	digest, err := v1.NewHash(pkg.ImageDigest)
	if err != nil {
		return nil, nil, err
	}
	files, closer, err := imageFiles(found)
	if err != nil {
		return nil, nil, err
	}
	image, err := newFileImage(files, digest)
	if err != nil {
		_ = closer.Close()
		return nil, nil, fmt.Errorf("open image in %s: %w", found, err)
	}
	return image, func() { _ = closer.Close() }, nil
}

// imageFiles returns the files of a layout, in a folder or in a tar.
func imageFiles(found target) (fs.FS, io.Closer, error) {
	if found.kind == layoutTarget {
		root, err := os.OpenRoot(found.path)
		if err != nil {
			return nil, nil, err
		}
		return root.FS(), root, nil
	}
	file, err := os.Open(found.path)
	if err != nil {
		return nil, nil, err
	}
	info, err := file.Stat()
	if err != nil {
		_ = file.Close()
		return nil, nil, err
	}
	reader, size, err := uncompressed(file, info.Size())
	if err == nil {
		var files fs.FS
		if files, err = tarfs.New(reader, size); err == nil {
			return files, file, nil
		}
	}
	_ = file.Close()
	return nil, nil, fmt.Errorf("read %s: %w", found.path, err)
}

// uncompressed takes the compression off a tar that is compressed as a whole,
// within the limits that it was loaded with.
func uncompressed(file io.ReaderAt, size int64) (io.ReaderAt, int64, error) {
	magic := make([]byte, 4)
	if _, err := file.ReadAt(magic, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, err
	}
	section := io.NewSectionReader(file, 0, size)
	var stream io.Reader
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		reader, err := gzip.NewReader(section)
		if err != nil {
			return nil, 0, err
		}
		stream = reader
	case bytes.HasPrefix(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		reader, err := zstd.NewReader(section)
		if err != nil {
			return nil, 0, err
		}
		defer reader.Close()
		stream = reader
	default:
		return file, size, nil
	}
	content, err := io.ReadAll(io.LimitReader(stream, packagetypes.DefaultLimits().UncompressedImage))
	if err != nil {
		return nil, 0, err
	}
	return bytes.NewReader(content), int64(len(content)), nil
}

// fileImage is an image whose blobs are files, as in an OCI image layout.
type fileImage struct {
	files    fs.FS
	raw      []byte
	manifest *v1.Manifest
}

func newFileImage(files fs.FS, digest v1.Hash) (v1.Image, error) {
	raw, err := fs.ReadFile(files, blobFile(digest))
	if err != nil {
		return nil, err
	}
	manifest, err := v1.ParseManifest(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	return partial.CompressedToImage(&fileImage{files: files, raw: raw, manifest: manifest})
}

func blobFile(digest v1.Hash) string { return "blobs/" + digest.Algorithm + "/" + digest.Hex }

// RawManifest implements partial.CompressedImageCore.
func (i *fileImage) RawManifest() ([]byte, error) { return i.raw, nil }

// Manifest spares the library decoding it again.
func (i *fileImage) Manifest() (*v1.Manifest, error) { return i.manifest, nil }

// RawConfigFile implements partial.CompressedImageCore.
func (i *fileImage) RawConfigFile() ([]byte, error) {
	return fs.ReadFile(i.files, blobFile(i.manifest.Config.Digest))
}

// MediaType is what the manifest says itself; OCI lets it say nothing.
func (i *fileImage) MediaType() (types.MediaType, error) {
	if i.manifest.MediaType == "" {
		return types.OCIManifestSchema1, nil
	}
	return i.manifest.MediaType, nil
}

// LayerByDigest implements partial.CompressedImageCore.
func (i *fileImage) LayerByDigest(digest v1.Hash) (partial.CompressedLayer, error) {
	for _, blob := range append([]v1.Descriptor{i.manifest.Config}, i.manifest.Layers...) {
		if blob.Digest == digest {
			return &fileLayer{files: i.files, descriptor: blob}, nil
		}
	}
	return nil, fmt.Errorf("the image has no layer %s", digest)
}

type fileLayer struct {
	files      fs.FS
	descriptor v1.Descriptor
}

// Digest implements partial.CompressedLayer.
func (l *fileLayer) Digest() (v1.Hash, error) { return l.descriptor.Digest, nil }

// Size implements partial.CompressedLayer.
func (l *fileLayer) Size() (int64, error) { return l.descriptor.Size, nil }

// MediaType implements partial.CompressedLayer.
func (l *fileLayer) MediaType() (types.MediaType, error) { return l.descriptor.MediaType, nil }

// Descriptor keeps annotations that the library would drop.
func (l *fileLayer) Descriptor() (*v1.Descriptor, error) { return &l.descriptor, nil }

// Compressed implements partial.CompressedLayer.
func (l *fileLayer) Compressed() (io.ReadCloser, error) {
	return l.files.Open(blobFile(l.descriptor.Digest))
}

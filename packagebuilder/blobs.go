package packagebuilder

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packageloader"
)

// imageBlob is one of the pieces of an image, and a way to its bytes.
type imageBlob struct {
	digest v1.Hash
	size   int64
	open   func() (io.ReadCloser, error)
}

// imageParts is an image taken apart: what a layout holds.
type imageParts struct {
	manifest v1.Descriptor
	config   v1.Hash
	layers   []v1.Hash
	format   string      // the mark of a package in the manifest, or ""
	blobs    []imageBlob // manifest, configuration, and each layer once
}

func takeApart(image v1.Image) (*imageParts, error) {
	fail := func(err error) (*imageParts, error) { return nil, fmt.Errorf("read image: %w", err) }
	raw, err := image.RawManifest()
	if err != nil {
		return fail(err)
	}
	manifest, err := image.Manifest()
	if err != nil {
		return fail(err)
	}
	mediaType, err := image.MediaType()
	if err != nil {
		return fail(err)
	}
	parts := &imageParts{
		manifest: v1.Descriptor{MediaType: mediaType, Size: int64(len(raw)), Digest: hashOf(raw)},
		config:   manifest.Config.Digest,
		format:   manifest.Annotations[packageloader.FormatLabel],
	}
	memory := func(content []byte) func() (io.ReadCloser, error) {
		return func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil }
	}
	parts.blobs = []imageBlob{
		{digest: parts.manifest.Digest, size: parts.manifest.Size, open: memory(raw)},
		{digest: manifest.Config.Digest, size: manifest.Config.Size, open: func() (io.ReadCloser, error) {
			config, err := image.RawConfigFile()
			return io.NopCloser(bytes.NewReader(config)), err
		}},
	}
	seen := map[v1.Hash]bool{}
	for _, layer := range manifest.Layers {
		parts.layers = append(parts.layers, layer.Digest)
		if seen[layer.Digest] {
			continue
		}
		seen[layer.Digest] = true
		parts.blobs = append(parts.blobs, imageBlob{digest: layer.Digest, size: layer.Size, open: func() (io.ReadCloser, error) {
			source, err := image.LayerByDigest(layer.Digest)
			if err != nil {
				return nil, err
			}
			return source.Compressed()
		}})
	}
	return parts, nil
}

// copyTo streams a blob and verifies on the way that it is what it should be.
// What was written before an error is worthless.
func (b imageBlob) copyTo(ctx context.Context, w io.Writer) error {
	source, err := b.open()
	if err != nil {
		return fmt.Errorf("read blob %s: %w", b.digest, err)
	}
	defer source.Close()
	sum := &countingHash{Hash: sha256.New()}
	buffer := make([]byte, 64<<10)
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		count, err := source.Read(buffer)
		if count > 0 {
			_, _ = sum.Write(buffer[:count])
			if sum.count > b.size {
				return b.mismatch(fmt.Sprintf("has more than the %d bytes that its descriptor says", b.size))
			}
			if _, err := w.Write(buffer[:count]); err != nil {
				return fmt.Errorf("write blob %s: %w", b.digest, err)
			}
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("read blob %s: %w", b.digest, err)
		}
	}
	if sum.count != b.size {
		return b.mismatch(fmt.Sprintf("has %d bytes, its descriptor says %d", sum.count, b.size))
	}
	if got := sum.digest(); got != b.digest {
		return b.mismatch("has the digest " + got.String())
	}
	return nil
}

func (b imageBlob) mismatch(what string) error {
	return fault(diagnostic.ImageDigestMismatch, fmt.Sprintf("blob %s %s", b.digest, what))
}

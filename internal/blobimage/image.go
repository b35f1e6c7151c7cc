// Package blobimage makes an image of its manifest and a way to its blobs,
// wherever those are.
package blobimage

import (
	"bytes"
	"cmp"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/packstage/packstage/diagnostic"
)

// Source is where an image comes from.
type Source struct {
	// Name says in findings which image it is.
	Name string
	// Manifest are the bytes of the image manifest, which were verified.
	Manifest []byte
	// MediaType of the manifest, unless it states one itself.
	MediaType types.MediaType
	// Open opens a blob; what it gives need not be verified.
	Open func(blob v1.Descriptor) (io.ReadCloser, error)
	// MaxConfigBytes bounds the configuration, which is read into memory.
	MaxConfigBytes int64
}

// New returns the image. Configuration and layers are opened when they are
// asked for. What their readers give is verified at its end, where a wrong size
// or digest is an error of the last read: a [diagnostic.Diagnostics] with code
// ImageDigestMismatch.
func New(source Source) (v1.Image, error) {
	manifest, err := v1.ParseManifest(bytes.NewReader(source.Manifest))
	if err != nil {
		return nil, invalid(source.Name, fmt.Sprintf("manifest of the image does not parse: %v", err))
	}
	return partial.CompressedToImage(&image{source: source, manifest: manifest})
}

// image is what go-containerregistry makes a whole image of.
type image struct {
	source   Source
	manifest *v1.Manifest
}

func (i *image) RawManifest() ([]byte, error) { return i.source.Manifest, nil }

// Manifest spares the library decoding it again.
func (i *image) Manifest() (*v1.Manifest, error) { return i.manifest, nil }

// MediaType believes the manifest, which its digest covers; OCI lets it say
// nothing.
func (i *image) MediaType() (types.MediaType, error) {
	return cmp.Or(i.manifest.MediaType, i.source.MediaType, types.OCIManifestSchema1), nil
}

func (i *image) RawConfigFile() ([]byte, error) {
	if i.manifest.Config.Size > i.source.MaxConfigBytes {
		return nil, invalid(i.source.Name, fmt.Sprintf("configuration of the image is larger than %d bytes", i.source.MaxConfigBytes))
	}
	body, err := i.open(i.manifest.Config)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	return io.ReadAll(body)
}

func (i *image) LayerByDigest(digest v1.Hash) (partial.CompressedLayer, error) {
	for _, blob := range append([]v1.Descriptor{i.manifest.Config}, i.manifest.Layers...) {
		if blob.Digest == digest {
			return &layer{image: i, descriptor: blob}, nil
		}
	}
	return nil, invalid(i.source.Name, fmt.Sprintf("the image has no layer %s", digest))
}

func (i *image) open(blob v1.Descriptor) (io.ReadCloser, error) {
	body, err := i.source.Open(blob)
	if err != nil {
		return nil, err
	}
	return newVerifyingReader(i.source.Name, body, blob), nil
}

type layer struct {
	image      *image
	descriptor v1.Descriptor
}

func (l *layer) Digest() (v1.Hash, error)            { return l.descriptor.Digest, nil }
func (l *layer) Size() (int64, error)                { return l.descriptor.Size, nil }
func (l *layer) MediaType() (types.MediaType, error) { return l.descriptor.MediaType, nil }
func (l *layer) Compressed() (io.ReadCloser, error)  { return l.image.open(l.descriptor) }

// Descriptor keeps annotations that the library would drop.
func (l *layer) Descriptor() (*v1.Descriptor, error) { return &l.descriptor, nil }

func invalid(name, message string) error {
	return diagnostic.Diagnostics{{
		Code:     diagnostic.ImageInvalid,
		Position: diagnostic.Position{File: name},
		Message:  message,
	}}
}

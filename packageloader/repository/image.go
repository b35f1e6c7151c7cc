package repository

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/packstage/packstage/internal/blobimage"
	"github.com/packstage/packstage/internal/pinnedgzip"
	"github.com/packstage/packstage/registry"
)

// Image returns the index as an OCI image for linux/amd64 with one layer, which
// holds the file at [FilePath]. Its digest depends on the content of the index
// alone. The error is that of [Index.Encode].
func (x *Index) Image() (v1.Image, error) {
	encoded, err := x.Encode()
	if err != nil {
		return nil, err
	}
	archived, err := archive(encoded)
	if err != nil {
		return nil, fmt.Errorf("make the layer of the index: %w", err)
	}
	var layer bytes.Buffer
	compressor := pinnedgzip.NewWriter(&layer)
	if _, err := compressor.Write(archived); err != nil {
		return nil, fmt.Errorf("compress the layer of the index: %w", err)
	}
	if err := compressor.Close(); err != nil {
		return nil, fmt.Errorf("compress the layer of the index: %w", err)
	}
	created := time.Unix(0, 0).UTC()
	config, err := json.Marshal(ocispec.Image{
		Created:  &created,
		Platform: ocispec.Platform{OS: "linux", Architecture: "amd64"},
		RootFS:   ocispec.RootFS{Type: "layers", DiffIDs: []digest.Digest{digest.FromBytes(archived)}},
		History:  []ocispec.History{{Created: &created, CreatedBy: "packstage", Comment: "repository index"}},
	})
	if err != nil {
		return nil, fmt.Errorf("encode image configuration: %w", err)
	}
	manifest, err := json.Marshal(ocispec.Manifest{
		Versioned: specs.Versioned{SchemaVersion: 2},
		MediaType: ocispec.MediaTypeImageManifest,
		Config:    describe(ocispec.MediaTypeImageConfig, config),
		Layers:    []ocispec.Descriptor{describe(ocispec.MediaTypeImageLayerGzip, layer.Bytes())},
		Annotations: map[string]string{
			ocispec.AnnotationTitle: x.Name(),
		},
	})
	if err != nil {
		return nil, fmt.Errorf("encode image manifest: %w", err)
	}
	blobs := map[string][]byte{hash(config): config, hash(layer.Bytes()): layer.Bytes()}
	return blobimage.New(blobimage.Source{
		Name: "the image of the index " + x.Name(), Manifest: manifest, MediaType: types.OCIManifestSchema1,
		Open: func(blob v1.Descriptor) (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(blobs[blob.Digest.Hex])), nil
		},
		MaxConfigBytes: registry.MaxConfigBytes,
	})
}

func archive(content []byte) ([]byte, error) {
	var out bytes.Buffer
	writer := tar.NewWriter(&out)
	header := &tar.Header{Typeflag: tar.TypeReg, Name: FilePath, Size: int64(len(content)), Mode: 0o644, ModTime: time.Unix(0, 0)}
	if err := writer.WriteHeader(header); err != nil {
		return nil, err
	}
	if _, err := writer.Write(content); err != nil {
		return nil, err
	}
	return out.Bytes(), writer.Close()
}

func describe(mediaType string, blob []byte) ocispec.Descriptor {
	return ocispec.Descriptor{MediaType: mediaType, Digest: digest.FromBytes(blob), Size: int64(len(blob))}
}

func hash(blob []byte) string {
	sum := sha256.Sum256(blob)
	return hex.EncodeToString(sum[:])
}

// Push pushes the image of an index to each reference and returns its digest. The
// errors are those of [Index.Image] and [registry.Client.Push].
func Push(ctx context.Context, client *registry.Client, index *Index, references ...string) (v1.Hash, error) {
	image, err := index.Image()
	if err != nil {
		return v1.Hash{}, err
	}
	return client.Push(ctx, image, references...)
}

package packagebuilder

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/casecollision"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

// ImageOptions says what [Image] makes beside the layers. The zero value makes
// the image whose digest depends on the files alone.
type ImageOptions struct {
	// Annotations of the image manifest, beside the one that says what the
	// image is. The keys of org.opencontainers.image are meant for it.
	Annotations map[string]string
	// ArtifactType of the image manifest. Some registries refuse images that
	// have one, and it changes the digest; empty is none.
	ArtifactType string
	// Created is the time of the image and of the files in it. The zero value is
	// 1970-01-01, whatever the files' own times are; digits below a second are
	// dropped.
	Created time.Time
	// ManifestJSON is the package manifest as JSON for the label
	// [packageloader.ManifestLabel], so that a package can be listed without
	// its layers. Loading refuses an image in which it differs from the
	// manifest in the files. Nil is no label.
	ManifestJSON []byte
	// Limits are those that the image is checked against, so that what was
	// built can be loaded. Zero fields are defaults.
	Limits packagetypes.Limits
}

// BuiltImage is an image of a package. It is immutable, safe for concurrent
// use, and a [v1.Image] for everything that go-containerregistry can do with
// one. It holds its layers compressed.
type BuiltImage struct {
	manifest []byte
	config   []byte
	digest   v1.Hash
	layers   []*builtLayer
}

var _ v1.Image = (*BuiltImage)(nil)

// Image makes the image of a package from its files: one layer for the root and
// one for each folder components/<name>. The same files and options give the
// same bytes on every machine.
//
// It does not read what is in the files; that they are a valid package is for
// the caller to know. The error is a [diagnostic.Diagnostics] where there are no
// files, names collide by case (FilesCaseCollision), or the image would exceed
// a limit (LimitExceeded); or that of a context that ended.
func Image(ctx context.Context, files *packagetypes.Files, options ImageOptions) (*BuiltImage, error) {
	if files.Len() == 0 {
		return nil, fault(diagnostic.ImageInvalid, "a package without files cannot be built")
	}
	if err := casecollision.Find(files.Paths(), diagnostic.Error).Sorted().Err(); err != nil {
		return nil, err
	}
	created := time.Unix(0, 0).UTC()
	if !options.Created.IsZero() {
		created = options.Created.UTC().Truncate(time.Second)
	}
	layers, err := buildLayers(ctx, splitLayers(files), created)
	if err != nil {
		return nil, err
	}
	if err := checkLimits(layers, options.Limits.WithDefaults()); err != nil {
		return nil, err
	}
	return assemble(layers, created, options)
}

func checkLimits(layers []*builtLayer, limits packagetypes.Limits) error {
	var stored int64
	var found diagnostic.Diagnostics
	for _, layer := range layers {
		size := int64(len(layer.compressed))
		stored += size
		const free = 1 << 20 // as the loader counts
		if layer.size > free && layer.size/limits.CompressionRatio > size {
			found = append(found, packagetypes.LimitDiagnostic(diagnostic.Position{}, "CompressionRatio", (layer.size+size-1)/size, limits.CompressionRatio))
		}
	}
	if stored > limits.CompressedImage {
		found = append(found, packagetypes.LimitDiagnostic(diagnostic.Position{}, "CompressedImage", stored, limits.CompressedImage))
	}
	return found.Sorted().Err()
}

// assemble puts configuration and manifest around the layers.
func assemble(layers []*builtLayer, created time.Time, options ImageOptions) (*BuiltImage, error) {
	labels := map[string]string{packageloader.FormatLabel: manifest.APIVersion}
	if options.ManifestJSON != nil {
		labels[packageloader.ManifestLabel] = string(options.ManifestJSON)
	}
	config := ocispec.Image{
		Created:  &created,
		Platform: ocispec.Platform{OS: "linux", Architecture: "amd64"},
		Config:   ocispec.ImageConfig{Labels: labels},
		RootFS:   ocispec.RootFS{Type: "layers"},
	}
	annotations := map[string]string{}
	maps.Copy(annotations, options.Annotations)
	annotations[packageloader.FormatLabel] = manifest.APIVersion
	image := ocispec.Manifest{
		Versioned:    specs.Versioned{SchemaVersion: 2},
		MediaType:    ocispec.MediaTypeImageManifest,
		ArtifactType: options.ArtifactType,
		Annotations:  annotations,
	}
	for _, layer := range layers {
		config.RootFS.DiffIDs = append(config.RootFS.DiffIDs, digest.Digest(layer.diffID.String()))
		config.History = append(config.History, ocispec.History{Created: &created, CreatedBy: "packstage", Comment: layer.title()})
		image.Layers = append(image.Layers, layer.descriptor())
	}
	rawConfig, err := json.Marshal(config)
	if err != nil {
		return nil, fmt.Errorf("encode image configuration: %w", err)
	}
	image.Config = ocispec.Descriptor{
		MediaType: ocispec.MediaTypeImageConfig,
		Digest:    digest.FromBytes(rawConfig),
		Size:      int64(len(rawConfig)),
	}
	rawManifest, err := json.Marshal(image)
	if err != nil {
		return nil, fmt.Errorf("encode image manifest: %w", err)
	}
	return &BuiltImage{manifest: rawManifest, config: rawConfig, digest: hashOf(rawManifest), layers: layers}, nil
}

// Digest is that of the image manifest.
func (i *BuiltImage) Digest() (v1.Hash, error) { return i.digest, nil }

// RawManifest returns the exact bytes of the manifest.
func (i *BuiltImage) RawManifest() ([]byte, error) { return bytes.Clone(i.manifest), nil }

// RawConfigFile returns the exact bytes of the configuration.
func (i *BuiltImage) RawConfigFile() ([]byte, error) { return bytes.Clone(i.config), nil }

// Manifest returns the decoded manifest, without the artifact type, which its
// type has no field for.
func (i *BuiltImage) Manifest() (*v1.Manifest, error) { return partial.Manifest(i) }

// ConfigFile returns the decoded configuration.
func (i *BuiltImage) ConfigFile() (*v1.ConfigFile, error) { return partial.ConfigFile(i) }

// ConfigName is the digest of the configuration.
func (i *BuiltImage) ConfigName() (v1.Hash, error) { return hashOf(i.config), nil }

// Size is the number of bytes of the manifest.
func (i *BuiltImage) Size() (int64, error) { return int64(len(i.manifest)), nil }

// MediaType is that of an OCI image manifest.
func (i *BuiltImage) MediaType() (types.MediaType, error) { return types.OCIManifestSchema1, nil }

// Layers returns the layers, the root's first.
func (i *BuiltImage) Layers() ([]v1.Layer, error) {
	layers := make([]v1.Layer, len(i.layers))
	for n, layer := range i.layers {
		layers[n] = layer
	}
	return layers, nil
}

// LayerByDigest returns the layer with the digest, or the configuration, which
// counts as one.
func (i *BuiltImage) LayerByDigest(digest v1.Hash) (v1.Layer, error) {
	for _, layer := range i.layers {
		if layer.digest == digest {
			return layer, nil
		}
	}
	if digest == hashOf(i.config) {
		return partial.ConfigLayer(i)
	}
	return nil, fmt.Errorf("the image has no layer %s", digest)
}

// LayerByDiffID returns the layer whose tar has the digest.
func (i *BuiltImage) LayerByDiffID(diffID v1.Hash) (v1.Layer, error) {
	for _, layer := range i.layers {
		if layer.diffID == diffID {
			return layer, nil
		}
	}
	return nil, fmt.Errorf("the image has no layer with the diff ID %s", diffID)
}

func hashOf(content []byte) v1.Hash {
	hash, _, err := v1.SHA256(bytes.NewReader(content))
	if err != nil {
		panic(err) // reading from memory
	}
	return hash
}

func fault(code diagnostic.Code, message string) error {
	return diagnostic.Diagnostics{{Code: code, Message: message}}
}

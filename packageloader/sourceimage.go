package packageloader

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/sync/errgroup"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/verify"
)

// layersAtOnce bounds how many layers are read at the same time.
const layersAtOnce = 4

// FromImage returns a source that reads the files below [ImageFolder] in an
// image of go-containerregistry. It trusts nothing that the image says about
// itself: configuration and layers are read wholly and compared with their
// digests before a byte of them is used.
func FromImage(image v1.Image) Source { return imageSource{image} }

type imageSource struct{ image v1.Image }

func (s imageSource) Open(ctx context.Context, limits packagetypes.Limits) (*Content, error) {
	return s.OpenVerified(ctx, limits, nil)
}

// OpenVerified implements [VerifiableSource]. Nothing is known about where the
// image is from, so no signatures are found.
func (s imageSource) OpenVerified(ctx context.Context, limits packagetypes.Limits, verifier verify.Verifier) (*Content, error) {
	raw, err := s.image.RawManifest()
	if err != nil {
		return nil, fmt.Errorf("read manifest of the image: %w", err)
	}
	name := "image " + digestOf(raw).String()
	return readImage(ctx, storedImage{
		name:     name,
		manifest: raw,
		admit:    admission{verifier, verify.Subject{Reference: name}},
		open: func(_ context.Context, blob v1.Descriptor, config bool) (io.ReadCloser, error) {
			if config {
				raw, err := s.image.RawConfigFile()
				return io.NopCloser(bytes.NewReader(raw)), err
			}
			layer, err := s.image.LayerByDigest(blob.Digest)
			if err != nil {
				return nil, err
			}
			return layer.Compressed()
		},
	}, limits)
}

// storedImage is an image in any place: its manifest and a way to its blobs.
type storedImage struct {
	// name says in findings what is read.
	name     string
	manifest []byte
	// admit judges the manifest before anything that it points to is read.
	admit admission
	open  func(ctx context.Context, blob v1.Descriptor, config bool) (io.ReadCloser, error)
}

// readImage reads the package in an image.
func readImage(ctx context.Context, image storedImage, limits packagetypes.Limits) (*Content, error) {
	limits = limits.WithDefaults()
	digest := digestOf(image.manifest)
	warnings, err := image.admit.check(ctx, digest)
	if err != nil {
		return nil, err
	}
	fault := func(format string, arguments ...any) error {
		return imageFault(image.name, diagnostic.ImageInvalid, format, arguments...)
	}
	var manifest v1.Manifest
	if err := json.Unmarshal(image.manifest, &manifest); err != nil {
		return nil, fault("manifest of the image does not parse: %v", err)
	}
	if kind := manifest.Config.MediaType; kind != types.OCIConfigJSON && kind != types.DockerConfigJSON {
		return nil, fault("configuration has the media type %q, which is not that of a container image", kind)
	}
	if manifest.Config.Size < 0 || manifest.Config.Size > registry.MaxConfigBytes {
		return nil, fault("configuration has a size of %d bytes, at most %d are allowed", manifest.Config.Size, registry.MaxConfigBytes)
	}
	rawConfig, err := readBlob(ctx, storedBlob{
		image: image.name, name: "configuration " + manifest.Config.Digest.String(),
		size: manifest.Config.Size, digest: manifest.Config.Digest,
		open: func(ctx context.Context) (io.ReadCloser, error) { return image.open(ctx, manifest.Config, true) },
	})
	if err != nil {
		return nil, err
	}
	blobs := make([]storedBlob, len(manifest.Layers))
	for i, layer := range manifest.Layers {
		blobs[i] = storedBlob{
			image: image.name, name: "layer " + layer.Digest.String(),
			size: layer.Size, digest: layer.Digest,
			open: func(ctx context.Context) (io.ReadCloser, error) { return image.open(ctx, layer, false) },
		}
	}
	content, err := readConfigAndLayers(ctx, image.name, rawConfig, blobs, limits)
	if err != nil {
		return nil, err
	}
	content.ImageDigest = digest.String()
	content.Warnings = append(content.Warnings, warnings...)
	return content, nil
}

// readConfigAndLayers takes a configuration that was verified, and layers that
// were not.
func readConfigAndLayers(ctx context.Context, name string, rawConfig []byte, blobs []storedBlob, limits packagetypes.Limits) (*Content, error) {
	fault := func(code diagnostic.Code, format string, arguments ...any) error {
		return imageFault(name, code, format, arguments...)
	}
	var config v1.ConfigFile
	if err := json.Unmarshal(rawConfig, &config); err != nil {
		return nil, fault(diagnostic.ImageInvalid, "configuration of the image does not parse: %v", err)
	}
	if got, want := len(config.RootFS.DiffIDs), len(blobs); got != want {
		return nil, fault(diagnostic.ImageInvalid, "configuration lists %d layers, the manifest %d", got, want)
	}
	var stored int64
	for i := range blobs {
		blobs[i].diffID = config.RootFS.DiffIDs[i]
		if blobs[i].size < 0 {
			return nil, fault(diagnostic.ImageInvalid, "%s has a size of %d bytes", blobs[i].name, blobs[i].size)
		}
		// The second comparison cannot overflow, the sum could.
		if stored += blobs[i].size; stored > limits.CompressedImage || blobs[i].size > limits.CompressedImage {
			return nil, diagnostic.Diagnostics{packagetypes.LimitDiagnostic(
				diagnostic.Position{File: name}, "CompressedImage", max(stored, blobs[i].size), limits.CompressedImage)}
		}
	}
	layers, err := readLayers(ctx, blobs, limits)
	if err != nil {
		return nil, err
	}
	contents := mergeLayers(layers)
	if len(contents) == 0 {
		return nil, noFiles(name, layers)
	}
	content, err := newContent(contents, limits)
	if err != nil {
		return nil, err
	}
	if label, ok := config.Config.Labels[ManifestLabel]; ok {
		content.ConfigManifest = []byte(label)
	}
	return content, nil
}

// readLayers reads all layers, several at a time, and returns the findings of
// all of them.
func readLayers(ctx context.Context, blobs []storedBlob, limits packagetypes.Limits) ([]*layer, error) {
	layers := make([]*layer, len(blobs))
	faults := make([]diagnostic.Diagnostics, len(blobs))
	used := &budget{limits: limits}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(layersAtOnce)
	for i, blob := range blobs {
		group.Go(func() error {
			read, err := readLayer(ctx, blob, used)
			if found, ok := diagnostic.From(err); ok {
				faults[i] = found
				return nil
			}
			layers[i] = read
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var found diagnostic.Diagnostics
	for _, fault := range faults {
		found = append(found, fault...)
	}
	return layers, found.Sorted().Err()
}

func noFiles(name string, layers []*layer) error {
	finding := diagnostic.Diagnostic{
		Code:     diagnostic.ImageInvalid,
		Position: diagnostic.Position{File: name},
		Message:  fmt.Sprintf("the image holds no files below %s/", ImageFolder),
		Hint:     "this is not the image of a package",
	}
	for _, layer := range layers {
		if layer.manifestAtRoot {
			finding.Hint = fmt.Sprintf("there is a manifest in the image's root folder; the files of a package belong into /%s", ImageFolder)
		}
	}
	return diagnostic.Diagnostics{finding}
}

func imageFault(name string, code diagnostic.Code, format string, arguments ...any) error {
	return diagnostic.Diagnostics{{
		Code:     code,
		Position: diagnostic.Position{File: name},
		Message:  fmt.Sprintf(format, arguments...),
	}}
}

func digestOf(content []byte) v1.Hash {
	sum := sha256.Sum256(content)
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(sum[:])}
}

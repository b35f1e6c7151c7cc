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
	// whole, where it is set, reads a layer that it has verified.
	whole func(ctx context.Context, blob v1.Descriptor) ([]byte, error)
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
	blobs := make([]storedBlob, len(manifest.Layers))
	for i, layer := range manifest.Layers {
		blobs[i] = storedBlob{
			image: image.name, name: "layer " + layer.Digest.String(),
			size: layer.Size, digest: layer.Digest,
			open: func(ctx context.Context) (io.ReadCloser, error) { return image.open(ctx, layer, false) },
		}
		if image.whole != nil {
			blobs[i].whole = func(ctx context.Context) ([]byte, error) { return image.whole(ctx, layer) }
		}
	}
	content, err := readConfigAndLayers(ctx, image.name, blobs, limits, func(ctx context.Context) ([]byte, error) {
		return readBlob(ctx, storedBlob{
			image: image.name, name: "configuration " + manifest.Config.Digest.String(),
			size: manifest.Config.Size, digest: manifest.Config.Digest,
			open: func(ctx context.Context) (io.ReadCloser, error) { return image.open(ctx, manifest.Config, true) },
		})
	})
	if err != nil {
		return nil, err
	}
	content.ImageDigest = digest.String()
	content.Warnings = append(content.Warnings, warnings...)
	return content, nil
}

// readConfigAndLayers reads the configuration and, at the same time, the layers,
// which are compared with it once it is there.
func readConfigAndLayers(
	ctx context.Context, name string, blobs []storedBlob, limits packagetypes.Limits,
	readConfig func(context.Context) ([]byte, error),
) (*Content, error) {
	if err := checkSizes(name, blobs, limits); err != nil {
		return nil, err
	}
	layersCtx, stop := context.WithCancel(ctx)
	defer stop()
	var (
		config    *v1.ConfigFile
		configErr error
		known     = make(chan struct{})
	)
	go func() {
		defer close(known)
		if config, configErr = parseConfig(ctx, name, len(blobs), readConfig); configErr != nil {
			stop() // whatever the layers hold
		}
	}()
	for i := range blobs {
		blobs[i].diffID = func() (v1.Hash, error) {
			<-known
			if configErr != nil {
				return v1.Hash{}, configErr
			}
			return config.RootFS.DiffIDs[i], nil
		}
	}
	layers, err := readLayers(layersCtx, blobs, limits)
	<-known
	if configErr != nil {
		return nil, configErr
	}
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
	content.place = name
	if label, ok := config.Config.Labels[ManifestLabel]; ok {
		content.ConfigManifest = []byte(label)
	}
	return content, nil
}

// checkSizes believes the sizes that the manifest states; what is read is held
// to them.
func checkSizes(name string, blobs []storedBlob, limits packagetypes.Limits) error {
	var stored int64
	for _, blob := range blobs {
		if blob.size < 0 {
			return imageFault(name, diagnostic.ImageInvalid, "%s has a size of %d bytes", blob.name, blob.size)
		}
		// The second comparison cannot overflow, the sum could.
		if stored += blob.size; stored > limits.CompressedImage || blob.size > limits.CompressedImage {
			return diagnostic.Diagnostics{packagetypes.LimitDiagnostic(
				diagnostic.Position{File: name}, "CompressedImage", max(stored, blob.size), limits.CompressedImage)}
		}
	}
	return nil
}

func parseConfig(ctx context.Context, name string, layers int, read func(context.Context) ([]byte, error)) (*v1.ConfigFile, error) {
	raw, err := read(ctx)
	if err != nil {
		return nil, err
	}
	var config v1.ConfigFile
	if err := json.Unmarshal(raw, &config); err != nil {
		return nil, imageFault(name, diagnostic.ImageInvalid, "configuration of the image does not parse: %v", err)
	}
	if got := len(config.RootFS.DiffIDs); got != layers {
		return nil, imageFault(name, diagnostic.ImageInvalid, "configuration lists %d layers, the manifest %d", got, layers)
	}
	return &config, nil
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

// choiceFault is about the image that was asked for, and not about any that is
// there.
func choiceFault(name, format string, arguments ...any) error {
	return diagnostic.Diagnostics{{
		Code:     diagnostic.ImageInvalid,
		Position: diagnostic.Position{File: name},
		Message:  fmt.Sprintf(format, arguments...),
		Hint:     "choose one by its reference name or digest",
	}}
}

func digestOf(content []byte) v1.Hash {
	sum := sha256.Sum256(content)
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(sum[:])}
}

package export

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/packstage/packstage/internal/pinnedgzip"
	"github.com/packstage/packstage/packagetypes"
)

// exportedFrom is the annotation with the digest of the package image.
const exportedFrom = "io.github.packstage.exported-from"

// Artifact returns an OCI image of one layer that holds the files of [Folders] (for
// Flux) or [Waves] (for Argo CD) of an instance. It has the media types of OCI images, which every registry takes and both read.
// Its digest depends on the files and the annotations alone.
func Artifact(files *Files, instance *packagetypes.Instance) (v1.Image, error) {
	layer, err := artifactLayer(files)
	if err != nil {
		return nil, fmt.Errorf("make the artifact: %w", err)
	}
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	if image, err = mutate.Append(image, mutate.Addendum{Layer: layer}); err != nil {
		return nil, fmt.Errorf("make the artifact: %w", err)
	}
	annotations := map[string]string{"org.opencontainers.image.title": instance.Name}
	if instance.ImageDigest != "" {
		annotations[exportedFrom] = instance.ImageDigest
	}
	return mutate.Annotations(image, annotations).(v1.Image), nil
}

func artifactLayer(files *Files) (v1.Layer, error) {
	var compressed bytes.Buffer
	compressor := pinnedgzip.NewWriter(&compressed)
	archive := tar.NewWriter(compressor)
	for _, path := range slices.Sorted(maps.Keys(files.Contents)) {
		content := files.Contents[path]
		header := &tar.Header{Typeflag: tar.TypeReg, Name: path, Size: int64(len(content)), Mode: 0o644, ModTime: time.Unix(0, 0)}
		if err := archive.WriteHeader(header); err != nil {
			return nil, err
		}
		if _, err := archive.Write(content); err != nil {
			return nil, err
		}
	}
	if err := archive.Close(); err != nil {
		return nil, err
	}
	if err := compressor.Close(); err != nil {
		return nil, err
	}
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(compressed.Bytes())), nil }
	return tarball.LayerFromOpener(open, tarball.WithMediaType(types.OCILayer))
}

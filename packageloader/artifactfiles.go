package packageloader

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/packstage/packstage/packagetypes"
)

// readFiles reads the layers of the artifact that its kind keeps its files in.
func (s *storedArtifact) readFiles(ctx context.Context, limits packagetypes.Limits) error {
	switch s.artifact.Kind {
	case PackageArtifact:
		return s.readPackage(ctx, limits)
	case HelmChart:
		return s.readChart(ctx, limits)
	case FluxArtifact:
		layer := slices.IndexFunc(s.manifest.Layers, func(layer v1.Descriptor) bool { return layer.MediaType == fluxContentType })
		if layer < 0 {
			return s.fault("the Flux artifact has no layer of the type %s", fluxContentType)
		}
		return s.readLayers(ctx, []int{layer}, layerRules{everything: true, archive: true}, limits)
	case ImgpkgBundle:
		if err := s.readLayers(ctx, s.allLayers(), layerRules{everything: true}, limits); err != nil {
			return err
		}
		return s.need(".imgpkg/images.yml")
	case CrossplanePackage:
		base := s.crossplaneLayers()
		if len(base) != 1 {
			return s.fault("%d layers are marked as the base of the Crossplane package, which has one", len(base))
		}
		if err := s.readLayers(ctx, base, layerRules{everything: true}, limits); err != nil {
			return err
		}
		return s.need("package.yaml")
	default:
		return s.readLayers(ctx, s.allLayers(), layerRules{everything: true, leaveOut: true}, limits)
	}
}

// readPackage reads what Load would.
func (s *storedArtifact) readPackage(ctx context.Context, limits packagetypes.Limits) error {
	content, err := readImage(ctx, storedImage{
		name: s.name, manifest: s.rawManifest,
		open: func(_ context.Context, blob v1.Descriptor, config bool) (io.ReadCloser, error) {
			return s.open(blob, config)
		},
	}, limits)
	if err != nil {
		return err
	}
	s.artifact.Files = content.Files
	return nil
}

// mostChartName is how long the name of a chart's folder may be, as Helm has it.
const mostChartName = 250

func (s *storedArtifact) readChart(ctx context.Context, limits packagetypes.Limits) error {
	var charts []int
	for i, layer := range s.manifest.Layers {
		if layer.MediaType == helmChartType {
			charts = append(charts, i)
		}
	}
	if len(charts) != 1 {
		return s.fault("the Helm chart has %d layers of the type %s, not one", len(charts), helmChartType)
	}
	// The chart's folder is an element more.
	limits.PathDepth++
	limits.PathBytes += mostChartName + 1
	if err := s.readLayers(ctx, charts, layerRules{everything: true, archive: true}, limits); err != nil {
		return err
	}
	folder := ""
	for _, path := range s.artifact.Files.Paths() {
		first, _, inFolder := strings.Cut(path, "/")
		if folder != "" && first != folder || !inFolder {
			return s.fault("the archive of the Helm chart holds %q, which is not in the one folder of a chart", path)
		}
		folder = first
	}
	s.artifact.Files = s.artifact.Files.Sub(folder)
	return s.need("Chart.yaml")
}

// need refuses an artifact without a file that makes it what it says it is.
func (s *storedArtifact) need(path string) error {
	if _, ok := s.artifact.Files.Read(path); !ok {
		return s.fault("the artifact is marked as a %s, but holds no %s", s.artifact.Kind, path)
	}
	return nil
}

func (s *storedArtifact) allLayers() []int {
	all := make([]int, len(s.manifest.Layers))
	for i := range all {
		all[i] = i
	}
	return all
}

// readLayers reads some layers of the manifest and merges them in their order.
func (s *storedArtifact) readLayers(ctx context.Context, chosen []int, rules layerRules, limits packagetypes.Limits) error {
	diffIDs := s.config.RootFS.DiffIDs
	if got, want := len(diffIDs), len(s.manifest.Layers); !rules.archive && got != want {
		return s.fault("configuration lists %d layers, the manifest %d", got, want)
	}
	blobs := make([]storedBlob, 0, len(chosen))
	for _, index := range chosen {
		descriptor := s.manifest.Layers[index]
		blob := storedBlob{
			image: s.name, name: "layer " + descriptor.Digest.String(),
			size: descriptor.Size, digest: descriptor.Digest, rules: rules,
			open: func(context.Context) (io.ReadCloser, error) { return s.open(descriptor, false) },
		}
		if !rules.archive {
			blob.diffID = func() (v1.Hash, error) { return diffIDs[index], nil }
		}
		blobs = append(blobs, blob)
	}
	if err := checkSizes(s.name, blobs, limits); err != nil {
		return err
	}
	layers, err := readLayers(ctx, blobs, limits)
	if err != nil {
		return err
	}
	if s.artifact.Files, err = packagetypes.NewFiles(mergeLayers(layers), limits); err != nil {
		return err
	}
	for _, layer := range layers {
		for _, path := range layer.leftOut {
			if _, ok := s.artifact.Files.Read(path); !ok { // no other layer put a file there
				s.artifact.LeftOut = append(s.artifact.LeftOut, path)
			}
		}
	}
	slices.SortFunc(s.artifact.LeftOut, packagetypes.ComparePaths)
	s.artifact.LeftOut = slices.Compact(s.artifact.LeftOut)
	return nil
}

func (s *storedArtifact) open(blob v1.Descriptor, config bool) (io.ReadCloser, error) {
	if config {
		return io.NopCloser(bytes.NewReader(s.rawConfig)), nil
	}
	layer, err := s.image.LayerByDigest(blob.Digest)
	if err != nil {
		return nil, err
	}
	return layer.Compressed()
}

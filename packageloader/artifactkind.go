package packageloader

import (
	"cmp"
	"encoding/json"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/packstage/packstage/diagnostic"
)

// ArtifactKind is a kind of artifact that [OpenArtifactFrom] reads.
type ArtifactKind string

// The kinds. All paths are relative to the root of what the kind says.
const (
	// PackageArtifact is a package of packstage: the image says so by [FormatLabel].
	// Its files are those that [Load] reads.
	PackageArtifact ArtifactKind = "package"
	// HelmChart is what "helm push" makes. Its files are those of the chart's
	// folder, so that Chart.yaml is at the root; provenance is not among them.
	HelmChart ArtifactKind = "helm-chart"
	// FluxArtifact is what "flux push artifact" makes. Its files are those of its
	// first content layer, which is the one that Flux reads.
	FluxArtifact ArtifactKind = "flux-artifact"
	// ImgpkgBundle is what "imgpkg push --bundle" makes. Its files are all of it,
	// .imgpkg/images.yml among them.
	ImgpkgBundle ArtifactKind = "imgpkg-bundle"
	// CrossplanePackage is what "crossplane xpkg push" makes. Its files are those of
	// the layer that is marked as the base, package.yaml among them; a program that
	// the image holds beside it is not pulled.
	CrossplanePackage ArtifactKind = "crossplane-package"
	// PlainImage is any other container image. Its files are its merged file
	// system, as far as it is regular files.
	PlainImage ArtifactKind = "image"
)

// Media types, labels and annotations by which the tools mark what they make.
const (
	helmConfigType      = "application/vnd.cncf.helm.config.v1+json"
	helmChartType       = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
	fluxConfigType      = "application/vnd.cncf.flux.config.v1+json"
	fluxContentType     = "application/vnd.cncf.flux.content.v1.tar+gzip"
	emptyConfigType     = "application/vnd.oci.empty.v1+json"
	imgpkgBundleLabel   = "dev.carvel.imgpkg.bundle"
	crossplaneMark      = "io.crossplane.xpkg"
	crossplaneBase      = "base"
	titleAnnotation     = "org.opencontainers.image.title"
	versionAnnotation   = "org.opencontainers.image.version"
	mostTextOfMediaType = 200
)

// artifactFamily is what the manifest alone tells.
type artifactFamily int

const (
	unknownFamily artifactFamily = iota
	imageFamily
	helmFamily
	fluxFamily
)

func familyOf(manifest *v1.Manifest) artifactFamily {
	kind := string(manifest.Config.MediaType)
	if kind == emptyConfigType {
		// What has nothing to configure says by another field what it is.
		kind = manifest.ArtifactType
	}
	switch kind {
	case string(types.OCIConfigJSON), string(types.DockerConfigJSON):
		return imageFamily
	case helmConfigType:
		return helmFamily
	case fluxConfigType:
		return fluxFamily
	default:
		return unknownFamily
	}
}

// unknown is the error for what is of no kind; the type is what tells that.
func (s *storedArtifact) unknown(kind string) error {
	if len(kind) > mostTextOfMediaType {
		kind = kind[:mostTextOfMediaType] + "…"
	}
	return diagnostic.Diagnostics{{
		Code:     diagnostic.ImageInvalid,
		Position: diagnostic.Position{File: s.name},
		Message:  "the artifact has the type " + quoted(kind) + ", which is none that can be read as files",
		Hint:     "packages, Helm charts, Flux artifacts, imgpkg bundles, Crossplane packages and container images can",
	}}
}

func quoted(text string) string {
	raw, err := json.Marshal(text)
	if err != nil {
		return `""`
	}
	return string(raw)
}

// recognise finds the kind within a family, and the name.
func (s *storedArtifact) recognise(family artifactFamily) error {
	found := s.artifact
	switch family {
	case helmFamily:
		return s.recogniseChart()
	case fluxFamily:
		found.Kind = FluxArtifact
	default:
		if err := json.Unmarshal(s.rawConfig, &s.config); err != nil {
			return s.fault("configuration of the image does not parse: %v", err)
		}
		found.Labels = s.config.Config.Labels
		found.Kind = s.kindOfImage()
	}
	if found.Kind == PlainImage {
		// Signatures and attestations come as images, too, for the sake of
		// registries that know nothing else.
		for _, layer := range s.manifest.Layers {
			if !layer.MediaType.IsLayer() {
				return s.unknown(string(layer.MediaType))
			}
		}
	}
	said := func(key string) string { return cmp.Or(found.Annotations[key], found.Labels[key]) }
	found.Name, found.Version = said(titleAnnotation), said(versionAnnotation)
	if label := found.Labels[ManifestLabel]; found.Kind == PackageArtifact && label != "" {
		var about struct {
			Metadata struct {
				Name string `json:"name"`
			} `json:"metadata"`
		}
		if err := json.Unmarshal([]byte(label), &about); err != nil {
			return s.fault("label %s does not parse: %v", ManifestLabel, err)
		}
		found.Name = cmp.Or(about.Metadata.Name, found.Name)
	}
	return nil
}

// recogniseChart reads the configuration of a chart, which is its Chart.yaml as
// JSON.
func (s *storedArtifact) recogniseChart() error {
	s.artifact.Kind = HelmChart
	var chart struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	}
	if err := json.Unmarshal(s.rawConfig, &chart); err != nil {
		return s.fault("configuration of the chart does not parse: %v", err)
	}
	s.artifact.Name, s.artifact.Version = chart.Name, chart.Version
	return nil
}

func (s *storedArtifact) kindOfImage() ArtifactKind {
	_, isBundle := s.config.Config.Labels[imgpkgBundleLabel]
	switch {
	case s.config.Config.Labels[FormatLabel] != "" || s.manifest.Annotations[FormatLabel] != "":
		return PackageArtifact
	case len(s.crossplaneLayers()) > 0:
		return CrossplanePackage
	case isBundle:
		return ImgpkgBundle
	default:
		return PlainImage
	}
}

// crossplaneLayers returns the indexes of the layers that are marked as the base: by
// an annotation of the manifest, or in images that went through tools that lose
// those, by a label of the configuration.
func (s *storedArtifact) crossplaneLayers() []int {
	var annotated, labelled []int
	for i, layer := range s.manifest.Layers {
		if layer.Annotations[crossplaneMark] == crossplaneBase {
			annotated = append(annotated, i)
		}
		if s.config.Config.Labels[crossplaneMark+":"+layer.Digest.String()] == crossplaneBase {
			labelled = append(labelled, i)
		}
	}
	if len(annotated) > 0 {
		return annotated
	}
	return labelled
}

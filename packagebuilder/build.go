package packagebuilder

import (
	"context"
	"maps"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

// BuildOptions says how [Build] makes an image from a package. The zero value
// validates the package and makes the image whose digest depends on its files
// alone.
type BuildOptions struct {
	// Image says what the image has beside the layers. A nil ManifestJSON is
	// that of the package; Annotations win over those from the manifest; Limits
	// are not used: those of Render hold for the image too.
	Image ImageOptions
	// SkipValidation builds a package that was not checked. It still needs a
	// manifest that can be decoded.
	SkipValidation bool
	// Render is what the package is validated with.
	Render packageloader.Options
}

// imageAnnotationPrefix begins the annotations of a manifest that are copied to
// the image: those that the image specification defines (image-spec,
// annotations.md, "Pre-Defined Annotation Keys").
const imageAnnotationPrefix = "org.opencontainers.image."

// Build validates a package with all its components as for its author (see
// [packageloader.Validate]) and makes its image. The findings are the warnings
// about a package that was built.
//
// The error is a [diagnostic.Diagnostics] where the package is at fault, which
// holds the warnings too, and another where the source could not be read or ctx
// was done. There is no image then.
func Build(ctx context.Context, source packageloader.Source, options BuildOptions) (*BuiltImage, diagnostic.Diagnostics, error) {
	limits := options.Render.Limits.WithDefaults()
	content, err := source.Open(ctx, limits)
	if err != nil {
		return nil, nil, err
	}
	opened := openedSource{content}
	root, err := packageloader.Load(ctx, opened, packageloader.LoadOptions{Limits: limits})
	if err != nil {
		return nil, nil, err
	}
	findings := root.Warnings
	if !options.SkipValidation {
		if findings, err = packageloader.Validate(ctx, opened, options.Render); err != nil {
			return nil, nil, err
		}
		if err := findings.Err(); err != nil {
			return nil, nil, err
		}
	}
	image := options.Image
	image.Limits = limits
	if image.ManifestJSON == nil {
		data, _ := root.Files.Read(root.ManifestPath)
		if image.ManifestJSON, err = manifest.CanonicalJSON(root.ManifestPath, data); err != nil {
			return nil, nil, err
		}
	}
	image.Annotations = imageAnnotations(root.Manifest, options.Image.Annotations)
	built, err := Image(ctx, content.Files, image)
	if err != nil {
		return nil, nil, err
	}
	return built, findings, nil
}

// imageAnnotations returns the title and the pre-defined annotations of the
// manifest, overridden by those of the caller.
func imageAnnotations(m *manifest.PackageManifest, overrides map[string]string) map[string]string {
	annotations := map[string]string{imageAnnotationPrefix + "title": m.Metadata.Name}
	for key, value := range m.Metadata.Annotations {
		if len(key) > len(imageAnnotationPrefix) && key[:len(imageAnnotationPrefix)] == imageAnnotationPrefix {
			annotations[key] = value
		}
	}
	maps.Copy(annotations, overrides)
	return annotations
}

// openedSource is a source that was read already.
type openedSource struct{ content *packageloader.Content }

func (s openedSource) Open(context.Context, packagetypes.Limits) (*packageloader.Content, error) {
	return s.content, nil
}

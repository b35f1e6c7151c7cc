package resolve

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/packstage/packstage/author/matrix"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/validate"
)

// RenderedImage is an image that rendered objects run and that is not in the lock.
type RenderedImage struct {
	// Component is empty for the root.
	Component string `json:"component,omitempty"`
	// Reference is what the objects have.
	Reference string `json:"reference"`
	// Entry is what spec.images of the manifest could have, under a name that is
	// free there; nil where the reference is none that can be resolved.
	Entry *manifest.Image `json:"entry,omitempty"`
	// Listed is set where the manifest has that entry already, and only the template
	// does not use it.
	Listed bool `json:"listed"`
	// Position is where the first object that runs it has it; Object is that object,
	// and Field the path in it.
	Position diagnostic.Position `json:"position"`
	Object   string              `json:"object"`
	Field    string              `json:"field"`
	// Cases are the test cases in which objects run it.
	Cases []string `json:"cases"`
}

// ImagesOfRender renders the packages with all their cases and returns the images
// that objects run although no lock has them, with the entries of manifests that are
// missing; in the order in which they come up. Cases that cannot be rendered come as
// findings; the error says that ctx was done.
func ImagesOfRender(ctx context.Context, suites []*matrix.Suite) ([]RenderedImage, diagnostic.Diagnostics, error) {
	var images []RenderedImage
	var found diagnostic.Diagnostics
	for _, suite := range suites {
		rendered, faults, err := suite.RenderAll(ctx)
		if err != nil {
			return nil, nil, err
		}
		found = append(found, faults...)
		images = append(images, imagesOfSuite(ctx, suite, rendered)...)
	}
	return images, found.Sorted(), nil
}

func imagesOfSuite(ctx context.Context, suite *matrix.Suite, rendered []matrix.Rendered) []RenderedImage {
	var images []RenderedImage
	names := map[string]bool{}
	for _, image := range suite.Package.Manifest.Spec.Images {
		names[image.Name] = true
	}
	for _, one := range rendered {
		var positions *packageloader.FieldPositions
		for _, image := range validate.UnlockedImages(one.Instance) {
			at := slices.IndexFunc(images, func(known RenderedImage) bool { return known.Reference == image.Reference })
			if at >= 0 {
				if cases := &images[at].Cases; !slices.Contains(*cases, one.Case.Name) {
					*cases = append(*cases, one.Case.Name)
				}
				continue
			}
			if positions == nil {
				positions = suite.Renderer.FieldPositions(one.Case.Context)
			}
			position, _ := positions.Find(ctx, image.Object, image.Path...)
			entry, listed := proposedEntry(suite.Package.Manifest.Spec.Images, names, image.Reference)
			images = append(images, RenderedImage{
				Component: suite.Package.Component,
				Reference: image.Reference,
				Entry:     entry,
				Listed:    listed,
				Position:  position,
				Object:    image.Object.GroupVersionKind().Kind + " " + image.Object.Name(),
				Field:     diagnostic.FieldPath(image.Path...),
				Cases:     []string{one.Case.Name},
			})
		}
	}
	return images
}

// proposedEntry returns the entry for a reference: the one that the manifest has
// for it already, else a new one that is named for the repository.
func proposedEntry(known []manifest.Image, taken map[string]bool, reference string) (entry *manifest.Image, listed bool) {
	parsed, err := name.ParseReference(reference)
	if err != nil {
		return nil, false
	}
	for _, image := range known {
		if other, err := name.ParseReference(image.Image); err == nil && other.Name() == parsed.Name() {
			return &image, true
		}
	}
	base := strings.ReplaceAll(path.Base(parsed.Context().RepositoryStr()), ".", "-")
	free := base
	for n := 2; taken[free]; n++ {
		free = fmt.Sprintf("%s-%d", base, n)
	}
	taken[free] = true
	return &manifest.Image{Name: free, Image: reference}, false
}

// Finding returns the finding about the image, with the code ImageNotLocked.
func (i RenderedImage) Finding() diagnostic.Diagnostic {
	hint := "it is no reference that can be resolved; where it is made of the configuration, the package cannot lock it"
	switch {
	case i.Listed:
		hint = fmt.Sprintf("spec.images has it: write %s in the template", imageExpression(i.Entry.Name))
	case i.Entry != nil:
		hint = fmt.Sprintf("add {name: %s, image: %q} to spec.images, run packstage lock, and write %s in the template",
			i.Entry.Name, i.Entry.Image, imageExpression(i.Entry.Name))
	}
	return diagnostic.Diagnostic{
		Code: diagnostic.ImageNotLocked, Position: i.Position, Field: i.Field, Component: i.Component,
		Message: fmt.Sprintf("%s runs the image %q, which is not in the lock", i.Object, i.Reference), Hint: hint,
	}
}

// imageExpression is how a template writes a locked image.
func imageExpression(name string) string {
	if strings.ContainsFunc(name, func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) ||
		name[0] >= '0' && name[0] <= '9' {
		return fmt.Sprintf("{{ index .images %q }}", name)
	}
	return fmt.Sprintf("{{ .images.%s }}", name)
}

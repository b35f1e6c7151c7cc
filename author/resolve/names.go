package resolve

import (
	"fmt"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
)

// checkNames refuses what no lock can be made of: entries without a name or with
// the name of another one, and images that are no references. Everything else
// about a manifest is for validation to say.
func checkNames(pkg *packagetypes.Package) diagnostic.Diagnostics {
	var found diagnostic.Diagnostics
	locator := locatorOf(pkg, pkg.ManifestPath)
	fault := func(code diagnostic.Code, field, message, hint string) {
		found = append(found, diagnostic.Diagnostic{
			Code: code, Component: pkg.Component, Position: locator.Position(field), Field: field, Message: message, Hint: hint,
		})
	}
	check := func(seen map[string]bool, value, field string) {
		switch {
		case value == "":
			fault(diagnostic.ManifestRequired, field, "must not be empty", "templates refer to it by its name")
		case seen[value]:
			fault(diagnostic.ManifestDuplicateName, field, fmt.Sprintf("there are two with the name %q", value), "rename one of them")
		}
		seen[value] = true
	}
	images, dependencies := map[string]bool{}, map[string]bool{}
	for i, image := range pkg.Manifest.Spec.Images {
		check(images, image.Name, diagnostic.FieldPath("spec", "images", i, "name"))
		if _, err := name.ParseReference(image.Image); err != nil {
			fault(diagnostic.ManifestInvalidValue, diagnostic.FieldPath("spec", "images", i, "image"),
				fmt.Sprintf("%q is not an image reference", image.Image), "write it as registry.example.com/app:v1")
		}
	}
	for i, dependency := range pkg.Manifest.Spec.Dependencies {
		if dependency.Image != nil {
			check(dependencies, dependency.Image.Name, diagnostic.FieldPath("spec", "dependencies", i, "image", "name"))
		}
	}
	for i, repository := range pkg.Manifest.Spec.Repositories {
		if (repository.File == "") == (repository.Image == "") {
			fault(diagnostic.ManifestInvalidValue, diagnostic.FieldPath("spec", "repositories", i), "needs exactly one of file and image", "")
		}
	}
	return found.Sorted()
}

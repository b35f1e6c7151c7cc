package validate

import (
	"fmt"
	"maps"
	"slices"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/podspec"
	"github.com/packstage/packstage/packagetypes"
)

// UnlockedImage is an image that an object of an instance runs and that is not one
// of its lock.
type UnlockedImage struct {
	Object packagetypes.Object
	// Path is that of the reference in the object.
	Path      []any
	Reference string
}

// UnlockedImages returns the images that the objects of an instance run (in their
// containers and image volumes, those of custom resources that hold pods included)
// and that are not those of its lock, pinned by digest; in the order of the objects.
func UnlockedImages(instance *packagetypes.Instance) []UnlockedImage {
	locked := slices.Collect(maps.Values(instance.Images))
	var found []UnlockedImage
	for _, object := range instance.Objects() {
		for _, image := range podspec.Images(object.Content()) {
			if !slices.Contains(locked, image.Reference) {
				found = append(found, UnlockedImage{object, image.Path, image.Reference})
			}
		}
	}
	return found
}

// RequireLockedImages returns a rule for rendered packages: each image that their
// objects run is one of the lock; see [UnlockedImages]. Findings have the code
// ImageNotLocked.
func RequireLockedImages() Rule {
	return RuleFunc(func(subject Subject) diagnostic.Diagnostics {
		if subject.Instance == nil {
			return nil
		}
		var found diagnostic.Diagnostics
		for _, image := range UnlockedImages(subject.Instance) {
			kind := image.Object.GroupVersionKind().Kind
			found = append(found, diagnostic.Diagnostic{
				Code:     diagnostic.ImageNotLocked,
				Position: subject.ValuePosition(image.Object, image.Path...),
				Field:    diagnostic.FieldPath(image.Path...),
				Message:  fmt.Sprintf("%s %q runs the image %q, which is not in the lock", kind, image.Object.Name(), image.Reference),
				Hint:     "add it to spec.images in the manifest, run packstage lock, and write {{ .images.NAME }} in the template",
			})
		}
		return found
	})
}

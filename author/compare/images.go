package compare

import (
	"fmt"

	"github.com/packstage/packstage/manifest"
)

// images compares spec.images by their names.
func (c *manifestComparison) images() {
	a, b := map[string]int{}, map[string]int{}
	for i, image := range c.a.Spec.Images {
		a[image.Name] = i
	}
	for i, image := range c.b.Spec.Images {
		b[image.Name] = i
	}
	for _, name := range either(a, b) {
		i, wasThere := a[name]
		j, isThere := b[name]
		switch {
		case !wasThere:
			image := c.b.Spec.Images[j].Image
			c.emit(ImageAdded, Compatible, []any{"spec", "images", j}, nil, image, "the image %s is new: %s", name, image)
		case !isThere:
			image := c.a.Spec.Images[i].Image
			c.gone(ImageRemoved, Compatible, []any{"spec", "images", i}, image, "the image %s is gone (it was %s)", name, image)
		case c.a.Spec.Images[i].Image != c.b.Spec.Images[j].Image:
			was, is := c.a.Spec.Images[i].Image, c.b.Spec.Images[j].Image
			reason := "another version runs"
			if repositoryOf(was) != repositoryOf(is) {
				reason = "it is of another repository"
			}
			c.emit(ImageChanged, Notable, []any{"spec", "images", j, "image"}, was, is, "the image %s is %s where it was %s: %s", name, is, was, reason)
		}
	}
}

// dependencies compares spec.dependencies by their names.
func (c *manifestComparison) dependencies() {
	index := func(dependencies []manifest.Dependency) map[string]int {
		places := map[string]int{}
		for i, dependency := range dependencies {
			if dependency.Image != nil {
				places[dependency.Image.Name] = i
			}
		}
		return places
	}
	a, b := index(c.a.Spec.Dependencies), index(c.b.Spec.Dependencies)
	for _, name := range either(a, b) {
		i, wasThere := a[name]
		j, isThere := b[name]
		switch {
		case !wasThere:
			is := c.b.Spec.Dependencies[j].Image
			c.emit(DependencyAdded, Notable, []any{"spec", "dependencies", j}, nil, is.Package+" "+is.Range, "the dependency %s is new: %s %s is needed", name, is.Package, is.Range)
		case !isThere:
			was := c.a.Spec.Dependencies[i].Image
			c.gone(DependencyRemoved, Compatible, []any{"spec", "dependencies", i}, was.Package+" "+was.Range, "the dependency %s is gone (it was %s %s)", name, was.Package, was.Range)
		default:
			c.dependency(name, j, c.a.Spec.Dependencies[i].Image, c.b.Spec.Dependencies[j].Image)
		}
	}
}

func (c *manifestComparison) dependency(name string, index int, a, b *manifest.DependencyImage) {
	if *a == *b {
		return
	}
	effect, reason := Notable, "another package is needed"
	if a.Package == b.Package {
		lost := firstOutside([]string{b.Range}, []string{a.Range})
		switch {
		case lost != "":
			reason = lost + " does not do any more"
		default:
			effect, reason = Compatible, "more versions do"
		}
	}
	c.emit(DependencyChanged, effect, []any{"spec", "dependencies", index, "image"}, a.Package+" "+a.Range, b.Package+" "+b.Range,
		"the dependency %s is %s %s where it was %s %s: %s", name, b.Package, b.Range, a.Package, a.Range, reason)
}

// Locks compares what two locks say about images and dependencies that both name in
// the same way; nil is a package without one. What only one of them has is for
// [Manifests] to say.
func Locks(before, after *manifest.PackageManifestLock) []Change {
	if before == nil || after == nil {
		return nil
	}
	var changes []Change
	locked := map[string]manifest.LockedImage{}
	for _, image := range before.Spec.Images {
		locked[image.Name] = image
	}
	for i, image := range after.Spec.Images {
		was, ok := locked[image.Name]
		if !ok || was.Digest == image.Digest || was.Image != image.Image {
			continue
		}
		path := []any{"spec", "images", i, "digest"}
		changes = append(changes, Change{
			Code: ImageDigestChanged, Area: AreaImages, Effect: Compatible, Field: fieldText(path), Before: was.Digest, After: image.Digest,
			Message: fmt.Sprintf("the image %s (%s) is another build: %s, and was %s", image.Name, image.Image, image.Digest, was.Digest),
			Side:    SideB, pathA: path, pathB: path,
		})
	}
	chosen := map[string]manifest.LockedDependency{}
	for _, dependency := range before.Spec.Dependencies {
		chosen[dependency.Name] = dependency
	}
	for i, dependency := range after.Spec.Dependencies {
		was, ok := chosen[dependency.Name]
		if !ok || was.Digest == dependency.Digest {
			continue
		}
		path := []any{"spec", "dependencies", i}
		effect := Notable
		if was.Version == dependency.Version {
			effect = Compatible
		}
		changes = append(changes, Change{
			Code: DependencyLockChanged, Area: AreaManifest, Effect: effect, Field: fieldText(path),
			Before: was.Version + "@" + was.Digest, After: dependency.Version + "@" + dependency.Digest,
			Message: fmt.Sprintf("the dependency %s is locked to %s where it was %s", dependency.Name, lockedVersion(dependency), lockedVersion(was)),
			Side:    SideB, pathA: path, pathB: path,
		})
	}
	return sortChanges(changes)
}

func lockedVersion(dependency manifest.LockedDependency) string {
	if dependency.Version == "" {
		return dependency.Digest
	}
	return dependency.Version + " (" + cut(dependency.Digest, len("sha256:")+12) + ")"
}

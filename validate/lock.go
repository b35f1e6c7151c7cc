package validate

import (
	"fmt"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/lazyregexp"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
)

// checkLock checks the lock by itself and against the manifest.
func checkLock(subject Subject) diagnostic.Diagnostics {
	pkg := subject.Package
	found := checkLockEntries(pkg)
	locked := map[string]manifest.LockedImage{}
	dependencies := map[string]bool{}
	if pkg.Lock != nil {
		for _, image := range pkg.Lock.Spec.Images {
			locked[image.Name] = image
		}
		for _, dependency := range pkg.Lock.Spec.Dependencies {
			dependencies[dependency.Name] = true
		}
	}
	const (
		missing  = `"packstage lock FOLDER" writes the lock; commit both files`
		mismatch = `"packstage lock FOLDER" brings the lock up to date; commit both files`
	)
	for i, image := range pkg.Manifest.Spec.Images {
		entry, ok := locked[image.Name]
		field := diagnostic.FieldPath("spec", "images", i, "image")
		switch {
		case !ok && pkg.Lock == nil:
			found = append(found, diagnostic.Diagnostic{
				Code: diagnostic.LockMissing, Field: field, Hint: missing,
				Message: fmt.Sprintf("image %q is not locked: there is no manifest.lock.yaml", image.Name),
			})
		case !ok:
			found = append(found, diagnostic.Diagnostic{
				Code: diagnostic.LockMissing, Field: field, Hint: missing,
				Message: fmt.Sprintf("image %q is not in %s", image.Name, pkg.LockPath),
			})
		case entry.Image != image.Image:
			found = append(found, diagnostic.Diagnostic{
				Code: diagnostic.LockMismatch, Field: field, Hint: mismatch,
				Message: fmt.Sprintf("image %q is %q here, but %q in %s", image.Name, image.Image, entry.Image, pkg.LockPath),
			})
		}
	}
	for i, dependency := range pkg.Manifest.Spec.Dependencies {
		if dependency.Image != nil && !dependencies[dependency.Image.Name] {
			found = append(found, diagnostic.Diagnostic{
				Code: diagnostic.LockMissing, Severity: diagnostic.Warning,
				Field:   diagnostic.FieldPath("spec", "dependencies", i),
				Message: fmt.Sprintf("dependency %q is not locked", dependency.Image.Name),
				Hint:    "templates see only locked dependencies",
			})
		}
	}
	return found
}

func checkLockEntries(pkg *packagetypes.Package) diagnostic.Diagnostics {
	if pkg.Lock == nil {
		return nil
	}
	var f findings
	images, dependencies := map[string]int{}, map[string]int{}
	for i, image := range pkg.Lock.Spec.Images {
		f.unique(images, image.Name, i, "spec", "images", i, "name")
		f.lockedReference(image.Image, image.Digest, "spec", "images", i)
	}
	for i, dependency := range pkg.Lock.Spec.Dependencies {
		f.unique(dependencies, dependency.Name, i, "spec", "dependencies", i, "name")
		f.lockedReference(dependency.Image, dependencyDigest(dependency.Digest), "spec", "dependencies", i)
	}
	fields := locator(pkg, pkg.LockPath)
	for i := range f.list {
		f.list[i].Position = fields.Position(f.list[i].Field)
	}
	return f.list
}

// lockDigest is a digest by one of the algorithms that the image
// specification registers (image-spec, descriptor.md, "Registered Algorithms").
var lockDigest = lazyregexp.New(`^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$`)

func (f *findings) lockedReference(image, digest string, at ...any) {
	if _, err := name.ParseReference(image); err != nil {
		f.invalid(fmt.Sprintf("%q is not an image reference", image), "", append(at, "image")...)
	}
	if !lockDigest().MatchString(digest) {
		f.add(diagnostic.Error, diagnostic.LockInvalidDigest, fmt.Sprintf("%q is not a digest", digest),
			"a digest is sha256: and 64 hexadecimal digits", append(at, "digest")...)
	}
}

// dependencyDigest writes the algorithm where only the digits stand, as some tools
// copy them from a repository index.
func dependencyDigest(text string) string {
	if digest, err := manifest.ParseRepositoryDigest(text); err == nil {
		return digest
	}
	return text
}

// LockedImages returns, by name, the images and dependencies of the lock as
// templates see them: repository@digest, with the registry spelled out. The
// lock must have passed [PackageRules].
func LockedImages(lock *manifest.PackageManifestLock) (images, dependencies map[string]string) {
	images, dependencies = map[string]string{}, map[string]string{}
	if lock == nil {
		return images, dependencies
	}
	for _, image := range lock.Spec.Images {
		images[image.Name] = pinned(image.Image, image.Digest)
	}
	for _, dependency := range lock.Spec.Dependencies {
		dependencies[dependency.Name] = pinned(dependency.Image, dependencyDigest(dependency.Digest))
	}
	return images, dependencies
}

func pinned(image, digest string) string {
	reference, err := name.ParseReference(image)
	if err != nil {
		return image + "@" + digest
	}
	return reference.Context().Name() + "@" + digest
}

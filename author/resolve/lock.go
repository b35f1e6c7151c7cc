package resolve

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagebuilder"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

// LockOptions says how [Lock] works. Resolver is needed for packages with images,
// Repositories for those with dependencies.
type LockOptions struct {
	// Resolver finds the digests of images that are not locked.
	Resolver packagebuilder.DigestResolver
	// Repositories opens what the manifests name, once for each manifest; see
	// [OpenRepositories].
	Repositories RepositoryOpener
	// Upgrade names images and dependencies, in whichever component, whose entries
	// are made anew.
	Upgrade []string
	// UpgradeAll makes all entries anew.
	UpgradeAll bool
	// Check only compares: it asks for no digest, unless UpgradeAll is set, too.
	// [Plan.Findings] says what is not as it should be.
	Check bool
	// Progress is told how many of the images have a digest. Calls come one at a
	// time.
	Progress func(done, total int)
	// Limits bound the package.
	Limits packagetypes.Limits
}

// Lock finds out what the locks of a package and its components are to hold.
// Entries that still fit their manifest stay as they are, unless an upgrade is
// asked for; for these no registry is asked.
//
// The error is a [diagnostic.Diagnostics] where the package is at fault: it cannot
// be used, or a dependency has no version (one finding for each, at its place in the
// manifest); for dependencies the plan is there, too: it says what was tried, but
// writes nothing. It is an [UnknownNameError] where Upgrade has a name that is
// nowhere. Any other error is about a registry or a repository.
func Lock(ctx context.Context, source packageloader.Source, options LockOptions) (*Plan, error) {
	packages, err := packageloader.LoadAll(ctx, source, packageloader.LoadOptions{Limits: options.Limits})
	if err != nil {
		return nil, err
	}
	plan := &Plan{Locks: []LockPlan{}}
	var found diagnostic.Diagnostics
	for _, pkg := range packages {
		found = append(found, checkNames(pkg)...)
		plan.Warnings = append(plan.Warnings, pkg.Warnings...)
	}
	if found != nil {
		return nil, found.Sorted()
	}
	if err := checkUpgrade(packages, options.Upgrade); err != nil {
		return nil, err
	}
	digests, err := resolveImages(ctx, packages, options)
	if err != nil {
		return nil, err
	}
	for _, pkg := range packages {
		planner := planner{pkg: pkg, options: options, digests: digests, locator: locatorOf(pkg, pkg.ManifestPath)}
		lock, err := planner.plan(ctx)
		if err != nil {
			return nil, err
		}
		found = append(found, planner.found...)
		plan.Warnings = append(plan.Warnings, planner.warnings...)
		if lock != nil {
			plan.Locks = append(plan.Locks, *lock)
		}
	}
	plan.Warnings = plan.Warnings.Sorted()
	if err := found.Sorted().Err(); err != nil {
		for i := range plan.Locks {
			plan.Locks[i].content = nil
		}
		return plan, err
	}
	return plan, nil
}

// resolveImages asks for the digests of all images that need one.
func resolveImages(ctx context.Context, packages []*packagetypes.Package, options LockOptions) (map[string]string, error) {
	if options.Check && !options.UpgradeAll {
		return nil, nil
	}
	var references []string
	for _, pkg := range packages {
		locked := lockedImages(pkg)
		for _, image := range pkg.Manifest.Spec.Images {
			if entry, ok := locked[image.Name]; !ok || !fits(entry, image) || options.upgrades(image.Name) {
				references = append(references, image.Image)
			}
		}
	}
	if len(references) == 0 {
		return nil, nil
	}
	return packagebuilder.ResolveImages(ctx, options.Resolver, references, packagebuilder.ResolveImagesOptions{Progress: options.Progress})
}

// fits tells whether an entry of the lock is one for the image.
func fits(entry manifest.LockedImage, image manifest.Image) bool {
	return entry.Image == image.Image && lockDigest(entry.Digest)
}

func (o LockOptions) upgrades(name string) bool {
	return o.UpgradeAll || slices.Contains(o.Upgrade, name)
}

// UnknownNameError is a name to upgrade that no manifest of the package has.
type UnknownNameError struct {
	Name string
	// Hint names a similar one, or is empty.
	Hint string
}

func (e *UnknownNameError) Error() string {
	text := fmt.Sprintf("no image and no dependency has the name %q", e.Name)
	if e.Hint != "" {
		text += " (" + e.Hint + ")"
	}
	return text
}

// checkUpgrade returns an [UnknownNameError] for the first name that is nowhere.
func checkUpgrade(packages []*packagetypes.Package, names []string) error {
	known := map[string]bool{}
	for _, pkg := range packages {
		for _, image := range pkg.Manifest.Spec.Images {
			known[image.Name] = true
		}
		for _, dependency := range pkg.Manifest.Spec.Dependencies {
			if dependency.Image != nil {
				known[dependency.Image.Name] = true
			}
		}
	}
	for _, name := range names {
		if !known[name] {
			return &UnknownNameError{Name: name, Hint: diagnostic.DidYouMean(name, slices.Sorted(maps.Keys(known)))}
		}
	}
	return nil
}

func lockedImages(pkg *packagetypes.Package) map[string]manifest.LockedImage {
	entries := map[string]manifest.LockedImage{}
	if pkg.Lock != nil {
		for _, image := range pkg.Lock.Spec.Images {
			entries[image.Name] = image
		}
	}
	return entries
}

func locatorOf(pkg *packagetypes.Package, path string) *manifest.Locator {
	data, _ := pkg.Files.Read(path)
	return manifest.NewLocator(path, data)
}

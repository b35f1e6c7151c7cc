package resolve

import (
	"github.com/packstage/packstage/manifest"
)

// Request is what [Solve] works on.
type Request struct {
	// Dependencies of the package, with unique names.
	Dependencies []manifest.DependencyImage
	// Constraints of the package: dependencies must support the platforms that
	// these name.
	Constraints []manifest.Constraint
	// Repositories in which to look. Those of one name count as one. Their order
	// matters only where two offer the same version with the same digest under
	// different image names: then the first one's is taken.
	Repositories []Repository
	// Locked are the dependencies of the lock that is there.
	Locked []manifest.LockedDependency
	// Upgrade names dependencies that are chosen as if they were not locked.
	// Dependencies on the same package go with them, since they share a version.
	Upgrade []string
	// UpgradeAll does so with all of them.
	UpgradeAll bool
}

// Repository is an index of packages, with where it was read.
type Repository struct {
	Index *manifest.RepositoryIndex
	// Source is for explanations: a file or a reference.
	Source string
}

func (r Repository) name() string { return r.Index.Repository.Metadata.Name }

package resolve

import (
	"path/filepath"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagebuilder"
)

// Plan says what the locks of a package are to hold, and why.
type Plan struct {
	// Locks of the root and then of the components, by name; those that neither
	// have a lock nor need one are left out.
	Locks []LockPlan `json:"locks"`
	// Warnings about the package, and about entries of locks that stay although
	// repositories have them no more, or have something else.
	Warnings diagnostic.Diagnostics `json:"warnings,omitempty"`
}

// LockPlan is about the lock of one manifest.
type LockPlan struct {
	// Component is empty for the root.
	Component string `json:"component,omitempty"`
	// Path of the lock in the package, with slashes.
	Path string `json:"path"`
	// Changed is set where the file is to be written.
	Changed bool `json:"changed"`
	// Images and Dependencies are in the order of the manifest; Removed are those
	// that are in the lock and not in the manifest.
	Images       []ImageEntry      `json:"images"`
	Dependencies []DependencyEntry `json:"dependencies"`
	Removed      []RemovedEntry    `json:"removed,omitempty"`

	// content is that of the file; nil where a dependency has failed, or digests
	// were not asked for.
	content  []byte
	findings diagnostic.Diagnostics
}

// Change says what becomes of an entry of a lock.
type Change string

const (
	// Unchanged means that the entry stays as it is.
	Unchanged Change = "unchanged"
	// Added means that there was no entry.
	Added Change = "added"
	// Updated means that the entry changes since it does not fit the manifest any more.
	Updated Change = "updated"
	// Upgraded means that the entry fits, and changes since that was asked for.
	Upgraded Change = "upgraded"
	// NotLocked means that there is no version for the dependency.
	NotLocked Change = "failed"
)

// ImageEntry is an image of the manifest and what its entry in the lock becomes.
type ImageEntry struct {
	manifest.LockedImage
	Change Change `json:"change"`
	// Previous is the entry of the lock before, where it changes.
	Previous *manifest.LockedImage `json:"previous,omitempty"`
	// Platforms are those of the locked index; see [Plan.ResolvePlatforms].
	Platforms []PlatformImage `json:"platforms,omitempty"`
}

// DependencyEntry is a dependency of the manifest, how it was resolved, and what
// its entry in the lock becomes.
type DependencyEntry struct {
	Choice
	Change Change `json:"change"`
	// Previous is the entry of the lock before, where it changes.
	Previous *manifest.LockedDependency `json:"previous,omitempty"`
	// Explanation is that of [Choice.Explanation].
	Explanation []string `json:"explanation"`
}

// RemovedEntry is an entry of the lock whose name the manifest does not have.
type RemovedEntry struct {
	// Kind is "image" or "dependency".
	Kind string `json:"kind"`
	Name string `json:"name"`
}

// Changed reports whether any lock is to be written.
func (p *Plan) Changed() bool {
	for _, lock := range p.Locks {
		if lock.Changed {
			return true
		}
	}
	return false
}

// Write writes the locks that change into the folder of the package, each wholly
// or not at all, and returns their paths in the package. Others are not touched.
// A plan made with Check writes nothing.
func (p *Plan) Write(folder string) ([]string, error) {
	var written []string
	for _, lock := range p.Locks {
		if !lock.Changed || lock.content == nil {
			continue
		}
		changed, err := packagebuilder.WriteLockFile(filepath.Join(folder, filepath.FromSlash(lock.Path)), lock.content)
		if err != nil {
			return written, err
		}
		if changed {
			written = append(written, lock.Path)
		}
	}
	return written, nil
}

// Content returns what the lock file is to hold, or nil for a plan made with Check.
func (l LockPlan) Content() []byte { return l.content }

package resolve

import (
	"fmt"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
)

// Findings says where locks are not what the plan makes of them: one finding for
// each entry that is missing, does not fit the manifest, is too many, or is behind
// what is upstream. Positions are in the manifest, and in the lock for what is too
// many.
func (p *Plan) Findings() diagnostic.Diagnostics {
	var found diagnostic.Diagnostics
	for _, lock := range p.Locks {
		found = append(found, lock.findings...)
	}
	return found.Sorted()
}

// relock is what to do about most of the findings.
const relock = "run packstage lock, and commit the lock"

// differences makes the findings of one lock.
func (p *planner) differences(lock *LockPlan) diagnostic.Diagnostics {
	var found diagnostic.Diagnostics
	add := func(change Change, field, kind, name, message string) {
		finding := diagnostic.Diagnostic{
			Component: p.pkg.Component, Position: p.locator.Position(field), Field: field,
			Message: fmt.Sprintf("%s %q %s", kind, name, message), Hint: relock,
		}
		switch change {
		case Added:
			finding.Code = diagnostic.LockMissing
		case Updated:
			finding.Code = diagnostic.LockMismatch
		case Upgraded:
			finding.Code, finding.Hint = diagnostic.LockBehind, fmt.Sprintf("packstage lock --upgrade %s takes it", name)
		default:
			return
		}
		found = append(found, finding)
	}
	for i, entry := range lock.Images {
		add(entry.Change, diagnostic.FieldPath("spec", "images", i, "image"), "image", entry.Name, entry.difference())
	}
	position := 0
	for i, dependency := range p.pkg.Manifest.Spec.Dependencies {
		if dependency.Image == nil || position >= len(lock.Dependencies) {
			continue
		}
		entry := lock.Dependencies[position]
		position++
		add(entry.Change, diagnostic.FieldPath("spec", "dependencies", i, "image"), "dependency", entry.Name, entry.difference())
	}
	return append(found, p.superfluous(lock)...)
}

func (e ImageEntry) difference() string {
	switch e.Change {
	case Added:
		return "is not locked"
	case Updated:
		if e.Previous.Image != e.Image {
			return fmt.Sprintf("is %s here, but %s in the lock", e.Image, e.Previous.Image)
		}
		return fmt.Sprintf("is locked to %q, which is no digest", e.Previous.Digest)
	case Upgraded:
		return fmt.Sprintf("is locked to %s, but %s is %s now", e.Previous.Digest, e.Image, e.Digest)
	default:
		return ""
	}
}

func (e DependencyEntry) difference() string {
	switch {
	case e.Change == Added:
		return "is not locked"
	case e.Previous == nil:
		return ""
	case e.Change == Upgraded && e.Previous.Version == e.Version:
		return fmt.Sprintf("is locked to %s with %s, which is %s now", e.Version, e.Previous.Digest, e.Digest)
	case e.Change == Upgraded && older(e.Previous.Version, e.Version):
		return fmt.Sprintf("is locked to %s, which no repository has any more: %s would be chosen", e.Previous.Version, e.Version)
	case e.Change == Upgraded:
		return fmt.Sprintf("is locked to %s, but there is %s", e.Previous.Version, e.Version)
	default:
		return fmt.Sprintf("is locked to %s of %s, which does not fit: %s would be chosen", e.Previous.Version, e.Previous.Image, e.Version)
	}
}

func (p *planner) superfluous(lock *LockPlan) diagnostic.Diagnostics {
	if len(lock.Removed) == 0 {
		return nil
	}
	var (
		found   diagnostic.Diagnostics
		removed = map[RemovedEntry]bool{}
		locator = locatorOf(p.pkg, p.pkg.LockPath)
	)
	for _, entry := range lock.Removed {
		removed[entry] = true
	}
	add := func(entry RemovedEntry, list string, i int) {
		if !removed[entry] {
			return
		}
		field := diagnostic.FieldPath("spec", list, i, "name")
		found = append(found, diagnostic.Diagnostic{
			Code: diagnostic.LockSuperfluous, Component: p.pkg.Component, Position: locator.Position(field), Field: field,
			Message: fmt.Sprintf("%s %q is locked, but %s does not have it", entry.Kind, entry.Name, p.pkg.ManifestPath), Hint: relock,
		})
	}
	var spec manifest.PackageManifestLockSpec
	if p.pkg.Lock != nil {
		spec = p.pkg.Lock.Spec
	}
	for i, entry := range spec.Images {
		add(RemovedEntry{Kind: "image", Name: entry.Name}, "images", i)
	}
	for i, entry := range spec.Dependencies {
		add(RemovedEntry{Kind: "dependency", Name: entry.Name}, "dependencies", i)
	}
	return found
}

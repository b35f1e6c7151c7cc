package resolve

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagebuilder"
	"github.com/packstage/packstage/packagetypes"
)

// planner makes the plan for the lock of one manifest.
type planner struct {
	pkg     *packagetypes.Package
	options LockOptions
	digests map[string]string
	locator *manifest.Locator
	// found keeps the lock from being written, warnings do not.
	found, warnings diagnostic.Diagnostics
}

// defaultLockName is that of a lock that is not there yet.
const defaultLockName = "manifest.lock.yaml"

// plan returns nil where there is no lock and nothing that needs one.
func (p *planner) plan(ctx context.Context) (*LockPlan, error) {
	spec := p.pkg.Manifest.Spec
	if p.pkg.Lock == nil && len(spec.Images) == 0 && len(spec.Dependencies) == 0 {
		return nil, nil
	}
	name := p.pkg.LockPath
	if name == "" {
		name = defaultLockName
	}
	lock := &LockPlan{Component: p.pkg.Component, Path: name, Images: []ImageEntry{}, Dependencies: []DependencyEntry{}}
	if p.pkg.Component != "" {
		lock.Path = path.Join("components", p.pkg.Component, name)
	}
	p.images(lock)
	if err := p.dependencies(ctx, lock); err != nil {
		return nil, err
	}
	p.removed(lock)
	lock.findings = p.differences(lock)
	return lock, p.content(lock)
}

func (p *planner) images(lock *LockPlan) {
	locked := lockedImages(p.pkg)
	for _, image := range p.pkg.Manifest.Spec.Images {
		entry := ImageEntry{LockedImage: manifest.LockedImage{Name: image.Name, Image: image.Image, Digest: p.digests[image.Image]}}
		previous, ok := locked[image.Name]
		fitting := ok && fits(previous, image)
		if fitting && (p.digests == nil || !p.options.upgrades(image.Name)) {
			entry.Digest = previous.Digest
		}
		switch {
		case !ok:
			entry.Change = Added
		case entry.LockedImage == previous:
			entry.Change = Unchanged
		case fitting:
			entry.Change, entry.Previous = Upgraded, &previous
		default:
			entry.Change, entry.Previous = Updated, &previous
		}
		lock.Images = append(lock.Images, entry)
	}
}

func (p *planner) dependencies(ctx context.Context, lock *LockPlan) error {
	request, positions, err := p.request(ctx)
	if err != nil || len(request.Dependencies) == 0 {
		return err
	}
	choices := Solve(request)
	fitting := p.fitting(request)
	locked := map[string]manifest.LockedDependency{}
	for _, entry := range request.Locked {
		locked[entry.Name] = entry
	}
	for i, choice := range choices {
		entry := DependencyEntry{Choice: choice, Explanation: choice.Explanation()}
		previous, ok := locked[choice.Name]
		switch {
		case choice.Outcome == Failed:
			entry.Change = NotLocked
			p.fail(positions[i], choice)
		case !ok:
			entry.Change = Added
		case choice.Locked() == previous:
			entry.Change = Unchanged
		case fitting[choice.Name]:
			entry.Change, entry.Previous = Upgraded, &previous
		default:
			entry.Change, entry.Previous = Updated, &previous
		}
		p.warn(positions[i], choice)
		lock.Dependencies = append(lock.Dependencies, entry)
	}
	return nil
}

// request collects what [Solve] needs, and the positions of the dependencies in
// the manifest.
func (p *planner) request(ctx context.Context) (Request, []int, error) {
	spec := p.pkg.Manifest.Spec
	request := Request{Constraints: spec.Constraints, Upgrade: p.options.Upgrade, UpgradeAll: p.options.UpgradeAll}
	var positions []int
	for i, dependency := range spec.Dependencies {
		if dependency.Image != nil {
			request.Dependencies, positions = append(request.Dependencies, *dependency.Image), append(positions, i)
		}
	}
	if len(request.Dependencies) == 0 {
		return request, nil, nil
	}
	if p.pkg.Lock != nil {
		request.Locked = p.pkg.Lock.Spec.Dependencies
	}
	seen := map[manifest.RepositoryReference]bool{}
	for i, reference := range spec.Repositories {
		if seen[reference] {
			continue
		}
		seen[reference] = true
		index, err := p.options.Repositories(ctx, p.pkg.Component, reference)
		if errors.Is(err, fs.ErrNotExist) {
			field := diagnostic.FieldPath("spec", "repositories", i, "file")
			return request, nil, diagnostic.Diagnostics{{
				Code: diagnostic.DependencyNotFound, Component: p.pkg.Component, Position: p.locator.Position(field), Field: field,
				Message: fmt.Sprintf("there is no repository file %s", reference.File),
				Hint:    "the path is relative to the folder of the manifest", Err: err,
			}}
		}
		if err != nil {
			return request, nil, err
		}
		request.Repositories = append(request.Repositories, Repository{Index: index, Source: reference.File + reference.Image})
	}
	return request, positions, nil
}

// fitting tells which entries of the lock would have stayed without an upgrade.
func (p *planner) fitting(request Request) map[string]bool {
	names := map[string]bool{}
	if !request.UpgradeAll && len(request.Upgrade) == 0 {
		return names
	}
	request.Upgrade, request.UpgradeAll = nil, false
	for _, choice := range Solve(request) {
		names[choice.Name] = choice.Outcome == Kept && slices.Contains(request.Locked, choice.Locked())
	}
	return names
}

func (p *planner) fail(position int, choice Choice) {
	field := diagnostic.FieldPath("spec", "dependencies", position, "image", choice.Failure.Field)
	p.found = append(p.found, diagnostic.Diagnostic{
		Code: choice.Failure.Code, Component: p.pkg.Component, Position: p.locator.Position(field), Field: field,
		Message: fmt.Sprintf("dependency %q: %s", choice.Name, choice.Failure.Message), Hint: choice.Failure.Hint,
	})
}

// warn reports entries that stay although the repositories have changed.
func (p *planner) warn(position int, choice Choice) {
	message := ""
	switch {
	case choice.Withdrawn:
		message = fmt.Sprintf("dependency %q is locked to %s, which no repository has any more", choice.Name, choice.Version)
	case choice.MovedTo != "":
		message = fmt.Sprintf("dependency %q is locked to %s, which is %s in %s now", choice.Name, choice.Version, choice.MovedTo, choice.Repository)
	default:
		return
	}
	field := diagnostic.FieldPath("spec", "dependencies", position, "image")
	p.warnings = append(p.warnings, diagnostic.Diagnostic{
		Code: diagnostic.LockBehind, Severity: diagnostic.Warning, Component: p.pkg.Component,
		Position: p.locator.Position(field), Field: field,
		Message: message, Hint: fmt.Sprintf("packstage lock --upgrade %s takes what is there now", choice.Name),
	})
}

func (p *planner) removed(lock *LockPlan) {
	if p.pkg.Lock == nil {
		return
	}
	for _, entry := range p.pkg.Lock.Spec.Images {
		if !slices.ContainsFunc(lock.Images, func(e ImageEntry) bool { return e.Name == entry.Name }) {
			lock.Removed = append(lock.Removed, RemovedEntry{Kind: "image", Name: entry.Name})
		}
	}
	for _, entry := range p.pkg.Lock.Spec.Dependencies {
		if !slices.ContainsFunc(lock.Dependencies, func(e DependencyEntry) bool { return e.Name == entry.Name }) {
			lock.Removed = append(lock.Removed, RemovedEntry{Kind: "dependency", Name: entry.Name})
		}
	}
}

// content works out the file and whether it changes.
func (p *planner) content(lock *LockPlan) error {
	lock.Changed = len(lock.Removed) > 0
	var wanted manifest.PackageManifestLock
	for _, entry := range lock.Images {
		lock.Changed = lock.Changed || entry.Change != Unchanged
		wanted.Spec.Images = append(wanted.Spec.Images, entry.LockedImage)
	}
	for _, entry := range lock.Dependencies {
		lock.Changed = lock.Changed || entry.Change != Unchanged
		wanted.Spec.Dependencies = append(wanted.Spec.Dependencies, entry.Locked())
	}
	if p.options.Check || len(p.found) > 0 {
		return nil
	}
	var previous []byte
	if p.pkg.Lock != nil {
		previous, _ = p.pkg.Files.Read(p.pkg.LockPath)
	}
	content, err := packagebuilder.EncodeLock(&wanted, previous)
	lock.content = content
	return err
}

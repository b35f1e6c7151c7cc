package packageloader

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/Masterminds/semver/v3"
	"golang.org/x/sync/errgroup"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/lazyregexp"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/registry"
)

// ErrInvalidRange is a range of versions that does not parse.
var ErrInvalidRange = errors.New("invalid version range")

// VersionsOptions says which tags of a repository are listed. The zero value
// lists those that are semantic versions and no pre-releases.
type VersionsOptions struct {
	// Range keeps the versions in it, such as "^1.2" or ">=1.2 <2". A pre-release
	// is in a range that names one, such as ">=1.2.0-0". Empty is all.
	Range string
	// PreReleases keeps pre-releases, whatever the range names.
	PreReleases bool
	// All lists tags that are no semantic versions, too, after those that are. It
	// does not go with Range.
	All bool
	// Concurrency is the number of images that are looked at at a time. Default 8.
	Concurrency int
	// Vanished is told of tags that were deleted while the list was made; calls come
	// one at a time. Nil tells nobody.
	Vanished func(tag string)
}

// Version is a tag of a repository, and what its image says about itself.
type Version struct {
	Tag string
	// Version is the semantic version that the tag is; nil where it is none.
	Version *semver.Version
	// Reference is repository and digest, or repository and tag where the digest is
	// not known, since the image is broken.
	Reference string
	Digest    string
	// Created is when the image was made; zero where it does not say.
	Created time.Time
	// Description is what the image says that it is, cut off where it is long.
	Description string
	// Name, Scopes and Constraints are those of the package manifest.
	Name        string
	Scopes      []manifest.Scope
	Constraints []manifest.Constraint
	// Package tells whether manifest and configuration say that the image is a
	// package. Packages that Package Operator built do not say so.
	Package bool
	// Problem is what is wrong with an image that is broken, or "".
	Problem string
}

// Versions lists the versions of a package: the tags of its repository
// ("host/repository"), newest first, tags of one version in lexical order, and
// tags that are no versions last. A version is MAJOR.MINOR.PATCH, with or without
// "v" in front. Tags that keep signatures and other referrers ("sha256-<hex>...")
// are never listed.
//
// Of each image the manifest is read, and its configuration unless another tag has
// the same: never a layer. An image that is broken, or no package, is listed as
// such, and so is one that says more about itself than a list can hold; a tag that
// vanishes meanwhile is left out.
//
// The error matches [ErrInvalidRange] where the range does not parse; trouble with
// the registry is a [*registry.Error], and nothing is listed then.
func Versions(ctx context.Context, client *registry.Client, repository string, options VersionsOptions) ([]Version, error) {
	if options.All && options.Range != "" {
		return nil, fmt.Errorf("%w: tags that are no versions are in no range", ErrInvalidRange)
	}
	tags, err := versionTags(ctx, client, repository, options)
	if err != nil {
		return nil, err
	}
	lister := versionLister{client: client, repository: repository, configs: newVersionConfigs(configsOf(client))}
	versions := make([]*Version, len(tags))
	group, groupContext := errgroup.WithContext(ctx)
	const defaultConcurrency = 8
	group.SetLimit(cmp.Or(max(options.Concurrency, 0), defaultConcurrency))
	var mutex sync.Mutex
	for i, tag := range tags {
		group.Go(func() error {
			if groupContext.Err() != nil { // another tag has failed: no more requests
				return context.Cause(groupContext)
			}
			version, err := lister.look(groupContext, tag)
			if err == nil && version == nil && options.Vanished != nil {
				mutex.Lock()
				defer mutex.Unlock()
				options.Vanished(tag.name)
			}
			versions[i] = version
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	result := make([]Version, 0, len(versions))
	for _, version := range versions {
		if version != nil {
			result = append(result, *version)
		}
	}
	return result, nil
}

// versionTag is a tag, with its version where it is one.
type versionTag struct {
	name    string
	version *semver.Version
}

// referrerTag is a tag by the scheme for referrers (OCI distribution specification
// 1.1, "Referrers Tag Schema"), and what cosign makes of it.
var referrerTag = lazyregexp.New(`^sha(256-[0-9a-f]{64}|512-[0-9a-f]{128})(\.[A-Za-z0-9_.-]*)?$`)

// versionTags returns the tags that are wanted, in the order of the list.
func versionTags(ctx context.Context, client *registry.Client, repository string, options VersionsOptions) ([]versionTag, error) {
	keep, err := versionFilter(options)
	if err != nil {
		return nil, err
	}
	var tags []versionTag
	for name, err := range client.Tags(ctx, repository) {
		if err != nil {
			return nil, err
		}
		if referrerTag().MatchString(name) {
			continue
		}
		version, err := semver.StrictNewVersion(strings.TrimPrefix(name, "v"))
		switch {
		case err != nil && options.All:
			tags = append(tags, versionTag{name: name})
		case err == nil && keep(version):
			tags = append(tags, versionTag{name, version})
		}
	}
	slices.SortFunc(tags, func(a, b versionTag) int {
		switch {
		case a.version != nil && b.version != nil:
			return cmp.Or(b.version.Compare(a.version), strings.Compare(a.name, b.name))
		case a.version != nil:
			return -1
		case b.version != nil:
			return 1
		}
		return strings.Compare(a.name, b.name)
	})
	return slices.CompactFunc(tags, func(a, b versionTag) bool { return a.name == b.name }), nil
}

func versionFilter(options VersionsOptions) (func(*semver.Version) bool, error) {
	if options.Range == "" {
		return func(version *semver.Version) bool {
			return options.PreReleases || options.All || version.Prerelease() == ""
		}, nil
	}
	constraint, err := semver.NewConstraint(options.Range)
	if err != nil {
		return nil, fmt.Errorf("%w: %q: %w", ErrInvalidRange, options.Range, err)
	}
	constraint.IncludePrerelease = options.PreReleases
	return constraint.Check, nil
}

// versionLister looks at the images of one repository.
type versionLister struct {
	client     *registry.Client
	repository string
	configs    *versionConfigs
}

// look returns nil where the tag is not there any more.
func (l *versionLister) look(ctx context.Context, tag versionTag) (*Version, error) {
	version := &Version{Tag: tag.name, Version: tag.version, Reference: l.repository + ":" + tag.name}
	found, err := describeImage(ctx, l.client, version.Reference, l.configs.read)
	if found != nil {
		version.Digest, version.Reference = found.Digest, l.repository+"@"+found.Digest
	}
	if findings, ok := diagnostic.From(err); ok {
		version.Problem = shortened(findings[0].Message)
		return version, nil
	}
	var trouble *registry.Error
	if errors.Is(err, registry.ErrNotFound) && errors.As(err, &trouble) {
		// Is it the tag, or something that its manifest points at?
		if _, err := l.client.Resolve(ctx, l.repository+":"+tag.name); errors.Is(err, registry.ErrNotFound) {
			return nil, nil
		} else if err != nil {
			return nil, err
		}
		version.Problem = "a part of the image is missing: " + trouble.Reference
		return version, nil
	}
	if err != nil {
		return nil, err
	}
	version.describe(found)
	return version, nil
}

func (v *Version) describe(found *Description) {
	v.Created = found.Created
	v.Description = shortened(found.Annotations[descriptionAnnotation])
	_, v.Package = found.Labels[FormatLabel]
	if found.Manifest == nil {
		return
	}
	v.Package = true
	v.Name = found.Manifest.Metadata.Name
	v.Scopes, v.Constraints = found.Manifest.Spec.Scopes, found.Manifest.Spec.Constraints
	if v.Description == "" {
		v.Description = found.Manifest.Metadata.Annotations[descriptionAnnotation]
	}
}

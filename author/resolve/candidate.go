package resolve

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/packstage/packstage/manifest"
)

// offer is what the repositories have of one package.
type offer struct {
	// candidates from the newest to the oldest, each version once.
	candidates []candidate
	// unusable are versions that cannot be chosen, in the order of the entries.
	unusable []Exclusion
	// images are the names of all images of the package.
	images []string
}

// candidate is one version of a package.
type candidate struct {
	version       *semver.Version
	image, digest string
	repository    string
	// lacks is why the platforms are not those of the manifest, or "".
	lacks string
	// others are further digests of the same version, sorted: a conflict.
	others []string
}

// index finds the entries of packages by their full names.
type index map[string][]sourcedEntry

type sourcedEntry struct {
	*manifest.RepositoryEntryData
	source string
}

func newIndex(repositories []Repository) index {
	found := index{}
	for _, repository := range repositories {
		for i := range repository.Index.Entries {
			entry := &repository.Index.Entries[i].Data
			name := fullName(entry.Name, repository.name())
			found[name] = append(found[name], sourcedEntry{entry, repository.Source})
		}
	}
	return found
}

// fullName is how manifests name a package of a repository.
func fullName(packageName, repository string) string { return packageName + "." + repository }

// offer collects the candidates of a package.
func (x index) offer(name string, wanted platforms) offer {
	var found offer
	for _, entry := range x[name] {
		if !slices.Contains(found.images, entry.Image) {
			found.images = append(found.images, entry.Image)
		}
		digest, err := manifest.ParseRepositoryDigest(entry.Digest)
		var supported platforms
		if err == nil {
			supported, err = platformsOf(entry.Constraints)
		}
		unusable := ""
		if err != nil {
			unusable = fmt.Sprintf("cannot be used, its entry in %s is broken: %v", entry.source, err)
		}
		lacks := ""
		if unusable == "" {
			lacks = supported.lacks(wanted)
		}
		for _, text := range entry.Versions {
			version, err := manifest.ParseRepositoryVersion(text)
			switch {
			case unusable != "":
				found.unusable = append(found.unusable, Exclusion{Version: text, Cause: ByEntry, Reason: unusable})
			case err != nil:
				found.unusable = append(found.unusable, Exclusion{
					Version: text, Cause: ByEntry, Reason: "is no semantic version, in " + entry.source,
				})
			default:
				found.candidates = append(found.candidates, candidate{
					version: version, image: entry.Image, digest: digest, repository: entry.source, lacks: lacks,
				})
			}
		}
	}
	slices.SortStableFunc(found.candidates, func(a, b candidate) int { return compareVersions(b.version, a.version) })
	found.merge()
	return found
}

// merge makes one candidate of those with the same version. The first one's image
// is taken; digests that differ are a conflict.
func (o *offer) merge() {
	merged := o.candidates[:0]
	for _, next := range o.candidates {
		if len(merged) == 0 || compareVersions(merged[len(merged)-1].version, next.version) != 0 {
			merged = append(merged, next)
			continue
		}
		last := &merged[len(merged)-1]
		if next.digest != last.digest && !slices.Contains(last.others, next.digest) {
			last.others = append(last.others, next.digest)
			slices.Sort(last.others)
		}
		if last.lacks == "" {
			last.lacks = next.lacks
		}
	}
	o.candidates = merged
}

// digests are all that the version stands for, sorted.
func (c candidate) digests() []string {
	all := append([]string{c.digest}, c.others...)
	slices.Sort(all)
	return all
}

// find returns the candidate of a version.
func (o offer) find(version *semver.Version) (candidate, bool) {
	i, ok := slices.BinarySearchFunc(o.candidates, version, func(c candidate, v *semver.Version) int {
		return compareVersions(v, c.version)
	})
	if !ok {
		return candidate{}, false
	}
	return o.candidates[i], true
}

// compareVersions orders by precedence, and versions of the same precedence by
// their build metadata, so that the order is total.
func compareVersions(a, b *semver.Version) int {
	if c := a.Compare(b); c != 0 {
		return c
	}
	return strings.Compare(a.Metadata(), b.Metadata())
}

// lockDigest is a digest as a lock may have it (image-spec, descriptor.md,
// "Registered Algorithms").
var lockDigest = regexp.MustCompile(`^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$`)

// packageNames returns the packages that the repositories have, sorted.
func (x index) packageNames() []string {
	names := make([]string, 0, len(x))
	for name := range x {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// lockedVersion is an entry of the lock that could stay.
type lockedVersion struct {
	manifest.LockedDependency
	version *semver.Version
}

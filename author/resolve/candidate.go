package resolve

import (
	"fmt"
	"slices"
	"strings"

	"github.com/packstage/packstage/manifest"
)

// offer is what the repositories have of one package.
type offer struct {
	// candidates from the newest to the oldest, each version once.
	candidates []*candidate
	// unusable are versions that cannot be chosen, in the order of the entries.
	unusable []Exclusion
	// images are the names of all images of the package, sorted.
	images []string
}

// candidate is one version of a package.
type candidate struct {
	version version
	// order is that of the entries.
	order int
	*image
	// others are further digests of the same version, sorted: a conflict.
	others []string
}

// image is what all versions of an entry share.
type image struct {
	name, digest, repository string
	// lacks is why the platforms are not those of the manifest, or "".
	lacks string
}

// index finds the entries of packages by their full names.
type index map[string]*entries

type entries []sourcedEntry

type sourcedEntry struct {
	*manifest.RepositoryEntryData
	source string
}

func newIndex(repositories []Repository) index {
	found := index{}
	for _, repository := range repositories {
		var (
			last string
			of   *entries
		)
		for i := range repository.Index.Entries {
			entry := &repository.Index.Entries[i].Data
			if of == nil || entry.Name != last { // the entries of a package mostly stand together
				last = entry.Name
				of = found.entries(fullName(entry.Name, repository.name()))
			}
			*of = append(*of, sourcedEntry{entry, repository.Source})
		}
	}
	return found
}

func (x index) entries(name string) *entries {
	of := x[name]
	if of == nil {
		of = new(entries)
		x[name] = of
	}
	return of
}

// fullName is how manifests name a package of a repository.
func fullName(packageName, repository string) string { return packageName + "." + repository }

// offer collects the candidates of a package. What it returns is valid until it is
// called again: the memory is used for one package after the other.
func (s *solver) offer(all entries) offer {
	var found offer
	arena := s.arena[:0]
	images := slices.Grow(s.images[:0], len(all))[:len(all)]
	for i, entry := range all {
		if n := len(found.images); n == 0 || found.images[n-1] != entry.Image { // mostly they are the same
			found.images = append(found.images, entry.Image)
		}
		shared := &images[i]
		*shared = image{name: entry.Image, digest: entry.Digest, repository: entry.source}
		var err error
		if !lockDigest(entry.Digest) {
			shared.digest, err = manifest.ParseRepositoryDigest(entry.Digest)
		}
		if err == nil {
			shared.lacks, err = s.judge.lacks(entry.Constraints)
		}
		unusable := ""
		if err != nil {
			unusable = fmt.Sprintf("cannot be used, its entry in %s is broken: %v", entry.source, err)
		}
		for _, text := range entry.Versions {
			parsed, err := parseVersion(text)
			switch {
			case unusable != "":
				found.unusable = append(found.unusable, Exclusion{Version: text, Cause: ByEntry, Reason: unusable})
			case err != nil:
				found.unusable = append(found.unusable, Exclusion{
					Version: text, Cause: ByEntry, Reason: "is no semantic version, in " + entry.source,
				})
			default:
				arena = append(arena, candidate{version: parsed, order: len(arena), image: shared})
			}
		}
	}
	slices.Sort(found.images)
	found.images = slices.Compact(found.images)
	found.candidates = s.candidates[:0]
	for i := range arena {
		found.candidates = append(found.candidates, &arena[i])
	}
	slices.SortFunc(found.candidates, func(a, b *candidate) int {
		if c := b.version.compare(&a.version); c != 0 {
			return c
		}
		return a.order - b.order
	})
	s.arena, s.candidates, s.images = arena, found.candidates, images
	found.merge()
	return found
}

// merge makes one candidate of those with the same version. The first one's image
// is taken; digests that differ are a conflict.
func (o *offer) merge() {
	merged := o.candidates[:0]
	for _, next := range o.candidates {
		if len(merged) == 0 || merged[len(merged)-1].version.compare(&next.version) != 0 {
			merged = append(merged, next)
			continue
		}
		last := merged[len(merged)-1]
		if next.digest != last.digest && !slices.Contains(last.others, next.digest) {
			last.others = append(last.others, next.digest)
			slices.Sort(last.others)
		}
		if last.lacks == "" && next.lacks != "" {
			withLacks := *last.image
			withLacks.lacks = next.lacks
			last.image = &withLacks
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
func (o offer) find(wanted version) (candidate, bool) {
	i, ok := slices.BinarySearchFunc(o.candidates, wanted, func(c *candidate, v version) int { return v.compare(&c.version) })
	if !ok {
		return candidate{}, false
	}
	return *o.candidates[i], true
}

// lockDigest tells whether a text is a digest as a lock may have it (image-spec, descriptor.md,
// "Registered Algorithms").
func lockDigest(text string) bool {
	const sha256Digits, sha512Digits = 64, 128
	algorithm, digits, _ := strings.Cut(text, ":")
	if algorithm == "sha256" && len(digits) == sha256Digits || algorithm == "sha512" && len(digits) == sha512Digits {
		return isHex(digits)
	}
	return false
}

func isHex(text string) bool {
	for i := range len(text) {
		if c := text[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

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
	version version
}

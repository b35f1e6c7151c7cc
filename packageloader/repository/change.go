package repository

import (
	"fmt"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
)

// AddOptions says what [Index.Add] does where the index has a version already.
type AddOptions struct {
	// Force gives versions that belong to another image to the new one. An image
	// that has none left goes.
	Force bool
}

// Add puts an image into the index and returns its entry. Where the index has the
// image of this package already, the versions come together; repository and
// constraints are those of the new entry.
//
// The error is a [diagnostic.Diagnostics], and the index as before: VersionConflict
// where the index has a version for another digest, ManifestInvalidValue and
// ManifestRequired where the entry cannot be one.
func (x *Index) Add(entry Entry, options AddOptions) (Entry, error) {
	digest, versions, err := checkEntry(entry)
	if err != nil {
		return Entry{}, err
	}
	of := x.packages[entry.Name]
	if !options.Force && of != nil {
		if err := of.conflicts(entry.Name, digest, versions); err != nil {
			return Entry{}, err
		}
	}
	if of == nil {
		of = &images{byDigest: map[string]*image{}, byVersion: map[string]string{}}
		x.packages[entry.Name] = of
	}
	of.add(digest, versions, entry)
	for _, written := range x.Package(entry.Name) {
		if written.Digest == digest {
			return written, nil
		}
	}
	return Entry{}, nil // unreachable: it was added
}

// checkEntry returns the digest and the versions of an entry that can be written.
func checkEntry(entry Entry) (digest string, versions []*semver.Version, err error) {
	var found diagnostic.Diagnostics
	add := func(code diagnostic.Code, message, hint string) {
		found = append(found, fault(code, entry.Image, message, hint)...)
	}
	if entry.Name == "" {
		add(diagnostic.ManifestRequired, "the entry has no name of a package", "")
	}
	if entry.Image == "" || strings.Contains(entry.Image, "@") {
		add(diagnostic.ManifestInvalidValue, fmt.Sprintf("%q is not host and repository of an image", entry.Image), "leave out tag and digest")
	}
	digest, err = manifest.ParseRepositoryDigest(entry.Digest)
	if err != nil {
		add(diagnostic.ManifestInvalidValue, err.Error(), "")
	}
	if len(entry.Versions) == 0 {
		add(diagnostic.ManifestRequired, "the entry has no version", "give each as v1.2.3")
	}
	for _, text := range entry.Versions {
		version, err := manifest.ParseRepositoryVersion(text)
		if err != nil {
			add(diagnostic.ManifestInvalidValue, err.Error(), "write it as v1.2.3")
			continue
		}
		versions = append(versions, version)
	}
	return digest, versions, found.Sorted().Err()
}

func (of *images) conflicts(name, digest string, versions []*semver.Version) error {
	var found diagnostic.Diagnostics
	for _, version := range versions {
		if other, ok := of.byVersion[version.String()]; ok && other != digest {
			found = append(found, fault(diagnostic.VersionConflict, "",
				fmt.Sprintf("version v%s of %s is in the index with another digest, %s", version, name, other),
				"a version means one image: use a new one, or force it")...)
		}
	}
	return found.Sorted().Err()
}

// add takes versions from other images where they have them.
func (of *images) add(digest string, versions []*semver.Version, entry Entry) {
	added := of.byDigest[digest]
	if added == nil {
		added = &image{}
		of.byDigest[digest] = added
	}
	added.reference, added.constraints = entry.Image, slices.Clone(entry.Constraints)
	for _, version := range versions {
		switch other, ok := of.byVersion[version.String()]; {
		case ok && other == digest:
			continue
		case ok:
			of.take(other, version.String())
		}
		of.byVersion[version.String()] = digest
		added.versions = append(added.versions, version)
	}
	slices.SortFunc(added.versions, compareVersions)
}

// take removes a version, and the image that has no other.
func (of *images) take(digest, version string) {
	delete(of.byVersion, version)
	from := of.byDigest[digest]
	from.versions = slices.DeleteFunc(from.versions, func(v *semver.Version) bool { return v.String() == version })
	if len(from.versions) == 0 {
		delete(of.byDigest, digest)
	}
}

// Selection says what of a package [Index.Remove] removes. With no field but Name
// it is all of it.
type Selection struct {
	Name string
	// Versions are removed one by one; an image goes with its last version.
	Versions []string
	// Digest is that of an image, which goes with all its versions. With Versions,
	// only its own are removed.
	Digest string
}

// Remove removes versions of a package and returns how many. The error is a
// [diagnostic.Diagnostics] and the index as before: VersionNotFound where it does
// not have the package, the image or one of the versions, ManifestInvalidValue
// where digest or version is none.
func (x *Index) Remove(selection Selection) (int, error) {
	of := x.packages[selection.Name]
	if of == nil {
		return 0, x.missing("package "+selection.Name, x.names(), selection.Name)
	}
	digest := ""
	if selection.Digest != "" {
		parsed, err := manifest.ParseRepositoryDigest(selection.Digest)
		if err != nil {
			return 0, fault(diagnostic.ManifestInvalidValue, "", err.Error(), "")
		}
		if of.byDigest[parsed] == nil {
			return 0, x.missing("image "+parsed+" of "+selection.Name, nil, "")
		}
		digest = parsed
	}
	var gone []string
	for _, text := range selection.Versions {
		version, err := manifest.ParseRepositoryVersion(text)
		if err != nil {
			return 0, fault(diagnostic.ManifestInvalidValue, "", err.Error(), "write it as v1.2.3")
		}
		if has, ok := of.byVersion[version.String()]; !ok || digest != "" && has != digest {
			return 0, x.missing(fmt.Sprintf("version v%s of %s", version, selection.Name), nil, "")
		}
		gone = append(gone, version.String())
	}
	if len(selection.Versions) == 0 {
		for version, has := range of.byVersion {
			if digest == "" || has == digest {
				gone = append(gone, version)
			}
		}
	}
	slices.Sort(gone)
	gone = slices.Compact(gone)
	for _, version := range gone {
		of.take(of.byVersion[version], version)
	}
	if len(of.byDigest) == 0 {
		delete(x.packages, selection.Name)
	}
	return len(gone), nil
}

func (x *Index) missing(what string, known []string, name string) error {
	return fault(diagnostic.VersionNotFound, "", fmt.Sprintf("the index %s has no %s", x.Name(), what), diagnostic.DidYouMean(name, known))
}

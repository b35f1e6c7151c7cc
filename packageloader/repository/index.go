package repository

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
)

// Entry is one package image in an index.
type Entry struct {
	// Name of the package.
	Name string
	// Image is its host and repository, without tag and digest.
	Image string
	// Digest of the image manifest, as "sha256:<64 hex>".
	Digest string
	// Versions are its semantic versions as "v1.2.3", newest first.
	Versions []string
	// Constraints are those of the package manifest.
	Constraints []manifest.Constraint
}

// Reference is the image by its digest.
func (e Entry) Reference() string { return e.Image + "@" + e.Digest }

// Index is a repository index. It has each image of a package once, and each
// version of a package for one image. It may be read concurrently, and changed by
// one goroutine when nobody reads.
type Index struct {
	metadata    manifest.RepositoryMetadata
	packages    map[string]*images
	imageDigest string
}

// images are those of one package.
type images struct {
	byDigest map[string]*image
	// byVersion says which digest a version has; versions are without "v".
	byVersion map[string]string
}

type image struct {
	reference   string
	constraints []manifest.Constraint
	versions    []*semver.Version // newest first
}

// repositoryName has no dots: dependencies are "<package>.<repository>".
var repositoryName = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`)

// New returns an index without entries. The name consists of lower-case letters,
// digits and "-"; the error is a [diagnostic.Diagnostics] where it does not.
func New(name string) (*Index, error) {
	if !repositoryName.MatchString(name) {
		return nil, fault(diagnostic.ManifestInvalidValue, "", fmt.Sprintf("%q cannot be the name of a repository", name),
			"use lower-case letters, digits and '-'")
	}
	index := &Index{packages: map[string]*images{}}
	index.metadata.Name = name
	return index, nil
}

// Name is that by which dependencies mean the index.
func (x *Index) Name() string { return x.metadata.Name }

// ImageDigest is the digest of the image that the index was loaded from, whatever
// changed since; empty where it was read from a file or is new.
func (x *Index) ImageDigest() string { return x.imageDigest }

// Len is the number of entries.
func (x *Index) Len() int {
	count := 0
	for _, of := range x.packages {
		count += len(of.byDigest)
	}
	return count
}

// Entries returns all entries: by the name of the package, and of one package that
// with the newest version first.
func (x *Index) Entries() []Entry {
	var entries []Entry
	for _, name := range x.names() {
		entries = append(entries, x.Package(name)...)
	}
	return entries
}

func (x *Index) names() []string {
	names := make([]string, 0, len(x.packages))
	for name := range x.packages {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Package returns the entries of one package, that with the newest version first;
// none where the index does not have it.
func (x *Index) Package(name string) []Entry {
	of := x.packages[name]
	if of == nil {
		return nil
	}
	digests := make([]string, 0, len(of.byDigest))
	for digest := range of.byDigest {
		digests = append(digests, digest)
	}
	slices.SortFunc(digests, func(a, b string) int {
		return cmp.Or(compareVersions(of.byDigest[a].versions[0], of.byDigest[b].versions[0]), strings.Compare(a, b))
	})
	entries := make([]Entry, len(digests))
	for i, digest := range digests {
		image := of.byDigest[digest]
		entries[i] = Entry{
			Name: name, Image: image.reference, Digest: digest,
			Versions: make([]string, len(image.versions)), Constraints: slices.Clone(image.constraints),
		}
		for n, version := range image.versions {
			entries[i].Versions[n] = "v" + version.String()
		}
	}
	return entries
}

// compareVersions puts the newer one first. Build metadata does not count
// (semver.org 2.0.0, item 10), but the order has to be one.
func compareVersions(a, b *semver.Version) int {
	return cmp.Or(b.Compare(a), strings.Compare(a.Metadata(), b.Metadata()))
}

// Document returns the index as its file has it.
func (x *Index) Document() *manifest.RepositoryIndex {
	document := &manifest.RepositoryIndex{Repository: manifest.Repository{Metadata: x.metadata}}
	for _, entry := range x.Entries() {
		// Package Operator writes digests so, and compares them as text.
		hex := strings.TrimPrefix(entry.Digest, "sha256:")
		written := manifest.RepositoryEntry{Data: manifest.RepositoryEntryData{
			Image: entry.Image, Digest: hex, Versions: entry.Versions, Constraints: entry.Constraints, Name: entry.Name,
		}}
		written.Metadata.Name = entry.Name + "." + hex
		document.Entries = append(document.Entries, written)
	}
	return document
}

func fault(code diagnostic.Code, file, message, hint string) diagnostic.Diagnostics {
	return diagnostic.Diagnostics{{Code: code, Position: diagnostic.Position{File: file}, Message: message, Hint: hint}}
}

package packagetypes

import (
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
)

// Package is a loaded package: its files and what was read from them. It is
// read-only and safe for concurrent use.
type Package struct {
	// Name is the package's name: that of the manifest, or for a component the
	// name of its folder.
	Name string
	// Component is the name of the component that this package is, or "" for
	// the root.
	Component string
	// Manifest is the decoded manifest; ManifestPath is its file.
	Manifest     *manifest.PackageManifest
	ManifestPath string
	// Lock is the decoded lock, or nil where there is none; LockPath is its file.
	Lock     *manifest.PackageManifestLock
	LockPath string
	// Files are the package's own files by paths relative to its manifest; the
	// files of the components of a root are not among them.
	Files *Files
	// Components are the names of the components of a root, sorted.
	Components []string
	// ContentDigest is the digest of all files that were read, those of all
	// components included; see [Files.Digest].
	ContentDigest string
	// Reference and ImageDigest tell which image the package was loaded from;
	// both are empty where it was no image.
	Reference, ImageDigest string
	// Relocation says where locked images are that are not where the lock says; nil
	// where all are. Its places are repositories, and its digests those of the lock.
	Relocation *Relocation
	// Warnings that came up while loading.
	Warnings diagnostic.Diagnostics
}

package packageloader

import (
	"context"
	"strings"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/casecollision"
	"github.com/packstage/packstage/packagetypes"
)

// Source provides the files of one package. The functions From... make sources
// for the usual places; implement it for other places that hold packages, or to
// wrap a source in another one that verifies, caches or counts.
type Source interface {
	// Open reads the files within the limits, of which zero fields are
	// defaults. The error is a [diagnostic.Diagnostics] where the content is at
	// fault, and another error where it could not be reached. A Source can be
	// opened any number of times, concurrently too.
	Open(ctx context.Context, limits packagetypes.Limits) (*Content, error)
}

// Content is what a Source found.
type Content struct {
	// Files of the package; names that begin with "." are not among them.
	Files *packagetypes.Files
	// Reference is the name under which an image was asked for, or empty.
	Reference string
	// ImageDigest is the digest of the manifest that configuration and layers
	// came from; empty where there was none: for folders, and for tars of
	// docker save that hold no manifest.
	ImageDigest string
	// ConfigManifest is the package manifest as JSON from the label
	// [ManifestLabel] of the image's configuration, or nil. It is a copy for
	// those who only list packages; loading refuses one that differs from the
	// manifest in the files.
	ConfigManifest []byte
	// Warnings that came up while reading.
	Warnings diagnostic.Diagnostics

	// place is the folder, file or image that was read, or empty.
	place string
	// relocation finds out where the images of the package went; nil knows nothing.
	relocation relocationFinder
}

// The marks of a package image. The names belong to the image format: they
// never change.
const (
	// FormatLabel is a label of the image's configuration and an annotation of
	// its manifest; its value is the apiVersion of the package format.
	FormatLabel = "io.github.packstage.format"
	// ManifestLabel is a label of the image's configuration that holds the
	// package manifest as JSON.
	ManifestLabel = "io.github.packstage.manifest"
	// ComponentAnnotation is an annotation of a layer: the name of the component
	// whose files, and no others, are in it. It is a hint, never the truth.
	ComponentAnnotation = "io.github.packstage.component"
)

// ImageFolder is where an image holds the files of a package.
const ImageFolder = "package"

// FromFiles returns a source of the given files by slash path. The bytes must
// not be changed afterwards.
func FromFiles(files map[string][]byte) Source { return fileSource(files) }

type fileSource map[string][]byte

func (s fileSource) Open(_ context.Context, limits packagetypes.Limits) (*Content, error) {
	kept := make(map[string][]byte, len(s))
	for path, content := range s {
		if !isHidden(path) {
			kept[path] = content
		}
	}
	return newContent(kept, limits)
}

// newContent checks what every source has to.
func newContent(contents map[string][]byte, limits packagetypes.Limits) (*Content, error) {
	files, err := packagetypes.NewFiles(contents, limits)
	if err != nil {
		return nil, err
	}
	return &Content{Files: files, Warnings: casecollision.Find(files.Paths(), diagnostic.Warning)}, nil
}

// isHidden reports whether an element of the path begins with ".", which the
// format leaves out. "." and ".." are faults of the path, not hidden names.
func isHidden(path string) bool {
	for element := range strings.SplitSeq(path, "/") {
		if strings.HasPrefix(element, ".") && element != "." && element != ".." {
			return true
		}
	}
	return false
}

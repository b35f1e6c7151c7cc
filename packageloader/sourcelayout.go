package packageloader

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/imageindex"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/verify"
)

// FromLayout returns a source that reads an OCI image layout: a folder with
// index.json and blobs. The selector is the reference name of an image in it
// (annotation org.opencontainers.image.ref.name) or a digest; it may be empty
// where the layout holds one image.
func FromLayout(path, selector string) Source { return layoutSource{path, selector} }

type layoutSource struct{ path, selector string }

func (s layoutSource) Open(ctx context.Context, limits packagetypes.Limits) (*Content, error) {
	return s.OpenVerified(ctx, limits, nil)
}

// OpenVerified implements [VerifiableSource]. Signatures are looked for in the
// layout.
func (s layoutSource) OpenVerified(ctx context.Context, limits packagetypes.Limits, verifier verify.Verifier) (*Content, error) {
	archive, closer, err := s.archive()
	if err != nil {
		return nil, err
	}
	defer closer.Close()
	content, err := readLayout(ctx, archive, s.selector, limits, verifier)
	if err != nil {
		return nil, err
	}
	content.relocation = relocationInArchive(func(context.Context) (imageArchive, func(), error) {
		archive, closer, err := s.archive()
		return archive, func() { _ = closer.Close() }, err
	}, content.ImageDigest)
	return content, nil
}

func (s layoutSource) archive() (imageArchive, io.Closer, error) {
	root, err := os.OpenRoot(s.path)
	if err != nil {
		return imageArchive{}, nil, fmt.Errorf("open image layout: %w", err)
	}
	return imageArchive{name: s.path, files: root.FS()}, root, nil
}

// Annotations by which an index names its images.
const (
	refNameAnnotation        = "org.opencontainers.image.ref.name"
	containerdNameAnnotation = "io.containerd.image.name"
)

// imageArchive is a folder or a tar that holds images.
type imageArchive struct {
	name  string
	files fs.FS
}

// readLayout reads one image of an OCI image layout.
func readLayout(ctx context.Context, archive imageArchive, selector string, limits packagetypes.Limits, verifier verify.Verifier) (*Content, error) {
	found, err := archive.find(ctx, selector)
	if err != nil {
		return nil, err
	}
	content, err := readImage(ctx, storedImage{
		name: archive.name, manifest: found.manifest, open: archive.open,
		admit: admission{verifier, archive.subject()},
	}, limits)
	if err != nil {
		return nil, err
	}
	content.Reference = found.reference
	return content, nil
}

// layoutImage is an image that was found in a layout.
type layoutImage struct {
	// reference is its name in the layout, or empty.
	reference string
	// manifest was verified; its descriptor states mediaType.
	manifest  []byte
	mediaType types.MediaType
}

// find returns the image of an OCI image layout that a selector means.
func (a imageArchive) find(ctx context.Context, selector string) (layoutImage, error) {
	raw, err := a.readFile("index.json", registry.MaxManifestBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return layoutImage{}, imageFault(a.name, diagnostic.ImageInvalid, "there is no index.json, so this is no OCI image layout")
	}
	if err != nil {
		return layoutImage{}, err
	}
	index, err := parseIndex(a.name, raw)
	if err != nil {
		return layoutImage{}, err
	}
	entry, err := a.choose(ctx, index, selector)
	if err != nil {
		return layoutImage{}, err
	}
	reference := entry.Annotations[refNameAnnotation]
	// An index of an index is allowed, an index without end is not.
	const deepest = 3
	for range deepest {
		raw, err = a.manifest(ctx, entry)
		if err != nil {
			return layoutImage{}, err
		}
		if !isIndex(entry.MediaType, raw) {
			return layoutImage{reference: reference, manifest: raw, mediaType: entry.MediaType}, nil
		}
		if index, err = parseIndex(a.name, raw); err != nil {
			return layoutImage{}, err
		}
		if entry, err = imageindex.Select(a.name, index.Manifests); err != nil {
			return layoutImage{}, err
		}
	}
	return layoutImage{}, imageFault(a.name, diagnostic.ImageInvalid, "image indexes are nested more than %d deep", deepest)
}

func parseIndex(name string, raw []byte) (*v1.IndexManifest, error) {
	var index v1.IndexManifest
	if err := json.Unmarshal(raw, &index); err != nil {
		return nil, imageFault(name, diagnostic.ImageInvalid, "image index does not parse: %v", err)
	}
	return &index, nil
}

// isIndex believes the manifest before its descriptor: only the manifest is
// covered by its digest.
func isIndex(described types.MediaType, raw []byte) bool {
	var stated struct {
		MediaType types.MediaType `json:"mediaType"`
	}
	if err := json.Unmarshal(raw, &stated); err == nil && stated.MediaType != "" {
		return stated.MediaType.IsIndex()
	}
	return described.IsIndex()
}

// choose finds the entry that a selector means.
func (a imageArchive) choose(ctx context.Context, index *v1.IndexManifest, selector string) (v1.Descriptor, error) {
	if selector == "" {
		// What was copied with its images lies beside them, and is marked.
		if marked := slices.DeleteFunc(slices.Clone(index.Manifests), func(entry v1.Descriptor) bool {
			return entry.Annotations[FormatLabel] == ""
		}); len(marked) > 0 {
			index = &v1.IndexManifest{Manifests: marked}
		}
		entry, err := imageindex.Select(a.name, index.Manifests)
		if found, ok := diagnostic.From(err); ok && len(index.Manifests) > 1 {
			found[0].Message = fmt.Sprintf("holds %d images (%s)", len(index.Manifests), imageindex.Names(index.Manifests))
			found[0].Hint = "choose one by its reference name or digest"
			return entry, found
		}
		return entry, err
	}
	var byName []v1.Descriptor
	for _, entry := range index.Manifests {
		if entry.Digest.String() == selector {
			return entry, nil
		}
		if entry.Annotations[refNameAnnotation] == selector || entry.Annotations[containerdNameAnnotation] == selector {
			byName = append(byName, entry)
		}
	}
	if len(byName) > 0 {
		return imageindex.Select(a.name, byName)
	}
	// A digest may be that of an image inside an index.
	if strings.Contains(selector, ":") {
		for _, entry := range index.Manifests {
			if !entry.MediaType.IsIndex() {
				continue
			}
			raw, err := a.manifest(ctx, entry)
			if err != nil {
				return v1.Descriptor{}, err
			}
			inner, err := parseIndex(a.name, raw)
			if err != nil {
				return v1.Descriptor{}, err
			}
			for _, image := range inner.Manifests {
				if image.Digest.String() == selector {
					return image, nil
				}
			}
		}
	}
	return v1.Descriptor{}, choiceFault(a.name, "holds no image %q, only %s", selector, imageindex.Names(index.Manifests))
}

// manifest reads a manifest or index and verifies it.
func (a imageArchive) manifest(ctx context.Context, entry v1.Descriptor) ([]byte, error) {
	if entry.Size < 0 || entry.Size > registry.MaxManifestBytes {
		return nil, imageFault(a.name, diagnostic.ImageInvalid, "manifest %s has a size of %d bytes, at most %d are allowed",
			entry.Digest, entry.Size, registry.MaxManifestBytes)
	}
	return readBlob(ctx, storedBlob{
		image: a.name, name: "manifest " + entry.Digest.String(), size: entry.Size, digest: entry.Digest,
		open: func(ctx context.Context) (io.ReadCloser, error) { return a.open(ctx, entry, false) },
	})
}

func (a imageArchive) open(_ context.Context, blob v1.Descriptor, _ bool) (io.ReadCloser, error) {
	return a.openBlob(blob)
}

func (a imageArchive) openBlob(blob v1.Descriptor) (io.ReadCloser, error) {
	return a.openFile("blobs/" + blob.Digest.Algorithm + "/" + blob.Digest.Hex)
}

// openFile opens a regular file. Opening a pipe would wait for whoever writes to
// it.
func (a imageArchive) openFile(name string) (fs.File, error) {
	info, err := fs.Stat(a.files, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, imageFault(a.name, diagnostic.ImageInvalid, "%s is not a regular file", name)
	}
	return a.files.Open(name)
}

// readFile reads a file that has no digest.
func (a imageArchive) readFile(name string, most int64) ([]byte, error) {
	file, err := a.openFile(name)
	if _, ok := diagnostic.From(err); ok {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("read %s of %s: %w", name, a.name, err)
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, most+1))
	if err != nil {
		return nil, fmt.Errorf("read %s of %s: %w", name, a.name, err)
	}
	if int64(len(content)) > most {
		return nil, imageFault(a.name, diagnostic.ImageInvalid, "%s has more than %d bytes", name, most)
	}
	return content, nil
}

package relocation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/imageindex"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/ocistore"
)

// Place is where a package is, or goes to.
type Place struct {
	kind placeKind
	// client and reference of a registry.
	client    *registry.Client
	reference string
	// path of a layout or tar, and the name of an image in it.
	path, name string
}

type placeKind int

const (
	inRegistry placeKind = iota + 1
	inLayout
	inTar
)

// InRegistry is a reference in a registry. As a destination it may be without tag
// and digest: it gets the tag that the package has at its source.
func InRegistry(client *registry.Client, reference string) Place {
	return Place{kind: inRegistry, client: client, reference: reference}
}

// InLayout is an OCI image layout. Name is the reference name or digest of the
// package in it. At the source "" means the image that is marked as a package, or
// the only one; at the destination, the name that the package has at its source.
func InLayout(path, name string) Place { return Place{kind: inLayout, path: path, name: name} }

// InTar is an OCI image layout in a tar. Name is as in [InLayout]. As a destination
// the tar is written as a whole, and replaced where it is there.
func InTar(path, name string) Place { return Place{kind: inTar, path: path, name: name} }

// String is the reference or path.
func (p Place) String() string {
	switch {
	case p.kind == inRegistry:
		return p.reference
	case p.name == "":
		return p.path
	case strings.HasPrefix(p.name, "sha256:"):
		return p.path + "@" + p.name
	default:
		return p.path + ":" + p.name
	}
}

// source is a place that was opened to read.
type source struct {
	reader ocistore.Reader
	// root is the image or index that is copied, and image the one for the platform
	// of packages, which is the same where root is no index.
	root  *registry.Manifest
	image v1.Descriptor
	// name is the full reference, or the name in the layout, or "".
	name string
	// pkg reads the image.
	pkg   packageloader.Source
	close func()
}

// trouble says of an error which side it is about, unless it is a finding about the
// package.
func (s *source) trouble(err error) error {
	if _, ok := diagnostic.From(err); ok || errors.As(err, new(*ocistore.Error)) {
		return err
	}
	return &ocistore.Error{Side: ocistore.Source, Place: s.reader.String(), Err: err}
}

func (p Place) open(ctx context.Context) (*source, error) {
	var (
		opened *source
		err    error
	)
	switch p.kind {
	case inRegistry:
		opened, err = p.openRepository(ctx)
	case inLayout, inTar:
		opened, err = p.openFile(ctx)
	default:
		err = errors.New("the place is not set")
	}
	if err != nil {
		return nil, &ocistore.Error{Side: ocistore.Source, Place: p.String(), Err: err}
	}
	return opened, nil
}

func (p Place) openRepository(ctx context.Context) (*source, error) {
	parsed, err := p.client.ParseReference(p.reference)
	if err != nil {
		return nil, err
	}
	repository, err := ocistore.InRepository(p.client, parsed.Context().Name())
	if err != nil {
		return nil, err
	}
	root, err := repository.Manifest(ctx, parsed.Identifier())
	if err != nil {
		return nil, err
	}
	pinned := repository.Reference(root.Descriptor.Digest.String())
	image := root.Descriptor
	if image.MediaType.IsIndex() {
		selected, err := p.client.ImageManifest(ctx, pinned)
		if err != nil {
			return nil, err
		}
		image = selected.Descriptor
	}
	opened := &source{
		reader: repository, root: root, image: image, close: func() {},
		pkg: packageloader.FromClient(p.client, pinned),
	}
	if _, ok := parsed.(name.Tag); ok {
		opened.name = parsed.Name()
	}
	return opened, nil
}

func (p Place) openFile(ctx context.Context) (*source, error) {
	open, from := ocistore.OpenLayout, packageloader.FromLayout
	if p.kind == inTar {
		open, from = ocistore.OpenTar, packageloader.FromTar
	}
	layout, err := open(p.path)
	if err != nil {
		return nil, err
	}
	opened, err := p.choose(ctx, layout)
	if err != nil {
		_ = layout.Close()
		return nil, err
	}
	opened.close = func() { _ = layout.Close() }
	opened.pkg = from(p.path, opened.image.Digest.String())
	return opened, nil
}

// choose finds the package among the images of a layout.
func (p Place) choose(ctx context.Context, layout *ocistore.Layout) (*source, error) {
	wanted := p.name
	opened := &source{reader: layout}
	if wanted == "" {
		entry, err := defaultEntry(p.path, layout.Entries())
		if err != nil {
			return nil, err
		}
		wanted, opened.name = entry.Digest.String(), ocistore.NameOf(entry)
	}
	var err error
	if opened.root, err = layout.Manifest(ctx, wanted); errors.Is(err, registry.ErrNotFound) && !isListed(layout, wanted) {
		return nil, diagnostic.Diagnostics{{
			Code: diagnostic.ImageInvalid, Position: diagnostic.Position{File: p.path},
			Message: fmt.Sprintf("holds no image %q, only %s", wanted, imageindex.Names(layout.Entries())),
			Hint:    "choose one by its reference name or digest",
		}}
	} else if err != nil {
		return nil, err
	}
	if opened.name == "" {
		for _, entry := range layout.Entries() {
			if entry.Digest == opened.root.Descriptor.Digest && opened.name == "" {
				opened.name = ocistore.NameOf(entry)
			}
		}
	}
	opened.image, err = imageOf(ctx, layout, opened.root)
	return opened, err
}

// isListed tells a manifest that is missing from one that nobody spoke of.
func isListed(layout *ocistore.Layout, digest string) bool {
	return slices.ContainsFunc(layout.Entries(), func(entry v1.Descriptor) bool { return entry.Digest.String() == digest })
}

// defaultEntry is the entry that is marked as a package, or the only image.
func defaultEntry(path string, entries []v1.Descriptor) (v1.Descriptor, error) {
	var marked []v1.Descriptor
	for _, entry := range entries {
		if entry.Annotations[packageloader.FormatLabel] != "" {
			marked = append(marked, entry)
		}
	}
	if len(marked) == 0 {
		marked = entries
	}
	entry, err := imageindex.Select(path, marked)
	if found, ok := diagnostic.From(err); ok && len(marked) > 1 {
		found[0].Hint = "choose one by its reference name or digest"
		return entry, found
	}
	return entry, err
}

// imageOf returns the image that a root stands for.
func imageOf(ctx context.Context, layout *ocistore.Layout, root *registry.Manifest) (v1.Descriptor, error) {
	const deepest = 3
	for range deepest {
		if !root.Descriptor.MediaType.IsIndex() {
			return root.Descriptor, nil
		}
		index, err := v1.ParseIndexManifest(strings.NewReader(string(root.Raw)))
		if err != nil {
			return v1.Descriptor{}, fmt.Errorf("the image index does not parse: %w", err)
		}
		entry, err := imageindex.Select(layout.String(), index.Manifests)
		if err != nil {
			return v1.Descriptor{}, err
		}
		if root, err = layout.Manifest(ctx, entry.Digest.String()); err != nil {
			return v1.Descriptor{}, err
		}
	}
	return v1.Descriptor{}, fmt.Errorf("image indexes are nested more than %d deep", deepest)
}

// tagOf returns the tag of a full reference or of a reference name, or "".
func tagOf(reference string) string {
	if tag, err := name.NewTag(reference, name.StrictValidation); err == nil {
		return tag.TagStr()
	}
	if _, err := name.NewTag("registry.example.com/name:"+reference, name.StrictValidation); err == nil {
		return reference
	}
	return ""
}

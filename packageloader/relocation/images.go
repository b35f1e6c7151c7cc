package relocation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/ocistore"
)

// lockedImage is an image that the lock of a package or component names.
type lockedImage struct {
	Image, Digest string
	reference     name.Reference
	hash          v1.Hash
	// place is a repository that a relocation record names, or "".
	place string
}

// lockedImages returns the images and dependencies that root and components lock,
// each once, sorted.
func (s *source) lockedImages(ctx context.Context, options Options) ([]lockedImage, error) {
	content, err := packageloader.Verified(s.pkg, options.Verifier).Open(ctx, options.Limits)
	if err != nil {
		return nil, err
	}
	packages, err := packageloader.LoadContent(content)
	if err != nil {
		return nil, err
	}
	if err := packageloader.Relocate(ctx, content, packageloader.LoadOptions{Relocation: options.Relocation}, packages...); err != nil {
		return nil, err
	}
	var (
		images []lockedImage
		found  diagnostic.Diagnostics
	)
	for _, pkg := range packages {
		if pkg.Lock == nil {
			continue
		}
		add := func(image, digest, list string, i int) {
			made, problem := newLockedImage(image, digest)
			if problem != "" {
				found = append(found, diagnostic.Diagnostic{
					Code: diagnostic.LockInvalidDigest, Component: pkg.Component, Message: problem,
					Position: diagnostic.Position{File: pkg.LockPath}, Field: diagnostic.FieldPath("spec", list, i),
				})
				return
			}
			made.place, _ = pkg.Relocation.Place(image, digest)
			images = append(images, made)
		}
		for i, image := range pkg.Lock.Spec.Images {
			add(image.Image, image.Digest, "images", i)
		}
		for i, dependency := range pkg.Lock.Spec.Dependencies {
			add(dependency.Image, dependency.Digest, "dependencies", i)
		}
	}
	slices.SortFunc(images, func(a, b lockedImage) int {
		return cmp.Or(strings.Compare(a.Image, b.Image), strings.Compare(a.Digest, b.Digest))
	})
	images = slices.CompactFunc(images, func(a, b lockedImage) bool { return a.Image == b.Image && a.Digest == b.Digest })
	return images, found.Sorted().Err()
}

func newLockedImage(image, digest string) (lockedImage, string) {
	reference, err := name.ParseReference(image)
	if err != nil {
		return lockedImage{}, fmt.Sprintf("%q is not an image reference", image)
	}
	hash, err := v1.NewHash(digest)
	if err != nil {
		return lockedImage{}, fmt.Sprintf("%q is not a digest", digest)
	}
	if hash.Algorithm != "sha256" {
		return lockedImage{}, fmt.Sprintf("image %q is locked by %s; images are copied by sha256 only", image, hash.Algorithm)
	}
	return lockedImage{Image: image, Digest: digest, reference: reference, hash: hash}, ""
}

// foundImage is an image that can be read.
type foundImage struct {
	lockedImage
	reader ocistore.Reader
	root   *registry.Manifest
}

// find reads the manifests of all images, so that nothing is moved where one of them
// is missing.
func (s *source) find(ctx context.Context, images []lockedImage, client *registry.Client, concurrency int) ([]foundImage, error) {
	found := make([]foundImage, len(images))
	faults := make([]error, len(images))
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(max(concurrency, 4))
	for i, image := range images {
		group.Go(func() error {
			found[i], faults[i] = s.findImage(groupCtx, image, client)
			return nil // so that all that are missing are named
		})
	}
	_ = group.Wait()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return found, errors.Join(faults...)
}

func (s *source) findImage(ctx context.Context, image lockedImage, client *registry.Client) (foundImage, error) {
	found := foundImage{lockedImage: image}
	fail := func(place string, err error) (foundImage, error) {
		return found, &ocistore.Error{Side: ocistore.Source, Place: place, Err: fmt.Errorf("image %q of the lock: %w", image.Image, err)}
	}
	if layout, ok := s.reader.(*ocistore.Layout); ok && image.place == "" {
		root, err := layout.Manifest(ctx, image.Digest)
		if err == nil {
			found.reader, found.root = layout, root
			return found, nil
		}
		if !errors.Is(err, registry.ErrNotFound) {
			return fail(layout.String(), err)
		}
	}
	place := cmp.Or(image.place, image.reference.Context().Name())
	if own, ok := s.reader.(*ocistore.Repository); ok && own.String() == place {
		found.reader = own
	} else {
		repository, err := ocistore.InRepository(client, place)
		if err != nil {
			return fail(place, err)
		}
		found.reader = repository
	}
	root, err := found.reader.Manifest(ctx, image.Digest)
	if err != nil {
		return fail(place, err)
	}
	found.root = root
	return found, nil
}

// inherited is the record for a copy without images: they stay where they are, which
// the source may be the only one to know. It is nil where they are where the lock
// says.
func (s *source) inherited(ctx context.Context, record *packagetypes.Relocation) (*packagetypes.Relocation, error) {
	here := ""
	if repository, ok := s.reader.(*ocistore.Repository); ok {
		here = repository.String()
	}
	if record == nil {
		tag := ocistore.TagOf(s.image.Digest, packageloader.RelocationSuffix)
		found, err := s.reader.Manifest(ctx, tag)
		if errors.Is(err, registry.ErrNotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, &ocistore.Error{Side: ocistore.Source, Place: s.reader.String(), Err: err}
		}
		record, err = packageloader.ReadRelocation(ctx, s.reader.String()+":"+tag, s.image.Digest.String(), found.Raw, s.readBlob)
		if err != nil {
			return nil, err
		}
	}
	moved := false
	inherited := &packagetypes.Relocation{SchemaVersion: record.SchemaVersion, Package: record.Package}
	for _, image := range record.Images {
		if image.To == packagetypes.HerePlace {
			image.To = here
		}
		if image.To == "" {
			original, err := name.ParseReference(image.Image)
			if err != nil {
				continue
			}
			image.To = original.Context().Name()
		} else {
			moved = true
		}
		inherited.Images = append(inherited.Images, image)
	}
	if !moved {
		return nil, nil
	}
	return inherited, nil
}

func (s *source) readBlob(ctx context.Context, blob v1.Descriptor) ([]byte, error) {
	content, err := ocistore.ReadBlob(ctx, s.reader, blob, packageloader.MaxRelocationBytes)
	if err != nil {
		return nil, &ocistore.Error{Side: ocistore.Source, Place: s.reader.String(), Err: err}
	}
	return content, nil
}

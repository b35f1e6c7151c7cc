package relocation

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/registry/ocistore"
)

// destination is a place that was prepared to be written.
type destination struct {
	place  Place
	writer ocistore.Writer
	// repository is that of a registry.
	repository *ocistore.Repository
	// name of the package, or "".
	name     string
	imagesTo string
	// taken are the names of images in files and in repositories of their own.
	taken map[string]string
	begin func() error
	end   func(context.Context) error
	// abandon says where what was moved is kept, or "".
	abandon func() string
}

func (p Place) prepare(from *source, imagesTo string) (*destination, error) {
	d, err := p.destination(from)
	if err != nil {
		return nil, &ocistore.Error{Side: ocistore.Destination, Place: p.String(), Err: err}
	}
	if imagesTo != "" {
		if d.repository == nil {
			return nil, fmt.Errorf("%w: they have repositories of their own in a registry only; a layout or tar holds all of them", ErrImagesTo)
		}
		if _, err := name.NewRepository(imagesTo, name.StrictValidation); err != nil {
			return nil, fmt.Errorf("%w: %q is no host, or host and path, such as registry.example.com/images", ErrImagesTo, imagesTo)
		}
		d.imagesTo = strings.TrimSuffix(imagesTo, "/")
	}
	return d, nil
}

func (p Place) destination(from *source) (*destination, error) {
	d := &destination{
		place: p, taken: map[string]string{},
		begin: func() error { return nil }, end: func(context.Context) error { return nil }, abandon: func() string { return "" },
	}
	digest := from.root.Descriptor.Digest.String()
	wanted := p.name
	switch p.kind {
	case inRegistry:
		parsed, err := p.client.ParseReference(p.reference)
		if err != nil {
			return nil, err
		}
		if d.repository, err = ocistore.InRepository(p.client, parsed.Context().Name()); err != nil {
			return nil, err
		}
		d.writer = d.repository
		if isDigest := strings.Contains(p.reference, "@"); isDigest || strings.Contains(path.Base(p.reference), ":") {
			wanted = parsed.Identifier()
		} else {
			d.name = tagOf(from.name)
		}
	case inLayout:
		writer, err := ocistore.WriteLayout(p.path)
		if err != nil {
			return nil, err
		}
		d.writer, d.name = writer, tagOf(from.name)
		writer.Mark(from.root.Descriptor.Digest, packageMark())
		d.end = writer.Commit
	case inTar:
		writer, err := ocistore.WriteTar(p.path)
		if err != nil {
			return nil, err
		}
		d.writer, d.name = writer, from.name
		writer.Mark(from.root.Descriptor.Digest, packageMark())
		d.begin, d.end = writer.Lock, writer.Commit
		d.abandon = func() string {
			kept, err := writer.Close()
			if err != nil {
				return ""
			}
			return kept
		}
	default:
		return nil, errors.New("the place is not set")
	}
	switch {
	case strings.Contains(wanted, ":") && p.kind == inRegistry, strings.HasPrefix(wanted, "sha256:"):
		if wanted != digest {
			return nil, fmt.Errorf("the package has the digest %s", digest)
		}
		d.name = ""
	case wanted != "":
		d.name = wanted
	}
	return d, nil
}

// packageMark marks the entry of a layout that is the package.
func packageMark() map[string]string {
	return map[string]string{packageloader.FormatLabel: manifest.APIVersion}
}

// reference of the package, in full.
func (d *destination) reference(digest v1.Hash) string {
	switch {
	case d.repository == nil:
		return Place{kind: d.place.kind, path: d.place.path, name: d.fileSelector(digest)}.String()
	case d.name == "":
		return d.repository.Reference(digest.String())
	default:
		return d.repository.Reference(d.name)
	}
}

func (d *destination) fileSelector(digest v1.Hash) string {
	if d.name == "" {
		return digest.String()
	}
	return d.name
}

// target is where one image goes.
type target struct {
	writer ocistore.Writer
	name   string
	// to is what the record says, and repository what that means; it is "" in files.
	to, repository string
}

// target of an image: beside the package, unless there are repositories for images.
// One repository has to exist then, with one permission: many registries make none
// by themselves. What is only there by digest some of them collect as garbage, so
// each image gets a name.
func (d *destination) target(image lockedImage) (target, error) {
	switch {
	case d.repository == nil:
		full := ocistore.FullName(image.reference)
		if !d.take(full, image.Digest) {
			full = strings.TrimSuffix(ocistore.FullName(image.reference.Context().Tag("x")), ":x") + "@" + image.Digest
		}
		return target{d.writer, full, packagetypes.HerePlace, ""}, nil
	case d.imagesTo == "":
		return target{d.writer, imageTag(image), packagetypes.HerePlace, d.repository.String()}, nil
	}
	original := image.reference.Context()
	host, _, _ := strings.Cut(ocistore.FullName(image.reference), "/")
	to := d.imagesTo + "/" + strings.ReplaceAll(host, ":", "-") + "/" + original.RepositoryStr()
	repository, err := ocistore.InRepository(d.place.client, to)
	if err != nil {
		return target{}, &ocistore.Error{Side: ocistore.Destination, Place: to, Err: err}
	}
	tag := ""
	if tagged, ok := image.reference.(name.Tag); ok && d.take(to+":"+tagged.TagStr(), image.Digest) {
		tag = tagged.TagStr()
	} else {
		tag = imageTag(image)
	}
	return target{repository, tag, repository.String(), repository.String()}, nil
}

// take claims a name for a digest.
func (d *destination) take(name, digest string) bool {
	if by, ok := d.taken[name]; ok {
		return by == digest
	}
	d.taken[name] = digest
	return true
}

// imageTag is the tag of an image beside its package: "sha256-<hex>.image-app-v1".
// It belongs to the digest, so two images are never in each other's way, and it is no
// version, so nobody takes it for one of the package.
func imageTag(image lockedImage) string {
	readable := path.Base(image.reference.Context().RepositoryStr())
	if tag, ok := image.reference.(name.Tag); ok {
		readable += "-" + tag.TagStr()
	}
	const longest = 128 // distribution specification, "Pulling manifests"
	tag := ocistore.TagOf(image.hash, "image-"+readable)
	if len(tag) > longest {
		tag = tag[:longest]
	}
	return tag
}

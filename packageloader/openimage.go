package packageloader

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/blobimage"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/verify"
)

// ErrNoImage is returned by [OpenImage] for a source that does not read an image,
// or one that has no digest of its own: what "docker save" writes.
var ErrNoImage = errors.New("the source is not an image with a digest")

// OpenImage opens the image that a source reads, as it is: with the same digest,
// and whatever else is in it, to push it or to write it elsewhere. The source is
// one of FromImage, FromLayout, FromTar, FromTarReader, FromRegistry and
// FromClient, or a [Verified] one of these, which is judged first; for any other the
// error matches [ErrNoImage]. Limits are those of
// [Source], of which zero fields are defaults; they bound a tar that is compressed
// as a whole.
//
// Only the manifest is read, and verified where it has a digest. Configuration and
// layers are read when they are asked for, and verified at their end: a wrong size
// or digest is an error of the last read. Whether the image holds a package is for
// [Load] to say. The caller closes the closer when the image is not needed any
// more; an image in a registry is pulled within ctx.
//
// Other errors are those of [Source].
func OpenImage(ctx context.Context, source Source, limits packagetypes.Limits) (v1.Image, io.Closer, error) {
	opener, ok := source.(imageOpener)
	if !ok {
		return nil, nil, fmt.Errorf("open image: %w", ErrNoImage)
	}
	opened, err := opener.openImage(ctx, limits)
	return opened.image, opened.closer, err
}

// openedImage is an image, with what a verifier wants to know of it but its
// digest.
type openedImage struct {
	image   v1.Image
	closer  io.Closer
	subject verify.Subject
}

// imageOpener is a source that reads an image.
type imageOpener interface {
	openImage(ctx context.Context, limits packagetypes.Limits) (openedImage, error)
}

func (s imageSource) openImage(context.Context, packagetypes.Limits) (openedImage, error) {
	return openedImage{s.image, nothingToClose{}, verify.Subject{Reference: "image"}}, nil
}

func (s registrySource) openImage(ctx context.Context, _ packagetypes.Limits) (openedImage, error) {
	reference, err := s.client.ParseReference(s.reference)
	if err != nil {
		return openedImage{}, err
	}
	image, err := s.client.Image(ctx, s.reference)
	if err != nil {
		s.done()
		return openedImage{}, err
	}
	return openedImage{image, closerFunc(s.done), s.subject(reference.Context().Name())}, nil
}

// closerFunc closes what cannot fail.
type closerFunc func()

func (f closerFunc) Close() error {
	f()
	return nil
}

func (s layoutSource) openImage(ctx context.Context, _ packagetypes.Limits) (openedImage, error) {
	archive, closer, err := s.archive()
	if err != nil {
		return openedImage{}, err
	}
	return archive.openImage(ctx, s.selector, closer)
}

func (s tarFileSource) openImage(ctx context.Context, limits packagetypes.Limits) (openedImage, error) {
	archive, closer, err := s.archive(ctx, limits)
	if err != nil {
		return openedImage{}, err
	}
	return archive.openTarImage(ctx, s.selector, closer)
}

func (s tarReaderSource) openImage(ctx context.Context, limits packagetypes.Limits) (openedImage, error) {
	archive, err := s.archive(ctx, limits)
	if err != nil {
		return openedImage{}, err
	}
	return archive.openTarImage(ctx, s.selector, nothingToClose{})
}

func (a imageArchive) openTarImage(ctx context.Context, selector string, closer io.Closer) (openedImage, error) {
	if !a.isLayout() {
		_ = closer.Close()
		return openedImage{}, fmt.Errorf("open image in %s: %w", a.name, ErrNoImage)
	}
	return a.openImage(ctx, selector, closer)
}

// openImage returns the image with the closer of the archive, or closes that.
func (a imageArchive) openImage(ctx context.Context, selector string, closer io.Closer) (openedImage, error) {
	image, err := a.image(ctx, selector)
	if err != nil {
		_ = closer.Close()
		return openedImage{}, err
	}
	return openedImage{image, closer, a.subject()}, nil
}

func (a imageArchive) image(ctx context.Context, selector string) (v1.Image, error) {
	found, err := a.find(ctx, selector)
	if err != nil {
		return nil, err
	}
	return blobimage.New(blobimage.Source{
		Name:      a.name,
		Manifest:  found.manifest,
		MediaType: found.mediaType,
		Open: func(blob v1.Descriptor) (io.ReadCloser, error) {
			file, err := a.openBlob(blob)
			if errors.Is(err, fs.ErrNotExist) {
				return nil, imageFault(a.name, diagnostic.ImageInvalid, "blob %s is missing", blob.Digest)
			}
			return file, err
		},
		MaxConfigBytes: registry.MaxConfigBytes,
	})
}

// nothingToClose is the closer of an image that holds nothing open.
type nothingToClose struct{}

func (nothingToClose) Close() error { return nil }

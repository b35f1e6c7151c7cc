package ocistore

import (
	"context"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/packstage/packstage/registry"
)

// Reader is a place that content is read from. It is safe for concurrent use.
type Reader interface {
	// String names the place in messages.
	fmt.Stringer
	// Manifest returns the manifest or index of a name (a tag, in a layout a
	// reference name) or digest, with bytes that are those of its digest. The error
	// matches [registry.ErrNotFound] where there is none.
	Manifest(ctx context.Context, nameOrDigest string) (*registry.Manifest, error)
	// Blob opens a blob. The bytes need not have been verified.
	Blob(ctx context.Context, blob v1.Descriptor) (io.ReadCloser, error)
	// Referrers lists the manifests whose subject has the digest.
	Referrers(ctx context.Context, subject v1.Hash) ([]v1.Descriptor, error)
}

// Lookup tells what a place has.
type Lookup interface {
	// Resolve returns the digest of a name, or of a digest that the place has the
	// manifest of.
	Resolve(ctx context.Context, nameOrDigest string) (digest v1.Hash, found bool, err error)
	// HasBlob tells whether the place has a blob.
	HasBlob(ctx context.Context, blob v1.Descriptor) (bool, error)
}

// Writer is a place that content is written to. It is safe for concurrent use.
type Writer interface {
	// String names the place in messages.
	fmt.Stringer
	Lookup
	// PushBlob stores a blob, unless it is there. Bytes that are not those of the
	// digest are an error. The reader is where the blob comes from: a registry may
	// take it over from another of its repositories. Open may be called more than
	// once.
	PushBlob(ctx context.Context, blob v1.Descriptor, open func() (io.ReadCloser, error), from Reader) error
	// PushManifest stores a manifest or index under a name, or with "" under its
	// digest alone, as something to keep.
	PushManifest(ctx context.Context, name string, manifest *registry.Manifest) error
	// NoteReferrers sees to it that manifests which were pushed are found as the
	// referrers of their subject.
	NoteReferrers(ctx context.Context, subject v1.Hash, referrers []v1.Descriptor) error
}

// Side says which end of a copy an error is about.
type Side string

const (
	// Source is where content comes from.
	Source Side = "source"
	// Destination is where it goes.
	Destination Side = "destination"
)

// Error is trouble with one side of a copy.
type Error struct {
	Side Side
	// Place is the name of the place.
	Place string
	Err   error
}

// Error names side and place, and what happened.
func (e *Error) Error() string { return fmt.Sprintf("%s %s: %v", e.Side, e.Place, e.Err) }

// Unwrap returns what happened.
func (e *Error) Unwrap() error { return e.Err }

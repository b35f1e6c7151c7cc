package ocistore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"sync/atomic"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/registry"
)

// Run moves what the destinations lack: blobs, then manifests, each after what it
// points at, then the lists of referrers, then names. It returns what was moved, and
// what was skipped since it was there. After an error the same copy can be made
// again, and goes on.
//
// The error is an [*Error]. A writer that has to be committed is left to the caller.
func (p *Plan) Run(ctx context.Context) (moved, skipped Totals, err error) {
	done := p.tally()
	for _, step := range []func(context.Context, *tally) error{p.moveBlobs, p.moveManifests, p.noteReferrers, p.giveNames} {
		if err := step(ctx, done); err != nil {
			return done.moved, done.skipped, err
		}
	}
	return done.moved, done.skipped, nil
}

func (p *Plan) moveBlobs(ctx context.Context, done *tally) error {
	group, ctx := p.group(ctx)
	for _, n := range p.order {
		for _, one := range n.blobs {
			if one.present {
				done.add(one.Digest, one.Size, true, (*Totals).addBlob)
				continue
			}
			group.Go(func() error {
				opened, err := n.moveBlob(ctx, one.Descriptor)
				if err == nil {
					done.add(one.Digest, one.Size, !opened, (*Totals).addBlob)
				}
				return err
			})
		}
	}
	return group.Wait()
}

// moveBlob tells whether the bytes were needed.
func (n *node) moveBlob(ctx context.Context, blob v1.Descriptor) (bool, error) {
	var opened atomic.Bool
	open := func() (io.ReadCloser, error) {
		opened.Store(true)
		stream, err := n.from.Blob(ctx, blob)
		if err != nil {
			return nil, n.source(err)
		}
		return &sourceReader{ReadCloser: stream, node: n, blob: blob, hash: sha256.New()}, nil
	}
	err := n.to.PushBlob(ctx, blob, open, n.from)
	var known *Error
	if errors.As(err, &known) {
		return opened.Load(), known
	}
	return opened.Load(), n.destination(err)
}

// sourceReader says of its errors that they are those of the source. It compares
// what it reads with the descriptor, since a destination that finds it out cannot
// tell which side is to blame.
type sourceReader struct {
	io.ReadCloser
	node *node
	blob v1.Descriptor
	hash hash.Hash
	size int64
}

func (r *sourceReader) Read(buffer []byte) (int, error) {
	count, err := r.ReadCloser.Read(buffer)
	r.hash.Write(buffer[:count])
	if r.size += int64(count); r.size > r.blob.Size {
		return 0, r.mismatch("has more than the %d bytes that its descriptor says", r.blob.Size)
	}
	switch {
	case err != io.EOF: //nolint:errorlint // an EOF inside another error is a broken connection
		return count, r.node.source(err)
	case r.size != r.blob.Size:
		return 0, r.mismatch("has %d bytes, its descriptor says %d", r.size, r.blob.Size)
	}
	if got := hex.EncodeToString(r.hash.Sum(nil)); got != r.blob.Digest.Hex {
		return 0, r.mismatch("has the digest sha256:%s", got)
	}
	return count, err
}

func (r *sourceReader) mismatch(format string, arguments ...any) error {
	return r.node.source(diagnostic.Diagnostics{{
		Code: diagnostic.ImageDigestMismatch, Position: diagnostic.Position{File: r.node.from.String() + "@" + r.blob.Digest.String()},
		Message: "the blob " + fmt.Sprintf(format, arguments...),
	}})
}

func (p *Plan) moveManifests(ctx context.Context, done *tally) error {
	for first := 0; first < len(p.order); {
		last := first
		for last < len(p.order) && p.order[last].level == p.order[first].level {
			last++
		}
		group, levelCtx := p.group(ctx)
		for _, n := range p.order[first:last] {
			if n.present {
				done.add(n.digest, n.manifest.Descriptor.Size, true, (*Totals).addManifest)
				continue
			}
			group.Go(func() error {
				err := n.destination(n.store(levelCtx))
				if err == nil {
					done.add(n.digest, n.manifest.Descriptor.Size, false, (*Totals).addManifest)
				}
				return err
			})
		}
		if err := group.Wait(); err != nil {
			return err
		}
		first = last
	}
	return nil
}

// store stores a manifest under its digest. A layout does not list what is stored
// only because something else points at it.
func (n *node) store(ctx context.Context) error {
	if layout, ok := n.to.(storer); ok {
		return layout.store(ctx, n.manifest)
	}
	return n.to.PushManifest(ctx, "", n.manifest)
}

func (p *Plan) noteReferrers(ctx context.Context, _ *tally) error {
	group, ctx := p.group(ctx)
	for _, one := range p.notes {
		group.Go(func() error {
			if err := one.to.NoteReferrers(ctx, one.subject, one.referrers); err != nil {
				return &Error{Destination, one.to.String(), err}
			}
			return nil
		})
	}
	return group.Wait()
}

func (p *Plan) giveNames(ctx context.Context, _ *tally) error {
	group, ctx := p.group(ctx)
	for _, one := range p.names {
		group.Go(func() error { return Name(ctx, one.node.to, one.node.manifest, one.name) })
	}
	return group.Wait()
}

// Name gives a name to a manifest that the place has, unless it has it; with "" a
// layout lists it without one. The error is an [*Error].
func Name(ctx context.Context, to Writer, manifest *registry.Manifest, name string) error {
	err := giveName(ctx, to, manifest, name)
	if err != nil {
		return &Error{Destination, to.String(), err}
	}
	return nil
}

func giveName(ctx context.Context, to Writer, manifest *registry.Manifest, name string) error {
	if _, ok := to.(thorough); !ok {
		if name == "" {
			return nil
		}
		digest, found, err := to.Resolve(ctx, name)
		if err != nil || found && digest == manifest.Descriptor.Digest {
			return err
		}
	}
	return to.PushManifest(ctx, name, manifest)
}

package ocistore

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/packstage/packstage/registry"
)

// cosignSuffixes are those of the tags under which cosign keeps what belongs to a
// manifest.
var cosignSuffixes = []string{"att", "sbom", "sig"}

// visit reads the manifests of a wave at the same time and returns the next wave.
func (p *Plan) visit(ctx context.Context, wave []*node) ([]*node, error) {
	found := make([]struct {
		referrers []v1.Descriptor
		tagged    []*registry.Manifest // by cosignSuffixes, or nil
	}, len(wave))
	group, ctx := p.group(ctx)
	for i, node := range wave {
		found[i].tagged = make([]*registry.Manifest, len(cosignSuffixes))
		group.Go(func() error { return node.read(ctx) })
		if !p.options.Referrers {
			continue
		}
		group.Go(func() (err error) {
			found[i].referrers, err = node.from.Referrers(ctx, node.digest)
			return node.source(err)
		})
		for j, suffix := range cosignSuffixes {
			group.Go(func() error {
				tagged, err := node.from.Manifest(ctx, TagOf(node.digest, suffix))
				if errors.Is(err, registry.ErrNotFound) {
					return nil
				}
				found[i].tagged[j] = tagged
				return node.source(err)
			})
		}
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var next []*node
	add := func(parent *node, digest v1.Hash, manifest *registry.Manifest) *node {
		child, isNew := p.node(parent.from, parent.to, digest)
		if isNew {
			child.manifest = manifest
			child.optional = true
			next = append(next, child)
		}
		return child
	}
	for i, node := range wave {
		if node.parsed == nil {
			delete(p.nodes, node.nodeKey)
			continue
		}
		for _, entry := range node.parsed.Manifests {
			child := add(node, entry.Digest, nil)
			child.optional = false
			node.children = append(node.children, child)
		}
		for _, referrer := range found[i].referrers {
			if p.options.LeaveOut == nil || !p.options.LeaveOut(referrer) {
				node.referrers = append(node.referrers, add(node, referrer.Digest, nil))
			}
		}
		for j, tagged := range found[i].tagged {
			if tagged != nil {
				p.names = append(p.names, assignment{add(node, tagged.Descriptor.Digest, tagged), TagOf(node.digest, cosignSuffixes[j])})
			}
		}
	}
	return next, nil
}

func (p *Plan) group(ctx context.Context) (*errgroup.Group, context.Context) {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(p.options.Concurrency)
	return group, ctx
}

func (n *node) read(ctx context.Context) (err error) {
	if n.manifest == nil {
		n.manifest, err = n.from.Manifest(ctx, n.digest.String())
		if n.optional && errors.Is(err, registry.ErrNotFound) {
			return nil
		}
		if err != nil {
			return n.source(err)
		}
	}
	n.parsed, err = parse(n.manifest)
	return n.source(err)
}

func (n *node) source(err error) error {
	if err == nil {
		return nil
	}
	return &Error{Source, n.from.String(), err}
}

func (n *node) destination(err error) error {
	if err == nil {
		return nil
	}
	return &Error{Destination, n.to.String(), err}
}

// sort puts manifests behind all that they point at, subjects included.
func (p *Plan) sort() {
	var level func(n *node) int
	level = func(n *node) int {
		if n.level > 0 {
			return n.level
		}
		before := n.children
		if n.parsed.Subject != nil {
			if subject, ok := p.nodes[nodeKey{n.to, n.parsed.Subject.Digest}]; ok {
				before = append(slices.Clip(before), subject)
			}
		}
		highest := 0
		for _, other := range before { // digests know no cycles
			highest = max(highest, level(other))
		}
		n.level = highest + 1
		return n.level
	}
	for _, n := range p.nodes {
		level(n)
		p.order = append(p.order, n)
	}
	slices.SortFunc(p.order, func(a, b *node) int {
		return cmp.Or(a.level-b.level, compareKeys(a.nodeKey, b.nodeKey))
	})
	type blobKey struct {
		to     Writer
		digest v1.Hash
	}
	known := map[blobKey]bool{}
	for _, n := range p.order {
		for _, one := range n.parsed.blobs() {
			if key := (blobKey{n.to, one.Digest}); !known[key] {
				known[key] = true
				n.blobs = append(n.blobs, &blob{Descriptor: one})
			}
		}
		var referrers []v1.Descriptor
		for _, referrer := range n.referrers {
			// A list may say what it likes; the manifest says what it refers to.
			if referrer.parsed == nil {
				continue
			}
			if subject := referrer.parsed.Subject; subject != nil && subject.Digest == n.digest {
				referrers = append(referrers, referrer.parsed.referrer(referrer.manifest))
			}
		}
		if len(referrers) > 0 {
			p.notes = append(p.notes, note{n.to, n.digest, referrers})
		}
	}
}

func compareKeys(a, b nodeKey) int {
	return cmp.Or(strings.Compare(a.to.String(), b.to.String()), strings.Compare(a.digest.String(), b.digest.String()))
}

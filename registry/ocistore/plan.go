package ocistore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/packstage/packstage/registry"
)

// Item is one image or index to copy.
type Item struct {
	From Reader
	// Root is its manifest, which is where all that belongs to it is found.
	Root *registry.Manifest
	To   Writer
	// Names are given to it when everything else is there. The name "" keeps it
	// without one, as what is listed in a layout.
	Names []string
}

// Options says what belongs to an image, and how it is moved. The zero value copies
// images without what refers to them.
type Options struct {
	// Referrers copies signatures, bills of materials and all else that refers to a
	// manifest that is copied, and what refers to those: by the lists of referrers,
	// and under the tags of cosign.
	Referrers bool
	// LeaveOut is asked about each referrer; nil leaves out none.
	LeaveOut func(referrer v1.Descriptor) bool
	// Concurrency is the number of requests, and of blobs on their way, at a time.
	// Default 4.
	Concurrency int
	// Progress is told about each blob and manifest that is done. Calls come one at a
	// time.
	Progress func(Progress)
}

// Progress is what has become of one piece of content.
type Progress struct {
	Digest v1.Hash
	Bytes  int64
	// Skipped is set where the destination had it, or took it over from another of
	// its repositories.
	Skipped bool
}

const defaultConcurrency = 4

// maxManifests bounds what belongs to one copy.
const maxManifests = 50_000

// Plan is what there is to copy, and what of it the destination lacks. It is used by
// one goroutine at a time.
type Plan struct {
	options Options
	nodes   map[nodeKey]*node
	order   []*node // by level, then by digest
	names   []assignment
	notes   []note
}

type nodeKey struct {
	to     Writer
	digest v1.Hash
}

// node is a manifest that belongs to what is copied.
type node struct {
	nodeKey
	from     Reader
	manifest *registry.Manifest
	parsed   *parsed
	children []*node
	// referrers were found at the source.
	referrers []*node
	// optional manifests may be missing: lists of referrers outlive what they list.
	optional bool
	present  bool
	level    int
	blobs    []*blob
}

// blob is a blob of a node. Of one that several nodes have, only the first says so.
type blob struct {
	v1.Descriptor
	present bool
}

// assignment is a name for a manifest.
type assignment struct {
	node *node
	name string
}

type note struct {
	to        Writer
	subject   v1.Hash
	referrers []v1.Descriptor
}

// thorough is a destination that is cheap to ask about everything. A registry that
// has a manifest has what it points at: it has refused the manifest otherwise.
type thorough interface{ checksEverything() }

func (w *LayoutWriter) checksEverything() {}

// storer is a destination that lists what it is told to, and not all that it has.
type storer interface {
	store(ctx context.Context, manifest *registry.Manifest) error
}

// NewPlan walks from the items to everything that belongs to them, and asks the
// destinations what they have. Nothing is changed.
//
// The error is an [*Error] that says which side could not be read.
func NewPlan(ctx context.Context, items []Item, options Options) (*Plan, error) {
	if options.Concurrency <= 0 {
		options.Concurrency = defaultConcurrency
	}
	p := &Plan{options: options, nodes: map[nodeKey]*node{}}
	var wave []*node
	for _, item := range items {
		root, isNew := p.node(item.From, item.To, item.Root.Descriptor.Digest)
		root.manifest = item.Root
		if isNew {
			wave = append(wave, root)
		}
		for _, name := range item.Names {
			p.names = append(p.names, assignment{root, name})
		}
	}
	for len(wave) > 0 {
		next, err := p.visit(ctx, wave)
		if err != nil {
			return nil, err
		}
		if wave = next; len(p.nodes) > maxManifests {
			return nil, fmt.Errorf("more than %d manifests belong to what is copied", maxManifests)
		}
	}
	p.sort()
	return p, p.look(ctx)
}

func (p *Plan) node(from Reader, to Writer, digest v1.Hash) (*node, bool) {
	key := nodeKey{to, digest}
	if known, ok := p.nodes[key]; ok {
		return known, false
	}
	made := &node{nodeKey: key, from: from}
	p.nodes[key] = made
	return made, true
}

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

// look asks the destinations what they have: for manifests, and for blobs only where
// that is cheap or their manifest is missing.
func (p *Plan) look(ctx context.Context) error {
	group, ctx := p.group(ctx)
	for _, n := range p.order {
		group.Go(func() error {
			_, found, err := n.to.Resolve(ctx, n.digest.String())
			n.present = found
			return n.destination(err)
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	// A blob counts with the first manifest that has it, and that manifest may be
	// there while another one that has it too is not.
	for _, n := range p.order {
		if _, ok := n.to.(thorough); n.present && !ok {
			for _, one := range n.blobs {
				one.present = true
			}
		}
	}
	return nil
}

// LookAtBlobs asks the destinations which blobs they have, which [Plan.Run] finds
// out by itself, so that [Plan.Totals] is exact.
func (p *Plan) LookAtBlobs(ctx context.Context) error {
	group, ctx := p.group(ctx)
	for _, n := range p.order {
		for _, one := range n.blobs {
			if one.present {
				continue
			}
			group.Go(func() (err error) {
				one.present, err = n.to.HasBlob(ctx, one.Descriptor)
				return n.destination(err)
			})
		}
	}
	return group.Wait()
}

// Totals counts pieces of content and their bytes.
type Totals struct {
	Manifests, Blobs int
	Bytes            int64
}

func (t *Totals) addBlob(size int64) { t.Blobs++; t.Bytes += size }

func (t *Totals) addManifest(size int64) { t.Manifests++; t.Bytes += size }

// Totals returns what there is to move, as far as it is known, and what the
// destination has already.
func (p *Plan) Totals() (missing, present Totals) {
	for _, n := range p.order {
		totals := &missing
		if n.present {
			totals = &present
		}
		totals.addManifest(n.manifest.Descriptor.Size)
		for _, one := range n.blobs {
			totals := &missing
			if one.present {
				totals = &present
			}
			totals.addBlob(one.Size)
		}
	}
	return missing, present
}

func (p *Plan) tally() *tally { return &tally{progress: p.options.Progress} }

// tally counts what was done.
type tally struct {
	mutex          sync.Mutex
	moved, skipped Totals
	progress       func(Progress)
}

func (t *tally) add(digest v1.Hash, size int64, skipped bool, count func(*Totals, int64)) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	totals := &t.moved
	if skipped {
		totals = &t.skipped
	}
	count(totals, size)
	if t.progress != nil {
		t.progress(Progress{Digest: digest, Bytes: size, Skipped: skipped})
	}
}

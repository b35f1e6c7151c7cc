package ocistore

import (
	"context"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"

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

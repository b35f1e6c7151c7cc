package ocistore

import (
	"context"
)

// thorough is a destination that is cheap to ask about everything. A registry that
// has a manifest has what it points at: it has refused the manifest otherwise.
type thorough interface{ checksEverything() }

func (w *LayoutWriter) checksEverything() {}

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

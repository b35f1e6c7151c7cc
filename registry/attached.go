package registry

import (
	"context"
	"errors"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"
)

// Attached is a manifest that belongs to another one.
type Attached struct {
	// Descriptor of the manifest; a referrer's has an artifact type.
	Descriptor v1.Descriptor
	// Tag names it where the belonging is said by a tag and not by a subject.
	Tag string
}

// attachedSuffixes end the tags by which tools attach something without a
// subject: cosign its signatures, attestations and bills of materials.
var attachedSuffixes = []string{"sig", "att", "sbom"}

// Attached lists what belongs to the manifest of the reference: its referrers,
// see [Client.Referrers], and what tools attach by the tags "sha256-<hex>.sig",
// ".att" and ".sbom", in this order.
func (c *Client) Attached(ctx context.Context, reference string) ([]Attached, error) {
	subject, err := c.parseSubject(ctx, reference)
	if err != nil {
		return nil, err
	}
	var referrers []v1.Descriptor
	tagged := make([]*Attached, len(attachedSuffixes))
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		referrers, err = c.Referrers(ctx, subject.Name(), "")
		return err
	})
	for i, suffix := range attachedSuffixes {
		group.Go(func() error {
			tag := strings.Replace(subject.DigestStr(), ":", "-", 1) + "." + suffix
			found, err := c.resolve(ctx, subject.Context().Tag(tag))
			if err == nil {
				tagged[i] = &Attached{Descriptor: found, Tag: tag}
			}
			if errors.Is(err, ErrNotFound) {
				err = nil
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var all []Attached
	for _, referrer := range referrers {
		all = append(all, Attached{Descriptor: referrer})
	}
	for _, one := range tagged {
		if one != nil {
			all = append(all, *one)
		}
	}
	return all, nil
}

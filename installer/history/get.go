package history

import (
	"context"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/packstage/packstage/installer/cluster"
)

// Content returns what a revision of the record holds. It is read anew on each
// call, checked against the revision's digests, and never larger than what
// [Store.Put] stores. Errors: [*DamagedError] where it was deleted, edited, or is
// someone else's.
func (s *Store) Content(ctx context.Context, release cluster.Release, revision Revision) (*Content, error) {
	if err := checkRevision(revision); err != nil {
		return nil, fmt.Errorf("read revision %d of release %s: %w", revision.Number, release, err)
	}
	parts := make([][]byte, revision.Chunks)
	size := 0
	for chunk := range parts {
		part, err := s.chunk(ctx, release, revision.Number, chunk)
		if err != nil {
			return nil, err
		}
		parts[chunk] = part
		if size += len(part); size > revision.Bytes {
			break
		}
	}
	if size != revision.Bytes {
		return nil, damagedRevision(release, revision.Number, 0,
			fmt.Sprintf("was edited, or one of its %d parts: the size is not the one of the record", revision.Chunks), nil)
	}
	compressed := slices.Concat(parts...)
	if contentDigest(compressed) != revision.ContentDigest {
		return nil, damagedRevision(release, revision.Number, 0,
			fmt.Sprintf("was edited, or one of its %d parts: the digest is not the one of the record", revision.Chunks), nil)
	}
	content, err := decodeContent(compressed)
	if err != nil {
		return nil, damagedRevision(release, revision.Number, 0, "has content that cannot be read", err)
	}
	if digest := content.Instance.Digest(); digest != revision.InstanceDigest || identity(content.Instance, digest) != revision.Identity {
		return nil, damagedRevision(release, revision.Number, 0, "is whole, but the record was edited and describes other content", nil)
	}
	return content, nil
}

// chunk returns one part of a revision's content.
func (s *Store) chunk(ctx context.Context, release cluster.Release, number, chunk int) ([]byte, error) {
	secret, err := s.cluster.Get(ctx, secretReference(release, revisionName(release, number, chunk)))
	if apierrors.IsNotFound(err) {
		return nil, damagedRevision(release, number, chunk, "was deleted", nil)
	}
	if err != nil {
		return nil, fmt.Errorf("read revision %d of release %s: %w", number, release, err)
	}
	if !ours(release, secret) {
		return nil, foreignRevision(release, number, chunk)
	}
	part, err := secretData(secret, contentKey)
	if err != nil {
		return nil, damagedRevision(release, number, chunk, "was edited", err)
	}
	return part, nil
}

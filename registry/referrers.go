package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// maxReferrers bounds a list of referrers.
const maxReferrers = 10_000

// Referrers lists the manifests that have the manifest of the reference as their
// subject, in the order in which the registry gives them: those of an artifact
// type, or all where that is "". A tag is resolved first.
//
// A registry without the API for this (OCI distribution specification 1.1,
// "Listing Referrers") is asked for the tag "sha256-<hex>", an index in which
// clients keep the list. There are none where that is missing, too.
func (c *Client) Referrers(ctx context.Context, reference string, artifactType string) ([]v1.Descriptor, error) {
	subject, err := c.parseSubject(ctx, reference)
	if err != nil {
		return nil, err
	}
	found, supported, err := c.listReferrers(ctx, subject, artifactType)
	if err != nil {
		return nil, err
	}
	if !supported {
		index, err := c.referrersIndex(ctx, subject)
		if err != nil {
			return nil, err
		}
		found = index.Manifests
	}
	wanted := make([]v1.Descriptor, 0, len(found))
	for _, one := range found {
		if artifactType == "" || one.ArtifactType == artifactType {
			wanted = append(wanted, one)
		}
	}
	return wanted, nil
}

func (c *Client) parseSubject(ctx context.Context, reference string) (name.Digest, error) {
	parsed, err := c.ParseReference(reference)
	if err != nil {
		return name.Digest{}, err
	}
	if digest, ok := parsed.(name.Digest); ok {
		return digest, nil
	}
	descriptor, err := c.resolve(ctx, parsed)
	if err != nil {
		return name.Digest{}, err
	}
	return parsed.Context().Digest(descriptor.Digest.String()), nil
}

// listReferrers asks the API. It returns false where there is none.
func (c *Client) listReferrers(ctx context.Context, subject name.Digest, artifactType string) ([]v1.Descriptor, bool, error) {
	list := call{
		operation:  "list referrers of",
		reference:  subject.Name(),
		repository: subject.Context(),
		method:     http.MethodGet,
		path:       "referrers/" + subject.DigestStr(),
		header:     http.Header{"Accept": {string(types.OCIImageIndex)}},
		want:       []int{http.StatusOK},
		limit:      MaxManifestBytes,
	}
	if artifactType != "" {
		list.query = url.Values{"artifactType": {artifactType}}
	}
	var found []v1.Descriptor
	seen, pages := map[v1.Hash]bool{}, 0
	for {
		var page v1.IndexManifest
		more, err := c.page(ctx, &list, &page)
		if isMissingAPI(err) && len(found) == 0 {
			return nil, false, nil
		}
		if err != nil {
			return nil, false, err
		}
		known := len(found)
		for _, one := range page.Manifests {
			if !seen[one.Digest] {
				seen[one.Digest] = true
				found = append(found, one)
			}
		}
		if pages++; more && (len(found) == known || pages >= maxPages) || len(found) > maxReferrers {
			return nil, false, c.fail(ctx, list, list.place.host.name, fmt.Errorf("%w: the list of referrers does not end", ErrProtocol))
		}
		if !more {
			return found, true, nil
		}
	}
}

// isMissingAPI tells whether a registry does not know the request at all: it
// says so in many ways.
func isMissingAPI(err error) bool {
	var answer *answerError
	if !errors.As(err, &answer) {
		return false
	}
	switch answer.status {
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotAcceptable, http.StatusNotImplemented:
		return true
	case http.StatusBadRequest:
		return answer.is("UNSUPPORTED", "NAME_INVALID")
	}
	return false
}

// referrersTag is the tag of the index of referrers (OCI distribution
// specification 1.1, "Referrers Tag Schema").
func referrersTag(subject name.Digest) name.Tag {
	return subject.Context().Tag(strings.Replace(subject.DigestStr(), ":", "-", 1))
}

// referrersIndex reads the index of the tag scheme; it is empty where there is
// none.
func (c *Client) referrersIndex(ctx context.Context, subject name.Digest) (*v1.IndexManifest, error) {
	index := &v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: []v1.Descriptor{}}
	tag := referrersTag(subject)
	manifest, err := c.pullManifest(ctx, tag)
	if errors.Is(err, ErrNotFound) {
		return index, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(manifest.Raw, index); err != nil || !manifest.Descriptor.MediaType.IsIndex() {
		return nil, invalid(tag.Name(), "the tag should be an index of referrers, and is not")
	}
	if len(index.Manifests) > maxReferrers {
		return nil, invalid(tag.Name(), fmt.Sprintf("the index lists more than %d referrers", maxReferrers))
	}
	return index, nil
}

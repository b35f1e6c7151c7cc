package registry

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/imageindex"
)

// MaxManifestBytes bounds a manifest or an index; registries refuse larger
// ones too.
const MaxManifestBytes = 4 << 20

// MaxConfigBytes bounds the configuration of an image. That of a package image
// carries the package's manifest, which can be as large as a file may be.
const MaxConfigBytes = 32 << 20

// Manifest is a manifest or an index as a registry holds it.
type Manifest struct {
	// Descriptor has media type, size and digest; the digest is that of Raw.
	Descriptor v1.Descriptor
	// Raw are the exact bytes.
	Raw []byte
}

var manifestTypes = strings.Join([]string{
	string(types.OCIManifestSchema1),
	string(types.OCIImageIndex),
	string(types.DockerManifestSchema2),
	string(types.DockerManifestList),
}, ", ")

// Resolve finds out which digest a reference has now. A reference by digest
// still asks, so that the answer means that the manifest is there.
func (c *Client) Resolve(ctx context.Context, reference string) (v1.Descriptor, error) {
	parsed, err := c.ParseReference(reference)
	if err != nil {
		return v1.Descriptor{}, err
	}
	return c.resolve(ctx, parsed)
}

func (c *Client) resolve(ctx context.Context, reference name.Reference) (v1.Descriptor, error) {
	response, err := c.do(ctx, manifestCall(http.MethodHead, "resolve", reference))
	if err != nil {
		return v1.Descriptor{}, err
	}
	defer response.Body.Close()
	digest, err := v1.NewHash(response.Header.Get("Docker-Content-Digest"))
	if err != nil || response.ContentLength < 0 || digest.Algorithm != "sha256" {
		// Digest and size are optional in an answer to HEAD.
		manifest, err := c.pullManifest(ctx, reference)
		if err != nil {
			return v1.Descriptor{}, err
		}
		return manifest.Descriptor, nil
	}
	if want, ok := reference.(name.Digest); ok && want.DigestStr() != digest.String() {
		return v1.Descriptor{}, mismatch(reference.Name(), digest.String())
	}
	return v1.Descriptor{
		MediaType: withoutParameters(response.Header.Get("Content-Type")),
		Size:      response.ContentLength,
		Digest:    digest,
	}, nil
}

// Manifest pulls the manifest or index of a reference, resolving a tag on the
// way. The bytes are those of the digest in the result and, where the reference
// has a digest, of that; otherwise the error is a finding with code
// ImageDigestMismatch.
//
// With a cache, a reference by digest that is in it makes no request, and one by
// tag makes one that only asks for the digest.
func (c *Client) Manifest(ctx context.Context, reference string) (*Manifest, error) {
	parsed, err := c.ParseReference(reference)
	if err != nil {
		return nil, err
	}
	return c.manifest(ctx, parsed)
}

// ImageManifest pulls the manifest of the image that a reference means: the one
// it points at, or where that is an index the entry for linux/amd64 or the only
// one.
func (c *Client) ImageManifest(ctx context.Context, reference string) (*Manifest, error) {
	parsed, err := c.ParseReference(reference)
	if err != nil {
		return nil, err
	}
	// An index of an index is allowed, an index without end is not.
	const deepest = 3
	for range deepest {
		manifest, err := c.manifest(ctx, parsed)
		if err != nil || !manifest.Descriptor.MediaType.IsIndex() {
			return manifest, err
		}
		var index v1.IndexManifest
		if err := json.Unmarshal(manifest.Raw, &index); err != nil {
			return nil, invalid(parsed.Name(), fmt.Sprintf("image index does not parse: %v", err))
		}
		entry, err := imageindex.Select(parsed.Name(), index.Manifests)
		if err != nil {
			return nil, err
		}
		parsed = parsed.Context().Digest(entry.Digest.String())
	}
	return nil, invalid(parsed.Name(), fmt.Sprintf("image indexes are nested more than %d deep", deepest))
}

func manifestCall(method, operation string, reference name.Reference) call {
	return call{
		operation:  operation,
		reference:  reference.Name(),
		repository: reference.Context(),
		method:     method,
		path:       "manifests/" + reference.Identifier(),
		header:     http.Header{"Accept": {manifestTypes}},
		want:       []int{http.StatusOK},
	}
}

// manifest looks into the cache, and pulls what is not there once for all who
// want it now.
func (c *Client) manifest(ctx context.Context, reference name.Reference) (*Manifest, error) {
	digest, ok := reference.(name.Digest)
	if c.options.Cache != nil && !ok {
		descriptor, err := c.resolve(ctx, reference)
		if err != nil {
			return nil, err
		}
		digest, ok = reference.Context().Digest(descriptor.Digest.String()), true
	}
	if !ok {
		return c.pullManifest(ctx, reference)
	}
	found, err := c.manifests.do(ctx, digest.Name(), func(ctx context.Context) (*Manifest, error) {
		if cached := c.cachedManifest(ctx, digest.DigestStr()); cached != nil {
			return cached, nil
		}
		pulled, err := c.pullManifest(ctx, digest)
		if err == nil {
			c.keep(ctx, pulled.Descriptor, pulled.Raw)
		}
		return pulled, err
	})
	// Whoever stops waiting for another's request has an error without a place.
	return found, c.fail(ctx, manifestCall(http.MethodGet, "pull manifest", digest), digest.RegistryStr(), err)
}

// cachedManifest returns nil where the cache has none.
func (c *Client) cachedManifest(ctx context.Context, digest string) *Manifest {
	if c.options.Cache == nil {
		return nil
	}
	hash, err := v1.NewHash(digest)
	if err != nil {
		return nil
	}
	raw, err := c.options.Cache.ReadAll(ctx, hash, -1, MaxManifestBytes)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) && ctx.Err() == nil { // who gives up has no trouble with the cache
			c.warn(err)
		}
		return nil
	}
	form := formOf(raw)
	if form.isAmbiguous() { // it came in as a blob, of which that is not asked
		return nil
	}
	return &Manifest{Raw: raw, Descriptor: v1.Descriptor{MediaType: form.mediaType(""), Size: int64(len(raw)), Digest: hash}}
}

func (c *Client) pullManifest(ctx context.Context, reference name.Reference) (*Manifest, error) {
	request := manifestCall(http.MethodGet, "pull manifest", reference)
	request.limit = MaxManifestBytes
	var digest v1.Hash
	var form manifestForm
	request.check = func(response *http.Response, raw []byte) error {
		sum := sha256.Sum256(raw)
		digest = v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(sum[:])}
		if want, ok := reference.(name.Digest); ok && want.DigestStr() != digest.String() {
			return mismatch(reference.Name(), digest.String())
		}
		stated := response.Header.Get("Docker-Content-Digest")
		if strings.HasPrefix(stated, "sha256:") && stated != digest.String() {
			return &statedDigestError{stated: stated, got: digest.String()}
		}
		if form = formOf(raw); form.isAmbiguous() {
			return invalid(reference.Name(), "the manifest is that of an image and an index at once")
		}
		return nil
	}
	response, err := c.do(ctx, request)
	if err != nil {
		return nil, err
	}
	return &Manifest{
		Raw: response.raw,
		Descriptor: v1.Descriptor{
			MediaType: form.mediaType(response.Header.Get("Content-Type")),
			Size:      int64(len(response.raw)),
			Digest:    digest,
		},
	}, nil
}

// statedDigestError is an answer whose header and body do not go together.
// Something on the way may have cut it, so that another try is worth it.
type statedDigestError struct{ stated, got string }

func (e *statedDigestError) Error() string {
	return fmt.Sprintf("the answer says that its digest is %s, but it is %s", e.stated, e.got)
}

func (e *statedDigestError) Is(target error) bool { return target == ErrProtocol }

// manifestForm is what of a manifest tells its kind. Fields that are null are nil.
type manifestForm struct {
	MediaType                 types.MediaType
	Manifests, Config, Layers *json.RawMessage
	// valid tells whether the whole of a manifest parses.
	valid bool
}

func formOf(raw []byte) manifestForm {
	var form manifestForm
	// What parses is there in spite of an error in a field beside it.
	err := json.Unmarshal(raw, &form)
	form.valid = err == nil
	return form
}

// isAmbiguous tells whether the same bytes, and so the same digest and signature,
// could mean an image to some and an index to others (CVE-2021-41190).
func (f manifestForm) isAmbiguous() bool {
	return f.Manifests != nil && (f.Config != nil || f.Layers != nil)
}

// mediaType believes the manifest before the header: only the manifest is
// covered by the digest. Where both say nothing, its form tells. The form is not
// ambiguous.
func (f manifestForm) mediaType(header string) types.MediaType {
	var manifests []v1.Descriptor
	if f.Manifests != nil {
		f.valid = json.Unmarshal(*f.Manifests, &manifests) == nil && f.valid
	}
	if f.valid && f.MediaType != "" {
		return f.MediaType
	}
	unclear := f.Config == nil && manifests == nil
	if header := withoutParameters(header); slices.Contains(strings.Split(manifestTypes, ", "), string(header)) &&
		(unclear || header.IsIndex() == (f.Config == nil)) {
		return header
	}
	switch {
	case f.Config == nil && manifests != nil:
		return types.OCIImageIndex
	case f.Config != nil:
		return types.OCIManifestSchema1
	default:
		return withoutParameters(header)
	}
}

func withoutParameters(header string) types.MediaType {
	kind, _, _ := strings.Cut(header, ";")
	return types.MediaType(strings.TrimSpace(kind))
}

func mismatch(reference, got string) error {
	return diagnostic.Diagnostics{{
		Code:     diagnostic.ImageDigestMismatch,
		Position: diagnostic.Position{File: reference},
		Message:  fmt.Sprintf("the registry answered with a manifest of digest %s", got),
		Hint:     "the registry or something on the way to it changed the bytes; nothing of them was used",
	}}
}

func invalid(reference, message string) error {
	return diagnostic.Diagnostics{{
		Code:     diagnostic.ImageInvalid,
		Position: diagnostic.Position{File: reference},
		Message:  message,
	}}
}

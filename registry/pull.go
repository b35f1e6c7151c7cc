package registry

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
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
	response, err := c.do(ctx, manifestCall(http.MethodHead, "resolve", parsed))
	if err != nil {
		return v1.Descriptor{}, err
	}
	defer response.Body.Close()
	digest, err := v1.NewHash(response.Header.Get("Docker-Content-Digest"))
	if err != nil || response.ContentLength < 0 || digest.Algorithm != "sha256" {
		// Digest and size are optional in an answer to HEAD.
		manifest, err := c.manifest(ctx, parsed)
		if err != nil {
			return v1.Descriptor{}, err
		}
		return manifest.Descriptor, nil
	}
	if want, ok := parsed.(name.Digest); ok && want.DigestStr() != digest.String() {
		return v1.Descriptor{}, mismatch(parsed.Name(), digest.String())
	}
	return v1.Descriptor{
		MediaType: types.MediaType(response.Header.Get("Content-Type")),
		Size:      response.ContentLength,
		Digest:    digest,
	}, nil
}

// Manifest pulls the manifest or index of a reference, resolving a tag on the
// way. The bytes are those of the digest in the result and, where the reference
// has a digest, of that; otherwise the error is a finding with code
// ImageDigestMismatch.
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
		scope:      transport.PullScope,
		method:     method,
		address:    "manifests/" + reference.Identifier(),
		header:     http.Header{"Accept": {manifestTypes}},
		want:       []int{http.StatusOK},
	}
}

func (c *Client) manifest(ctx context.Context, reference name.Reference) (*Manifest, error) {
	request := manifestCall(http.MethodGet, "pull manifest", reference)
	response, err := c.do(ctx, request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(response.Body, MaxManifestBytes+1))
	if err == nil && len(raw) > MaxManifestBytes {
		err = fmt.Errorf("%w: manifest is larger than %d bytes", ErrProtocol, MaxManifestBytes)
	}
	if err != nil {
		return nil, classify(ctx, request.operation, request.reference, reference.Context().RegistryStr(), err)
	}
	sum := sha256.Sum256(raw)
	digest := v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(sum[:])}
	if want, ok := reference.(name.Digest); ok && want.DigestStr() != digest.String() {
		return nil, mismatch(reference.Name(), digest.String())
	}
	return &Manifest{
		Raw: raw,
		Descriptor: v1.Descriptor{
			MediaType: mediaType(raw, response.Header.Get("Content-Type")),
			Size:      int64(len(raw)),
			Digest:    digest,
		},
	}, nil
}

// mediaType believes the manifest before the header: only the manifest is
// covered by the digest.
func mediaType(raw []byte, header string) types.MediaType {
	var stated struct {
		MediaType types.MediaType `json:"mediaType"`
	}
	if err := json.Unmarshal(raw, &stated); err == nil && stated.MediaType != "" {
		return stated.MediaType
	}
	kind, _, _ := strings.Cut(header, ";")
	return types.MediaType(strings.TrimSpace(kind))
}

// Blob opens a blob of a repository ("host/repository"). The caller closes it.
// The bytes are not verified: whoever reads them compares size and digest
// before using any.
func (c *Client) Blob(ctx context.Context, repository string, blob v1.Descriptor) (io.ReadCloser, error) {
	parsed, err := name.NewRepository(repository, c.nameOptions()...)
	if err != nil {
		return nil, &Error{Operation: "parse repository", Reference: repository, Kind: ErrInvalidReference, Err: err}
	}
	if len(blob.Data) > 0 && int64(len(blob.Data)) == blob.Size {
		return io.NopCloser(bytes.NewReader(blob.Data)), nil
	}
	return c.blob(ctx, parsed, blob)
}

func (c *Client) blob(ctx context.Context, repository name.Repository, blob v1.Descriptor) (io.ReadCloser, error) {
	reference := repository.Digest(blob.Digest.String()).Name()
	response, err := c.do(ctx, call{ //nolint:bodyclose // whoever has the reader closes it
		operation:  "pull blob",
		reference:  reference,
		repository: repository,
		scope:      transport.PullScope,
		method:     http.MethodGet,
		address:    "blobs/" + blob.Digest.String(),
		want:       []int{http.StatusOK},
	})
	if err != nil {
		return nil, err
	}
	return &blobReader{
		ctx: ctx, client: c, body: response.Body, reference: reference, host: repository.RegistryStr(),
		progress: Progress{Direction: Pull, Repository: repository.Name(), Digest: blob.Digest.String(), Total: blob.Size},
	}, nil
}

// blobReader tells progress and says in its errors what was read from where.
type blobReader struct {
	ctx             context.Context // of the one request that the reader is the answer to
	client          *Client
	body            io.ReadCloser
	reference, host string
	progress        Progress
}

func (r *blobReader) Read(buffer []byte) (int, error) {
	count, err := r.body.Read(buffer)
	if count > 0 {
		r.progress.Complete += int64(count)
		r.client.report(r.progress)
	}
	if err != nil && err != io.EOF { //nolint:errorlint // an EOF inside another error is a broken connection
		err = classify(r.ctx, "pull blob", r.reference, r.host, err)
	}
	return count, err
}

func (r *blobReader) Close() error { return r.body.Close() }

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

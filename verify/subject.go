package verify

import (
	"context"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/registry"
)

// Verifier decides whether an image may be used. It is safe for concurrent use.
// [NewVerifier] makes the one of a policy; implement it to decide otherwise.
type Verifier interface {
	// Verify judges the image with exactly the digest in the subject. Where the
	// image must not be used, the error is a [diagnostic.Diagnostics]; trouble
	// with the place that signatures are read from is another error. The result
	// is there where the error is nil.
	Verify(ctx context.Context, subject Subject) (*Result, error)
}

// Subject is an image that is about to be used.
type Subject struct {
	// Reference is what the user asked for; findings name it.
	Reference string
	// Repository is the repository that was asked, with its host; empty for an
	// image in a file, and for what is no image.
	Repository string
	// Digest of the image's manifest, computed from the bytes that are used;
	// zero for what is no image: a folder.
	Digest v1.Hash
	// Signatures is where signatures are looked for; nil where there is no such
	// place.
	Signatures SignatureSource
	// SignedAs are repositories, beside Repository, that a signature may name:
	// from where the caller knows that the image was copied. It must not come
	// from the place that the image comes from.
	SignedAs []string
}

// SignatureSource gives access to what hangs on the images of one repository, be
// it in a registry or in a file. Whatever it returns is verified: its manifests
// and blobs need not be believed. It is safe for concurrent use.
//
// What is not there is an error that matches [registry.ErrNotFound] or
// [fs.ErrNotExist].
type SignatureSource interface {
	// Manifest returns the manifest with a tag or a digest ("sha256:…").
	Manifest(ctx context.Context, tagOrDigest string) ([]byte, error)
	// Referrers lists the manifests whose subject has the digest.
	Referrers(ctx context.Context, digest v1.Hash) ([]v1.Descriptor, error)
	// Blob returns a whole blob, which the limit bounds.
	Blob(ctx context.Context, blob v1.Descriptor, limit int64) ([]byte, error)
}

// SignatureStore is a [SignatureSource] that signatures can be put into.
type SignatureStore interface {
	SignatureSource
	// PutBlob stores a blob; the descriptor is that of the content.
	PutBlob(ctx context.Context, blob v1.Descriptor, content []byte) error
	// PutManifest stores a manifest under a tag.
	PutManifest(ctx context.Context, tag string, mediaType types.MediaType, raw []byte) error
	// Attach stores an artifact that refers to the digest.
	Attach(ctx context.Context, digest v1.Hash, artifact registry.Artifact) (v1.Descriptor, error)
}

// Result says how an image was judged.
type Result struct {
	Reference string
	// Digest is the one that was verified.
	Digest v1.Hash
	// Prefix and Mode are those of the policy's entry.
	Prefix string
	Mode   Mode
	// Signers are the trusted ones that were found, in the order of their
	// signatures: as many as the policy asks for, or with [Options.All] one for each
	// signature.
	Signers []Signer
	// Warnings say what a policy with the mode [Warn] would have refused.
	Warnings diagnostic.Diagnostics
}

// Verified tells whether the image is signed as the policy wants; with the mode
// [Warn] or [Off] an image can be used that is not.
func (r *Result) Verified() bool { return r.Mode != Off && len(r.Signers) > 0 && len(r.Warnings) == 0 }

// Form is how a signature is stored.
type Form string

const (
	// Bundle is a sigstore bundle in a manifest that refers to the image: the
	// form of cosign since version 3.
	Bundle Form = "bundle"
	// SimpleSigning is a layer of the image that the tag sha256-….sig names: the
	// form of cosign before version 3.
	SimpleSigning Form = "simple-signing"
)

// Signer is somebody trusted who signed an image.
type Signer struct {
	// Key is the key, where it was signed with one.
	Key *PublicKey
	// Identity is the one in the certificate, where it was signed with that; Subject is set.
	Identity *Identity
	// Form of the signature.
	Form Form
	// Repository that the signature names, or "".
	Repository string
	// Annotations that were signed with the image's digest.
	Annotations map[string]string
}

// String names the signer.
func (s Signer) String() string {
	if s.Identity != nil {
		return s.Identity.String()
	}
	return s.Key.Algorithm() + " key " + s.Key.Fingerprint()
}

// id is equal for two signatures of one signer.
func (s Signer) id() string {
	if s.Identity != nil {
		return "identity " + s.Identity.Issuer + " " + s.Identity.Subject
	}
	return "key " + s.Key.Fingerprint()
}

package verify

import (
	"context"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/packstage/packstage/diagnostic"
)

// Bounds of what is looked at before an image counts as not signed. Whoever may
// push to a repository may hang anything on its images.
const (
	// MaxSignatures is how many signatures are looked at, of each form.
	MaxSignatures = 64
	// MaxSignatureBytes bounds one bundle or payload.
	MaxSignatureBytes = 1 << 20
	// MaxSignaturesBytes bounds all of a form together.
	MaxSignaturesBytes = 8 << 20
)

// Options says how [NewVerifier] judges. The zero value stops as soon as the
// policy is satisfied.
type Options struct {
	// Identities judges certificates; nil refuses signatures made with one.
	Identities IdentityVerifier
	// All looks at every signature, to report all of them: a signer is there once
	// for each of his.
	All bool
}

// IdentityVerifier judges signatures that were made with a certificate instead
// of a key. It is safe for concurrent use.
type IdentityVerifier interface {
	// VerifyIdentity checks that the signature is one over the evidence's
	// message, that its certificate was issued by a trusted authority to one of
	// the identities, and that it was valid when the signature was made. It
	// returns the issuer and subject of the certificate.
	//
	// The error is a [diagnostic.Diagnostics] with code CertificateExpired,
	// CertificateUntrusted, CertificateWrongIdentity, SignatureNotLogged,
	// SignatureInvalid, SignatureMalformed or SignatureUnsupported. Which image was
	// signed, and in which repository, is not for it to check.
	VerifyIdentity(ctx context.Context, evidence Evidence, identities []Identity) (Identity, error)
}

// Evidence is a signature that was made with a certificate.
type Evidence struct {
	// Digest of the image that was found to carry the signature.
	Digest v1.Hash
	// Bundle is a sigstore bundle as it is stored; it holds everything. It is
	// nil for a simple signature, which the other fields describe.
	Bundle []byte
	// Message are the bytes that were signed, and Signature the signature.
	Message, Signature []byte
	// Certificate is in PEM form, Chain too.
	Certificate, Chain []byte
	// LogEntry is the JSON of the transparency log's entry, Timestamp that of a
	// signed time stamp; each may be nil.
	LogEntry, Timestamp []byte
}

// NewVerifier returns the verifier of a policy. Findings have the codes that
// begin with Signature, Certificate and Policy in package diagnostic.
func NewVerifier(policy *Policy, options Options) Verifier {
	return &policyVerifier{policy: policy, options: options}
}

type policyVerifier struct {
	policy  *Policy
	options Options
}

func (v *policyVerifier) Verify(ctx context.Context, subject Subject) (*Result, error) {
	result := &Result{Reference: subject.Reference, Digest: subject.Digest}
	entry, ok := v.policy.Entry(subject.Repository)
	if !ok {
		return nil, diagnostic.Diagnostics{{
			Code: diagnostic.PolicyNoEntry, Position: diagnostic.Position{File: subject.Reference},
			Message: "no entry of the signature policy is about " + place(subject),
			Hint:    `add one for it, or one with the prefix "*" for all that no other is about`,
		}}
	}
	result.Prefix, result.Mode = entry.Prefix, entry.Mode
	if entry.Mode == Off {
		return result, nil
	}
	judge := newJudge(subject, entry, v.options)
	err := judge.run(ctx)
	result.Signers = judge.signers
	if err == nil {
		return result, nil
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if entry.Mode == Require {
		return nil, err
	}
	result.Warnings = asWarnings(subject, err)
	return result, nil
}

func place(subject Subject) string {
	if subject.Repository == "" {
		return "packages in files"
	}
	return subject.Repository
}

func asWarnings(subject Subject, err error) diagnostic.Diagnostics {
	found, ok := diagnostic.From(err)
	if !ok {
		found = diagnostic.Diagnostics{{
			Code: diagnostic.SignatureUnavailable, Position: diagnostic.Position{File: subject.Reference},
			Message: "signatures could not be read: " + err.Error(), Err: err,
		}}
	}
	for i := range found {
		found[i].Severity = diagnostic.Warning
	}
	return found.Sorted()
}

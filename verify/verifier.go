package verify

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/registry"
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

// judge looks at the signatures of one image.
type judge struct {
	subject Subject
	entry   Entry
	options Options
	// allowed are the repositories that a signature may name, normalized.
	allowed []string

	found   diagnostic.Diagnostics
	signers []Signer
	// ids are those of the signers.
	ids map[string]bool
	// noticed, where it is set, is told of each accepted signature.
	noticed func(Signer)
	looked  int
	bytes   int64
}

func newJudge(subject Subject, entry Entry, options Options) *judge {
	j := &judge{subject: subject, entry: entry, options: options, ids: map[string]bool{}}
	for _, repository := range append([]string{subject.Repository}, subject.SignedAs...) {
		if normal, err := NormalizeRepository(repository); repository != "" && err == nil {
			j.allowed = append(j.allowed, normal)
		}
	}
	return j
}

// errEnough ends the search.
var errEnough = errors.New("enough signatures were looked at")

func (j *judge) run(ctx context.Context) error {
	if j.subject.Digest == (v1.Hash{}) {
		return diagnostic.Diagnostics{{
			Code: diagnostic.SignatureNoImage, Position: diagnostic.Position{File: j.subject.Reference},
			Message: "is no image with a digest, so it cannot be signed, and the policy requires a signature",
			Hint:    `build, push and sign it; or let an entry of the policy with the prefix "./" say "mode: off" for files`,
		}}
	}
	if j.subject.Signatures != nil {
		for _, search := range []func(context.Context) error{j.bundles, j.simpleSignatures} {
			if err := search(ctx); err != nil && !errors.Is(err, errEnough) {
				return err
			}
			if j.satisfied() && !j.options.All {
				break
			}
			j.looked, j.bytes = 0, 0 // a flood of one form hides nothing of the other
		}
	}
	if j.satisfied() {
		return nil
	}
	if len(j.ids) > 0 {
		j.note(diagnostic.SignatureThreshold, fmt.Sprintf("%d of the %d signers that the policy asks for have signed", len(j.ids), j.threshold()), "")
	}
	if len(j.found) == 0 {
		j.fault(diagnostic.SignatureMissing, fmt.Sprintf("the image %s is not signed", j.subject.Digest),
			"sign it with: packstage sign REFERENCE --key FILE; the signature of an image index or of another tag does not count for it")
	}
	return j.found.Sorted()
}

func (j *judge) threshold() int { return max(1, j.entry.Threshold) }

func (j *judge) satisfied() bool { return len(j.ids) >= j.threshold() }

// mostFindings keeps the report of a flood of signatures readable.
const mostFindings = 20

// fault notes what is wrong with one signature.
func (j *judge) fault(code diagnostic.Code, message, hint string) {
	if len(j.found) < mostFindings {
		j.note(code, message, hint)
	}
}

// note notes what is wrong with all of them.
func (j *judge) note(code diagnostic.Code, message, hint string) {
	j.found = append(j.found, diagnostic.Diagnostic{
		Code: code, Position: diagnostic.Position{File: j.subject.Reference}, Message: message, Hint: hint,
	})
}

// admit counts a signature that is about to be read.
func (j *judge) admit(size int64) error {
	j.looked++
	tooLarge := size < 0 || size > MaxSignatureBytes
	if j.looked > MaxSignatures || !tooLarge && j.bytes+size > MaxSignaturesBytes {
		j.note(diagnostic.SignatureTooMany, fmt.Sprintf("more than %d signatures, or %d bytes of them, hang on the image; the others were not looked at",
			MaxSignatures, MaxSignaturesBytes), "remove those that nobody needs from the repository")
		return errEnough
	}
	if tooLarge {
		j.fault(diagnostic.SignatureTooMany, fmt.Sprintf("a signature of %d bytes was left out: at most %d are read", size, MaxSignatureBytes), "")
		return errSkip
	}
	j.bytes += size
	return nil
}

// errSkip leaves one signature out; a finding says why.
var errSkip = errors.New("the signature is left out")

// skippable tells what is wrong with one signature from trouble with the place
// that signatures are read from. The former is noted.
func (j *judge) skippable(where string, err error) bool {
	if errors.Is(err, errSkip) {
		return true
	}
	if isNotFound(err) {
		j.fault(diagnostic.SignatureMalformed, where+" is listed, but not there", "")
		return true
	}
	found, ok := diagnostic.From(err)
	if !ok {
		return false
	}
	for _, finding := range found {
		j.fault(diagnostic.SignatureMalformed, where+": "+finding.Message, "")
	}
	return true
}

func isNotFound(err error) bool {
	return errors.Is(err, registry.ErrNotFound) || errors.Is(err, fs.ErrNotExist)
}

// signature is one that was found, and about which nothing is known to be true.
type signature struct {
	form Form
	// where says in findings which one it is.
	where string
	// message are the bytes that were signed, and value the signature.
	message, value []byte
	// hint is how the signature names its key, or "".
	hint string
	// evidence is there where it was made with a certificate.
	evidence *Evidence
	// claim reads what the signer says. It is called once the signature is known
	// to be that of a trusted signer.
	claim func() (claim, error)
}

// claim is what a signer signed.
type claim struct {
	digests     []string
	repository  string
	annotations map[string]string
}

// consider judges a signature. It returns errEnough once no more are needed.
func (j *judge) consider(ctx context.Context, s signature) error {
	signer, err := j.signer(ctx, s)
	if err != nil {
		return err
	}
	if signer == nil || !j.acceptClaim(s, signer) {
		return nil
	}
	if j.noticed != nil {
		j.noticed(*signer)
	}
	if known := j.ids[signer.id()]; !known || j.options.All {
		j.ids[signer.id()] = true
		j.signers = append(j.signers, *signer)
	}
	if j.satisfied() && !j.options.All {
		return errEnough
	}
	return nil
}

// signer returns the trusted signer of a signature, or nil.
func (j *judge) signer(ctx context.Context, s signature) (*Signer, error) {
	if s.evidence != nil {
		return j.certified(ctx, s)
	}
	for _, key := range j.entry.Keys {
		if key.verify(s.message, s.value) {
			return &Signer{Key: key, Form: s.form}, nil
		}
	}
	if len(j.entry.Keys) == 0 {
		j.fault(diagnostic.SignatureWrongKey, s.where+" was made with a key, and the policy lists only identities", "")
		return nil, nil
	}
	for _, key := range j.entry.Keys {
		if s.hint != "" && s.hint == key.hint() {
			j.fault(diagnostic.SignatureInvalid, fmt.Sprintf("%s names the key %s, but is no signature of it over these bytes", s.where, key.Fingerprint()),
				"it was changed after it was made; sign the image again")
			return nil, nil
		}
	}
	j.fault(diagnostic.SignatureWrongKey, s.where+" is a signature of none of the trusted keys, or was made over other bytes",
		"where its key is one to trust, list that in the policy, or give it with --key")
	return nil, nil
}

func (j *judge) certified(ctx context.Context, s signature) (*Signer, error) {
	switch {
	case len(j.entry.Identities) == 0:
		j.fault(diagnostic.SignatureWrongKey, s.where+" was made with a certificate, and the policy lists only keys", "")
		return nil, nil
	case j.options.Identities == nil:
		j.fault(diagnostic.SignatureUnsupported, s.where+" was made with a certificate, which this program cannot check", "")
		return nil, nil
	}
	identity, err := j.options.Identities.VerifyIdentity(ctx, *s.evidence, slices.Clone(j.entry.Identities))
	if err == nil {
		if !slices.ContainsFunc(j.entry.Identities, func(i Identity) bool { return i.Matches(identity.Issuer, identity.Subject) }) {
			j.fault(diagnostic.CertificateWrongIdentity, fmt.Sprintf("%s was made by %s, whom the policy does not list", s.where, identity), "")
			return nil, nil
		}
		return &Signer{Identity: &identity, Form: s.form}, nil
	}
	found, ok := diagnostic.From(err)
	if !ok {
		return nil, err
	}
	for _, finding := range found {
		j.fault(finding.Code, s.where+": "+finding.Message, finding.Hint)
	}
	return nil, nil
}

// acceptClaim checks that what a trusted signer signed is this image, in this
// repository.
func (j *judge) acceptClaim(s signature, signer *Signer) bool {
	claim, err := s.claim()
	if err != nil {
		found, _ := diagnostic.From(err)
		for _, finding := range found {
			j.fault(finding.Code, s.where+" "+finding.Message, finding.Hint)
		}
		return false
	}
	if !slices.Contains(claim.digests, j.subject.Digest.String()) {
		signed := "no digest"
		if len(claim.digests) > 0 {
			signed = claim.digests[0]
		}
		j.fault(diagnostic.SignatureWrongDigest, fmt.Sprintf("%s is one of %s, not of this image, which is %s", s.where, signed, j.subject.Digest),
			"the signature was moved here from another image")
		return false
	}
	if !j.mayName(claim.repository) {
		j.fault(diagnostic.SignatureWrongRepository, fmt.Sprintf("%s names the repository %q", s.where, claim.repository),
			fmt.Sprintf("where the image was copied from there, allow it: signedAs: [%s] in the policy's entry, or --signed-as", claim.repository))
		return false
	}
	signer.Repository, signer.Annotations = claim.repository, claim.annotations
	return true
}

// mayName tells whether a signature may name a repository. One that names none,
// as cosign's bundles do, says nothing about where the image belongs.
func (j *judge) mayName(repository string) bool {
	if repository == "" || slices.Contains(j.entry.SignedAs, AnyPrefix) {
		return true
	}
	// An image in a file has no repository to compare with.
	if j.subject.Repository == "" && len(j.allowed) == 0 && len(j.entry.SignedAs) == 0 {
		return true
	}
	normal, err := claimedRepository(repository)
	if err != nil {
		return false
	}
	return slices.Contains(j.allowed, normal) ||
		slices.ContainsFunc(j.entry.SignedAs, func(prefix string) bool { return hasPrefix(normal, prefix) })
}

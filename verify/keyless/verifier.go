package keyless

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	sigstore "github.com/sigstore/sigstore-go/pkg/verify"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/verify"
)

// Verifier judges certificates by a trusted root. It implements
// [verify.IdentityVerifier], asks no network and no clock, and is safe for
// concurrent use.
type Verifier struct {
	root         *TrustedRoot
	requirements verify.Requirements
	inner        *sigstore.Verifier
}

var _ verify.IdentityVerifier = (*Verifier)(nil)

// NewVerifier returns the verifier of a trusted root.
//
// The error is a [diagnostic.Diagnostics] with code TrustedRootInvalid where the
// root lacks what is required, for then no signature could ever count, and another
// one where the requirements contradict each other.
func NewVerifier(trusted *TrustedRoot, requirements verify.Requirements) (*Verifier, error) {
	if trusted == nil {
		return nil, errors.New("verify identities: the trusted root is missing")
	}
	if err := requirements.Validate(); err != nil {
		return nil, fmt.Errorf("verify identities: %w", err)
	}
	requirements = effective(requirements)
	if err := lacks(trusted, requirements); err != nil {
		return nil, err
	}
	var options []sigstore.VerifierOption
	if requirements.LogEntries > 0 {
		options = append(options, sigstore.WithTransparencyLog(requirements.LogEntries))
	}
	if requirements.SignedTimestamps > 0 {
		options = append(options, sigstore.WithSignedTimestamps(requirements.SignedTimestamps))
	}
	if requirements.LogEntries > 0 {
		// Beside signed timestamps, too: the certificate has to be valid at each
		// time that is known.
		options = append(options, sigstore.WithObserverTimestamps(1))
	}
	if requirements.CertificateLogs > 0 {
		options = append(options, sigstore.WithSignedCertificateTimestamps(requirements.CertificateLogs))
	}
	// A statement is read by package verify, from the bytes that were signed.
	options = append(options, sigstore.WithoutStatementPredicate())
	inner, err := sigstore.NewVerifier(trusted.material, options...)
	if err != nil {
		return nil, fmt.Errorf("verify identities: %w", err)
	}
	return &Verifier{root: trusted, requirements: requirements, inner: inner}, nil
}

// effective fills in the defaults.
func effective(r verify.Requirements) verify.Requirements {
	if r.InsecureNoTransparencyLog {
		r.SignedTimestamps = max(1, r.SignedTimestamps)
	} else {
		r.LogEntries = max(1, r.LogEntries)
	}
	if !r.InsecureNoCertificateLog {
		r.CertificateLogs = max(1, r.CertificateLogs)
	}
	return r
}

// lacks finds what no signature could have by this root.
func lacks(trusted *TrustedRoot, r verify.Requirements) error {
	for _, part := range []struct {
		name      string
		has, want int
	}{
		{"transparency logs", len(trusted.material.RekorLogs()), r.LogEntries},
		{"timestamp authorities", len(trusted.material.TimestampingAuthorities()), r.SignedTimestamps},
		{"logs of certificates", len(trusted.material.CTLogs()), r.CertificateLogs},
	} {
		if part.has < part.want {
			return rootFault(diagnostic.TrustedRootInvalid, trusted.name,
				fmt.Sprintf("names %d %s, and %d are required", part.has, part.name, part.want),
				"where the deployment has none, let the requirements say so (keyless in a policy file)")
		}
	}
	return nil
}

// VerifyIdentity implements [verify.IdentityVerifier].
func (v *Verifier) VerifyIdentity(ctx context.Context, evidence verify.Evidence, identities []verify.Identity) (identity verify.Identity, err error) {
	if err := ctx.Err(); err != nil {
		return verify.Identity{}, context.Cause(ctx)
	}
	// Whoever may push to a repository chooses what is parsed here, by code that
	// is not ours. Nothing that it holds is shared, so a crash of it is one more
	// signature that does not count.
	defer func() {
		if crash := recover(); crash != nil {
			identity, err = verify.Identity{}, fault(diagnostic.SignatureMalformed, fmt.Sprintf("the signature cannot be read: %v", crash), "")
		}
	}()
	signed, err := parseEvidence(evidence)
	if err != nil {
		return verify.Identity{}, err
	}
	artifact := sigstore.WithoutArtifactUnsafe() // the envelope holds what was signed, and was compared with the evidence
	if evidence.Bundle == nil {
		artifact = sigstore.WithArtifact(bytes.NewReader(evidence.Message))
	}
	result, err := v.inner.Verify(signed, sigstore.NewPolicy(artifact, sigstore.WithoutIdentitiesUnsafe()))
	if err != nil {
		return verify.Identity{}, v.explain(signed, err)
	}
	if result.Signature == nil || result.Signature.Certificate == nil {
		return verify.Identity{}, fault(diagnostic.SignatureMalformed, "it brings no certificate", "")
	}
	found := verify.Identity{
		Issuer:  result.Signature.Certificate.Issuer,
		Subject: result.Signature.Certificate.SubjectAlternativeName,
	}
	for _, trusted := range identities {
		if trusted.Matches(found.Issuer, found.Subject) {
			return found, nil
		}
	}
	return verify.Identity{}, fault(diagnostic.CertificateWrongIdentity,
		fmt.Sprintf("its certificate was issued to %s, who is not trusted", found),
		"issuer and subject have to be equal, a regular expression has to match the whole subject")
}

func fault(code diagnostic.Code, message, hint string) error {
	return diagnostic.Diagnostics{{Code: code, Message: message, Hint: hint}}
}

package verify

import (
	"context"
	"fmt"
	"slices"

	"github.com/packstage/packstage/diagnostic"
)

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
		if key.Verify(s.message, s.value) {
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

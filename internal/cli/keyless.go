package cli

import (
	"context"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/verify"
	"github.com/packstage/packstage/verify/keyless"
)

// trustedRootVariable of the environment says what --trusted-root does not.
const trustedRootVariable = "PACKSTAGE_TRUSTED_ROOT"

// identities returns who judges certificates for a policy: by the trusted root of
// the flag, else of the environment, else of the policy.
func (f *policyFlags) identities(p *program, policy *verify.Policy) (verify.IdentityVerifier, error) {
	if f.trustedRoot == "" && !policy.UsesIdentities() {
		return noTrustedRoot{}, nil // whatever the environment names need not be there
	}
	wanted := policy.Keyless()
	path := f.trustedRoot
	if path == "" {
		path = p.env(trustedRootVariable)
	}
	if path == "" {
		path = wanted.TrustedRoot
	}
	if path == "" {
		return noTrustedRoot{}, nil
	}
	root, err := keyless.ReadTrustedRoot(path)
	if err != nil {
		return nil, err
	}
	return keyless.NewVerifier(root, wanted.Requirements)
}

// noTrustedRoot refuses all certificates, and says what is missing to judge them.
type noTrustedRoot struct{}

// VerifyIdentity implements verify.IdentityVerifier.
func (noTrustedRoot) VerifyIdentity(context.Context, verify.Evidence, []verify.Identity) (verify.Identity, error) {
	return verify.Identity{}, diagnostic.Diagnostics{{
		Code: diagnostic.SignatureUnsupported, Message: "it was made with a certificate, and there is no trusted root to check it with",
		Hint: "name one with --trusted-root FILE or $" + trustedRootVariable + ", or in the policy (keyless)",
	}}
}

// identityFlags say who has to have signed with a certificate.
type identityFlags struct {
	subjects, expressions []string
	issuer                string
}

func (f *identityFlags) given() bool {
	return len(f.subjects) > 0 || len(f.expressions) > 0 || f.issuer != ""
}

// list returns the identities.
func (f *identityFlags) list() ([]verify.Identity, error) {
	if !f.given() {
		return nil, nil
	}
	if f.issuer == "" {
		return nil, usagef("--identity needs --issuer: anybody can choose a subject at an issuer of his own")
	}
	if len(f.subjects)+len(f.expressions) == 0 {
		return nil, usagef("--issuer needs --identity or --identity-regexp: everybody can sign in at a public issuer")
	}
	var identities []verify.Identity
	for _, subject := range f.subjects {
		identities = append(identities, verify.Identity{Issuer: f.issuer, Subject: subject})
	}
	for _, expression := range f.expressions {
		identities = append(identities, verify.Identity{Issuer: f.issuer, SubjectRegExp: expression})
	}
	return identities, nil
}

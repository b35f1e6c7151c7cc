package verify

import (
	"path/filepath"

	"github.com/packstage/packstage/diagnostic"
)

// Keyless returns what the policy file said about certificates. An
// [IdentityVerifier] is made of it; the policy itself judges no certificates.
func (p *Policy) Keyless() Keyless { return p.keyless }

// UsesIdentities tells whether any entry lists identities, so that an
// [IdentityVerifier] is needed.
func (p *Policy) UsesIdentities() bool {
	for _, entry := range p.entries {
		if len(entry.Identities) > 0 {
			return true
		}
	}
	return false
}

// keyless reads the part of a policy that is about certificates.
func (d *policyDecoder) keyless(value any) Keyless {
	var keyless Keyless
	if value == nil {
		return keyless
	}
	fields, ok := d.mapping(value, "keyless")
	if !ok {
		return keyless
	}
	d.checkKeys(fields, []string{
		"trustedRoot", "logEntries", "signedTimestamps", "certificateLogs", "insecureNoTransparencyLog", "insecureNoCertificateLog",
	}, "keyless")
	keyless.TrustedRoot = d.text(fields["trustedRoot"], "keyless", "trustedRoot")
	keyless.LogEntries = d.count(fields["logEntries"], "keyless", "logEntries")
	keyless.SignedTimestamps = d.count(fields["signedTimestamps"], "keyless", "signedTimestamps")
	keyless.CertificateLogs = d.count(fields["certificateLogs"], "keyless", "certificateLogs")
	keyless.InsecureNoTransparencyLog = d.boolean(fields["insecureNoTransparencyLog"], "keyless", "insecureNoTransparencyLog")
	keyless.InsecureNoCertificateLog = d.boolean(fields["insecureNoCertificateLog"], "keyless", "insecureNoCertificateLog")
	if err := keyless.Validate(); err != nil {
		d.fault(diagnostic.PolicyInvalid, err.Error(), "", "keyless")
	}
	return keyless
}

// count reads how many of something are needed: none is never meant by a number.
func (d *policyDecoder) count(value any, path ...any) int {
	if value == nil {
		return 0
	}
	const most = 100
	number, ok := value.(int64)
	if !ok || number < 1 || number > most {
		d.fault(diagnostic.PolicyInvalid, "must be a whole number from 1 to 100", "leave it out for the default", path...)
		return 0
	}
	return int(number)
}

func (d *policyDecoder) boolean(value any, path ...any) bool {
	truth, ok := value.(bool)
	if !ok && value != nil {
		d.fault(diagnostic.PolicyInvalid, "must be true or false", "", path...)
	}
	return truth
}

// beside makes the name of the trusted root relative to the policy's folder.
func (k *Keyless) beside(policy string) {
	if k.TrustedRoot != "" && !filepath.IsAbs(k.TrustedRoot) {
		k.TrustedRoot = filepath.Join(filepath.Dir(policy), filepath.FromSlash(k.TrustedRoot))
	}
}

package verify

import "errors"

// Requirements says what has to attest a signature that was made with a
// certificate, beside the authority that issued the certificate. Such
// certificates are valid for some minutes, so somebody trusted has to say when the
// signature was made. The zero value asks for what sigstore's public deployment
// gives: one transparency log and one log of certificates.
type Requirements struct {
	// LogEntries is how many different transparency logs must have the
	// signature; 0 is one.
	LogEntries int
	// SignedTimestamps is how many different timestamp authorities must say when
	// the signature was made. With 0 the time that a log gives does, too; one
	// signed timestamp is needed where no log gives a time, or none is asked for.
	SignedTimestamps int
	// CertificateLogs is how many different logs of certificates (Certificate
	// Transparency) must have promised to show the certificate; 0 is one.
	CertificateLogs int
	// InsecureNoTransparencyLog asks for no transparency log. Nobody can find out
	// then what was signed in somebody's name.
	InsecureNoTransparencyLog bool
	// InsecureNoCertificateLog asks for no log of certificates. Nobody can find
	// out then which certificates were issued.
	InsecureNoCertificateLog bool
}

// Validate finds requirements that contradict each other.
func (r Requirements) Validate() error {
	switch {
	case r.LogEntries < 0 || r.SignedTimestamps < 0 || r.CertificateLogs < 0:
		return errors.New("a number of logs or timestamps is negative")
	case r.InsecureNoTransparencyLog && r.LogEntries > 0:
		return errors.New("entries of transparency logs are asked for, and none at the same time")
	case r.InsecureNoCertificateLog && r.CertificateLogs > 0:
		return errors.New("logs of certificates are asked for, and none at the same time")
	}
	return nil
}

// Keyless is what a policy file says about certificates, beside who is trusted.
type Keyless struct {
	// TrustedRoot is the path of the file with the trusted authorities and logs;
	// "" where the policy names none.
	TrustedRoot string
	Requirements
}

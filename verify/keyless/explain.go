package keyless

import (
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"time"

	"github.com/sigstore/sigstore-go/pkg/root"
	sigstore "github.com/sigstore/sigstore-go/pkg/verify"

	"github.com/packstage/packstage/diagnostic"
)

// explain finds out what is wrong with a signature that sigstore-go has refused:
// its errors have no identity. It takes the same steps one by one and never turns
// a refusal into anything else.
func (v *Verifier) explain(signed entity, refusal error) error {
	content, err := signed.VerificationContent()
	if err != nil {
		return fault(diagnostic.SignatureMalformed, "its certificate does not parse: "+err.Error(), "")
	}
	leaf := content.Certificate()
	if leaf == nil {
		return fault(diagnostic.SignatureMalformed, "it brings no certificate", "")
	}
	dropOtherName(leaf)
	material := v.root.material
	if !v.issuedByTrusted(leaf) {
		return fault(diagnostic.CertificateUntrusted,
			fmt.Sprintf("its certificate was issued by %q, which is none of the authorities of the trusted root %s", leaf.Issuer.String(), v.root.name),
			"do not use the image; or take the trusted root of the deployment that signed it")
	}
	var times []time.Time
	if v.requirements.LogEntries > 0 {
		logged, err := sigstore.VerifyTlogEntry(signed, material, v.requirements.LogEntries, true)
		if err != nil {
			return v.explainLog(signed, leaf, err)
		}
		for _, at := range logged {
			times = append(times, at.Time)
		}
	}
	stamps, faults, err := sigstore.VerifySignedTimestamp(signed, material)
	if err != nil {
		return fault(diagnostic.SignatureNotLogged, "its signed timestamps cannot be verified: "+err.Error(), "")
	}
	if len(stamps) < v.requirements.SignedTimestamps || len(stamps)+len(times) == 0 {
		message := fmt.Sprintf("it has %d timestamps of the authorities of the trusted root, and %d are required",
			len(stamps), max(1, v.requirements.SignedTimestamps))
		for _, err := range faults {
			message += "; " + err.Error()
		}
		return fault(diagnostic.SignatureNotLogged, message, "")
	}
	for _, stamp := range stamps {
		times = append(times, stamp.Time)
	}
	var chains [][]*x509.Certificate
	for _, at := range times {
		if chains, err = sigstore.VerifyLeafCertificate(at, leaf, material); err != nil {
			return expired(leaf, at)
		}
	}
	if v.requirements.CertificateLogs > 0 {
		if err := sigstore.VerifySignedCertificateTimestamp(chains, v.requirements.CertificateLogs, material); err != nil {
			return fault(diagnostic.CertificateUntrusted, "its certificate is not in enough of the trusted logs of certificates: "+err.Error(),
				"an authority that works in secret may issue anything; do not use the image")
		}
	}
	return fault(diagnostic.SignatureInvalid, "it is no signature of its certificate's key over these bytes: "+refusal.Error(),
		"it was changed after it was made, or the key is another one")
}

// issuedByTrusted tells whether an authority has issued a certificate, at whatever
// time.
func (v *Verifier) issuedByTrusted(leaf *x509.Certificate) bool {
	for _, at := range []time.Time{leaf.NotBefore, leaf.NotAfter} {
		if _, err := sigstore.VerifyLeafCertificate(at, leaf, v.root.material); err == nil {
			return true
		}
	}
	return false
}

func (v *Verifier) explainLog(signed entity, leaf *x509.Certificate, refusal error) error {
	entries, err := signed.TlogEntries()
	if err != nil {
		return fault(diagnostic.SignatureMalformed, "its log entry does not parse: "+err.Error(), "")
	}
	if len(entries) == 0 {
		return fault(diagnostic.SignatureNotLogged, "it has no entry of a transparency log",
			"sign with a transparency log; where the deployment has none, let the policy say so (keyless)")
	}
	// A log that is right about everything but the certificate's time is believed.
	if logged, err := sigstore.VerifyTlogEntry(anytime{signed}, v.root.material, v.requirements.LogEntries, true); err == nil {
		for _, at := range logged {
			if at.Time.Before(leaf.NotBefore) || at.Time.After(leaf.NotAfter) {
				return expired(leaf, at.Time)
			}
		}
	}
	return fault(diagnostic.SignatureNotLogged, "its entry of the transparency log does not hold: "+refusal.Error(),
		"the entry was changed, belongs to another signature, or the log is none of the trusted root's")
}

func expired(leaf *x509.Certificate, at time.Time) error {
	return fault(diagnostic.CertificateExpired,
		fmt.Sprintf("it was made at %s, and its certificate was valid from %s to %s, or an authority above it at another time",
			at.UTC().Format(time.RFC3339), leaf.NotBefore.UTC().Format(time.RFC3339), leaf.NotAfter.UTC().Format(time.RFC3339)),
		"let its owner sign again")
}

// dropOtherName does what sigstore-go does before it verifies a certificate: Go
// knows no subjects of this kind, sigstore-go does.
func dropOtherName(leaf *x509.Certificate) {
	subjectAlternativeName := asn1.ObjectIdentifier{2, 5, 29, 17}
	var unknown []asn1.ObjectIdentifier
	for _, extension := range leaf.UnhandledCriticalExtensions {
		if !extension.Equal(subjectAlternativeName) {
			unknown = append(unknown, extension)
		}
	}
	leaf.UnhandledCriticalExtensions = unknown
}

// anytime is a signature whose certificate never ends.
type anytime struct{ entity }

func (a anytime) VerificationContent() (sigstore.VerificationContent, error) {
	content, err := a.entity.VerificationContent()
	return anytimeContent{content}, err
}

type anytimeContent struct{ sigstore.VerificationContent }

func (anytimeContent) ValidAtTime(time.Time, root.TrustedMaterial) bool { return true }

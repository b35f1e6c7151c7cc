package sigstoretest

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"time"

	"github.com/digitorus/timestamp"
	"github.com/stretchr/testify/require"
)

// Signing says who signs, and how. Issuer and Subject are needed.
type Signing struct {
	Issuer, Subject string
	// Issued is when the certificate begins; zero is Now.
	Issued time.Time
	// Logged is when the transparency log takes the entry, and when a timestamp
	// is made; zero is a minute after Issued.
	Logged time.Time
	// Log is the version of the transparency log, 1 or 2; 0 is 1, a negative one
	// leaves the log out.
	Log int
	// Timestamp adds a signed timestamp.
	Timestamp bool
	// NoCertificateLog leaves the log of certificates out.
	NoCertificateLog bool
	// OtherKey signs with another key than the one that was certified.
	OtherKey bool
	// Proof of inclusion only, without the log's own signature over the time.
	NoPromise bool
	// Entry changes what the log has, before the log signs it; Signed after.
	Entry, Signed func(*LogEntry)
}

func (s Signing) issued() time.Time {
	if s.Issued.IsZero() {
		return Now
	}
	return s.Issued
}

func (s Signing) logged() time.Time {
	if s.Logged.IsZero() {
		return s.issued().Add(time.Minute)
	}
	return s.Logged
}

// Bundle signs a statement and returns a sigstore bundle, version 0.3.
func (s *Sigstore) Bundle(payload []byte, signing Signing) []byte {
	s.t.Helper()
	const payloadType = "application/vnd.in-toto+json"
	message := fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(payloadType), payloadType, len(payload), payload)
	signature, certificate := s.sign(message, signing)
	type object = map[string]any
	material := object{"certificate": object{"rawBytes": certificate.Raw}}
	if signing.Log >= 0 {
		body, kind := bodyOfEnvelope(payload, signature, certificate), "dsse"
		if signing.Log == 2 {
			body, kind = bodyOfVersion2(message, signature, certificate), "hashedrekord"
		}
		entry := s.entry(kind, body, signing)
		material["tlogEntries"] = []object{entry.bundled()}
	}
	if signing.Timestamp {
		material["timestampVerificationData"] = object{"rfc3161Timestamps": []object{{"signedTimestamp": s.stamp(signature, signing.logged())}}}
	}
	data, err := json.Marshal(object{
		"mediaType":            "application/vnd.dev.sigstore.bundle.v0.3+json",
		"verificationMaterial": material,
		"dsseEnvelope":         object{"payload": payload, "payloadType": payloadType, "signatures": []object{{"sig": signature}}},
	})
	require.NoError(s.t, err)
	return data
}

// Simple signs bytes and returns the signature, and the annotations in which cosign
// keeps the certificate and what attests it.
func (s *Sigstore) Simple(payload []byte, signing Signing) (signature []byte, annotations map[string]string) {
	s.t.Helper()
	signature, certificate := s.sign(payload, signing)
	annotations = map[string]string{
		"dev.sigstore.cosign/certificate": string(inPEM(certificate)),
		"dev.sigstore.cosign/chain":       string(inPEM(s.intermediate)) + string(inPEM(s.root)),
	}
	if signing.Log >= 0 {
		entry := s.entry("hashedrekord", bodyOfBytes(payload, signature, certificate), signing)
		annotations["dev.sigstore.cosign/bundle"] = s.json(map[string]any{
			"SignedEntryTimestamp": entry.Promise,
			"Payload":              map[string]any{"body": entry.Body, "integratedTime": entry.Time, "logIndex": entry.Index, "logID": hex.EncodeToString(entry.Log)},
		})
	}
	if signing.Timestamp {
		annotations["dev.sigstore.cosign/rfc3161timestamp"] = s.json(map[string]any{"SignedRFC3161Timestamp": s.stamp(signature, signing.logged())})
	}
	return signature, annotations
}

func (s *Sigstore) json(value any) string {
	s.t.Helper()
	data, err := json.Marshal(value)
	require.NoError(s.t, err)
	return string(data)
}

func (s *Sigstore) sign(message []byte, signing Signing) ([]byte, *x509.Certificate) {
	s.t.Helper()
	certified := newKey(s.t)
	certificate := s.issue(signing, &certified.PublicKey)
	key := certified
	if signing.OtherKey {
		key = newKey(s.t)
	}
	return sign(s.t, key, message), certificate
}

func inPEM(certificate *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw})
}

// stamp is a timestamp of RFC 3161.
func (s *Sigstore) stamp(signature []byte, at time.Time) []byte {
	s.t.Helper()
	query, err := timestamp.CreateRequest(bytes.NewReader(signature), &timestamp.RequestOptions{Hash: crypto.SHA256})
	require.NoError(s.t, err)
	request, err := timestamp.ParseRequest(query)
	require.NoError(s.t, err)
	answer := timestamp.Timestamp{
		HashAlgorithm: request.HashAlgorithm, HashedMessage: request.HashedMessage, Time: at,
		Policy: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 2},
	}
	response, err := answer.CreateResponseWithOpts(s.stamper, s.stamperKey, crypto.SHA256)
	require.NoError(s.t, err)
	return response
}

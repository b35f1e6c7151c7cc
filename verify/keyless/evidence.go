package keyless

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"

	protobundle "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	protorekor "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	"github.com/sigstore/sigstore-go/pkg/bundle"
	sigstore "github.com/sigstore/sigstore-go/pkg/verify"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/verify"
)

// entity is a signature as sigstore-go takes it.
type entity struct{ *bundle.Bundle }

// Version names no version of the bundle: for known ones sigstore-go accepts what
// old clients made against the rule, and speaks of it on the standard error.
func (entity) Version() (string, error) { return "", nil }

// parseEvidence reads a signature of either form. Nothing of it is known to be
// true then.
func parseEvidence(evidence verify.Evidence) (entity, error) {
	read := func() (*bundle.Bundle, error) { return bundleOfSimple(evidence) }
	if evidence.Bundle != nil {
		read = func() (*bundle.Bundle, error) {
			parsed := &bundle.Bundle{}
			return parsed, parsed.UnmarshalJSON(evidence.Bundle)
		}
	}
	parsed, err := read()
	if err != nil {
		code := diagnostic.SignatureMalformed
		if errors.Is(err, bundle.ErrUnsupportedMediaType) {
			code = diagnostic.SignatureUnsupported
		}
		if notByCertificate(evidence) {
			code = diagnostic.SignatureInvalid
		}
		return entity{}, fault(code, "it does not parse: "+err.Error(), "")
	}
	signed := entity{parsed}
	if err := compare(signed, evidence); err != nil {
		return entity{}, fault(diagnostic.SignatureMalformed, err.Error(), "")
	}
	return signed, nil
}

// notByCertificate tells whether a simple signature is none of its certificate's
// key. Parsing its log entry finds that, too, but says only that it does not parse.
func notByCertificate(evidence verify.Evidence) bool {
	if evidence.Bundle != nil {
		return false
	}
	evidence.LogEntry, evidence.Timestamp = nil, nil
	parsed, err := bundleOfSimple(evidence)
	if err != nil {
		return false
	}
	certificate, err := parsed.VerificationContent()
	if err != nil {
		return false
	}
	signature, err := parsed.SignatureContent()
	return err == nil && sigstore.VerifySignatureWithArtifacts(signature, certificate, nil, []io.Reader{bytes.NewReader(evidence.Message)}) != nil
}

// compare makes sure that sigstore-go verifies the bytes that the claim is read
// from afterwards. Two parsers have read them.
func compare(signed entity, evidence verify.Evidence) error {
	content, err := signed.SignatureContent()
	if err != nil {
		return err
	}
	if !bytes.Equal(content.Signature(), evidence.Signature) {
		return errors.New("it holds two signatures: two readers find different ones")
	}
	envelope := content.EnvelopeContent()
	if evidence.Bundle == nil {
		return nil // made from the evidence
	}
	if envelope == nil {
		return errors.New("it holds no envelope")
	}
	raw := envelope.RawEnvelope()
	payload, err := raw.DecodeB64Payload()
	if err != nil {
		return err
	}
	// https://github.com/secure-systems-lab/dsse/blob/master/protocol.md
	message := fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(raw.PayloadType), raw.PayloadType, len(payload), payload)
	if !bytes.Equal(message, evidence.Message) {
		return errors.New("it holds two statements: two readers find different ones")
	}
	return nil
}

// logEntry is the annotation in which cosign keeps the entry of a transparency
// log: https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md
type logEntry struct {
	SignedEntryTimestamp []byte
	Payload              struct {
		Body           []byte `json:"body"`
		IntegratedTime int64  `json:"integratedTime"`
		LogIndex       int64  `json:"logIndex"`
		LogID          string `json:"logID"`
	}
}

// timestamp is the annotation in which cosign keeps a signed timestamp.
type timestamp struct{ SignedRFC3161Timestamp []byte }

// bundleOfSimple writes a simple signature as the bundle that says the same. Its
// version is the first one, which has promises of inclusion without a proof.
func bundleOfSimple(evidence verify.Evidence) (*bundle.Bundle, error) {
	block, rest := pem.Decode(evidence.Certificate)
	if block == nil || block.Type != "CERTIFICATE" || len(bytes.TrimSpace(rest)) > 0 {
		return nil, errors.New("the certificate is not one in PEM form")
	}
	sum := sha256.Sum256(evidence.Message)
	material := &protobundle.VerificationMaterial{
		Content: &protobundle.VerificationMaterial_X509CertificateChain{X509CertificateChain: &protocommon.X509CertificateChain{
			Certificates: []*protocommon.X509Certificate{{RawBytes: block.Bytes}},
		}},
	}
	if evidence.LogEntry != nil {
		entry, err := entryOfSimple(evidence.LogEntry)
		if err != nil {
			return nil, fmt.Errorf("the entry of the transparency log: %w", err)
		}
		material.TlogEntries = []*protorekor.TransparencyLogEntry{entry}
	}
	if evidence.Timestamp != nil {
		var stamp timestamp
		if err := json.Unmarshal(evidence.Timestamp, &stamp); err != nil {
			return nil, fmt.Errorf("the signed timestamp: %w", err)
		}
		material.TimestampVerificationData = &protobundle.TimestampVerificationData{
			Rfc3161Timestamps: []*protocommon.RFC3161SignedTimestamp{{SignedTimestamp: stamp.SignedRFC3161Timestamp}},
		}
	}
	return bundle.NewBundle(&protobundle.Bundle{
		MediaType:            "application/vnd.dev.sigstore.bundle+json;version=0.1",
		VerificationMaterial: material,
		Content: &protobundle.Bundle_MessageSignature{MessageSignature: &protocommon.MessageSignature{
			MessageDigest: &protocommon.HashOutput{Algorithm: protocommon.HashAlgorithm_SHA2_256, Digest: sum[:]},
			Signature:     evidence.Signature,
		}},
	})
}

func entryOfSimple(annotation []byte) (*protorekor.TransparencyLogEntry, error) {
	var entry logEntry
	if err := json.Unmarshal(annotation, &entry); err != nil {
		return nil, err
	}
	log, err := hex.DecodeString(entry.Payload.LogID)
	if err != nil {
		return nil, fmt.Errorf("the name of the log: %w", err)
	}
	var kind struct {
		Kind       string `json:"kind"`
		APIVersion string `json:"apiVersion"`
	}
	if err := json.Unmarshal(entry.Payload.Body, &kind); err != nil {
		return nil, fmt.Errorf("its body: %w", err)
	}
	return &protorekor.TransparencyLogEntry{
		LogIndex:          entry.Payload.LogIndex,
		LogId:             &protocommon.LogId{KeyId: log},
		KindVersion:       &protorekor.KindVersion{Kind: kind.Kind, Version: kind.APIVersion},
		IntegratedTime:    entry.Payload.IntegratedTime,
		InclusionPromise:  &protorekor.InclusionPromise{SignedEntryTimestamp: entry.SignedEntryTimestamp},
		CanonicalizedBody: entry.Payload.Body,
	}, nil
}

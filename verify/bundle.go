package verify

import (
	"context"
	"fmt"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/packstage/packstage/diagnostic"
)

// The names of sigstore's bundle, of DSSE and of in-toto.
const (
	bundleMediaType     = "application/vnd.dev.sigstore.bundle.v0.3+json"
	bundleMediaTypeBase = "application/vnd.dev.sigstore.bundle"
	// predicateAnnotation of a manifest says what kind of statement its bundle
	// holds; contentAnnotation how it is wrapped.
	predicateAnnotation = "dev.sigstore.bundle.predicateType"
	contentAnnotation   = "dev.sigstore.bundle.content"

	statementMediaType = "application/vnd.in-toto+json"
	statementType      = "https://in-toto.io/Statement/v1"
	signPredicateType  = "https://sigstore.dev/cosign/sign/v1"
)

// bundle is the part of a sigstore bundle that a signature with a key needs:
// https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto
type bundle struct {
	MediaType            string               `json:"mediaType"`
	VerificationMaterial verificationMaterial `json:"verificationMaterial"`
	DSSEEnvelope         *envelope            `json:"dsseEnvelope,omitempty"`
	// MessageSignature is the other kind of content: of a file, not of an image.
	MessageSignature any `json:"messageSignature,omitempty"`
}

type verificationMaterial struct {
	PublicKey            *keyIdentifier `json:"publicKey,omitempty"`
	Certificate          any            `json:"certificate,omitempty"`
	X509CertificateChain any            `json:"x509CertificateChain,omitempty"`
}

type keyIdentifier struct {
	Hint string `json:"hint,omitempty"`
}

// envelope is one of https://github.com/secure-systems-lab/dsse.
type envelope struct {
	Payload     []byte              `json:"payload"`
	PayloadType string              `json:"payloadType"`
	Signatures  []envelopeSignature `json:"signatures"`
}

type envelopeSignature struct {
	Signature []byte `json:"sig"`
	KeyID     string `json:"keyid,omitempty"`
}

// statement is one of https://github.com/in-toto/attestation.
type statement struct {
	Type          string             `json:"_type"`
	Subject       []statementSubject `json:"subject"`
	PredicateType string             `json:"predicateType"`
	Predicate     map[string]any     `json:"predicate"`
}

type statementSubject struct {
	Name        string            `json:"name,omitempty"`
	Digest      map[string]string `json:"digest"`
	Annotations map[string]any    `json:"annotations,omitempty"`
}

// preAuthEncoding returns the bytes that the signature of an envelope is made
// over.
func preAuthEncoding(payloadType string, payload []byte) []byte {
	return fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(payloadType), payloadType, len(payload), payload)
}

// bundles looks at the bundles that refer to the image.
func (j *judge) bundles(ctx context.Context) error {
	referrers, err := j.subject.Signatures.Referrers(ctx, j.subject.Digest)
	if isNotFound(err) {
		return nil
	}
	if err != nil {
		if j.skippable("the list of referrers", err) {
			return nil
		}
		return err
	}
	seen := map[v1.Hash]bool{}
	for _, referrer := range referrers {
		if !mayHoldSignature(referrer) || seen[referrer.Digest] {
			continue
		}
		seen[referrer.Digest] = true
		where := "bundle " + referrer.Digest.String()
		if err := j.bundle(ctx, where, referrer.Digest); err != nil && !j.skippable(where, err) {
			return err
		}
	}
	return nil
}

// mayHoldSignature leaves out what says that it is something else. Lists are
// written by whoever may push, but leaving something out never adds trust.
func mayHoldSignature(referrer v1.Descriptor) bool {
	if predicate := referrer.Annotations[predicateAnnotation]; predicate != "" {
		return predicate == signPredicateType
	}
	kind := referrer.ArtifactType
	// Where a registry refuses the artifact's type, the manifest is that of an
	// image.
	return strings.HasPrefix(kind, bundleMediaTypeBase) || kind == "" ||
		kind == string(types.OCIConfigJSON) || kind == "application/vnd.oci.empty.v1+json"
}

func (j *judge) bundle(ctx context.Context, where string, digest v1.Hash) error {
	// A manifest counts, too, or a list of a million of them would be read.
	if err := j.admit(0); err != nil {
		return err
	}
	raw, err := j.subject.Signatures.Manifest(ctx, digest.String())
	if err != nil {
		return err
	}
	if got := digestOf(raw); got != digest {
		return signatureFault(diagnostic.ImageDigestMismatch, "has the digest "+got.String(), "")
	}
	manifest, err := parseManifest(raw)
	if err != nil {
		return signatureFault(diagnostic.SignatureMalformed, "does not parse as a manifest", "")
	}
	if len(manifest.Layers) != 1 || !strings.HasPrefix(string(manifest.Layers[0].MediaType), bundleMediaTypeBase) {
		return nil // something else that hangs on the image
	}
	if manifest.Subject == nil || manifest.Subject.Digest != j.subject.Digest {
		j.fault(diagnostic.SignatureWrongDigest, where+" does not refer to this image, but is listed for it", "")
		return nil
	}
	layer := manifest.Layers[0]
	j.looked--
	if err := j.admit(layer.Size); err != nil {
		return err
	}
	content, err := readBlob(ctx, j.subject.Signatures, layer)
	if err != nil {
		return err
	}
	s, err := parseBundle(content)
	if err != nil {
		found, _ := diagnostic.From(err)
		for _, finding := range found {
			j.fault(finding.Code, where+" "+finding.Message, finding.Hint)
		}
		return nil
	}
	s.where = where
	if s.evidence != nil {
		s.evidence.Digest = j.subject.Digest
	}
	return j.consider(ctx, s)
}

// parseBundle takes a bundle apart. Nothing of it is known to be true then.
func parseBundle(content []byte) (signature, error) {
	malformed := func(format string, arguments ...any) (signature, error) {
		return signature{}, signatureFault(diagnostic.SignatureMalformed, fmt.Sprintf(format, arguments...), "")
	}
	var b bundle
	if err := decodeStrict(content, &b); err != nil {
		return malformed("does not parse: %v", err)
	}
	if b.MediaType != bundleMediaType && b.MediaType != bundleMediaTypeBase+"+json;version=0.3" {
		return signature{}, signatureFault(diagnostic.SignatureUnsupported, fmt.Sprintf("has the media type %q", b.MediaType), "version 0.3 of the bundle is read")
	}
	materials := 0
	for _, there := range []bool{b.VerificationMaterial.PublicKey != nil, b.VerificationMaterial.Certificate != nil, b.VerificationMaterial.X509CertificateChain != nil} {
		if there {
			materials++
		}
	}
	if materials != 1 {
		return malformed("has %d kinds of verification material, not one", materials)
	}
	if b.MessageSignature != nil || b.DSSEEnvelope == nil {
		return signature{}, signatureFault(diagnostic.SignatureWrongType, "holds the signature of a file, not a statement about an image", "")
	}
	e := b.DSSEEnvelope
	if len(e.Signatures) != 1 {
		return malformed("has an envelope with %d signatures, not one", len(e.Signatures))
	}
	if size := len(e.Signatures[0].Signature); size == 0 || size > maxSignatureValue {
		return malformed("has a signature of %d bytes", size)
	}
	if e.PayloadType != statementMediaType {
		return signature{}, signatureFault(diagnostic.SignatureWrongType, fmt.Sprintf("has a payload of the type %q, not %q", e.PayloadType, statementMediaType), "")
	}
	s := signature{
		form: Bundle, message: preAuthEncoding(e.PayloadType, e.Payload), value: e.Signatures[0].Signature,
		claim: func() (claim, error) { return parseStatement(e.Payload) },
	}
	if b.VerificationMaterial.PublicKey != nil {
		s.hint = b.VerificationMaterial.PublicKey.Hint
	} else {
		s.evidence = &Evidence{Bundle: content, Message: s.message, Signature: s.value}
	}
	return s, nil
}

// parseStatement reads a statement that was signed.
func parseStatement(payload []byte) (claim, error) {
	var s statement
	if err := decodeStrict(payload, &s); err != nil {
		return claim{}, signatureFault(diagnostic.SignatureMalformed, "holds a statement that does not parse: "+err.Error(), "")
	}
	if s.Type != statementType {
		return claim{}, signatureFault(diagnostic.SignatureWrongType, fmt.Sprintf("holds a statement of the type %q, not %q", s.Type, statementType), "")
	}
	if s.PredicateType != signPredicateType {
		return claim{}, signatureFault(diagnostic.SignatureWrongType, fmt.Sprintf("holds a statement that says %q, not %q", s.PredicateType, signPredicateType),
			"an attestation says something about an image, but does not approve it")
	}
	if len(s.Subject) != 1 {
		// One statement about many images could name a repository for one and
		// be used for another.
		return claim{}, signatureFault(diagnostic.SignatureMalformed, fmt.Sprintf("holds a statement about %d subjects, not one", len(s.Subject)), "")
	}
	subject := s.Subject[0]
	made := claim{repository: subject.Name, annotations: textValues(subject.Annotations)}
	if hex, ok := subject.Digest["sha256"]; ok {
		made.digests = append(made.digests, "sha256:"+hex)
	}
	return made, nil
}

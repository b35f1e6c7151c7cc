package verify

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/packstage/packstage/diagnostic"
)

// The names that cosign gave to the parts of a simple signature.
const (
	simpleSigningMediaType = types.MediaType("application/vnd.dev.cosign.simplesigning.v1+json")
	signatureAnnotation    = "dev.cosignproject.cosign/signature"
	certificateAnnotation  = "dev.sigstore.cosign/certificate"
	chainAnnotation        = "dev.sigstore.cosign/chain"
	logEntryAnnotation     = "dev.sigstore.cosign/bundle"
	timestampAnnotation    = "dev.sigstore.cosign/rfc3161timestamp"
	simpleSigningType      = "cosign container image signature"
)

// SignatureTag returns the tag under which simple signatures of an image are
// kept, in the image's own repository.
func SignatureTag(digest v1.Hash) string { return digest.Algorithm + "-" + digest.Hex + ".sig" }

// simplePayload is what a simple signature is made over. The form is that of
// https://github.com/containers/image/blob/main/docs/containers-signature.5.md.
type simplePayload struct {
	Critical struct {
		Identity struct {
			DockerReference string `json:"docker-reference"`
		} `json:"identity"`
		Image struct {
			DockerManifestDigest string `json:"docker-manifest-digest"`
		} `json:"image"`
		Type string `json:"type"`
	} `json:"critical"`
	Optional map[string]any `json:"optional"`
}

// simpleSignatures looks at the layers under the signature tag.
func (j *judge) simpleSignatures(ctx context.Context) error {
	tag := SignatureTag(j.subject.Digest)
	raw, err := j.subject.Signatures.Manifest(ctx, tag)
	if isNotFound(err) {
		return nil
	}
	if err != nil {
		if j.skippable("the tag "+tag, err) {
			return nil
		}
		return err
	}
	manifest, err := parseManifest(raw)
	if err != nil {
		j.fault(diagnostic.SignatureMalformed, "what the tag "+tag+" names does not parse as a manifest", "")
		return nil
	}
	for i, layer := range manifest.Layers {
		where := fmt.Sprintf("signature %d under the tag %s", i+1, tag)
		if layer.MediaType != simpleSigningMediaType {
			continue
		}
		if err := j.simpleSignature(ctx, where, layer); err != nil && !j.skippable(where, err) {
			return err
		}
	}
	return nil
}

func (j *judge) simpleSignature(ctx context.Context, where string, layer v1.Descriptor) error {
	if err := j.admit(layer.Size); err != nil {
		return err
	}
	value, err := base64.StdEncoding.DecodeString(layer.Annotations[signatureAnnotation])
	if err != nil || len(value) == 0 || len(value) > maxSignatureValue {
		j.fault(diagnostic.SignatureMalformed, where+" has no readable signature in its annotation "+signatureAnnotation, "")
		return nil
	}
	payload, err := readBlob(ctx, j.subject.Signatures, layer)
	if err != nil {
		return err
	}
	s := signature{
		form: SimpleSigning, where: where, message: payload, value: value,
		claim: func() (claim, error) { return parseSimplePayload(payload) },
	}
	if certificate := layer.Annotations[certificateAnnotation]; certificate != "" {
		s.evidence = &Evidence{
			Digest: j.subject.Digest, Message: payload, Signature: value,
			Certificate: []byte(certificate), Chain: optional(layer, chainAnnotation),
			LogEntry: optional(layer, logEntryAnnotation), Timestamp: optional(layer, timestampAnnotation),
		}
	}
	return j.consider(ctx, s)
}

func optional(layer v1.Descriptor, annotation string) []byte {
	if text := layer.Annotations[annotation]; text != "" {
		return []byte(text)
	}
	return nil
}

// maxSignatureValue is larger than any signature of a supported key.
const maxSignatureValue = MaxRSABits / 8

func parseSimplePayload(payload []byte) (claim, error) {
	var simple simplePayload
	if err := decodeStrict(payload, &simple); err != nil {
		return claim{}, signatureFault(diagnostic.SignatureMalformed, "has a payload that does not parse: "+err.Error(), "")
	}
	if kind := simple.Critical.Type; kind != simpleSigningType {
		return claim{}, signatureFault(diagnostic.SignatureWrongType, fmt.Sprintf("has a payload of the type %q, not %q", kind, simpleSigningType), "")
	}
	return claim{
		digests:     []string{simple.Critical.Image.DockerManifestDigest},
		repository:  simple.Critical.Identity.DockerReference,
		annotations: textValues(simple.Optional),
	}, nil
}

// claimedRepository takes tag and digest off what a signature names.
func claimedRepository(reference string) (string, error) {
	repository, _, _ := strings.Cut(reference, "@")
	if colon := strings.LastIndexByte(repository, ':'); colon >= 0 && !strings.Contains(repository[colon:], "/") {
		if first, _, ok := strings.Cut(repository, "/"); ok && len(first) < colon {
			repository = repository[:colon]
		}
	}
	return NormalizeRepository(repository)
}

// readBlob reads a blob and compares it with its descriptor: no source needs to
// be believed.
func readBlob(ctx context.Context, source SignatureSource, blob v1.Descriptor) ([]byte, error) {
	content, err := source.Blob(ctx, blob, MaxSignatureBytes)
	if err != nil {
		return nil, err
	}
	if int64(len(content)) != blob.Size || digestOf(content) != blob.Digest {
		return nil, signatureFault(diagnostic.ImageDigestMismatch, fmt.Sprintf("has the digest %s, its descriptor says %s", digestOf(content), blob.Digest), "")
	}
	return content, nil
}

func digestOf(content []byte) v1.Hash {
	sum := sha256.Sum256(content)
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(sum[:])}
}

func signatureFault(code diagnostic.Code, message, hint string) error {
	return diagnostic.Diagnostics{{Code: code, Message: message, Hint: hint}}
}

package verify

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/registry"
)

// SignOptions says how an image is signed. The zero value makes a [Bundle],
// which cosign verifies by default since version 3: where an image has any
// bundle, cosign does not look at simple signatures at all.
type SignOptions struct {
	// Forms are the forms of the signature; none is [Bundle] alone.
	Forms []Form
	// Annotations are signed with the image's digest.
	Annotations map[string]string
	// Created is noted, unsigned, beside a bundle; zero is not.
	Created time.Time
}

// SignResult says what was signed.
type SignResult struct {
	Digest v1.Hash
	// Signed are the forms in which a signature was added; Present those in which
	// there was an equal one by the same key already.
	Signed, Present []Form
}

// Sign signs an image and puts the signature beside it. Of the subject, the
// repository is signed too, where it has one, so that the signature says where the
// image belongs. Signatures that are there already are kept. A signature by the same
// key that says the same is not added again.
//
// Bundles are manifests of their own. Simple signatures share one manifest: two
// programs that add one at the same moment can lose the earlier; Sign looks again
// afterwards and repeats what is lost.
//
// The error is a [diagnostic.Diagnostics] with code SignatureMalformed or
// SignatureTooMany where what is there cannot be added to, and otherwise trouble with
// the store or the key.
func Sign(ctx context.Context, store SignatureStore, subject Subject, key *PrivateKey, options SignOptions) (*SignResult, error) {
	if subject.Digest.Algorithm != "sha256" {
		return nil, diagnostic.Diagnostics{{
			Code: diagnostic.SignatureNoImage, Position: diagnostic.Position{File: subject.Reference},
			Message: "is no image with a sha256 digest, so it cannot be signed",
		}}
	}
	forms := options.Forms
	if len(forms) == 0 {
		forms = []Form{Bundle}
	}
	result := &SignResult{Digest: subject.Digest}
	for _, form := range forms {
		present, err := alreadySigned(ctx, store, subject, key, form, options)
		if err != nil {
			return nil, err
		}
		if present {
			result.Present = append(result.Present, form)
			continue
		}
		switch form {
		case Bundle:
			err = signBundle(ctx, store, subject, key, options)
		case SimpleSigning:
			err = signSimple(ctx, store, subject, key, options)
		default:
			err = fmt.Errorf("sign: the form %q does not exist", form)
		}
		if err != nil {
			return nil, err
		}
		result.Signed = append(result.Signed, form)
	}
	return result, nil
}

// alreadySigned looks for a signature by the key that says what a new one would.
func alreadySigned(ctx context.Context, store SignatureStore, subject Subject, key *PrivateKey, form Form, options SignOptions) (bool, error) {
	subject.Signatures = store
	present := false
	j := newJudge(subject, Entry{Prefix: AnyPrefix, Keys: []*PublicKey{key.public}}, Options{All: true})
	j.noticed = func(signer Signer) {
		present = present || signer.Repository == subject.Repository && maps.Equal(signer.Annotations, options.Annotations)
	}
	search := j.bundles
	if form == SimpleSigning {
		search = j.simpleSignatures
	}
	if err := search(ctx); err != nil && !errors.Is(err, errEnough) {
		return false, err
	}
	return present, nil
}

func signBundle(ctx context.Context, store SignatureStore, subject Subject, key *PrivateKey, options SignOptions) error {
	annotations := map[string]any{}
	for name, value := range options.Annotations {
		annotations[name] = value
	}
	payload, err := json.Marshal(statement{
		Type: statementType, PredicateType: signPredicateType, Predicate: map[string]any{},
		Subject: []statementSubject{{
			Name: subject.Repository, Digest: map[string]string{"sha256": subject.Digest.Hex}, Annotations: annotations,
		}},
	})
	if err != nil {
		return fmt.Errorf("sign: %w", err)
	}
	value, err := key.Sign(preAuthEncoding(statementMediaType, payload))
	if err != nil {
		return err
	}
	content, err := json.Marshal(bundle{
		MediaType:            bundleMediaType,
		VerificationMaterial: verificationMaterial{PublicKey: &keyIdentifier{Hint: key.public.hint()}},
		DSSEEnvelope: &envelope{
			Payload: payload, PayloadType: statementMediaType, Signatures: []envelopeSignature{{Signature: value}},
		},
	})
	if err != nil {
		return fmt.Errorf("sign: %w", err)
	}
	about := map[string]string{predicateAnnotation: signPredicateType, contentAnnotation: "dsse-envelope"}
	if !options.Created.IsZero() {
		about["org.opencontainers.image.created"] = options.Created.UTC().Format(time.RFC3339)
	}
	_, err = store.Attach(ctx, subject.Digest, registry.Artifact{
		ArtifactType: bundleMediaType, Annotations: about,
		Blobs: []registry.ArtifactBlob{{MediaType: bundleMediaType, Content: content}},
	})
	return err
}

func signSimple(ctx context.Context, store SignatureStore, subject Subject, key *PrivateKey, options SignOptions) error {
	var simple simplePayload
	simple.Critical.Identity.DockerReference = subject.Repository
	simple.Critical.Image.DockerManifestDigest = subject.Digest.String()
	simple.Critical.Type = simpleSigningType
	for name, value := range options.Annotations {
		if simple.Optional == nil {
			simple.Optional = map[string]any{}
		}
		simple.Optional[name] = value
	}
	payload, err := json.Marshal(simple)
	if err != nil {
		return fmt.Errorf("sign: %w", err)
	}
	value, err := key.Sign(payload)
	if err != nil {
		return err
	}
	layer := v1.Descriptor{
		MediaType: simpleSigningMediaType, Size: int64(len(payload)), Digest: digestOf(payload),
		Annotations: map[string]string{signatureAnnotation: base64.StdEncoding.EncodeToString(value)},
	}
	if err := store.PutBlob(ctx, layer, payload); err != nil {
		return err
	}
	// Whoever else signs at the same moment replaces the manifest, too.
	const attempts = 5
	for range attempts {
		if err := appendSimple(ctx, store, subject, layer); err != nil {
			return err
		}
		kept, err := hasLayer(ctx, store, subject, layer)
		if err != nil || kept {
			return err
		}
	}
	return fmt.Errorf("sign %s: others replace the signatures of the image all the time", subject.Reference)
}

func hasLayer(ctx context.Context, store SignatureStore, subject Subject, layer v1.Descriptor) (bool, error) {
	raw, err := store.Manifest(ctx, SignatureTag(subject.Digest))
	if err != nil {
		return false, err
	}
	manifest, err := parseManifest(raw)
	if err != nil {
		return false, nil
	}
	for _, there := range manifest.Layers {
		if there.Digest == layer.Digest && there.Annotations[signatureAnnotation] == layer.Annotations[signatureAnnotation] {
			return true, nil
		}
	}
	return false, nil
}

// appendSimple adds a layer to the manifest of the signatures. Whatever else is
// in manifest and configuration stays as it is.
func appendSimple(ctx context.Context, store SignatureStore, subject Subject, layer v1.Descriptor) error {
	tag := SignatureTag(subject.Digest)
	manifest, config, err := simpleManifest(ctx, store, tag)
	if err != nil {
		return atReference(subject, tag, err)
	}
	layers, err := appendTo(manifest["layers"], layer)
	if err != nil {
		return atReference(subject, tag, err)
	}
	manifest["layers"] = layers
	var rootFS map[string]json.RawMessage
	if err := json.Unmarshal(config["rootfs"], &rootFS); err != nil || rootFS == nil {
		rootFS = map[string]json.RawMessage{"type": json.RawMessage(`"layers"`)}
	}
	if rootFS["diff_ids"], err = appendTo(rootFS["diff_ids"], layer.Digest); err != nil {
		return atReference(subject, tag, err)
	}
	if config["rootfs"], err = json.Marshal(rootFS); err != nil {
		return err
	}
	rawConfig, err := json.Marshal(config)
	if err != nil {
		return err
	}
	described := v1.Descriptor{MediaType: types.OCIConfigJSON, Size: int64(len(rawConfig)), Digest: digestOf(rawConfig)}
	if err := store.PutBlob(ctx, described, rawConfig); err != nil {
		return err
	}
	if manifest["config"], err = json.Marshal(described); err != nil {
		return err
	}
	raw, err := json.Marshal(manifest)
	if err != nil {
		return err
	}
	if len(raw) > registry.MaxManifestBytes {
		return atReference(subject, tag, signatureFault(diagnostic.SignatureTooMany, "has no room for another signature", "remove those that nobody needs"))
	}
	return store.PutManifest(ctx, tag, types.OCIManifestSchema1, raw)
}

// simpleManifest returns the manifest of the signatures that are there and its
// configuration, or those of none.
func simpleManifest(ctx context.Context, store SignatureStore, tag string) (manifest, config map[string]json.RawMessage, err error) {
	raw, err := store.Manifest(ctx, tag)
	if isNotFound(err) {
		return map[string]json.RawMessage{
				"schemaVersion": json.RawMessage("2"), "mediaType": json.RawMessage(`"` + string(types.OCIManifestSchema1) + `"`),
			}, map[string]json.RawMessage{
				"architecture": json.RawMessage(`""`), "os": json.RawMessage(`""`), "config": json.RawMessage("{}"),
			}, nil
	}
	if err != nil {
		return nil, nil, err
	}
	parsed, err := parseManifest(raw)
	if err == nil {
		err = json.Unmarshal(raw, &manifest)
	}
	if err != nil || parsed.MediaType != types.OCIManifestSchema1 || parsed.Config.MediaType != types.OCIConfigJSON {
		return nil, nil, signatureFault(diagnostic.SignatureMalformed, "names something that signatures cannot be added to", "look at what is there, and remove it")
	}
	content, err := readBlob(ctx, store, parsed.Config)
	if err != nil {
		return nil, nil, err
	}
	if err := json.Unmarshal(content, &config); err != nil || config == nil {
		return nil, nil, signatureFault(diagnostic.SignatureMalformed, "names an image whose configuration does not parse", "look at what is there, and remove it")
	}
	return manifest, config, nil
}

// appendTo adds an item to a list in JSON.
func appendTo(list json.RawMessage, item any) (json.RawMessage, error) {
	var items []json.RawMessage
	if len(bytes.TrimSpace(list)) > 0 {
		if err := json.Unmarshal(list, &items); err != nil {
			return nil, signatureFault(diagnostic.SignatureMalformed, "names a manifest that does not parse", "look at what is there, and remove it")
		}
	}
	raw, err := json.Marshal(item)
	if err != nil {
		return nil, err
	}
	return json.Marshal(append(items, raw))
}

// atReference says in findings where the signatures are.
func atReference(subject Subject, tag string, err error) error {
	found, ok := diagnostic.From(err)
	if !ok {
		return err
	}
	for i := range found {
		found[i].Position.File = subject.Reference
		found[i].Message = "the tag " + tag + " " + found[i].Message
	}
	return found
}

package verify_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/verify"
)

var forms = []verify.Form{verify.Bundle, verify.SimpleSigning}

// judge verifies an image of the world.
func (w *world) judge(p pushed, policy *verify.Policy, options verify.Options) (*verify.Result, error) {
	subject := p.subject()
	subject.Signatures = w.store(p)
	return verify.NewVerifier(policy, options).Verify(context.Background(), subject)
}

func TestSignAndVerify(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"P-256", "P-384", "Ed25519", "RSA 2048"} {
		for _, form := range forms {
			t.Run(kind+" "+string(form), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				key := newKey(t, kind)
				p := w.push("team/shop:v1", "hello")
				annotations := map[string]string{"build": "17", "by": "ci"}
				options := verify.SignOptions{Forms: []verify.Form{form}, Annotations: annotations}
				signed, err := verify.Sign(context.Background(), w.store(p), p.subject(), key, options)
				require.NoError(t, err)
				require.Equal(t, &verify.SignResult{Digest: p.digest, Signed: []verify.Form{form}}, signed)

				policy, err := verify.RequireKeys(key.Public())
				require.NoError(t, err)
				result, err := w.judge(p, policy, verify.Options{})
				require.NoError(t, err)
				require.True(t, result.Verified())
				require.Equal(t, p.digest, result.Digest)
				require.Equal(t, []verify.Signer{{Key: key.Public(), Form: form, Repository: p.repository, Annotations: annotations}}, result.Signers)

				signed, err = verify.Sign(context.Background(), w.store(p), p.subject(), key, options)
				require.NoError(t, err)
				require.Equal(t, []verify.Form{form}, signed.Present, "the same is not signed again")
				require.Empty(t, signed.Signed)
				options.Annotations = nil
				signed, err = verify.Sign(context.Background(), w.store(p), p.subject(), key, options)
				require.NoError(t, err)
				require.Empty(t, signed.Present, "other annotations make another signature")

				pkg, err := w.load(p.reference, policy)
				require.NoError(t, err)
				require.Equal(t, p.digest.String(), pkg.ImageDigest)
			})
		}
	}
}

// No signature is lost when others are added.
func TestSignaturesAreAdded(t *testing.T) {
	t.Parallel()
	for _, form := range forms {
		w := newWorld(t)
		p := w.push("team/shop:v1", "hello")
		var keys []*verify.PublicKey
		for range 5 {
			key := newKey(t, "P-256")
			w.sign(p, key, form)
			keys = append(keys, key.Public())
		}
		policy, err := verify.NewPolicy(verify.Entry{Prefix: "*", Keys: keys, Threshold: 5})
		require.NoError(t, err)
		result, err := w.judge(p, policy, verify.Options{})
		require.NoError(t, err)
		require.Len(t, result.Signers, 5)
	}
}

// What is in a manifest of signatures and its configuration stays there.
func TestForeignPartsOfSimpleSignaturesStay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.push("team/shop:v1", "hello")
	layer := w.simpleLayer(p, []byte("somebody's own"), []byte{1})
	config := w.blob(p, "application/vnd.oci.image.config.v1+json", []byte(`{"created":"2020-01-01T00:00:00Z","rootfs":{"type":"layers","diff_ids":["`+layer.Digest.String()+`"]},"own":1}`))
	raw, err := json.Marshal(map[string]any{
		"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": config, "layers": []any{layer},
		"annotations": map[string]string{"a": "b"}, "own": true,
	})
	require.NoError(t, err)
	tag := p.repository + ":" + verify.SignatureTag(p.digest)
	_, err = w.client.PushManifest(context.Background(), tag, "application/vnd.oci.image.manifest.v1+json", raw)
	require.NoError(t, err)
	w.sign(p, w.trusted, verify.SimpleSigning)
	manifest, err := w.client.Manifest(context.Background(), tag)
	require.NoError(t, err)
	var after struct {
		Config      v1.Descriptor
		Layers      []v1.Descriptor
		Annotations map[string]string
		Own         bool
	}
	require.NoError(t, json.Unmarshal(manifest.Raw, &after))
	require.Len(t, after.Layers, 2)
	require.Equal(t, layer, after.Layers[0])
	require.Equal(t, map[string]string{"a": "b"}, after.Annotations)
	require.True(t, after.Own)
	content, err := w.client.BlobBytes(context.Background(), p.repository, after.Config, 1<<20)
	require.NoError(t, err)
	require.JSONEq(t, `{"created":"2020-01-01T00:00:00Z","own":1,"rootfs":{"type":"layers","diff_ids":["`+layer.Digest.String()+`","`+after.Layers[1].Digest.String()+`"]}}`, string(content))
}

func TestSignRefusesToOverwrite(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.push("team/shop:v1", "hello")
	_, err := w.client.PushManifest(context.Background(), p.repository+":"+verify.SignatureTag(p.digest), "application/vnd.oci.image.index.v1+json",
		[]byte(`{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}`))
	require.NoError(t, err)
	_, err = verify.Sign(context.Background(), w.store(p), p.subject(), w.trusted, verify.SignOptions{Forms: []verify.Form{verify.SimpleSigning}})
	require.ErrorIs(t, err, diagnostic.SignatureMalformed)
	require.ErrorContains(t, err, "cannot be added to")
	_, err = verify.Sign(context.Background(), w.store(p), verify.Subject{Reference: "./shop"}, w.trusted, verify.SignOptions{})
	require.ErrorIs(t, err, diagnostic.SignatureNoImage)
	_, err = verify.Sign(context.Background(), w.store(p), p.subject(), w.trusted, verify.SignOptions{Forms: []verify.Form{"pgp"}})
	require.ErrorContains(t, err, "pgp")
}

// Several programs that sign at once lose no signature, as far as each can see.
func TestConcurrentSimpleSignatures(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.push("team/shop:v1", "hello")
	var group sync.WaitGroup
	for range 3 {
		key := newKey(t, "P-256")
		group.Go(func() {
			_, err := verify.Sign(context.Background(), w.store(p), p.subject(), key, verify.SignOptions{Forms: []verify.Form{verify.SimpleSigning}})
			if err != nil && !strings.Contains(err.Error(), "replace the signatures") {
				t.Error(err)
			}
		})
	}
	group.Wait()
	manifest, err := w.client.Manifest(context.Background(), p.repository+":"+verify.SignatureTag(p.digest))
	require.NoError(t, err)
	require.NotEmpty(t, manifest.Raw)
}

func TestModes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.push("team/shop:v1", "hello")
	keys := []*verify.PublicKey{w.trusted.Public()}
	policy, err := verify.NewPolicy(verify.Entry{Prefix: "*", Mode: verify.Warn, Keys: keys})
	require.NoError(t, err)
	result, err := w.judge(p, policy, verify.Options{})
	require.NoError(t, err)
	require.False(t, result.Verified())
	require.ErrorIs(t, result.Warnings, diagnostic.SignatureMissing)
	require.False(t, result.Warnings.HasErrors())
	pkg, err := w.load(p.reference, policy)
	require.NoError(t, err)
	require.ErrorIs(t, pkg.Warnings, diagnostic.SignatureMissing)

	off, err := verify.NewPolicy(verify.Entry{Prefix: "*", Mode: verify.Off})
	require.NoError(t, err)
	w.Forget()
	result, err = w.judge(p, off, verify.Options{})
	require.NoError(t, err)
	require.False(t, result.Verified())
	require.Empty(t, w.Requests(), "nobody is asked")

	w.answer(func(writer http.ResponseWriter, r *http.Request) bool {
		writer.WriteHeader(http.StatusForbidden)
		return strings.Contains(r.URL.Path, "/referrers/")
	})
	_, err = w.judge(p, w.policy(), verify.Options{})
	require.ErrorIs(t, err, registry.ErrForbidden)
	_, findings := diagnostic.From(err)
	require.False(t, findings, "that a registry does not answer says nothing about the signature")
	result, err = w.judge(p, policy, verify.Options{})
	require.NoError(t, err)
	require.ErrorIs(t, result.Warnings, diagnostic.SignatureUnavailable)
	ctx, cancel := context.WithCancelCause(context.Background())
	reason := errors.New("enough")
	cancel(reason)
	subject := p.subject()
	subject.Signatures = w.store(p)
	_, err = verify.NewVerifier(policy, verify.Options{}).Verify(ctx, subject)
	require.ErrorIs(t, err, reason, "an end is no warning")
}

func TestThreshold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.push("team/shop:v1", "hello")
	w.sign(p, w.trusted, forms...)
	second := newKey(t, "Ed25519")
	policy, err := verify.NewPolicy(verify.Entry{
		Prefix: "*", Keys: []*verify.PublicKey{w.trusted.Public(), second.Public()}, Threshold: 2,
	})
	require.NoError(t, err)
	_, err = w.judge(p, policy, verify.Options{})
	require.ErrorIs(t, err, diagnostic.SignatureThreshold, "two signatures of one key are one signer")
	w.sign(p, second, verify.SimpleSigning)
	result, err := w.judge(p, policy, verify.Options{})
	require.NoError(t, err)
	require.Len(t, result.Signers, 2)
}

// Rubbish beside a good signature does no harm; with All, everybody is named.
func TestOthersDoNoHarm(t *testing.T) {
	t.Parallel()
	for _, form := range forms {
		w := newWorld(t)
		p := w.push("team/shop:v1", "hello")
		w.sign(p, w.enemy, form)
		w.attach(p, []byte("rubbish"))
		w.sign(p, w.trusted, form)
		result, err := w.judge(p, w.policy(), verify.Options{})
		require.NoError(t, err)
		require.True(t, result.Verified())

		both, err := verify.RequireKeys(w.trusted.Public(), w.enemy.Public())
		require.NoError(t, err)
		result, err = w.judge(p, both, verify.Options{All: true})
		require.NoError(t, err)
		require.Len(t, result.Signers, 2)
	}
}

func TestSignedAs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	staging, p := w.push("staging/shop:v1", "hello"), w.push("team/shop:v1", "hello")
	for _, form := range forms {
		_, err := verify.Sign(context.Background(), w.store(p), staging.subject(), w.trusted, verify.SignOptions{Forms: []verify.Form{form}})
		require.NoError(t, err)
	}
	keys := []*verify.PublicKey{w.trusted.Public()}
	for name, test := range map[string]struct {
		policy  []string
		caller  []string
		allowed bool
	}{
		"nobody":             {nil, nil, false},
		"policy":             {[]string{w.Host + "/staging"}, nil, true},
		"policy: any":        {[]string{"*"}, nil, true},
		"policy: other":      {[]string{w.Host + "/stag"}, nil, false},
		"caller":             {nil, []string{staging.repository}, true},
		"caller: no prefix ": {nil, []string{w.Host + "/staging"}, false},
	} {
		policy, err := verify.NewPolicy(verify.Entry{Prefix: "*", Keys: keys, SignedAs: test.policy})
		require.NoError(t, err)
		subject := p.subject()
		subject.Signatures, subject.SignedAs = w.store(p), test.caller
		_, err = verify.NewVerifier(policy, verify.Options{}).Verify(context.Background(), subject)
		if test.allowed {
			require.NoError(t, err, name)
		} else {
			require.ErrorIs(t, err, diagnostic.SignatureWrongRepository, name)
		}
	}
}

// identities stands for package keyless.
type identities func(verify.Evidence) (verify.Identity, error)

func (i identities) VerifyIdentity(_ context.Context, evidence verify.Evidence, _ []verify.Identity) (verify.Identity, error) {
	return i(evidence)
}

func TestIdentities(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.push("team/shop:v1", "hello")
	signer := newSigner(t, "P-256")
	w.attach(p, w.bundleOf(signer, statementKind, statementOf(signPredicate, p.digest), certificateOf(t, signer)))
	ci := verify.Identity{Issuer: "https://issuer", SubjectRegExp: "ci@.*"}
	policy, err := verify.NewPolicy(verify.Entry{Prefix: "*", Identities: []verify.Identity{ci}})
	require.NoError(t, err)
	_, err = w.judge(p, policy, verify.Options{})
	require.ErrorIs(t, err, diagnostic.SignatureUnsupported)
	for name, test := range map[string]struct {
		answer verify.Identity
		err    error
		want   error
	}{
		"trusted":            {verify.Identity{Issuer: "https://issuer", Subject: "ci@example.com"}, nil, nil},
		"somebody else":      {verify.Identity{Issuer: "https://issuer", Subject: "me@example.com"}, nil, diagnostic.CertificateWrongIdentity},
		"expired":            {verify.Identity{}, diagnostic.Diagnostics{{Code: diagnostic.CertificateExpired, Message: "expired"}}, diagnostic.CertificateExpired},
		"foreign":            {verify.Identity{}, diagnostic.Diagnostics{{Code: diagnostic.CertificateUntrusted, Message: "foreign"}}, diagnostic.CertificateUntrusted},
		"trouble is trouble": {verify.Identity{}, http.ErrHandlerTimeout, http.ErrHandlerTimeout},
	} {
		result, err := w.judge(p, policy, verify.Options{Identities: identities(func(evidence verify.Evidence) (verify.Identity, error) {
			require.Equal(t, p.digest, evidence.Digest)
			require.True(t, json.Valid(evidence.Bundle))
			return test.answer, test.err
		})})
		if test.want != nil {
			require.ErrorIs(t, err, test.want, name)
			continue
		}
		require.NoError(t, err, name)
		require.Equal(t, &test.answer, result.Signers[0].Identity)
		require.Equal(t, "ci@example.com (https://issuer)", result.Signers[0].String())
	}
	// The verifier of identities does not judge which image it is.
	other := w.push("team/shop:v2", "other")
	w.attach(other, w.bundleOf(signer, statementKind, statementOf(signPredicate, p.digest), certificateOf(t, signer)))
	_, err = w.judge(other, policy, verify.Options{Identities: identities(func(verify.Evidence) (verify.Identity, error) {
		return verify.Identity{Issuer: "https://issuer", Subject: "ci@example.com"}, nil
	})})
	require.ErrorIs(t, err, diagnostic.SignatureWrongDigest)
	// Keys do not count where the policy lists only identities.
	keyed := w.push("team/shop:v3", "keyed")
	w.sign(keyed, w.trusted)
	_, err = w.judge(keyed, policy, verify.Options{})
	require.ErrorIs(t, err, diagnostic.SignatureWrongKey)
}

// What is no image cannot be signed.
func TestSourcesThatAreNoImage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	files := map[string][]byte{"manifest.yaml": []byte("apiVersion: manifests.package-operator.run/v1alpha1\nkind: PackageManifest\nmetadata: {name: hello}\n")}
	load := func(source packageloader.Source, policy *verify.Policy) (*packagetypes.Package, error) {
		return packageloader.Load(context.Background(), source, packageloader.LoadOptions{Verifier: verify.NewVerifier(policy, verify.Options{})})
	}
	_, err := load(packageloader.FromFiles(files), w.policy())
	require.ErrorIs(t, err, diagnostic.SignatureNoImage)
	_, err = load(packageloader.FromFolder("testdata", packageloader.FolderOptions{}), w.policy())
	require.ErrorIs(t, err, diagnostic.SignatureNoImage)
	require.ErrorContains(t, err, "testdata: is no image")
	require.ErrorContains(t, err, `prefix "./"`)
	keys := []*verify.PublicKey{w.trusted.Public()}
	policy, err := verify.NewPolicy(verify.Entry{Prefix: "*", Keys: keys}, verify.Entry{Prefix: "./", Mode: verify.Warn, Keys: keys})
	require.NoError(t, err)
	pkg, err := load(packageloader.FromFiles(files), policy)
	require.NoError(t, err)
	require.ErrorIs(t, pkg.Warnings, diagnostic.SignatureNoImage)
	_, err = load(packageloader.FromImage(w.image("hello")), w.policy())
	require.ErrorIs(t, err, diagnostic.SignatureMissing, "an image that is from nowhere has no signatures")
}

// A flood of one form does not hide the signatures of the other.
func TestFloodHidesNothingOfTheOtherForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.push("team/shop:v1", "hello")
	w.sign(p, w.trusted, verify.SimpleSigning)
	listed := make([]v1.Descriptor, 10*verify.MaxSignatures)
	for i := range listed {
		listed[i] = v1.Descriptor{MediaType: "application/vnd.oci.image.manifest.v1+json", ArtifactType: bundleType, Digest: digestOf([]byte{byte(i), byte(i >> 8)})}
	}
	w.list(p, listed...)
	w.Forget()
	_, err := w.judge(p, w.policy(), verify.Options{})
	require.NoError(t, err)
	require.Less(t, len(w.Requests()), verify.MaxSignatures+5)
}

package keyless_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/sigstoretest"
	"github.com/packstage/packstage/packagebuilder"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/registrytest"
	"github.com/packstage/packstage/verify"
	"github.com/packstage/packstage/verify/keyless"
)

const (
	bundleType = "application/vnd.dev.sigstore.bundle.v0.3+json"
	issuer     = "https://token.example.com"
	subject    = "https://example.com/team/shop/release.yaml@refs/heads/main"
)

// team is who is trusted.
var team = verify.Identity{Issuer: issuer, Subject: subject}

// by is how they sign.
func by(change ...func(*sigstoretest.Signing)) sigstoretest.Signing {
	signing := sigstoretest.Signing{Issuer: issuer, Subject: subject}
	for _, change := range change {
		change(&signing)
	}
	return signing
}

// world is a registry with a package, and a sigstore deployment that is trusted.
type world struct {
	t          testing.TB
	client     *registry.Client
	sigstore   *sigstoretest.Sigstore
	reference  string
	repository string
	digest     v1.Hash
}

func newWorld(t testing.TB) *world {
	t.Helper()
	server := registrytest.Start(t, registrytest.Options{})
	w := &world{t: t, client: registry.NewClient(registry.Options{Keychain: authn.NewMultiKeychain()}), sigstore: sigstoretest.New(t)}
	image, _, err := packagebuilder.Build(context.Background(), packageloader.FromFiles(map[string][]byte{
		"manifest.yaml": []byte("apiVersion: manifests.package-operator.run/v1alpha1\nkind: PackageManifest\nmetadata: {name: shop}\nspec:\n  scopes: [Namespaced]\n  phases: [{name: deploy}]\n"),
	}), packagebuilder.BuildOptions{SkipValidation: true})
	require.NoError(t, err)
	w.repository = server.Host + "/team/shop"
	w.reference = w.repository + ":v1"
	w.digest, err = w.client.Push(context.Background(), image, w.reference)
	require.NoError(t, err)
	return w
}

// verifier judges by a trusted root.
func verifier(t testing.TB, root []byte, requirements verify.Requirements) *keyless.Verifier {
	t.Helper()
	trusted, err := keyless.ParseTrustedRoot("trusted_root.json", root)
	require.NoError(t, err)
	made, err := keyless.NewVerifier(trusted, requirements)
	require.NoError(t, err)
	return made
}

// judge verifies the package as the loader would.
func (w *world) judge(identities verify.IdentityVerifier, trusted ...verify.Identity) (*verify.Result, error) {
	w.t.Helper()
	policy, err := verify.NewPolicy(verify.Entry{Prefix: verify.AnyPrefix, Identities: trusted})
	require.NoError(w.t, err)
	return packageloader.Verify(context.Background(), packageloader.FromClient(w.client, w.reference),
		verify.NewVerifier(policy, verify.Options{Identities: identities}))
}

func statementOf(digest v1.Hash) []byte {
	return fmt.Appendf(nil, `{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":%q}}],"predicateType":"https://sigstore.dev/cosign/sign/v1","predicate":{}}`, digest.Hex)
}

func payloadOf(repository string, digest v1.Hash) []byte {
	return fmt.Appendf(nil, `{"critical":{"identity":{"docker-reference":%q},"image":{"docker-manifest-digest":%q},"type":"cosign container image signature"},"optional":null}`,
		repository, digest.String())
}

// sign hangs a signature of a form on the package.
func (w *world) sign(form verify.Form, deployment *sigstoretest.Sigstore, digest v1.Hash, signing sigstoretest.Signing) {
	w.t.Helper()
	if form == verify.Bundle {
		w.attach(deployment.Bundle(statementOf(digest), signing))
		return
	}
	payload := payloadOf(w.repository, digest)
	signature, annotations := deployment.Simple(payload, signing)
	w.simple(payload, signature, annotations)
}

func (w *world) attach(bundle []byte) {
	w.t.Helper()
	_, err := w.client.Attach(context.Background(), w.repository+"@"+w.digest.String(), registry.Artifact{
		ArtifactType: bundleType, Blobs: []registry.ArtifactBlob{{MediaType: bundleType, Content: bundle}},
	})
	require.NoError(w.t, err)
}

func (w *world) simple(payload, signature []byte, annotations map[string]string) {
	w.t.Helper()
	layer := w.blob("application/vnd.dev.cosign.simplesigning.v1+json", payload)
	annotations["dev.cosignproject.cosign/signature"] = base64.StdEncoding.EncodeToString(signature)
	layer.Annotations = annotations
	raw, err := json.Marshal(v1.Manifest{
		SchemaVersion: 2, MediaType: types.OCIManifestSchema1, Layers: []v1.Descriptor{layer},
		Config: w.blob(types.OCIConfigJSON, []byte(`{"architecture":"","os":"","rootfs":{"type":"layers","diff_ids":[]}}`)),
	})
	require.NoError(w.t, err)
	_, err = w.client.PushManifest(context.Background(), w.repository+":"+verify.SignatureTag(w.digest), types.OCIManifestSchema1, raw)
	require.NoError(w.t, err)
}

func (w *world) blob(mediaType types.MediaType, content []byte) v1.Descriptor {
	w.t.Helper()
	sum := sha256.Sum256(content)
	blob := v1.Descriptor{MediaType: mediaType, Size: int64(len(content)), Digest: v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(sum[:])}}
	require.NoError(w.t, w.client.PushBlob(context.Background(), w.repository, blob, func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(content)), nil
	}, ""))
	return blob
}

// requireCode wants findings, all of one code.
func requireCode(t testing.TB, err error, code diagnostic.Code, text string) {
	t.Helper()
	require.Error(t, err)
	found, ok := diagnostic.From(err)
	require.True(t, ok, "%v", err)
	require.Len(t, found, 1, "%v", err)
	require.Equal(t, code, found[0].Code, "%v", err)
	require.Contains(t, found[0].Message, text)
}

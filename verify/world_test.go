package verify_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/packagebuilder"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/registrytest"
	"github.com/packstage/packstage/verify"
)

const (
	bundleType    = "application/vnd.dev.sigstore.bundle.v0.3+json"
	statementKind = "application/vnd.in-toto+json"
	signPredicate = "https://sigstore.dev/cosign/sign/v1"
	simpleType    = "application/vnd.dev.cosign.simplesigning.v1+json"
)

// world is a registry with packages, somebody who is trusted, and somebody who
// is not.
type world struct {
	*registrytest.Registry
	t              testing.TB
	client         *registry.Client
	trusted, enemy *verify.PrivateKey
	trustedSigner  crypto.Signer
	// intercept may be set once everything is in place.
	intercept atomic.Pointer[func(http.ResponseWriter, *http.Request) bool]
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, trustedSigner: newSigner(t, "P-256"), enemy: newKey(t, "P-256")}
	w.Registry = registrytest.Start(t, registrytest.Options{Intercept: func(writer http.ResponseWriter, r *http.Request) bool {
		intercept := w.intercept.Load()
		return intercept != nil && (*intercept)(writer, r)
	}})
	w.client = registry.NewClient(registry.Options{Keychain: authn.NewMultiKeychain()})
	var err error
	w.trusted, err = verify.FromSigner("trusted.key", w.trustedSigner)
	require.NoError(t, err)
	return w
}

// answer puts something between the registry and its clients.
func (w *world) answer(intercept func(http.ResponseWriter, *http.Request) bool) {
	w.intercept.Store(&intercept)
}

// image builds a package with a greeting.
func (w *world) image(greeting string) v1.Image {
	w.t.Helper()
	image, _, err := packagebuilder.Build(context.Background(), packageloader.FromFiles(map[string][]byte{
		"manifest.yaml": []byte("apiVersion: manifests.package-operator.run/v1alpha1\nkind: PackageManifest\nmetadata: {name: hello}\nspec:\n  scopes: [Namespaced]\n  phases: [{name: deploy}]\n"),
		"hello.yaml":    []byte("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: hello\n  annotations: {package-operator.run/phase: deploy}\ndata: {greeting: " + greeting + "}\n"),
	}), packagebuilder.BuildOptions{SkipValidation: true})
	require.NoError(w.t, err)
	return image
}

// push pushes a package and returns what identifies it.
func (w *world) push(path, greeting string) pushed {
	w.t.Helper()
	digest, err := w.client.Push(context.Background(), w.image(greeting), w.Host+"/"+path)
	require.NoError(w.t, err)
	repository, _, _ := strings.Cut(path, ":")
	return pushed{reference: w.Host + "/" + path, repository: w.Host + "/" + repository, digest: digest}
}

type pushed struct {
	reference, repository string
	digest                v1.Hash
}

func (p pushed) subject() verify.Subject {
	return verify.Subject{Reference: p.reference, Repository: p.repository, Digest: p.digest}
}

func (w *world) store(p pushed) verify.SignatureStore {
	return verify.InRegistry(w.client, p.repository)
}

func (w *world) sign(p pushed, key *verify.PrivateKey, forms ...verify.Form) {
	w.t.Helper()
	_, err := verify.Sign(context.Background(), w.store(p), p.subject(), key, verify.SignOptions{Forms: forms})
	require.NoError(w.t, err)
}

// policy is the one that everything is signed with the trusted key.
func (w *world) policy() *verify.Policy {
	w.t.Helper()
	policy, err := verify.RequireKeys(w.trusted.Public())
	require.NoError(w.t, err)
	return policy
}

func (w *world) load(reference string, policy *verify.Policy) (*packagetypes.Package, error) {
	return packageloader.Load(context.Background(), packageloader.FromClient(w.client, reference),
		packageloader.LoadOptions{Verifier: verify.NewVerifier(policy, verify.Options{})})
}

// layerRequests counts the requests for the blobs of an image.
func (w *world) layerRequests(greeting string) int {
	w.t.Helper()
	manifest, err := w.image(greeting).Manifest()
	require.NoError(w.t, err)
	count := 0
	for _, blob := range append(manifest.Layers, manifest.Config) {
		for _, request := range w.Requests() {
			if request.Method == http.MethodGet && strings.HasSuffix(request.Path, blob.Digest.String()) {
				count++
			}
		}
	}
	return count
}

// moveTag lets a tag name what another names now.
func (w *world) moveTag(from, to string) {
	w.t.Helper()
	manifest, err := w.client.Manifest(context.Background(), from)
	require.NoError(w.t, err)
	_, err = w.client.PushManifest(context.Background(), to, manifest.Descriptor.MediaType, manifest.Raw)
	require.NoError(w.t, err)
}

func digestOf(content []byte) v1.Hash {
	sum := sha256.Sum256(content)
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(sum[:])}
}

func (w *world) blob(p pushed, mediaType string, content []byte) v1.Descriptor {
	w.t.Helper()
	blob := v1.Descriptor{MediaType: types.MediaType(mediaType), Size: int64(len(content)), Digest: digestOf(content)}
	require.NoError(w.t, w.client.PushBlob(context.Background(), p.repository, blob, func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(content)), nil
	}, ""))
	return blob
}

// simple pushes a manifest of simple signatures, as written, without any check.
func (w *world) simple(p pushed, layers ...v1.Descriptor) {
	w.t.Helper()
	config := []byte(`{"architecture":"","os":"","rootfs":{"type":"layers","diff_ids":[]}}`)
	raw, err := json.Marshal(v1.Manifest{
		SchemaVersion: 2, MediaType: types.OCIManifestSchema1, Config: w.blob(p, string(types.OCIConfigJSON), config), Layers: layers,
	})
	require.NoError(w.t, err)
	_, err = w.client.PushManifest(context.Background(), p.repository+":"+verify.SignatureTag(p.digest), types.OCIManifestSchema1, raw)
	require.NoError(w.t, err)
}

func (w *world) simpleLayer(p pushed, payload, signature []byte) v1.Descriptor {
	w.t.Helper()
	layer := w.blob(p, simpleType, payload)
	layer.Annotations = map[string]string{"dev.cosignproject.cosign/signature": base64.StdEncoding.EncodeToString(signature)}
	return layer
}

func simplePayload(repository string, digest v1.Hash) []byte {
	return fmt.Appendf(nil, `{"critical":{"identity":{"docker-reference":%q},"image":{"docker-manifest-digest":%q},"type":"cosign container image signature"},"optional":null}`,
		repository, digest.String())
}

// attach hangs a bundle on an image, as written, without any check.
func (w *world) attach(p pushed, content []byte) v1.Descriptor {
	w.t.Helper()
	descriptor, err := w.client.Attach(context.Background(), p.repository+"@"+p.digest.String(), registry.Artifact{
		ArtifactType: bundleType,
		Blobs:        []registry.ArtifactBlob{{MediaType: bundleType, Content: content}},
	})
	require.NoError(w.t, err)
	return descriptor
}

// bundleOf writes a bundle by the text of the specifications, apart from the code
// that it tests.
func (w *world) bundleOf(signer crypto.Signer, payloadType, payload, material string) []byte {
	w.t.Helper()
	message := fmt.Sprintf("DSSEv1 %d %s %d %s", len(payloadType), payloadType, len(payload), payload)
	sum := sha256.Sum256([]byte(message))
	signature, err := ecdsa.SignASN1(rand.Reader, signer.(*ecdsa.PrivateKey), sum[:])
	require.NoError(w.t, err)
	return fmt.Appendf(nil, `{"mediaType":%q,"verificationMaterial":{%s},"dsseEnvelope":{"payload":%q,"payloadType":%q,"signatures":[{"sig":%q}]}}`,
		bundleType, material, base64.StdEncoding.EncodeToString([]byte(payload)), payloadType, base64.StdEncoding.EncodeToString(signature))
}

// hintOf is the verification material that names a key.
func hintOf(t testing.TB, signer crypto.Signer) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(signer.Public())
	require.NoError(t, err)
	sum := sha256.Sum256(der)
	return fmt.Sprintf(`"publicKey":{"hint":%q}`, base64.StdEncoding.EncodeToString(sum[:]))
}

func statementOf(predicateType string, digest v1.Hash) string {
	return fmt.Sprintf(`{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":%q}}],"predicateType":%q,"predicate":{}}`, digest.Hex, predicateType)
}

// layout writes a package into an OCI image layout.
func (w *world) layout(greeting, name string) string {
	w.t.Helper()
	folder := w.t.TempDir() + "/layout"
	require.NoError(w.t, packagebuilder.WriteLayout(context.Background(), w.image(greeting), folder, packagebuilder.LayoutOptions{Reference: name}))
	return folder
}

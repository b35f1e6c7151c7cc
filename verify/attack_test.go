package verify_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/verify"
)

// attacks on the chain from a trusted key to the files that are unpacked. Each is
// refused, before a byte of configuration or layers is asked for where the attack is
// not in these. docs/security.md lists the sentences.
var attacks = []struct {
	name, sentence string
	// arrange returns the reference that is loaded, of a package whose greeting is
	// "evil".
	arrange func(w *world) string
	code    diagnostic.Code
}{
	{"stripped", "The signatures are deleted, or the list of referrers hides them.", func(w *world) string {
		return w.push("team/shop:v1", "evil").reference
	}, diagnostic.SignatureMissing},
	{"wrong key", "Somebody else signs the image with a key of his own.", func(w *world) string {
		p := w.push("team/shop:v1", "evil")
		w.sign(p, w.enemy, verify.Bundle)
		return p.reference
	}, diagnostic.SignatureWrongKey},
	{"wrong key, simple", "Somebody else signs the image with a key of his own, in cosign's older form.", func(w *world) string {
		p := w.push("team/shop:v1", "evil")
		w.sign(p, w.enemy, verify.SimpleSigning)
		return p.reference
	}, diagnostic.SignatureWrongKey},
	{"key confusion", "A signature by another key names the trusted key in its hint.", func(w *world) string {
		p := w.push("team/shop:v1", "evil")
		w.attach(p, w.bundleOf(newSigner(w.t, "P-256"), statementKind, statementOf(signPredicate, p.digest), hintOf(w.t, w.trustedSigner)))
		return p.reference
	}, diagnostic.SignatureInvalid},
	{"certificate", "A bundle brings a certificate of its own, made for the occasion, instead of naming a key.", func(w *world) string {
		p := w.push("team/shop:v1", "evil")
		signer := newSigner(w.t, "P-256")
		w.attach(p, w.bundleOf(signer, statementKind, statementOf(signPredicate, p.digest), certificateOf(w.t, signer)))
		return p.reference
	}, diagnostic.SignatureWrongKey},
	{"certificate, simple", "A simple signature brings a certificate of its own.", func(w *world) string {
		p := w.push("team/shop:v1", "evil")
		layer := w.simpleLayer(p, simplePayload(p.repository, p.digest), []byte("signature"))
		layer.Annotations["dev.sigstore.cosign/certificate"] = "-----BEGIN CERTIFICATE-----"
		w.simple(p, layer)
		return p.reference
	}, diagnostic.SignatureWrongKey},
	{"moved tag of signatures", "The signature tag of a signed image is copied to the signature tag of another.", func(w *world) string {
		good, p := w.push("team/shop:v1", "good"), w.push("team/shop:v2", "evil")
		w.sign(good, w.trusted, verify.SimpleSigning)
		w.moveTag(good.repository+":"+verify.SignatureTag(good.digest), p.repository+":"+verify.SignatureTag(p.digest))
		return p.reference
	}, diagnostic.SignatureWrongDigest},
	{"moved bundle", "The bundle of a signed image is hung on another.", func(w *world) string {
		good, p := w.push("team/shop:v1", "good"), w.push("team/shop:v2", "evil")
		w.attach(p, w.bundleOf(w.trustedSigner, statementKind, statementOf(signPredicate, good.digest), hintOf(w.t, w.trustedSigner)))
		return p.reference
	}, diagnostic.SignatureWrongDigest},
	{"foreign referrer", "The registry lists a bundle of another image as a referrer of this one.", func(w *world) string {
		good, p := w.push("team/shop:v1", "good"), w.push("team/shop:v2", "evil")
		w.sign(good, w.trusted, verify.Bundle)
		listed, err := w.client.Referrers(context.Background(), good.reference, "")
		require.NoError(w.t, err)
		w.list(p, listed...)
		return p.reference
	}, diagnostic.SignatureWrongDigest},
	{"swapped payload", "The payload of a signature is replaced by one that names another image.", func(w *world) string {
		good, p := w.push("team/shop:v1", "good"), w.push("team/shop:v2", "evil")
		w.simple(p, w.simpleLayer(p, simplePayload(p.repository, p.digest), w.signature(good)))
		return p.reference
	}, diagnostic.SignatureWrongKey},
	{"payload behind its digest", "The registry answers the digest of a payload with other bytes.", func(w *world) string {
		good, p := w.push("team/shop:v1", "good"), w.push("team/shop:v2", "evil")
		layer := w.simpleLayer(p, simplePayload(good.repository, good.digest), w.signature(good))
		w.simple(p, layer)
		w.answer(func(writer http.ResponseWriter, r *http.Request) bool {
			if !strings.HasSuffix(r.URL.Path, layer.Digest.String()) {
				return false
			}
			_, _ = writer.Write(simplePayload(p.repository, p.digest))
			return true
		})
		return p.reference
	}, diagnostic.SignatureMalformed},
	{"changed bundle", "The statement in a bundle is changed to name another image.", func(w *world) string {
		good, p := w.push("team/shop:v1", "good"), w.push("team/shop:v2", "evil")
		bundle := w.bundleOf(w.trustedSigner, statementKind, statementOf(signPredicate, good.digest), hintOf(w.t, w.trustedSigner))
		before := base64.StdEncoding.EncodeToString([]byte(statementOf(signPredicate, good.digest)))
		after := base64.StdEncoding.EncodeToString([]byte(statementOf(signPredicate, p.digest)))
		w.attach(p, bytes.Replace(bundle, []byte(before), []byte(after), 1))
		return p.reference
	}, diagnostic.SignatureInvalid},
	{"two signatures in an envelope", "An envelope carries a second signature, of another key, beside the trusted one.", func(w *world) string {
		p := w.push("team/shop:v1", "evil")
		bundle := w.bundleOf(w.trustedSigner, statementKind, statementOf(signPredicate, p.digest), hintOf(w.t, w.trustedSigner))
		w.attach(p, bytes.Replace(bundle, []byte(`"signatures":[`), []byte(`"signatures":[{"sig":"AAAA"},`), 1))
		return p.reference
	}, diagnostic.SignatureMalformed},
	{"key and certificate", "A bundle names a key and brings a certificate, so that two readers judge it by different ones.", func(w *world) string {
		p := w.push("team/shop:v1", "evil")
		w.attach(p, w.bundleOf(w.trustedSigner, statementKind, statementOf(signPredicate, p.digest),
			hintOf(w.t, w.trustedSigner)+","+certificateOf(w.t, newSigner(w.t, "P-256"))))
		return p.reference
	}, diagnostic.SignatureMalformed},
	{"two digests", "A signed payload names the digest twice, so that two readers see different images.", func(w *world) string {
		p := w.push("team/shop:v1", "evil")
		payload := strings.Replace(string(simplePayload(p.repository, p.digest)), `"image":{`,
			`"image":{"docker-manifest-digest":"sha256:`+strings.Repeat("0", 64)+`",`, 1)
		w.simple(p, w.simpleLayer(p, []byte(payload), w.signatureOver([]byte(payload))))
		return p.reference
	}, diagnostic.SignatureMalformed},
	{"attestation", "An attestation by the trusted key, which says something bad about the image, is taken for its signature.", func(w *world) string {
		p := w.push("team/shop:v1", "evil")
		w.attach(p, w.bundleOf(w.trustedSigner, statementKind, statementOf("https://cosign.sigstore.dev/attestation/vuln/v1", p.digest), hintOf(w.t, w.trustedSigner)))
		return p.reference
	}, diagnostic.SignatureWrongType},
	{"payload type", "Something else that the trusted key has signed, with a payload of another type, is taken for a signature.", func(w *world) string {
		p := w.push("team/shop:v1", "evil")
		w.attach(p, w.bundleOf(w.trustedSigner, "application/json", statementOf(signPredicate, p.digest), hintOf(w.t, w.trustedSigner)))
		return p.reference
	}, diagnostic.SignatureWrongType},
	{"signature of a file", "The trusted key's signature of a file is taken for that of an image.", func(w *world) string {
		p := w.push("team/shop:v1", "evil")
		w.attach(p, fmt.Appendf(nil, `{"mediaType":%q,"verificationMaterial":{%s},"messageSignature":{"messageDigest":{"algorithm":"SHA2_256","digest":""},"signature":%q}}`,
			bundleType, hintOf(w.t, w.trustedSigner), base64.StdEncoding.EncodeToString(w.signatureOver([]byte("file")))))
		return p.reference
	}, diagnostic.SignatureWrongType},
	{"other payload", "A JSON document of another kind that the trusted key has signed is taken for a signature's payload.", func(w *world) string {
		p := w.push("team/shop:v1", "evil")
		payload := []byte(strings.Replace(string(simplePayload(p.repository, p.digest)), "cosign container image signature", "request to sign", 1))
		w.simple(p, w.simpleLayer(p, payload, w.signatureOver(payload)))
		return p.reference
	}, diagnostic.SignatureWrongType},
	{"other repository", "A signed image is copied, with its signatures, to a repository that it was not signed for.", func(w *world) string {
		good, p := w.push("team/tools:v1", "evil"), w.push("team/shop:v1", "evil")
		payload := simplePayload(good.repository, good.digest)
		w.simple(p, w.simpleLayer(p, payload, w.signatureOver(payload)))
		return p.reference
	}, diagnostic.SignatureWrongRepository},
	{"other repository, bundle", "The same with a bundle that names the repository.", func(w *world) string {
		good, p := w.push("team/tools:v1", "evil"), w.push("team/shop:v1", "evil")
		named := good.subject()
		_, err := verify.Sign(context.Background(), w.store(p), named, w.trusted, verify.SignOptions{})
		require.NoError(w.t, err)
		return p.reference
	}, diagnostic.SignatureWrongRepository},
	{"index", "The index under a tag is signed, and one of its images is unpacked, which is not.", func(w *world) string {
		p := w.push("team/shop:amd64", "evil")
		reference, err := w.client.ParseReference(w.Host + "/team/shop:v1")
		require.NoError(w.t, err)
		index := mutate.IndexMediaType(mutate.AppendManifests(empty.Index, mutate.IndexAddendum{
			Add: w.image("evil"), Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "amd64"}},
		}), types.OCIImageIndex)
		require.NoError(w.t, remote.WriteIndex(reference, index))
		digest, err := index.Digest()
		require.NoError(w.t, err)
		p.digest, p.reference = digest, reference.String()
		w.sign(p, w.trusted, verify.Bundle, verify.SimpleSigning)
		return p.reference
	}, diagnostic.SignatureMissing},
	{"flood", "So many and so large signatures are hung on the image that a verifier runs out of time or memory.", func(w *world) string {
		p := w.push("team/shop:v1", "evil")
		layers := make([]v1.Descriptor, 0, 3000)
		for i := range 3000 {
			layer := v1.Descriptor{MediaType: simpleType, Size: int64(i), Digest: p.digest, Annotations: map[string]string{"dev.cosignproject.cosign/signature": "AAAA"}}
			if i < 2900 {
				layer.Size = 1<<40 + int64(i)
			}
			layers = append(layers, layer)
		}
		raw, err := json.Marshal(v1.Manifest{SchemaVersion: 2, MediaType: types.OCIManifestSchema1, Config: layers[0], Layers: layers})
		require.NoError(w.t, err)
		w.answer(func(writer http.ResponseWriter, r *http.Request) bool {
			if !strings.HasSuffix(r.URL.Path, "/manifests/"+verify.SignatureTag(p.digest)) {
				return false
			}
			writer.Header().Set("Content-Type", string(types.OCIManifestSchema1))
			_, _ = writer.Write(raw)
			return true
		})
		return p.reference
	}, diagnostic.SignatureTooMany},
	{"flood of referrers", "The registry lists so many referrers that a verifier runs out of time or memory.", func(w *world) string {
		p := w.push("team/shop:v1", "evil")
		descriptor := w.attach(p, []byte("{}"))
		listed := make([]v1.Descriptor, 3000)
		for i := range listed {
			listed[i] = descriptor
			listed[i].Digest.Hex = fmt.Sprintf("%064x", i)
		}
		w.list(p, listed...)
		return p.reference
	}, diagnostic.SignatureTooMany},
	{"rubbish", "Manifests and bundles that do not parse are hung on the image.", func(w *world) string {
		p := w.push("team/shop:v1", "evil")
		for _, content := range []string{"", "{", "null", `{"mediaType":5}`, `{"mediaType":"` + bundleType + `"}`, strings.Repeat("[", 100_000)} {
			w.attach(p, []byte(content))
		}
		return p.reference
	}, diagnostic.SignatureMalformed},
}

func TestAttacks(t *testing.T) {
	t.Parallel()
	for _, attack := range attacks {
		t.Run(attack.name, func(t *testing.T) {
			t.Parallel()
			require.NotEmpty(t, attack.sentence)
			w := newWorld(t)
			reference := attack.arrange(w)
			w.Forget()
			pkg, err := w.load(reference, w.policy())
			require.Nil(t, pkg)
			require.ErrorIs(t, err, attack.code)
			found, findings := diagnostic.From(err)
			require.True(t, findings)
			require.Less(t, len(found), 30)
			for _, finding := range found {
				require.Equal(t, reference, finding.Position.File)
			}
			require.Zero(t, w.layerRequests("evil"), "nothing of the package may be asked for")
			require.Less(t, len(w.Requests()), 150)
			// The same image is taken where nothing is asked for, so the attack is what
			// was refused.
			off, err := verify.NewPolicy(verify.Entry{Prefix: "*", Mode: verify.Off})
			require.NoError(t, err)
			_, err = w.load(reference, off)
			require.NoError(t, err)
		})
	}
}

// list makes the registry list other referrers of an image than it has.
func (w *world) list(p pushed, referrers ...v1.Descriptor) {
	raw, err := json.Marshal(v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: referrers})
	require.NoError(w.t, err)
	w.answer(func(writer http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/referrers/"+p.digest.String()) {
			return false
		}
		writer.Header().Set("Content-Type", string(types.OCIImageIndex))
		_, _ = writer.Write(raw)
		return true
	})
}

// signature is one of the trusted key over the payload of an image.
func (w *world) signature(p pushed) []byte {
	return w.signatureOver(simplePayload(p.repository, p.digest))
}

func (w *world) signatureOver(message []byte) []byte {
	w.t.Helper()
	sum := digestOf(message)
	var raw []byte
	_, err := fmt.Sscanf(sum.Hex, "%x", &raw)
	require.NoError(w.t, err)
	signature, err := w.trustedSigner.Sign(rand.Reader, raw, crypto.SHA256)
	require.NoError(w.t, err)
	return signature
}

// certificateOf is verification material: a certificate that a key gave itself.
func certificateOf(t testing.TB, signer crypto.Signer) string {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "trusted"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, signer.Public(), signer)
	require.NoError(t, err)
	return fmt.Sprintf(`"certificate":{"rawBytes":%q}`, base64.StdEncoding.EncodeToString(der))
}

// What a registry sends under a digest that was verified is compared with the
// digest: the signature covers everything that the manifest points to.
func TestAttacksBehindTheManifest(t *testing.T) {
	t.Parallel()
	for name, pick := range map[string]func(*v1.Manifest) v1.Descriptor{
		"A layer is swapped for another of the same length.":              func(m *v1.Manifest) v1.Descriptor { return m.Layers[0] },
		"The configuration is swapped for another of the same length.":    func(m *v1.Manifest) v1.Descriptor { return m.Config },
		"The manifest behind the digest of a bundle is another than that": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			p := w.push("team/shop:v1", "good")
			w.sign(p, w.trusted, verify.Bundle)
			manifest, err := w.image("good").Manifest()
			require.NoError(t, err)
			suffix, size := "", int64(0)
			if pick != nil {
				blob := pick(manifest)
				suffix, size = blob.Digest.String(), blob.Size
			} else {
				listed, err := w.client.Referrers(context.Background(), p.reference, "")
				require.NoError(t, err)
				suffix, size = listed[0].Digest.String(), listed[0].Size
			}
			w.answer(func(writer http.ResponseWriter, r *http.Request) bool {
				if r.Method != http.MethodGet || !strings.HasSuffix(r.URL.Path, suffix) {
					return false
				}
				_, _ = writer.Write(bytes.Repeat([]byte("x"), int(size)))
				return true
			})
			pkg, err := w.load(p.reference, w.policy())
			require.Nil(t, pkg)
			if pick == nil {
				require.ErrorIs(t, err, diagnostic.SignatureMalformed)
			} else {
				require.ErrorIs(t, err, diagnostic.ImageDigestMismatch)
			}
		})
	}
}

// The tag is moved to another image after the signature was read: what is unpacked
// is what was judged, since the tag is looked up once.
func TestAttackByMovingTheTag(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	good, evil := w.push("team/shop:v1", "good"), w.push("team/shop:v2", "evil")
	w.sign(good, w.trusted)
	var asked atomic.Int64
	w.answer(func(writer http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/manifests/v1") || asked.Add(1) == 1 {
			return false
		}
		http.Redirect(writer, r, "/v2/team/shop/manifests/"+evil.digest.String(), http.StatusTemporaryRedirect)
		return true
	})
	w.Forget()
	pkg, err := w.load(good.reference, w.policy())
	require.NoError(t, err)
	require.Equal(t, good.digest.String(), pkg.ImageDigest)
	content, ok := pkg.Files.Read("hello.yaml")
	require.True(t, ok)
	require.Contains(t, string(content), "greeting: good")
	require.Zero(t, w.layerRequests("evil"))
	require.Equal(t, int64(1), asked.Load())
	_, err = w.load(good.reference, w.policy())
	require.ErrorIs(t, err, diagnostic.SignatureMissing, "the next one sees the image that is not signed")
}

// An old version stays signed. That its tag now says something else is not for a
// signature to prevent: whoever cares names the digest, and the digest that was
// verified is in the result and in the package.
func TestReplayOfAnOldVersion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old, now := w.push("team/shop:v1", "old"), w.push("team/shop:v2", "new")
	w.sign(old, w.trusted)
	w.sign(now, w.trusted)
	w.moveTag(old.reference, now.reference)
	pkg, err := w.load(now.reference, w.policy())
	require.NoError(t, err)
	require.Equal(t, old.digest.String(), pkg.ImageDigest, "the old digest is what is reported")
	pkg, err = w.load(now.repository+"@"+now.digest.String(), w.policy())
	require.NoError(t, err)
	require.Equal(t, now.digest.String(), pkg.ImageDigest)
}

// A repository whose name merely begins like that of an entry is not covered by it.
func TestAttackOnThePrefix(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	policy, err := verify.NewPolicy(
		verify.Entry{Prefix: w.Host + "/team", Mode: verify.Off},
		verify.Entry{Prefix: "*", Keys: []*verify.PublicKey{w.trusted.Public()}},
	)
	require.NoError(t, err)
	w.push("team/shop:v1", "evil")
	w.push("team-evil/shop:v1", "evil")
	_, err = w.load(w.Host+"/team/shop:v1", policy)
	require.NoError(t, err)
	_, err = w.load(w.Host+"/team-evil/shop:v1", policy)
	require.ErrorIs(t, err, diagnostic.SignatureMissing)

	_, err = w.load(w.Host+"/team/../team-evil/shop:v1", policy)
	require.Error(t, err, "whatever the registry makes of it")

	narrow, err := verify.NewPolicy(verify.Entry{Prefix: w.Host + "/team", Mode: verify.Off})
	require.NoError(t, err)
	for _, reference := range []string{w.Host + "/team-evil/shop:v1", strings.Replace(w.Host, "127.0.0.1", "localhost", 1) + "/team/shop:v1"} {
		_, err = w.load(reference, narrow)
		require.ErrorIs(t, err, diagnostic.PolicyNoEntry, "what no entry is about is refused")
	}
}

// A file cannot choose its entry of the policy by what it says about its name.
func TestAttackByTheNameInAFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	policy, err := verify.NewPolicy(
		verify.Entry{Prefix: "trusted.example.com", Mode: verify.Off},
		verify.Entry{Prefix: "*", Keys: []*verify.PublicKey{w.trusted.Public()}},
	)
	require.NoError(t, err)
	folder := w.layout("evil", "trusted.example.com/shop:v1")
	_, err = packageloader.Load(context.Background(), packageloader.FromLayout(folder, ""),
		packageloader.LoadOptions{Verifier: verify.NewVerifier(policy, verify.Options{})})
	require.ErrorIs(t, err, diagnostic.SignatureMissing)
}

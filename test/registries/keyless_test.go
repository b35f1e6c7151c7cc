package registries

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/sigstoretest"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/verify"
)

const (
	keylessIssuer  = "https://token.example.com"
	keylessSubject = "https://example.com/team/release.yaml"
)

// cosign and packstage judge the same keyless signatures, offline by the same
// trusted root, and come to the same verdict.
func TestKeylessAsCosign(t *testing.T) {
	t.Parallel()
	late := sigstoretest.Now.Add(sigstoretest.Lifetime + time.Minute)
	for name, test := range map[string]struct {
		signing sigstoretest.Signing
		accept  bool
		foreign bool
		subject string
		// bundle is for what only bundles can hold.
		bundle bool
	}{
		"signed":         {accept: true},
		"log 2":          {signing: sigstoretest.Signing{Log: 2, Timestamp: true}, accept: true, bundle: true},
		"no log":         {signing: sigstoretest.Signing{Log: -1}},
		"too late":       {signing: sigstoretest.Signing{Logged: late}},
		"another key":    {signing: sigstoretest.Signing{OtherKey: true}},
		"no certificate": {signing: sigstoretest.Signing{NoCertificateLog: true}},
		"another time":   {signing: sigstoretest.Signing{Signed: func(e *sigstoretest.LogEntry) { e.Time++ }}},
		"foreign":        {foreign: true},
		"somebody else":  {subject: "https://example.com/enemy/release.yaml"},
	} {
		for _, form := range []verify.Form{verify.Bundle, verify.SimpleSigning} {
			if test.bundle && form != verify.Bundle {
				continue
			}
			t.Run(name+" "+string(form), func(t *testing.T) {
				t.Parallel()
				c := newCell(t, Start(t, Options{Server: ContainerRegistry, Auth: Basic, Transport: TLS}))
				digest := pushed(t, c, example(t, "webapp"))
				deployment := sigstoretest.New(t)
				root := filepath.Join(c.user.Work, "trusted_root.json")
				require.NoError(t, os.WriteFile(root, deployment.TrustedRoot(), 0o600))
				signing := test.signing
				signing.Issuer, signing.Subject = keylessIssuer, keylessSubject
				if test.subject != "" {
					signing.Subject = test.subject
				}
				signer := deployment
				if test.foreign {
					signer = sigstoretest.New(t)
				}
				hangKeyless(t, c, signer, form, digest, signing)

				cosign := c.user.Cosign(t).Try(t, "verify", "--trusted-root", root, "--certificate-oidc-issuer", keylessIssuer,
					"--certificate-identity", keylessSubject, c.reference("@"+digest))
				packstage := c.user.Packstage(t).Try(t, append([]string{"verify", c.reference("@" + digest), "--trusted-root", root,
					"--issuer", keylessIssuer, "--identity", keylessSubject}, c.transport...)...)
				assert.Equal(t, test.accept, cosign.Code == 0, "cosign: %s", cosign.Stderr)
				assert.Equal(t, test.accept, packstage.Code == 0, "packstage: %s", packstage.Stderr)
				if test.accept {
					assert.Contains(t, packstage.Stdout, digest+"\nsigned by "+keylessSubject)
				} else {
					assert.Equal(t, 1, packstage.Code)
				}
			})
		}
	}
}

// hangKeyless stores a signature as cosign does.
func hangKeyless(t *testing.T, c *cell, signer *sigstoretest.Sigstore, form verify.Form, digest string, signing sigstoretest.Signing) {
	t.Helper()
	client := c.client()
	if form == verify.Bundle {
		statement := fmt.Appendf(nil, `{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":%q}}],"predicateType":"https://sigstore.dev/cosign/sign/v1","predicate":{}}`,
			strings.TrimPrefix(digest, "sha256:"))
		const bundle = "application/vnd.dev.sigstore.bundle.v0.3+json"
		_, err := client.Attach(t.Context(), c.reference("@"+digest), registry.Artifact{
			ArtifactType: bundle, Blobs: []registry.ArtifactBlob{{MediaType: bundle, Content: signer.Bundle(statement, signing)}},
			Annotations: map[string]string{"dev.sigstore.bundle.content": "dsse-envelope", "dev.sigstore.bundle.predicateType": "https://sigstore.dev/cosign/sign/v1"},
		})
		require.NoError(t, err)
		return
	}
	payload := fmt.Appendf(nil, `{"critical":{"identity":{"docker-reference":%q},"image":{"docker-manifest-digest":%q},"type":"cosign container image signature"},"optional":null}`,
		c.reference(""), digest)
	signature, annotations := signer.Simple(payload, signing)
	annotations["dev.cosignproject.cosign/signature"] = base64.StdEncoding.EncodeToString(signature)
	image, err := mutate.Append(mutate.MediaType(mutate.ConfigMediaType(empty.Image, types.OCIConfigJSON), types.OCIManifestSchema1), mutate.Addendum{
		Layer:       static.NewLayer(payload, "application/vnd.dev.cosign.simplesigning.v1+json"),
		Annotations: annotations,
	})
	require.NoError(t, err)
	hash, err := v1.NewHash(digest)
	require.NoError(t, err)
	_, err = client.Push(t.Context(), image, c.reference(":"+verify.SignatureTag(hash)))
	require.NoError(t, err)
}

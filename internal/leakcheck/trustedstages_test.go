package leakcheck_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/resolve"
	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/clustertest"
	"github.com/packstage/packstage/packagebuilder"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/verify"
)

// signer has a key and trusts it.
type signer struct {
	key      *verify.PrivateKey
	verifier verify.Verifier
}

func newSigner(t *testing.T, host string) signer {
	t.Helper()
	pair, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(pair)
	require.NoError(t, err)
	public, err := x509.MarshalPKIXPublicKey(pair.Public())
	require.NoError(t, err)
	var s signer
	s.key, err = verify.ParsePrivateKey("key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), nil)
	require.NoError(t, err)
	trusted, err := verify.ParsePublicKey("key.pub", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}))
	require.NoError(t, err)
	policy, err := verify.NewPolicy(verify.Entry{Prefix: host, Keys: []*verify.PublicKey{trusted}})
	require.NoError(t, err)
	s.verifier = verify.NewVerifier(policy, verify.Options{})
	return s
}

// trustedStages are those around a package in a registry: who made it, what it
// locks.
func (w *workshop) trustedStages() []stage {
	locking := map[string][]byte{
		"manifest.yaml": []byte("apiVersion: manifests.package-operator.run/v1alpha1\nkind: PackageManifest\n" +
			"metadata: {name: p}\nspec: {scopes: [Namespaced], phases: [{name: a}], images: [{name: app, image: '" + w.reference + "'}]}\n"),
	}
	return []stage{
		{"sign", func(ctx context.Context) error {
			_, err := verify.SignReference(ctx, w.client, w.reference, w.signer.key, verify.SignOptions{})
			return err
		}},
		{"verify and load", func(ctx context.Context) error {
			// Where nothing is signed yet, it is now.
			if _, err := verify.SignReference(ctx, w.client, w.reference, w.signer.key, verify.SignOptions{}); err != nil {
				return err
			}
			_, err := packageloader.Load(ctx, packageloader.FromRegistry(w.reference, w.options), packageloader.LoadOptions{Verifier: w.signer.verifier})
			return err
		}},
		{"attach", func(ctx context.Context) error {
			_, err := packagebuilder.AttachSBOM(ctx, w.client, w.reference, []byte(`{"spdxVersion":"SPDX-2.3"}`))
			return err
		}},
		{"lock", func(ctx context.Context) error {
			_, err := resolve.Lock(ctx, packageloader.FromFiles(locking), resolve.LockOptions{Resolver: w.client})
			return err
		}},
	}
}

// installStages bring the package into a cluster of their own.
func (w *workshop) installStages() []stage {
	release := cluster.Release{Namespace: "default", Name: "leaks"}
	options := installer.Options{PollInterval: time.Millisecond, RetryFor: time.Second, LeaseDuration: 10 * time.Minute}
	files := maps.Clone(w.files)
	maps.DeleteFunc(files, func(path string, _ []byte) bool { return strings.HasSuffix(path, ".gotmpl") }) // in another namespace
	rendered := func(ctx context.Context) (*packagetypes.Instance, error) {
		pkg, err := packageloader.Load(ctx, packageloader.FromFiles(files), packageloader.LoadOptions{})
		if err != nil {
			return nil, err
		}
		return packageloader.Render(ctx, pkg, packagetypes.Context{}, packageloader.Options{})
	}
	return []stage{
		{"apply, apply again and delete", func(ctx context.Context) error {
			instance, err := rendered(ctx)
			if err != nil {
				return err
			}
			i := installer.New(clustertest.New(), options)
			for range 2 {
				if _, err := i.Apply(ctx, release, instance, installer.ApplyOptions{}); err != nil {
					return err
				}
			}
			_, err = i.Delete(ctx, release, installer.DeleteOptions{})
			return err
		}},
	}
}

package verify_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/verify"
)

// recorded are signatures that cosign 3.1.3 made, with cosign-3.1.3.key, in both of
// its forms.
type recorded struct{ t testing.TB }

func (r recorded) read(name string) []byte {
	content, err := os.ReadFile(filepath.Join("testdata", "cosign-3.1.3-"+name))
	require.NoError(r.t, err)
	return content
}

func (r recorded) Manifest(_ context.Context, tagOrDigest string) ([]byte, error) {
	if strings.HasSuffix(tagOrDigest, ".sig") {
		return r.read("simple-manifest.json"), nil
	}
	return r.read("bundle-manifest.json"), nil
}

func (r recorded) Referrers(context.Context, v1.Hash) ([]v1.Descriptor, error) {
	return []v1.Descriptor{{Digest: digestOf(r.read("bundle-manifest.json")), ArtifactType: bundleType}}, nil
}

func (r recorded) Blob(_ context.Context, blob v1.Descriptor, _ int64) ([]byte, error) {
	for _, name := range []string{"bundle.json", "simple-payload.json"} {
		if content := r.read(name); digestOf(content) == blob.Digest {
			return content, nil
		}
	}
	return nil, os.ErrNotExist
}

func TestSignaturesOfCosign(t *testing.T) {
	t.Parallel()
	source := recorded{t}
	public, err := os.ReadFile(filepath.Join("testdata", "cosign-3.1.3.pub"))
	require.NoError(t, err)
	key, err := verify.ParsePublicKey("cosign.pub", public)
	require.NoError(t, err)
	policy, err := verify.RequireKeys(key)
	require.NoError(t, err)
	var about v1.Manifest
	require.NoError(t, json.Unmarshal(source.read("bundle-manifest.json"), &about))
	subject := verify.Subject{
		Reference: "shop", Repository: "registry.example.com/team/shop", Digest: about.Subject.Digest, Signatures: source,
	}
	result, err := verify.NewVerifier(policy, verify.Options{All: true}).Verify(context.Background(), subject)
	require.NoError(t, err)
	annotations := map[string]string{"build": "17"}
	require.Equal(t, []verify.Signer{
		{Key: key, Form: verify.Bundle, Annotations: annotations},
		{Key: key, Form: verify.SimpleSigning, Repository: "registry.example.com/team/shop:v1", Annotations: annotations},
	}, result.Signers)

	subject.Digest.Hex = strings.Repeat("0", 64)
	_, err = verify.NewVerifier(policy, verify.Options{}).Verify(context.Background(), subject)
	require.ErrorIs(t, err, diagnostic.SignatureWrongDigest)
}

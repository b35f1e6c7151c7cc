package packagebuilder_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagebuilder"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/registrytest"
)

const imageDigest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func withLock() map[string][]byte {
	return map[string][]byte{
		"manifest.yaml": []byte("apiVersion: manifests.package-operator.run/v1alpha1\nkind: PackageManifest\nmetadata: {name: sample}\n" +
			"spec:\n  scopes: [Namespaced]\n  phases: [{name: all}]\n  images:\n  - {name: app, image: \"quay.io/example/app:v1.2.3\"}\n"),
		"manifest.lock.yaml": []byte("apiVersion: manifests.package-operator.run/v1alpha1\nkind: PackageManifestLock\n" +
			"spec:\n  images:\n  - {name: app, image: \"quay.io/example/app:v1.2.3\", digest: \"" + imageDigest + "\"}\n" +
			"  - {name: again, image: \"quay.io/example/app:v1.2.3\", digest: \"" + imageDigest + "\"}\n"),
		"a.yaml": []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, annotations: {package-operator.run/phase: all}}\n"),
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
}

func TestSBOM(t *testing.T) {
	t.Parallel()
	built, _, err := packagebuilder.Build(t.Context(), packageloader.FromFiles(withLock()), packagebuilder.BuildOptions{SkipValidation: true})
	require.NoError(t, err)
	document, err := packagebuilder.SBOM(t.Context(), packageloader.FromImage(built), packagebuilder.SBOMOptions{
		Reference: "registry.example.com/team/sample:v1", Version: "1.0.0", Tool: "packstage-test",
	})
	require.NoError(t, err)
	golden(t, "sbom.golden.json", append(document, '\n'))
	again, err := packagebuilder.SBOM(t.Context(), packageloader.FromImage(built), packagebuilder.SBOMOptions{
		Reference: "registry.example.com/team/sample:v1", Version: "1.0.0", Tool: "packstage-test",
	})
	require.NoError(t, err)
	require.Equal(t, document, again)

	// A folder has an SBOM too, without an image.
	document, err = packagebuilder.SBOM(t.Context(), packageloader.FromFiles(withLock()), packagebuilder.SBOMOptions{})
	require.NoError(t, err)
	require.Contains(t, string(document), `"primaryPackagePurpose": "SOURCE"`)
	_, err = packagebuilder.SBOM(t.Context(), packageloader.FromFiles(map[string][]byte{"a.yaml": nil}), packagebuilder.SBOMOptions{})
	require.ErrorIs(t, err, diagnostic.ManifestMissing)
}

func TestProvenance(t *testing.T) {
	t.Parallel()
	digest, err := v1.NewHash(imageDigest)
	require.NoError(t, err)
	statement, err := packagebuilder.Provenance(digest, packagebuilder.ProvenanceOptions{
		Names:         []string{"registry.example.com/team/sample:v1", "registry.example.com/team/sample:latest", "other.example.com/sample:v1"},
		ContentDigest: "sha256:" + strings.Repeat("1", 64),
		Source:        "https://git.example.com/team/sample", Revision: "0123456789",
		Parameters: map[string]string{"org.opencontainers.image.version": "v1"},
		Version:    "1.2.3", Invocation: "https://ci.example.com/runs/1",
		Started: time.Unix(1, 0), Finished: time.Unix(2, 0),
	})
	require.NoError(t, err)
	golden(t, "provenance.golden.json", append(statement, '\n'))
	bare, err := packagebuilder.Provenance(digest, packagebuilder.ProvenanceOptions{})
	require.NoError(t, err)
	require.Contains(t, string(bare), digest.Hex)
	_, err = packagebuilder.Provenance(v1.Hash{}, packagebuilder.ProvenanceOptions{})
	require.Error(t, err)
}

func TestAttachments(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	host := registrytest.Start(t, registrytest.Options{}).Host
	client := registry.NewClient(benchOptions())
	reference := host + "/team/sample:v1"
	built, _, err := packagebuilder.Build(ctx, packageloader.FromFiles(withLock()), packagebuilder.BuildOptions{SkipValidation: true})
	require.NoError(t, err)
	digest, err := client.Push(ctx, built, reference)
	require.NoError(t, err)

	document, err := packagebuilder.SBOM(ctx, packageloader.FromClient(client, reference), packagebuilder.SBOMOptions{Reference: reference})
	require.NoError(t, err)
	_, err = packagebuilder.AttachSBOM(ctx, client, reference, document)
	require.NoError(t, err)
	statement, err := packagebuilder.Provenance(digest, packagebuilder.ProvenanceOptions{Names: []string{reference}})
	require.NoError(t, err)
	_, err = packagebuilder.AttachProvenance(ctx, client, reference, statement)
	require.NoError(t, err)

	found, err := client.Referrers(ctx, reference, packagebuilder.ProvenanceType)
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.Equal(t, packagebuilder.ProvenancePredicateType, found[0].Annotations["in-toto.io/predicate-type"])
	manifest, err := client.Manifest(ctx, host+"/team/sample@"+found[0].Digest.String())
	require.NoError(t, err)
	var parsed v1.Manifest
	require.NoError(t, json.Unmarshal(manifest.Raw, &parsed))
	stored, err := client.BlobBytes(ctx, host+"/team/sample", parsed.Layers[0], 1<<20)
	require.NoError(t, err)
	require.Equal(t, statement, stored)

	other, err := packagebuilder.Provenance(v1.Hash{Algorithm: "sha256", Hex: strings.Repeat("0", 64)}, packagebuilder.ProvenanceOptions{})
	require.NoError(t, err)
	for name, attach := range map[string]func() error{
		"another image": func() error { _, err := packagebuilder.AttachProvenance(ctx, client, reference, other); return err },
		"no statement": func() error {
			_, err := packagebuilder.AttachProvenance(ctx, client, reference, []byte(`{}`))
			return err
		},
		"no JSON": func() error {
			_, err := packagebuilder.AttachProvenance(ctx, client, reference, []byte(`x`))
			return err
		},
		"no SPDX": func() error { _, err := packagebuilder.AttachSBOM(ctx, client, reference, statement); return err },
	} {
		require.ErrorIs(t, attach(), diagnostic.AttachmentInvalid, name)
	}
	_, err = packagebuilder.AttachSBOM(ctx, client, host+"/team/none:v1", document)
	require.ErrorIs(t, err, registry.ErrNotFound)
}

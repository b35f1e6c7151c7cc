package cli_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/cli"
	"github.com/packstage/packstage/internal/sigstoretest"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/registryserver"
)

// A package that a workflow signed with a certificate, by the command line.
func TestKeyless(t *testing.T) {
	t.Parallel()
	const (
		issuer     = "https://token.example.com"
		subject    = "https://example.com/team/shop/release.yaml"
		bundleType = "application/vnd.dev.sigstore.bundle.v0.3+json"
	)
	server := httptest.NewServer(registryserver.New(registryserver.Options{}))
	t.Cleanup(server.Close)
	folder := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(folder, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	deployment := sigstoretest.New(t)
	root := file("trusted_root.json", string(deployment.TrustedRoot()))
	foreign := file("foreign.json", string(sigstoretest.New(t).TrustedRoot()))
	garbage := file("garbage.json", "garbage")
	missing := filepath.Join(folder, "missing.json")
	manifest := file("package/manifest.yaml", "apiVersion: manifests.package-operator.run/v1alpha1\nkind: PackageManifest\nmetadata: {name: shop}\nspec:\n  scopes: [Namespaced]\n  phases: [{name: deploy}]\n")
	entry := fmt.Sprintf("policies:\n- prefix: \"*\"\n  identities:\n  - issuer: %s\n    subjectRegExp: https://example\\.com/team/.*\n", issuer)
	policy := file("policy.yaml", entry)
	named := file("named.yaml", entry+"keyless: {trustedRoot: trusted_root.json}\n")
	stricter := file("stricter.yaml", entry+"keyless: {trustedRoot: trusted_root.json, signedTimestamps: 1}\n")
	off := file("off.yaml", "policies: [{prefix: \"*\", mode: off}]\n")

	run := func(variables []string, args ...string) (int, string, string) {
		var stdout, stderr bytes.Buffer
		code := cli.Run(context.Background(), cli.Invocation{
			Args: args, Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Version: "v0.0.0-test",
			Env: append([]string{"HOME=" + folder, "DOCKER_CONFIG=" + folder}, variables...),
		})
		return code, stdout.String(), stderr.String()
	}
	reference := strings.TrimPrefix(server.URL, "http://") + "/team/shop:v1"
	code, digest, stderr := run(nil, "build", filepath.Dir(manifest), "-t", reference, "--push", "--quiet")
	require.Zero(t, code, stderr)
	digest = strings.TrimSpace(digest)
	statement := fmt.Appendf(nil, `{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":%q}}],"predicateType":"https://sigstore.dev/cosign/sign/v1","predicate":{}}`,
		strings.TrimPrefix(digest, "sha256:"))
	client := registry.NewClient(registry.Options{Keychain: authn.NewMultiKeychain()})
	_, err := client.Attach(context.Background(), reference, registry.Artifact{ArtifactType: bundleType, Blobs: []registry.ArtifactBlob{{
		MediaType: bundleType, Content: deployment.Bundle(statement, sigstoretest.Signing{Issuer: issuer, Subject: subject}),
	}}})
	require.NoError(t, err)

	fromEnvironment := []string{"PACKSTAGE_TRUSTED_ROOT=" + root}
	for name, test := range map[string]struct {
		env  []string
		args []string
		code int
		says string
	}{
		"identity":               {nil, []string{"verify", reference, "--issuer", issuer, "--identity", subject, "--trusted-root", root}, 0, "signed by " + subject + " (" + issuer + ")"},
		"expression":             {nil, []string{"verify", reference, "--issuer", issuer, "--identity-regexp", "https://example.com/team/.*", "--trusted-root", root}, 0, digest},
		"json":                   {nil, []string{"verify", reference, "--issuer", issuer, "--identity", subject, "--trusted-root", root, "--json"}, 0, `"subject": "` + subject + `"`},
		"environment":            {fromEnvironment, []string{"verify", reference, "--issuer", issuer, "--identity", subject}, 0, digest},
		"policy and flag":        {nil, []string{"verify", reference, "--policy", policy, "--trusted-root", root}, 0, digest},
		"policy that names it":   {nil, []string{"verify", reference, "--policy", named}, 0, digest},
		"render":                 {nil, []string{"render", reference, "--policy", named}, 0, ""},
		"inspect":                {fromEnvironment, []string{"inspect", reference, "--policy", policy}, 0, digest},
		"pull":                   {nil, []string{"pull", reference, "--policy", policy, "--trusted-root", root, "--output", filepath.Join(folder, "pulled")}, 0, ""},
		"part of the subject":    {nil, []string{"verify", reference, "--issuer", issuer, "--identity-regexp", "team", "--trusted-root", root}, 1, "certificate-wrong-identity"},
		"wrong issuer":           {nil, []string{"verify", reference, "--issuer", "https://evil.example.com", "--identity", subject, "--trusted-root", root}, 1, "certificate-wrong-identity"},
		"foreign root":           {nil, []string{"verify", reference, "--issuer", issuer, "--identity", subject, "--trusted-root", foreign}, 1, "certificate-untrusted"},
		"flag before policy":     {nil, []string{"render", reference, "--policy", named, "--trusted-root", foreign}, 1, "certificate-untrusted"},
		"no timestamp":           {nil, []string{"render", reference, "--policy", stricter}, 1, "signature-not-logged"},
		"no root":                {nil, []string{"render", reference, "--policy", policy}, 1, "name one with --trusted-root FILE"},
		"garbage":                {nil, []string{"verify", reference, "--issuer", issuer, "--identity", subject, "--trusted-root", garbage}, 1, "trusted-root-invalid"},
		"garbage, render":        {nil, []string{"render", reference, "--policy", policy, "--trusted-root", garbage}, 1, "trusted-root-invalid"},
		"missing":                {nil, []string{"verify", reference, "--issuer", issuer, "--identity", subject, "--trusted-root", missing}, 3, "missing.json"},
		"missing, but not used":  {[]string{"PACKSTAGE_TRUSTED_ROOT=" + missing}, []string{"render", reference, "--policy", off}, 0, ""},
		"identity only":          {nil, []string{"verify", reference, "--identity", subject, "--trusted-root", root}, 2, "--identity needs --issuer"},
		"issuer only":            {nil, []string{"verify", reference, "--issuer", issuer, "--trusted-root", root}, 2, "--issuer needs --identity"},
		"no root for identity":   {nil, []string{"verify", reference, "--issuer", issuer, "--identity", subject}, 2, "--identity needs --trusted-root"},
		"root for nobody":        {nil, []string{"verify", reference, "--trusted-root", root}, 2, "say who is trusted"},
		"root without policy":    {nil, []string{"render", reference, "--trusted-root", root}, 2, "--trusted-root does nothing without a policy"},
		"identity and policy":    {nil, []string{"verify", reference, "--issuer", issuer, "--identity", subject, "--policy", policy}, 2, "contradict"},
		"expression, unreadable": {nil, []string{"verify", reference, "--issuer", issuer, "--identity-regexp", "(", "--trusted-root", root}, 2, "--identity-regexp: does not parse"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := run(test.env, test.args...)
			require.Equal(t, test.code, code, "%s%s", stdout, stderr)
			require.Contains(t, stdout+stderr, test.says)
			if test.code != 0 {
				require.Empty(t, stdout)
			}
		})
	}
}

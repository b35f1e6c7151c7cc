package verify_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/verify"
)

const onlyIdentities = "policies:\n- prefix: \"*\"\n  identities: [{issuer: https://token.example.com, subject: me@example.com}]\n"

func TestPolicyKeyless(t *testing.T) {
	t.Parallel()
	policy, found := verify.DecodePolicy("policy.yaml", []byte(onlyIdentities+
		"keyless: {trustedRoot: roots/trusted_root.json, logEntries: 2, signedTimestamps: 1, insecureNoCertificateLog: true}\n"), nil)
	require.Empty(t, found)
	require.Equal(t, verify.Keyless{
		TrustedRoot:  "roots/trusted_root.json",
		Requirements: verify.Requirements{LogEntries: 2, SignedTimestamps: 1, InsecureNoCertificateLog: true},
	}, policy.Keyless())

	path := filepath.Join(t.TempDir(), "policy.yaml")
	require.NoError(t, os.WriteFile(path, []byte(onlyIdentities+"keyless: {trustedRoot: trusted_root.json}\n"), 0o600))
	policy, err := verify.ReadPolicy(path)
	require.NoError(t, err)
	require.Equal(t, verify.Keyless{TrustedRoot: filepath.Join(filepath.Dir(path), "trusted_root.json")}, policy.Keyless())

	policy, found = verify.DecodePolicy("policy.yaml", []byte(onlyIdentities), nil)
	require.Empty(t, found)
	require.Zero(t, policy.Keyless())
	require.True(t, policy.UsesIdentities())
	policy, found = verify.DecodePolicy("policy.yaml", []byte("policies: [{prefix: \"*\", mode: off}]\n"), nil)
	require.Empty(t, found)
	require.False(t, policy.UsesIdentities())

	for name, test := range map[string]struct {
		text string
		code diagnostic.Code
		at   string
	}{
		"unknown":       {"keyless: {trustedroot: x}", diagnostic.PolicyUnknownField, "keyless.trustedroot"},
		"no mapping":    {"keyless: x", diagnostic.PolicyInvalid, "keyless"},
		"no text":       {"keyless: {trustedRoot: 1}", diagnostic.PolicyInvalid, "keyless.trustedRoot"},
		"none":          {"keyless: {logEntries: 0}", diagnostic.PolicyInvalid, "keyless.logEntries"},
		"negative":      {"keyless: {certificateLogs: -1}", diagnostic.PolicyInvalid, "keyless.certificateLogs"},
		"fraction":      {"keyless: {signedTimestamps: 1.5}", diagnostic.PolicyInvalid, "keyless.signedTimestamps"},
		"no truth":      {"keyless: {insecureNoTransparencyLog: 1}", diagnostic.PolicyInvalid, "keyless.insecureNoTransparencyLog"},
		"contradiction": {"keyless: {insecureNoTransparencyLog: true, logEntries: 1}", diagnostic.PolicyInvalid, "keyless"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, found := verify.DecodePolicy("policy.yaml", []byte(onlyIdentities+test.text+"\n"), nil)
			require.Len(t, found, 1, "%v", found)
			require.Equal(t, test.code, found[0].Code)
			require.Equal(t, test.at, found[0].Field)
			require.Equal(t, 4, found[0].Position.Line)
		})
	}
}

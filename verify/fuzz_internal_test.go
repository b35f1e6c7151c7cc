package verify

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
)

// What anybody may hang on an image is parsed without a panic, and is either
// understood or a finding.
func FuzzParseBundle(f *testing.F) {
	statement := fmt.Sprintf(`{"_type":%q,"subject":[{"name":"a.b/c","digest":{"sha256":"00"},"annotations":{"a":"b"}}],"predicateType":%q,"predicate":{}}`, statementType, signPredicateType)
	for _, material := range []string{`"publicKey":{"hint":"x"}`, `"certificate":{"rawBytes":"AA=="}`, `"x509CertificateChain":{"certificates":[]}`, ``} {
		f.Add(fmt.Appendf(nil, `{"mediaType":%q,"verificationMaterial":{%s},"dsseEnvelope":{"payload":%q,"payloadType":%q,"signatures":[{"sig":"AAAA"}]}}`,
			bundleMediaType, material, base64.StdEncoding.EncodeToString([]byte(statement)), statementMediaType))
	}
	f.Add([]byte(`{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","messageSignature":{}}`))
	f.Add([]byte(`{"dsseEnvelope":null,"DSSEEnvelope":{}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := parseBundle(data)
		if err != nil {
			_, findings := diagnostic.From(err)
			require.True(t, findings)
			return
		}
		require.NotEmpty(t, s.value)
		require.LessOrEqual(t, len(s.value), maxSignatureValue)
		require.True(t, s.evidence == nil || s.hint == "", "it is judged by a key or by a certificate, never by both")
		made, err := s.claim()
		if err != nil {
			_, findings := diagnostic.From(err)
			require.True(t, findings)
			return
		}
		require.LessOrEqual(t, len(made.digests), 1)
	})
}

func FuzzParseSimplePayload(f *testing.F) {
	f.Add([]byte(`{"critical":{"identity":{"docker-reference":"a.b/c:v1"},"image":{"docker-manifest-digest":"sha256:00"},"type":"cosign container image signature"},"optional":{"a":1}}`))
	f.Add([]byte(`{"critical":{"type":"atomic container signature"}}`))
	f.Add([]byte(`{"Critical":{}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		made, err := parseSimplePayload(data)
		if err != nil {
			_, findings := diagnostic.From(err)
			require.True(t, findings)
			return
		}
		require.True(t, json.Valid(data))
		require.Len(t, made.digests, 1)
		if repository, err := claimedRepository(made.repository); err == nil {
			again, err := NormalizeRepository(repository)
			require.NoError(t, err)
			require.Equal(t, repository, again, "a normal name stays as it is")
		}
	})
}

func FuzzPrefix(f *testing.F) {
	for _, prefix := range []string{"a.b", "a.b/c", "A.B:443/c/", "docker.io", "localhost", "a.b/../c", "[::1]:5/x"} {
		f.Add(prefix, prefix+"/x")
	}
	f.Fuzz(func(t *testing.T, prefix, repository string) {
		normal, err := normalizePrefix(prefix)
		if err != nil {
			return
		}
		again, err := normalizePrefix(normal)
		require.NoError(t, err)
		require.Equal(t, normal, again)
		below, err := NormalizeRepository(repository)
		if err != nil || !hasPrefix(below, normal) {
			return
		}
		require.NotContains(t, below, "..")
		require.True(t, len(below) == len(normal) || below[len(normal)] == '/')
	})
}

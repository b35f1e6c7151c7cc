package keyless_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/sigstoretest"
	"github.com/packstage/packstage/verify"
	"github.com/packstage/packstage/verify/keyless"
)

// Whatever a file holds, a trusted root comes out of it or findings do.
func FuzzParseTrustedRoot(f *testing.F) {
	deployment := sigstoretest.New(f)
	f.Add(deployment.TrustedRoot())
	f.Add(deployment.TrustedRoot(sigstoretest.Authorities))
	f.Add([]byte(`{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1","certificateAuthorities":[{}],"tlogs":[{}],"timestampAuthorities":[{}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		root, err := keyless.ParseTrustedRoot("root.json", data)
		if err != nil {
			requireFindings(t, err)
			return
		}
		if _, err := keyless.NewVerifier(root, verify.Requirements{}); err != nil {
			requireFindings(t, err)
		}
	})
}

// Whatever hangs on an image, it is refused with findings, unless the deployment
// signed it.
func FuzzVerifyIdentity(f *testing.F) {
	deployment := sigstoretest.New(f)
	judge := verifier(f, deployment.TrustedRoot(), verify.Requirements{})
	foreign := sigstoretest.New(f)
	simple := simpleEvidence(foreign, []byte("message"), by(stamped))
	for _, bundle := range [][]byte{foreign.Bundle([]byte("{}"), by(stamped)), foreign.Bundle([]byte("{}"), by(version2)), []byte("{}")} {
		f.Add(bundle, simple.Message, simple.Signature, simple.Certificate, simple.LogEntry, simple.Timestamp)
	}
	f.Fuzz(func(t *testing.T, bundle, message, signature, certificate, entry, stamp []byte) {
		for _, evidence := range []verify.Evidence{
			{Bundle: append([]byte{}, bundle...), Message: message, Signature: signature},
			{Message: message, Signature: signature, Certificate: certificate, LogEntry: entry, Timestamp: stamp},
		} {
			_, err := judge.VerifyIdentity(context.Background(), evidence, []verify.Identity{team})
			require.Error(t, err)
			requireFindings(t, err)
		}
	})
}

func requireFindings(t *testing.T, err error) {
	t.Helper()
	found, ok := diagnostic.From(err)
	require.True(t, ok, "%v", err)
	require.NotEmpty(t, found)
}

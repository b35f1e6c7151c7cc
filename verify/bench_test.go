package verify_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/verify"
)

// BenchmarkVerify judges a signed image in a registry on this machine, requests
// included.
func BenchmarkVerify(b *testing.B) {
	for _, form := range forms {
		b.Run(string(form), func(b *testing.B) {
			w := newWorld(b)
			p := w.push("team/shop:v1", "hello")
			w.sign(p, w.trusted, form)
			subject := p.subject()
			subject.Signatures = w.store(p)
			verifier := verify.NewVerifier(w.policy(), verify.Options{})
			b.ReportAllocs()
			for b.Loop() {
				_, err := verifier.Verify(context.Background(), subject)
				require.NoError(b, err)
			}
			w.Forget()
			_, err := verifier.Verify(context.Background(), subject)
			require.NoError(b, err)
			b.ReportMetric(float64(len(w.Requests())), "requests/op")
		})
	}
}

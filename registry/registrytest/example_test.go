package registrytest_test

import (
	"net/http"
	"testing"

	"github.com/packstage/packstage/registry/registrytest"
)

func ExampleStart() {
	test := func(t *testing.T) {
		slow := registrytest.Start(t, registrytest.Options{
			Intercept: func(w http.ResponseWriter, _ *http.Request) bool {
				w.WriteHeader(http.StatusTooManyRequests)
				return true
			},
		})
		// Pull from slow.Host+"/my/package:v1", and see what slow.Requests() are.
		_ = slow
	}
	_ = test
	// Output:
}

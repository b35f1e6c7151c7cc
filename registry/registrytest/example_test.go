package registrytest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/v1/empty"

	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/registrytest"
)

// exampleTB stands for the *testing.T of a test, which an example does not have.
type exampleTB struct {
	testing.TB
	cleanups []func()
}

func (tb *exampleTB) Helper()                {}
func (tb *exampleTB) Cleanup(cleanup func()) { tb.cleanups = append(tb.cleanups, cleanup) }

func (tb *exampleTB) end() {
	for _, cleanup := range tb.cleanups {
		cleanup()
	}
}

// See what a program asks of a registry.
func ExampleStart() {
	t := &exampleTB{} // in a test, its *testing.T
	defer t.end()

	server := registrytest.Start(t, registrytest.Options{})
	ctx, reference := context.Background(), server.Host+"/my/package:v1"
	client := registry.NewClient(registry.Options{Keychain: authn.NewMultiKeychain()})
	if _, err := client.Push(ctx, empty.Image, reference); err != nil {
		fmt.Println(err)
		return
	}
	server.Forget()
	if _, err := client.Resolve(ctx, reference); err != nil {
		fmt.Println(err)
		return
	}
	for _, request := range server.Requests() {
		fmt.Println(request.Method, request.Path)
	}
	// Output:
	// GET /v2/
	// HEAD /v2/my/package/manifests/v1
}

// Test what a program does when the registry has a bad day.
func ExampleStart_intercept() {
	t := &exampleTB{} // in a test, its *testing.T
	defer t.end()

	server := registrytest.Start(t, registrytest.Options{
		Intercept: func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path == "/v2/" {
				return false // the registry itself answers
			}
			w.WriteHeader(http.StatusForbidden)
			return true
		},
	})
	client := registry.NewClient(registry.Options{Keychain: authn.NewMultiKeychain()})
	_, err := client.Resolve(context.Background(), server.Host+"/my/package:v1")
	fmt.Println(errors.Is(err, registry.ErrForbidden))
	// Output: true
}

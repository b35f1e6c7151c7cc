package registrytest_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	v1 "github.com/google/go-containerregistry/pkg/v1"
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

// Cut the first download of each blob, and see that the client goes on where it
// was cut.
func ExampleFaults() {
	t := &exampleTB{} // in a test, its *testing.T
	defer t.end()

	server := registrytest.Start(t, registrytest.Options{Faults: &registrytest.FaultOptions{
		Faults: []registrytest.Fault{{Kind: registrytest.CutBody, On: registrytest.Blobs, Nth: 1, At: 4}},
	}})
	ctx := context.Background()
	client := registry.NewClient(registry.Options{
		Keychain: authn.NewMultiKeychain(),
		Retry:    registry.RetryPolicy{MinDelay: time.Millisecond},
	})
	content := []byte("some content")
	blob := v1.Descriptor{Digest: v1.Hash{Algorithm: "sha256", Hex: fmt.Sprintf("%x", sha256.Sum256(content))}, Size: int64(len(content))}
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil }
	if err := client.PushBlob(ctx, server.Host+"/my/package", blob, open, ""); err != nil {
		fmt.Println(err)
		return
	}
	pulled, err := client.BlobBytes(ctx, server.Host+"/my/package", blob, 1000)
	fmt.Println(string(pulled), err)
	for _, fault := range server.Faults.Injected() {
		fmt.Println(fault.Kind, fault.Method, fault.Nth)
	}
	// Output:
	// some content <nil>
	// cut body GET 1
}

// Have each request answered as a seed says, in front of any registry.
func ExampleNewFaults() {
	faults := registrytest.NewFaults(http.NotFoundHandler(), registrytest.FaultOptions{
		Seed:  1,
		Rate:  0.5,
		Kinds: []registrytest.Kind{registrytest.Unavailable, registrytest.TooManyRequests},
	})
	defer faults.Close()
	for range 4 {
		answer := httptest.NewRecorder()
		faults.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/v2/my/package/manifests/v1", nil))
		fmt.Println(answer.Code)
	}
	// Output:
	// 429
	// 404
	// 429
	// 429
}

// Need a token for each request, good for ten of them.
func ExampleTokenAuth() {
	t := &exampleTB{} // in a test, its *testing.T
	defer t.end()

	options := registrytest.TokenOptions{User: "user", Password: "secret", Anonymous: true, Requests: 10}
	server := registrytest.Start(t, registrytest.Options{Wrap: func(handler http.Handler) http.Handler {
		return registrytest.TokenAuth(handler, options)
	}})
	client := registry.NewClient(registry.Options{Keychain: authn.NewMultiKeychain()}) // nobody
	_, err := client.Push(context.Background(), empty.Image, server.Host+"/my/package:v1")
	fmt.Println(errors.Is(err, registry.ErrUnauthorized))
	_, err = client.Resolve(context.Background(), server.Host+"/my/package:v1")
	fmt.Println(errors.Is(err, registry.ErrNotFound))
	// Output:
	// true
	// true
}

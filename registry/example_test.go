package registry_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/v1/empty"

	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/registryserver"
	"github.com/packstage/packstage/registry/registrytest"
)

// Push an image, and find out later what a tag means.
func ExampleClient_Push() {
	server := httptest.NewServer(registryserver.New(registryserver.Options{}))
	defer server.Close()
	reference := strings.TrimPrefix(server.URL, "http://") + "/my/package:v1"

	ctx := context.Background()
	client := registry.NewClient(registry.Options{Keychain: authn.NewMultiKeychain()})
	pushed, err := client.Push(ctx, empty.Image, reference)
	if err != nil {
		fmt.Println(err)
		return
	}
	resolved, err := client.Resolve(ctx, reference)
	fmt.Println(resolved.Digest == pushed, err)
	// Output: true <nil>
}

// Errors are told apart by their kind.
func ExampleClient_Resolve() {
	server := httptest.NewServer(registryserver.New(registryserver.Options{}))
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")

	client := registry.NewClient(registry.Options{Keychain: authn.NewMultiKeychain()})
	_, err := client.Resolve(context.Background(), host+"/my/package:v2")
	switch {
	case errors.Is(err, registry.ErrNotFound):
		fmt.Println("there is no such version")
	case errors.Is(err, registry.ErrUnauthorized):
		fmt.Println("log in first")
	case errors.Is(err, registry.ErrUnreachable):
		fmt.Println("try again later")
	}
	// Output: there is no such version
}

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

// robot is a keychain that knows the credentials of one host; everyone else is
// asked without any.
type robot struct{ host, username, password string }

func (r robot) Resolve(target authn.Resource) (authn.Authenticator, error) {
	if target.RegistryStr() != r.host {
		return authn.Anonymous, nil
	}
	return authn.FromConfig(authn.AuthConfig{Username: r.username, Password: r.password}), nil
}

// Bring credentials from wherever a program keeps them.
func ExampleOptions_keychain() {
	t := &exampleTB{} // in a test, its *testing.T
	defer t.end()
	server := registrytest.Start(t, registrytest.Options{
		Intercept: func(w http.ResponseWriter, r *http.Request) bool {
			if username, password, _ := r.BasicAuth(); username == "robot" && password == "secret" {
				return false // the registry itself answers
			}
			w.Header().Set("WWW-Authenticate", `Basic realm="packages"`)
			w.WriteHeader(http.StatusUnauthorized)
			return true
		},
	})

	ctx, reference := context.Background(), server.Host+"/my/package:v1"
	stranger := registry.NewClient(registry.Options{Keychain: authn.NewMultiKeychain()})
	_, err := stranger.Push(ctx, empty.Image, reference)
	fmt.Println(errors.Is(err, registry.ErrUnauthorized))

	known := registry.NewClient(registry.Options{Keychain: robot{server.Host, "robot", "secret"}})
	_, err = known.Push(ctx, empty.Image, reference)
	fmt.Println(err)
	// Output:
	// true
	// <nil>
}

// counting is a transport that counts the requests it carries.
type counting struct {
	http.RoundTripper
	requests atomic.Int64
}

func (c *counting) RoundTrip(request *http.Request) (*http.Response, error) {
	c.requests.Add(1)
	return c.RoundTripper.RoundTrip(request)
}

// Put a transport of your own between client and registries: for metrics,
// tracing, certificates, or a proxy.
func ExampleOptions_transport() {
	t := &exampleTB{} // in a test, its *testing.T
	defer t.end()
	server := registrytest.Start(t, registrytest.Options{})

	transport := &counting{RoundTripper: http.DefaultTransport}
	client := registry.NewClient(registry.Options{Keychain: authn.NewMultiKeychain(), Transport: transport})
	ctx, reference := context.Background(), server.Host+"/my/package:v1"
	if _, err := client.Push(ctx, empty.Image, reference); err != nil {
		fmt.Println(err)
		return
	}
	for range 3 {
		before := transport.requests.Load()
		if _, err := client.Resolve(ctx, reference); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(transport.requests.Load() - before)
	}
	// Output:
	// 1
	// 1
	// 1
}

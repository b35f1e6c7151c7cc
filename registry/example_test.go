package registry_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/v1/empty"

	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/registryserver"
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

package verify_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/v1/empty"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/registryserver"
	"github.com/packstage/packstage/verify"
)

// Sign what was pushed, and verify it by a policy.
func Example() {
	server := httptest.NewServer(registryserver.New(registryserver.Options{}))
	defer server.Close()
	ctx, host := context.Background(), strings.TrimPrefix(server.URL, "http://")
	client := registry.NewClient(registry.Options{Keychain: authn.NewMultiKeychain()})
	digest, err := client.Push(ctx, empty.Image, host+"/team/shop:v1")
	if err != nil {
		fmt.Println(err)
		return
	}

	password := []byte("correct horse")
	private, public, err := verify.GenerateKeyPair(password)
	if err != nil {
		fmt.Println(err)
		return
	}
	key, err := verify.ParsePrivateKey("team.key", private, func() ([]byte, error) { return password, nil })
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := verify.SignReference(ctx, client, host+"/team/shop:v1", key, verify.SignOptions{}); err != nil {
		fmt.Println(err)
		return
	}

	policy, found := verify.DecodePolicy("policy.yaml", []byte(`
policies:
- prefix: "*"
  keys: [team.pub]
`), func(string) ([]byte, error) { return public, nil })
	if found.HasErrors() {
		fmt.Println(found)
		return
	}
	verifier := verify.NewVerifier(policy, verify.Options{})
	repository := host + "/team/shop"
	result, err := verifier.Verify(ctx, verify.Subject{
		Reference: repository + ":v1", Repository: repository, Digest: digest, Signatures: verify.InRegistry(client, repository),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Digest == digest, result.Signers[0].Key.Name(), result.Signers[0].Form)
	// Output: true team.pub bundle
}

// The longest prefix wins; names are compared in one way of writing them.
func ExamplePolicy_Entry() {
	policy, err := verify.NewPolicy(
		verify.Entry{Prefix: "registry.example.com/sandbox", Mode: verify.Off},
		verify.Entry{Prefix: "registry.example.com", Mode: verify.Off},
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, repository := range []string{
		"registry.example.com/sandbox/shop", "Registry.Example.com:443/sandbox", "registry.example.com/sandbox-two", "elsewhere.example.com/shop",
	} {
		entry, ok := policy.Entry(repository)
		fmt.Println(ok, entry.Prefix)
	}
	// Output:
	// true registry.example.com/sandbox
	// true registry.example.com/sandbox
	// true registry.example.com
	// false
}

// What is wrong with a policy says where, and what to do.
func ExampleDecodePolicy() {
	_, found := verify.DecodePolicy("policy.yaml", []byte("policies:\n- prefix: registry.example.com\n  mode: requird\n"), nil)
	fmt.Println(errors.Is(found, diagnostic.PolicyInvalid))
	for _, finding := range found {
		fmt.Println(finding.Position, finding.Field, finding.Message)
	}
	// Output:
	// true
	// policy.yaml:2:3 policies[0].keys neither keys nor identities are listed
	// policy.yaml:3:9 policies[0].mode the mode "requird" does not exist
}

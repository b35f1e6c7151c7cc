package keyless_test

import (
	"context"
	"fmt"

	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/verify"
	"github.com/packstage/packstage/verify/keyless"
)

// Load only what a workflow of the team has signed, without asking any service but
// the registry.
func Example() {
	trusted, err := keyless.ReadTrustedRoot("testdata/trusted_root.json")
	if err != nil {
		fmt.Println(err)
		return
	}
	identities, err := keyless.NewVerifier(trusted, verify.Requirements{})
	if err != nil {
		fmt.Println(err)
		return
	}
	policy, err := verify.NewPolicy(verify.Entry{
		Prefix: "registry.example.com/team",
		Identities: []verify.Identity{{
			Issuer:        "https://token.actions.githubusercontent.com",
			SubjectRegExp: `https://github\.com/team/.*`,
		}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	verifier := verify.NewVerifier(policy, verify.Options{Identities: identities})
	_, err = packageloader.Load(context.Background(), packageloader.FromFolder("testdata", packageloader.FolderOptions{}),
		packageloader.LoadOptions{Verifier: verifier})
	fmt.Println(err)
	// Output:
	// testdata: no entry of the signature policy is about packages in files (add one for it, or one with the prefix "*" for all that no other is about) [policy-no-entry]
}

package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/verify"
)

// verification is what "verify --json" prints.
type verification struct {
	SchemaVersion int    `json:"schemaVersion"`
	Reference     string `json:"reference"`
	// Verified tells whether the package is signed as the policy wants.
	Verified bool `json:"verified"`
	// Digest, Mode and Policy are there where the policy let the package pass.
	Digest string      `json:"digest,omitempty"`
	Mode   verify.Mode `json:"mode,omitempty"`
	// Policy is the prefix of the entry that counted.
	Policy   string                 `json:"policy,omitempty"`
	Signers  []printedSigner        `json:"signers"`
	Findings diagnostic.Diagnostics `json:"findings"`
}

type printedSigner struct {
	Key         *printedKey       `json:"key,omitempty"`
	Identity    *verify.Identity  `json:"identity,omitempty"`
	Format      verify.Form       `json:"format"`
	Repository  string            `json:"repository,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

type printedKey struct {
	Name        string `json:"name"`
	Algorithm   string `json:"algorithm"`
	Fingerprint string `json:"fingerprint"`
}

func (p *program) verifyCommand() *cobra.Command {
	var (
		from     registryFlags
		policy   policyFlags
		keys     []string
		signedAs []string
		asJSON   bool
	)
	command := &cobra.Command{
		Use:   "verify TARGET",
		Short: "Check who signed a package",
		Long: `Check the signatures of a package and print the digest that was verified, and who
signed it. The exit code is 1 where it is not signed as it should be.

TARGET is a registry reference, an image tar or an OCI image layout. --key says
which public keys are trusted, one of which must have signed; --key env://NAME
takes one from a variable. Without --key the policy says it, and a policy that
asks for no signature, or only warns, verifies nothing here.

Both forms of cosign's signatures are read. A signature has to be one of the
digest that the tag has now, and name no other repository than the one it is
read from; --signed-as allows others, for packages that were copied.`,
		Example: `  packstage verify registry.example.com/shop:v1 --key team.pub
  packstage verify registry.example.com/shop:v1 --policy policy.yaml --json`,
		Args: arguments(1, 1),
		RunE: func(command *cobra.Command, args []string) error {
			ctx := command.Context()
			found, err := parseTarget(args[0])
			if err != nil {
				return err
			}
			wanted, err := p.wantedSignatures(&policy, keys, signedAs)
			if err != nil {
				return err
			}
			client, done, err := from.client(p)
			if err != nil {
				return err
			}
			defer done()
			result, err := packageloader.Verify(ctx, found.source(client, false), p.verifier(wanted, verify.Options{All: true}))
			done()
			printed := verification{SchemaVersion: schemaVersion, Reference: args[0], Signers: []printedSigner{}, Findings: diagnostic.Diagnostics{}}
			if findings, ok := diagnostic.From(err); ok {
				printed.Findings = findings
			} else if err != nil {
				return err
			} else {
				printed.add(result)
			}
			return p.printVerification(printed, asJSON)
		},
	}
	flags := command.Flags()
	flags.StringArrayVar(&keys, "key", nil, "public key `FILE` in PEM form, or env://NAME; repeat it for more, one of which must have signed")
	flags.StringArrayVar(&signedAs, "signed-as", nil, "repository or `PREFIX` that signatures may name, beside the package's own repository; * is any")
	_ = command.MarkFlagFilename("key", "pub", "pem")
	policy.addPath(command)
	addJSON(command, &asJSON)
	from.add(command)
	command.ValidArgsFunction = completeTarget
	return command
}

// wantedSignatures returns the policy of --key, or else that of the policy flags.
func (p *program) wantedSignatures(flags *policyFlags, keys, signedAs []string) (*verify.Policy, error) {
	if len(keys) == 0 {
		if len(signedAs) > 0 {
			return nil, usagef("--signed-as belongs to --key; in a policy it is signedAs")
		}
		policy, err := flags.policy(p)
		if err == nil && policy == nil {
			err = usagef("say who is trusted, with --key FILE or --policy FILE")
		}
		return policy, err
	}
	if flags.path != "" {
		return nil, usagef("--key and --policy contradict each other")
	}
	entry := verify.Entry{Prefix: verify.AnyPrefix, SignedAs: signedAs}
	for _, path := range keys {
		data, err := p.keyFile(path)
		if err != nil {
			return nil, fmt.Errorf("read --key: %w", err)
		}
		key, err := verify.ParsePublicKey(path, data)
		if err != nil {
			return nil, err
		}
		entry.Keys = append(entry.Keys, key)
	}
	policy, err := verify.NewPolicy(entry)
	if found, ok := diagnostic.From(err); ok {
		return nil, usagef("--signed-as: %s", found[0].Message)
	}
	return policy, err
}

func (v *verification) add(result *verify.Result) {
	v.Verified = result.Verified()
	v.Digest, v.Mode, v.Policy = result.Digest.String(), result.Mode, result.Prefix
	v.Findings = append(v.Findings, result.Warnings...)
	if result.Mode == verify.Off {
		v.Findings = append(v.Findings, diagnostic.Diagnostic{
			Code: diagnostic.PolicyNoEntry, Position: diagnostic.Position{File: result.Reference},
			Message: fmt.Sprintf("the policy's entry %q looks at no signatures, so nothing was verified", result.Prefix),
			Hint:    "say which keys are trusted with --key",
		})
	}
	for _, signer := range result.Signers {
		printed := printedSigner{
			Identity: signer.Identity, Format: signer.Form, Repository: signer.Repository, Annotations: signer.Annotations,
		}
		if signer.Key != nil {
			printed.Key = &printedKey{signer.Key.Name(), signer.Key.Algorithm(), signer.Key.Fingerprint()}
		}
		v.Signers = append(v.Signers, printed)
	}
}

func (p *program) printVerification(v verification, asJSON bool) error {
	if asJSON {
		if err := p.result(func(w io.Writer) error { return printJSON(w, v) }); err != nil {
			return err
		}
	} else if err := p.printFindings(v.Findings); err != nil {
		return err
	}
	if !v.Verified {
		return errReported
	}
	if asJSON {
		return nil
	}
	return p.result(func(w io.Writer) error {
		_, err := fmt.Fprintln(w, v.Digest)
		for _, signer := range v.Signers {
			if err == nil {
				_, err = fmt.Fprintln(w, "signed by "+signer.String())
			}
		}
		return err
	})
}

// String describes a signer in one line. What was signed may be anything.
func (s printedSigner) String() string {
	parts := []string{}
	if s.Key != nil {
		parts = append(parts, fmt.Sprintf("%s (%s key %s)", s.Key.Name, s.Key.Algorithm, s.Key.Fingerprint))
	} else {
		parts = append(parts, s.Identity.String())
	}
	if s.Repository != "" {
		parts = append(parts, "as "+s.Repository)
	}
	names := make([]string, 0, len(s.Annotations))
	for name := range s.Annotations {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		parts = append(parts, name+"="+s.Annotations[name])
	}
	return printable(strings.Join(parts, ", "))
}

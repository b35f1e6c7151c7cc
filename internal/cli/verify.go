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
	Findings diagnostic.Diagnostics `json:"diagnostics"`
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
		from   registryFlags
		policy policyFlags
		trust  trustFlags
		asJSON bool
	)
	command := &cobra.Command{
		Use:   "verify TARGET",
		Short: "Check who signed a package",
		Long: `Check the signatures of a package and print the digest that was verified, and who
signed it. The exit code is 1 where it is not signed as it should be.

TARGET is a registry reference, an image tar or an OCI image layout. --key says
which public keys are trusted, one of which must have signed; --key env://NAME
takes one from a variable. --identity and --issuer say who is trusted that signed
with a certificate ("keyless"), which --trusted-root checks without any network.
Without any of them the policy says it, and a policy that asks for no signature, or
only warns, verifies nothing here.

Both forms of cosign's signatures are read. A signature has to be one of the
digest that the tag has now, and name no other repository than the one it is
read from; --signed-as allows others, for packages that were copied.`,
		Example: `  packstage verify registry.example.com/shop:v1 --key team.pub
  packstage verify registry.example.com/shop:v1 --policy policy.yaml --json
  packstage verify registry.example.com/shop:v1 --trusted-root trusted_root.json \
    --issuer https://token.actions.githubusercontent.com --identity-regexp 'https://github\.com/team/.*'`,
		Args: arguments(1, 1),
		RunE: func(command *cobra.Command, args []string) error {
			ctx := command.Context()
			found, err := parseTarget(args[0])
			if err != nil {
				return err
			}
			wanted, err := p.wantedSignatures(&policy, &trust)
			if err != nil {
				return err
			}
			verifier, err := policy.verifier(p, wanted, verify.Options{All: true})
			if err != nil {
				return err
			}
			client, done, err := from.client(p)
			if err != nil {
				return err
			}
			defer done()
			result, err := packageloader.Verify(ctx, found.source(client, false), verifier)
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
	flags.StringArrayVar(&trust.keys, "key", nil, "public key `FILE` in PEM form, or env://NAME; repeat it for more, one of which must have signed")
	flags.StringArrayVar(&trust.identities.subjects, "identity", nil, "`SUBJECT` of a certificate that must have signed, such as a mail address or the URL of a workflow; repeat it for more")
	flags.StringArrayVar(&trust.identities.expressions, "identity-regexp", nil, "regular `EXPRESSION` that the whole subject has to match, instead of --identity")
	flags.StringVar(&trust.identities.issuer, "issuer", "", "`URL` of the identity provider that vouches for --identity")
	flags.StringArrayVar(&trust.signedAs, "signed-as", nil, "repository or `PREFIX` that signatures may name, beside the package's own repository; * is any")
	_ = command.MarkFlagFilename("key", "pub", "pem")
	policy.addPath(command)
	addJSON(command, &asJSON)
	from.add(command)
	command.ValidArgsFunction = completeTarget
	return command
}

// trustFlags say who is trusted, in place of a policy.
type trustFlags struct {
	keys, signedAs []string
	identities     identityFlags
}

// wantedSignatures returns the policy of --key and --identity, or else that of the
// policy flags.
func (p *program) wantedSignatures(flags *policyFlags, trust *trustFlags) (*verify.Policy, error) {
	if len(trust.keys) == 0 && !trust.identities.given() {
		if len(trust.signedAs) > 0 {
			return nil, usagef("--signed-as belongs to --key or --identity; in a policy it is signedAs")
		}
		policy, err := flags.policy(p)
		if err == nil && policy == nil {
			err = usagef("say who is trusted, with --key FILE or --policy FILE")
		}
		return policy, err
	}
	if flags.path != "" {
		return nil, usagef("--key and --identity contradict --policy")
	}
	identities, err := trust.identities.list()
	if err != nil {
		return nil, err
	}
	if len(identities) == 0 && flags.trustedRoot != "" {
		return nil, usagef("--trusted-root belongs to --identity or --policy; --key needs none")
	}
	if len(identities) > 0 && flags.trustedRoot == "" && p.env(trustedRootVariable) == "" {
		return nil, usagef("--identity needs --trusted-root FILE, or $%s: the authorities and logs that are trusted", trustedRootVariable)
	}
	entry := verify.Entry{Prefix: verify.AnyPrefix, SignedAs: trust.signedAs, Identities: identities}
	for _, path := range trust.keys {
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
		if strings.Contains(found[0].Field, "identities") {
			return nil, usagef("--identity-regexp: %s", found[0].Message)
		}
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
			Hint:    "say who is trusted with --key or --identity",
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
				_, err = fmt.Fprintln(w, "signed by "+printable(signer.String()))
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

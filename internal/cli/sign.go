package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/atomicfile"
	"github.com/packstage/packstage/verify"
)

// The variables that hold the password of a private key, the first one first.
var passwordVariables = [...]string{"PACKSTAGE_KEY_PASSWORD", "COSIGN_PASSWORD"}

// signed is what "sign --json" prints.
type signed struct {
	SchemaVersion int    `json:"schemaVersion"`
	Reference     string `json:"reference"`
	Digest        string `json:"digest"`
	// Key is the fingerprint of the public half.
	Key string `json:"key"`
	// Added are the forms of the signatures that were added, Present those of
	// equal ones that were there already.
	Added   []verify.Form `json:"added"`
	Present []verify.Form `json:"present"`
}

// signFlags say how something is signed.
type signFlags struct {
	key         string
	format      choice
	annotations []string
	generate    string
	asJSON      bool
}

func (p *program) signCommand() *cobra.Command {
	var from registryFlags
	flags := signFlags{format: oneOf(string(verify.Bundle), string(verify.SimpleSigning), "both")}
	command := &cobra.Command{
		Use:   "sign REFERENCE --key FILE",
		Short: "Sign a package in a registry",
		Long: `Sign the digest that a reference has now, put the signature beside the package, and
print the digest. Signatures that are there already stay; an equal one by the same
key is not added again. cosign verifies them, and its signatures are verified here.

--format bundle is what cosign 3 verifies by default, simple-signing what older
versions and many admission controllers read; both makes one of each. Where an
image has a bundle, cosign 3 does not look at simple signatures.

--generate-key-pair PREFIX makes a new key pair instead: PREFIX.key, encrypted as
cosign does it, and PREFIX.pub. Plain PEM keys work, too (ECDSA on P-256 or P-384,
Ed25519, RSA). --key env://NAME takes the key from a variable. The password of the
private key comes from PACKSTAGE_KEY_PASSWORD or COSIGN_PASSWORD, or from the
terminal.`,
		Example: `  packstage sign --generate-key-pair team
  packstage sign registry.example.com/shop@sha256:4f53… --key team.key
  packstage sign registry.example.com/shop:v1 --key team.key --format both --annotation build=17`,
		Args:              arguments(0, 1),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(command *cobra.Command, args []string) error {
			ctx := command.Context()
			if flags.generate != "" {
				if len(args) > 0 || flags.key != "" {
					return usagef("--generate-key-pair makes keys and signs nothing; leave REFERENCE and --key out")
				}
				return p.generateKeyPair(ctx, flags.generate, flags.asJSON)
			}
			if len(args) == 0 {
				return usagef("missing argument: %s", command.UseLine())
			}
			if err := checkReferences("", args); err != nil {
				return err
			}
			options, err := flags.options(p)
			if err != nil {
				return err
			}
			key, err := p.signingKey(ctx, flags.key)
			if err != nil {
				return err
			}
			client, done, err := from.client(p)
			if err != nil {
				return err
			}
			defer done()
			result, err := verify.SignReference(ctx, client, args[0], key, options)
			if err != nil {
				return err
			}
			done()
			return p.printSigned(args[0], key, result, flags.asJSON)
		},
	}
	command.Flags().StringVar(&flags.key, "key", "", "private key `FILE` in PEM form, or env://NAME")
	choiceFlag(command, &flags.format, "format", "", "form of the signature")
	command.Flags().StringArrayVar(&flags.annotations, "annotation", nil, "`NAME=VALUE` to sign with the digest; repeat it for more")
	command.Flags().StringVar(&flags.generate, "generate-key-pair", "", "make `PREFIX`.key and PREFIX.pub instead of signing")
	_ = command.MarkFlagFilename("key", "key", "pem")
	addJSON(command, &flags.asJSON)
	from.add(command)
	return command
}

func (f *signFlags) options(p *program) (verify.SignOptions, error) {
	options := verify.SignOptions{Created: time.Now()}
	if f.key == "" {
		return options, usagef("--key says which key to sign with; --generate-key-pair makes one")
	}
	if epoch := p.env("SOURCE_DATE_EPOCH"); epoch != "" {
		seconds, err := strconv.ParseInt(epoch, 10, 64)
		if err != nil {
			return options, usagef("SOURCE_DATE_EPOCH is %q, not a number of seconds since 1970", epoch)
		}
		options.Created = time.Unix(seconds, 0)
	}
	if f.format.value == "both" {
		options.Forms = []verify.Form{verify.Bundle, verify.SimpleSigning}
	} else {
		options.Forms = []verify.Form{verify.Form(f.format.value)}
	}
	for _, annotation := range f.annotations {
		name, value, ok := strings.Cut(annotation, "=")
		if !ok || name == "" {
			return options, usagef("--annotation %q is not NAME=VALUE", annotation)
		}
		if _, twice := options.Annotations[name]; twice {
			return options, usagef("--annotation %s is there twice", name)
		}
		if options.Annotations == nil {
			options.Annotations = map[string]string{}
		}
		options.Annotations[name] = value
	}
	return options, nil
}

func (p *program) printSigned(reference string, key *verify.PrivateKey, result *verify.SignResult, asJSON bool) error {
	for _, form := range result.Present {
		p.remark("%s has an equal %s signature by this key already", reference, form)
	}
	for _, form := range result.Signed {
		p.remark("signed %s with a %s signature", reference, form)
	}
	return p.result(func(w io.Writer) error {
		if !asJSON {
			_, err := fmt.Fprintln(w, result.Digest)
			return err
		}
		return printJSON(w, signed{
			SchemaVersion: schemaVersion, Reference: reference, Digest: result.Digest.String(), Key: key.Public().Fingerprint(),
			Added: append([]verify.Form{}, result.Signed...), Present: append([]verify.Form{}, result.Present...),
		})
	})
}

func (p *program) signingKey(ctx context.Context, path string) (*verify.PrivateKey, error) {
	data, err := p.keyFile(path)
	if err != nil {
		return nil, fmt.Errorf("read --key: %w", err)
	}
	key, err := verify.ParsePrivateKey(path, data, func() ([]byte, error) {
		return p.keyPassword(ctx, "Password of "+path+": ")
	})
	if found, ok := diagnostic.From(err); ok {
		hinted := slices.Clone(found)
		for i := range hinted {
			if hinted[i].Code == diagnostic.KeyPassword && hinted[i].Hint == "" { // only the program knows where it is from
				hinted[i].Hint = fmt.Sprintf("it is taken from %s, else from %s, else from the terminal", passwordVariables[0], passwordVariables[1])
			}
		}
		err = hinted
	}
	return key, err
}

// generatedKeys is what "sign --generate-key-pair --json" prints.
type generatedKeys struct {
	SchemaVersion int `json:"schemaVersion"`
	// Key is the fingerprint, as in what "sign --json" prints.
	Key        string `json:"key"`
	PrivateKey string `json:"privateKey"`
	PublicKey  string `json:"publicKey"`
}

// generateKeyPair writes a new pair of keys. Keys that are there are never
// overwritten: what they signed could not be verified any more.
func (p *program) generateKeyPair(ctx context.Context, prefix string, asJSON bool) error {
	private, public := prefix+".key", prefix+".pub"
	for _, path := range []string{private, public} {
		if exists(path) {
			err := &fs.PathError{Op: "write", Path: path, Err: fs.ErrExist}
			return fmt.Errorf("%w, and keys are never replaced; choose another name", err)
		}
	}
	password, err := p.newKeyPassword(ctx, private)
	if err != nil {
		return err
	}
	privatePEM, publicPEM, err := verify.GenerateKeyPair(password)
	if err != nil {
		return err
	}
	if err := writeKey(private, 0o600, privatePEM); err != nil {
		return err
	}
	if err := writeKey(public, 0o644, publicPEM); err != nil {
		// Half a pair is of no use to anybody; it was made here, a moment ago.
		return errors.Join(err, os.Remove(private))
	}
	p.remark("wrote the private key to %s: keep it secret", private)
	p.remark("wrote the public key to %s: hand it to whoever shall verify", public)
	return p.result(func(w io.Writer) error {
		key, err := verify.ParsePublicKey(public, publicPEM)
		if err != nil {
			return err
		}
		if asJSON {
			return printJSON(w, generatedKeys{schemaVersion, key.Fingerprint(), private, public})
		}
		_, err = fmt.Fprintln(w, key.Fingerprint())
		return err
	})
}

func writeKey(path string, mode fs.FileMode, content []byte) error {
	return atomicfile.WriteNew(path, mode, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

// newKeyPassword asks for a password twice where it comes from a terminal.
func (p *program) newKeyPassword(ctx context.Context, path string) ([]byte, error) {
	if password, ok := p.passwordFromEnv(); ok {
		return password, nil
	}
	password, err := p.keyPassword(ctx, "Password for "+path+": ")
	if err != nil {
		return nil, err
	}
	again, err := p.keyPassword(ctx, "The same password again: ")
	if err == nil && string(password) != string(again) {
		err = usagef("the two passwords differ")
	}
	return password, err
}

func (p *program) passwordFromEnv() ([]byte, bool) {
	for _, name := range passwordVariables {
		if password, ok := p.lookupEnv(name); ok {
			return []byte(password), true
		}
	}
	return nil, false
}

// keyPassword returns the password from the environment, or asks at the terminal
// without showing what is typed.
func (p *program) keyPassword(ctx context.Context, question string) ([]byte, error) {
	if password, ok := p.passwordFromEnv(); ok {
		return password, nil
	}
	terminal, ok := p.Stdin.(*os.File)
	if !ok || !term.IsTerminal(int(terminal.Fd())) {
		return nil, usagef("the key needs a password: set %s or %s, or run at a terminal", passwordVariables[0], passwordVariables[1])
	}
	state, err := term.GetState(int(terminal.Fd()))
	if err != nil {
		return nil, fmt.Errorf("read the password: %w", err)
	}
	fmt.Fprint(p.Stderr, question)
	defer fmt.Fprintln(p.Stderr)
	type outcome struct {
		password []byte
		err      error
	}
	typed := make(chan outcome, 1)
	go func() {
		password, err := term.ReadPassword(int(terminal.Fd()))
		typed <- outcome{password, err}
	}()
	select {
	case outcome := <-typed:
		if outcome.err != nil {
			return nil, fmt.Errorf("read the password: %w", outcome.err)
		}
		return outcome.password, nil
	case <-ctx.Done():
		_ = term.Restore(int(terminal.Fd()), state)
		return nil, ctx.Err()
	}
}

// readAtMost reads a byte more than the limit where there is one, which the parser
// refuses.
func readAtMost(reader io.Reader, limit int64) ([]byte, error) {
	return io.ReadAll(io.LimitReader(reader, limit+1))
}

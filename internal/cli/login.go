package cli

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/packstage/packstage/registry"
)

// maxSecretBytes bounds a password on the standard input; tokens of clouds have
// some thousand bytes.
const maxSecretBytes = 64 << 10

// loginResult is what "login --json" prints.
type loginResult struct {
	SchemaVersion int    `json:"schemaVersion"`
	Host          string `json:"host"`
	Username      string `json:"username"`
	// File is the configuration file, Helper the credential helper that has the
	// secret; Encrypted is false where the file has it.
	File      string `json:"file"`
	Helper    string `json:"helper,omitempty"`
	Encrypted bool   `json:"encrypted"`
}

func (p *program) loginCommand() *cobra.Command {
	var (
		flags     connectionFlags
		username  string
		fromStdin bool
		asJSON    bool
	)
	command := &cobra.Command{
		Use:   "login HOST",
		Short: "Log in to a registry",
		Long: `Show a user name and a password or token to a registry, and keep them when the
registry takes them. They go where Docker has them: to the credential helper that
config.json names for the host, or else into config.json itself, unencrypted.

There is no flag for the password: command lines are seen by others and remembered
by shells. Without --password-stdin it is asked for at the terminal. The user name
"<token>" says that the secret is an identity token.`,
		Example: `  packstage login registry.example.com
  packstage login registry.example.com -u robot --password-stdin < token.txt`,
		Args:              arguments(1, 1),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(command *cobra.Command, args []string) error {
			ctx, host := command.Context(), args[0]
			if fromStdin && username == "" {
				return usagef("--password-stdin needs --username")
			}
			if err := checkHost(host); err != nil {
				return err
			}
			options, err := flags.options(p)
			if err != nil {
				return err
			}
			name, secret, err := p.askCredentials(ctx, host, username, fromStdin)
			if err != nil {
				return err
			}
			kept, err := p.credentials().Login(ctx, registry.NewClient(options), host, name, secret)
			if err != nil {
				return err
			}
			if kept.Helper == "" {
				p.remark("packstage: warning: the secret is in %s, unencrypted; a credential helper keeps it safely (docs/registries.md)", kept.File)
			}
			return p.result(func(w io.Writer) error {
				if asJSON {
					return printJSON(w, loginResult{
						SchemaVersion: schemaVersion, Host: host, Username: name,
						File: kept.File, Helper: kept.Helper, Encrypted: kept.Helper != "",
					})
				}
				_, err := fmt.Fprintf(w, "logged in to %s as %s\n", printable(host), printable(name))
				return err
			})
		},
	}
	command.Flags().StringVarP(&username, "username", "u", "", "`NAME` of the user")
	command.Flags().BoolVar(&fromStdin, "password-stdin", false, "read the password or token from the standard input")
	flags.add(command)
	command.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	return command
}

// askCredentials gets what the flags do not say, from the standard input or at the
// terminal.
func (p *program) askCredentials(ctx context.Context, host, username string, fromStdin bool) (name, secret string, err error) {
	if fromStdin {
		secret, err := readSecret(p.Stdin)
		return username, secret, err
	}
	file, ok := p.Stdin.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return "", "", usagef("there is no terminal to ask for the password at; use --username and --password-stdin")
	}
	type typed struct {
		name, secret string
		err          error
	}
	state, err := term.GetState(int(file.Fd()))
	if err != nil {
		return "", "", fmt.Errorf("read from the terminal: %w", err)
	}
	answered := make(chan typed, 1)
	go func() {
		name, secret, err := p.askAtTerminal(file, host, username)
		answered <- typed{name, secret, err}
	}()
	select {
	case <-ctx.Done():
		_ = term.Restore(int(file.Fd()), state) // the echo would stay off
		return "", "", context.Cause(ctx)
	case answer := <-answered:
		return answer.name, answer.secret, answer.err
	}
}

func (p *program) askAtTerminal(file *os.File, host, username string) (name, secret string, err error) {
	if username == "" {
		fmt.Fprintf(p.Stderr, "User name for %s: ", printable(host))
		line, err := bufio.NewReader(file).ReadString('\n')
		if err != nil {
			return "", "", fmt.Errorf("read the user name: %w", err)
		}
		username = strings.TrimSpace(line)
	}
	fmt.Fprintf(p.Stderr, "Password for %s: ", printable(username))
	raw, err := term.ReadPassword(int(file.Fd()))
	fmt.Fprintln(p.Stderr)
	if err != nil {
		return "", "", fmt.Errorf("read the password: %w", err)
	}
	return username, string(raw), checkSecret(raw)
}

// readSecret reads a secret, without the line break behind it.
func readSecret(r io.Reader) (string, error) {
	if r == nil {
		return "", usagef("the password on the standard input is empty")
	}
	raw, err := io.ReadAll(io.LimitReader(r, maxSecretBytes+1))
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	if len(raw) > maxSecretBytes {
		return "", usagef("the password on the standard input has more than %d bytes", maxSecretBytes)
	}
	raw = bytes.TrimSuffix(raw, []byte("\n"))
	raw = bytes.TrimSuffix(raw, []byte("\r"))
	return string(raw), checkSecret(raw)
}

func checkSecret(raw []byte) error {
	switch {
	case len(raw) == 0:
		return usage(errors.New("the password is empty"))
	case bytes.ContainsAny(raw, "\r\n\x00"):
		return usage(errors.New("the password has more than one line"))
	default:
		return nil
	}
}

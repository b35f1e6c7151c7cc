package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// logoutResult is what "logout --json" prints.
type logoutResult struct {
	SchemaVersion int    `json:"schemaVersion"`
	Host          string `json:"host"`
	// Removed is false where nobody was logged in.
	Removed bool `json:"removed"`
}

// checkHost refuses what names more or less than a registry: credentials that are
// looked for under such a name stay where they are.
func checkHost(host string) error {
	bare := host
	if _, rest, ok := strings.Cut(bare, "://"); ok {
		bare = rest
	}
	bare, _, _ = strings.Cut(bare, "/")
	switch {
	case bare == "":
		return usagef("%q is no host, as registry.example.com is one", host)
	case bare != host:
		return usagef("%q is more than a host: write %q", host, bare)
	default:
		return nil
	}
}

func (p *program) logoutCommand() *cobra.Command {
	var asJSON bool
	command := &cobra.Command{
		Use:               "logout HOST",
		Short:             "Forget the credentials for a registry",
		Long:              "Remove the credentials for a registry from the credential helper and from Docker's\nconfig.json. It is no error where there are none.",
		Example:           "  packstage logout registry.example.com",
		Args:              arguments(1, 1),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(command *cobra.Command, args []string) error {
			if err := checkHost(args[0]); err != nil {
				return err
			}
			removed, err := p.credentials().Logout(command.Context(), args[0])
			if err != nil {
				return err
			}
			return p.result(func(w io.Writer) error {
				if asJSON {
					return printJSON(w, logoutResult{SchemaVersion: schemaVersion, Host: args[0], Removed: removed})
				}
				text := "logged out of %s\n"
				if !removed {
					text = "nobody was logged in to %s\n"
				}
				_, err := fmt.Fprintf(w, text, printable(args[0]))
				return err
			})
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	return command
}

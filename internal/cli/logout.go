package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// logoutResult is what "logout --json" prints.
type logoutResult struct {
	SchemaVersion int    `json:"schemaVersion"`
	Host          string `json:"host"`
	// Removed is false where nobody was logged in.
	Removed bool `json:"removed"`
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
	addJSON(command, &asJSON)
	return command
}

package cli

import (
	"io"

	"github.com/spf13/cobra"
)

func (p *program) completionCommand() *cobra.Command {
	shells := []string{"bash", "fish", "powershell", "zsh"}
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print the completion script of a shell",
		Long:  `Print the completion script for bash, fish, powershell or zsh.`,
		Example: `  source <(packstage completion bash)
  packstage completion fish > ~/.config/fish/completions/packstage.fish`,
		ValidArgs: shells,
		Args:      arguments(1, 1),
		RunE: func(command *cobra.Command, args []string) error {
			shell := choice{allowed: shells}
			if err := shell.Set(args[0]); err != nil {
				return usagef("unknown shell %q: %w", args[0], err)
			}
			root := command.Root()
			return p.result(func(w io.Writer) error {
				switch shell.value {
				case "bash":
					return root.GenBashCompletionV2(w, true)
				case "fish":
					return root.GenFishCompletion(w, true)
				case "powershell":
					return root.GenPowerShellCompletionWithDesc(w)
				default:
					return root.GenZshCompletion(w)
				}
			})
		},
	}
}

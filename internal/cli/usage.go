package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/packstage/packstage/diagnostic"
)

// usageError is a command line that is wrong.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

func usage(err error) error { return usageError{err} }

func usagef(format string, arguments ...any) error {
	return usageError{fmt.Errorf(format, arguments...)}
}

// flagError is what a flag that does not parse ends in. Whoever mistyped one is told.
func flagError(command *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		if name := unknown.GetSpecifiedName(); len(name) > 1 {
			var known []string
			command.Flags().VisitAll(func(flag *pflag.Flag) { known = append(known, flag.Name) })
			if near, ok := diagnostic.Suggest(name, known); ok {
				err = fmt.Errorf("%w, did you mean --%s?", err, near)
			}
		}
	}
	return usage(err)
}

// group makes a command that only has other commands. Cobra answers an unknown
// one below the root with help and success; here it is wrong usage everywhere.
func group(command *cobra.Command, children ...*cobra.Command) *cobra.Command {
	command.AddCommand(children...)
	command.Args = func(command *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		return unknownCommand(command, args[0])
	}
	command.RunE = func(command *cobra.Command, _ []string) error {
		command.SetOut(command.ErrOrStderr())
		_ = command.Help()
		return usagef("a command is missing")
	}
	return command
}

func unknownCommand(group *cobra.Command, asked string) error {
	group.SuggestionsMinimumDistance = 2
	message := fmt.Sprintf("unknown command %q for %q", asked, group.CommandPath())
	if near := group.SuggestionsFor(asked); len(near) > 0 {
		message += fmt.Sprintf(", did you mean %q?", near[0])
	}
	return usagef("%s", message)
}

// helpOfUnknown finds a command that is not there among arguments with --help, for
// which cobra prints the help of the group above it.
func helpOfUnknown(root *cobra.Command, args []string) (*cobra.Command, error) {
	root.InitDefaultHelpCmd()
	found, rest, err := root.Find(args)
	if err != nil || !found.HasSubCommands() || len(rest) == 0 ||
		strings.HasPrefix(rest[0], "-") || strings.HasPrefix(rest[0], cobra.ShellCompRequestCmd) {
		return nil, nil
	}
	for _, arg := range rest {
		if arg == "--help" || arg == "-h" {
			return found, unknownCommand(found, rest[0])
		}
	}
	return nil, nil
}

// arguments checks the number of arguments; most is without bound where it is
// negative.
func arguments(least, most int) cobra.PositionalArgs {
	return func(command *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return usagef("missing argument: %s", strings.TrimSuffix(command.UseLine(), " [flags]"))
		case most >= 0 && len(args) > most:
			return usagef("unexpected argument %q", args[most])
		}
		return nil
	}
}

func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:                   "help [COMMAND]",
		Short:                 "Help about a command",
		DisableFlagsInUseLine: true,
		ValidArgsFunction: func(command *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			found, _, err := command.Root().Find(args)
			if err != nil {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			var names []string
			for _, child := range found.Commands() {
				if child.IsAvailableCommand() {
					names = append(names, child.Name()+"\t"+child.Short)
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(command *cobra.Command, args []string) error {
			found, rest, err := command.Root().Find(args)
			if len(args) > 0 && (err != nil || len(rest) > 0) {
				if err != nil {
					found, rest = command.Root(), args
				}
				return unknownCommand(found, rest[0])
			}
			found.InitDefaultHelpFlag()
			return found.Help()
		},
	}
}

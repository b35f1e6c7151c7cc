package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/author/scaffold"
	"github.com/packstage/packstage/author/scaffold/starter"
	"github.com/packstage/packstage/diagnostic"
)

// initFlags say what init makes, and where.
type initFlags struct {
	folder, template string
	asJSON           bool
}

func (p *program) initCommand() *cobra.Command {
	var (
		flags initFlags
		names []string
		lines []string
	)
	for _, each := range starter.All() {
		names = append(names, each.Name)
		lines = append(lines, "  "+each.Name+strings.Repeat(" ", max(1, 10-len(each.Name)))+each.Description)
	}
	command := &cobra.Command{
		Use:   "init NAME",
		Short: "Begin a package: one that validates, tests and builds, with comments that teach",
		Long: `Write a new package into a folder of its name. It validates, tests and builds as it
is; the comments in it say how it works. Templates:

` + strings.Join(lines, "\n") + `

Nothing is ever replaced: the folder must be new, or hold nothing but hidden files
such as .git.`,
		Example: `  packstage init shop
  packstage init shop --template webapp
  packstage init shop --dir .`,
		Args: arguments(1, 1),
		RunE: func(command *cobra.Command, args []string) error {
			return p.initPackage(command, args[0], &flags)
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	command.Flags().StringVar(&flags.folder, "dir", "", "`FOLDER` for the package; without it one of its name")
	_ = command.MarkFlagDirname("dir")
	command.Flags().StringVar(&flags.template, "template", names[0], "`NAME` of what to start from: "+strings.Join(names, ", "))
	completeValues(command, "template", names)
	command.Flags().BoolVar(&flags.asJSON, "json", false, "print a JSON object")
	return command
}

// wouldBeName proposes a name in the place of one that a package cannot have.
func wouldBeName(name string) string {
	if near := scaffold.PackageName(name); near != name && starter.CheckName(near) == nil {
		return fmt.Sprintf("; %q would be one", near)
	}
	return ""
}

func (p *program) initPackage(command *cobra.Command, name string, flags *initFlags) error {
	folder := flags.folder
	if folder == "" {
		folder = name
	}
	made, err := starter.Make(command.Context(), name, flags.template)
	var (
		invalid *starter.InvalidNameError
		unknown *starter.UnknownError
	)
	switch {
	case errors.As(err, &invalid):
		return usagef("%w%s", err, wouldBeName(name))
	case errors.As(err, &unknown):
		var names []string
		for _, each := range starter.All() {
			names = append(names, each.Name)
		}
		return usagef("--template: %w; %s", err, diagnostic.DidYouMean(flags.template, names))
	case err != nil:
		return err
	}
	if err := checkEmpty(folder, "--dir"); err != nil {
		return err
	}
	if err := made.Write(folder); err != nil {
		return err
	}
	return p.result(func(w io.Writer) error {
		outcome := &importOutcome{Result: made, folder: folder, written: true}
		if flags.asJSON {
			return printJSON(w, struct {
				SchemaVersion int      `json:"schemaVersion"`
				Name          string   `json:"name"`
				Folder        string   `json:"folder"`
				Template      string   `json:"template"`
				Files         []string `json:"files"`
			}{schemaVersion, made.Name, folder, flags.template, made.Paths()})
		}
		out := &linePrinter{w: w}
		out.tree(outcome)
		out.line("Next: packstage test %s", shellPath(folder))
		return out.err
	})
}

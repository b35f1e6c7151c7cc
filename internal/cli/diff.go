package cli

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/author/compare"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
)

// diffFlags say what of two packages is compared, and what is printed.
type diffFlags struct {
	targetFlags
	component string
	configs   []string
	only      []string
	all       bool
	exitCode  choice
	output    choice
}

// Values of --exit-code: what ends in exit code 1.
const (
	exitNever    = "never"
	exitAny      = "any"
	exitNotable  = "notable"
	exitBreaking = "breaking"
)

func (f *diffFlags) add(command *cobra.Command) {
	f.output = oneOf("human", "json", "markdown")
	f.exitCode = oneOf(exitNever, exitAny, exitNotable, exitBreaking)
	flags := command.Flags()
	flags.StringVar(&f.component, "component", "", "compare one component of a multi-component package, by `NAME`, only")
	completeFromPackage(command, "component", componentNames)
	flags.StringArrayVar(&f.configs, "config", nil, "render with the configuration in this YAML or JSON `FILE` in place of the test cases; repeat it for more; - is the standard input")
	flags.StringSliceVar(&f.only, "only", nil, "compare these `AREAS` only: "+strings.Join(areaNames(), ", "))
	flags.BoolVar(&f.all, "all", false, "print compatible changes beside others, too")
	choiceFlag(command, &f.exitCode, "exit-code", "", "what to exit with 1 for; --exit-code alone is any difference, --exit-code=breaking only what breaks")
	flags.Lookup("exit-code").NoOptDefVal = exitAny
	choiceFlag(command, &f.output, "output", "o", "form of the result")
	f.targetFlags.add(command)
	_ = command.MarkFlagFilename("config", "yaml", "yml", "json")
	completeValues(command, "only", areaNames())
	command.ValidArgsFunction = completeTwoTargets
}

func completeTwoTargets(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 1 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return nil, cobra.ShellCompDirectiveDefault
}

func areaNames() []string {
	var names []string
	for _, area := range compare.Areas() {
		names = append(names, string(area))
	}
	return names
}

func (p *program) diffCommand() *cobra.Command {
	var flags diffFlags
	command := &cobra.Command{
		Use:   "diff A B",
		Short: "Say what a new version of a package changes, and what it breaks",
		Long: `Compare package A, what was, with package B, what will be. Each is a TARGET: a
folder, a tar, an image layout or a registry reference.

Compared are the manifest, the schema of the configuration, images, and what both
render to with the same contexts: the test cases of B and those of A that B does not
have, or the files of --config. Each change is breaking, notable or compatible, with
the reason in words; the worst of them is the verdict.

  breaking    an upgrade can be refused, loses data or an API, or turns away a
              configuration or an object that was good before
  notable     something behaves differently, and a person should read it
  compatible  nothing that worked stops working

Values that a schema marks as sensitive and the contents of Secrets are masked.

The result goes to the standard output. The exit code is 0 whatever the verdict is,
unless --exit-code asks for 1. It is 1, too, where a file of --config renders with
neither A nor B.`,
		Example: `  packstage diff registry.example.com/shop:v1 ./shop
  packstage diff shop-v1.tar shop-v2.tar --only schema,crds,rbac
  packstage diff ./old ./new --config production.yaml --all
  packstage diff registry.example.com/shop:v1 ./shop --output markdown --exit-code=breaking`,
		Args: func(command *cobra.Command, args []string) error {
			if len(args) > 2 && slices.Contains(flags.exitCode.allowed, args[2]) {
				return usagef("unexpected argument %q; write --exit-code=%s", args[2], args[2])
			}
			return arguments(2, 2)(command, args)
		},
		RunE: func(command *cobra.Command, args []string) error {
			return p.diff(command, args[0], args[1], &flags)
		},
	}
	flags.add(command)
	return command
}

func (p *program) diff(command *cobra.Command, before, after string, flags *diffFlags) error {
	ctx := command.Context()
	options := compare.Options{ReferenceA: before, ReferenceB: after, Component: flags.component}
	for _, name := range flags.only {
		if !slices.Contains(areaNames(), name) {
			hint := ""
			if near, ok := diagnostic.Suggest(name, areaNames()); ok {
				hint = fmt.Sprintf("; did you mean %q?", near)
			}
			return usagef("--only: %q is none of %s%s", name, strings.Join(areaNames(), ", "), hint)
		}
		options.Only = append(options.Only, compare.Area(name))
	}
	var err error
	if options.Configs, err = p.diffConfigs(command, flags.configs); err != nil {
		return err
	}
	a, err := p.openDiffTarget(flags, before)
	if err != nil {
		return err
	}
	defer a.close()
	b, err := p.openDiffTarget(flags, after)
	if err != nil {
		return err
	}
	defer b.close()
	options.AuthorA, options.AuthorB = a.author, b.author
	progress := p.newTestProgress()
	options.Progress = progress.update
	report, err := compare.Compare(ctx, a.source, b.source, options)
	progress.clear()
	a.done()
	b.done()
	var fault *compare.SideError
	if errors.As(err, &fault) {
		argument := before
		p.opened = a.source
		if fault.Side == compare.SideB {
			argument, p.opened = after, b.source
		}
		if _, isFinding := diagnostic.From(err); isFinding {
			p.remark("packstage: %s cannot be compared:", argument)
		}
		return fault.Err
	}
	if err != nil {
		return err
	}
	return p.printDiff(report, flags)
}

// diffConfigs reads the files of --config.
func (p *program) diffConfigs(command *cobra.Command, files []string) ([]compare.NamedConfig, error) {
	var configs []compare.NamedConfig
	var found diagnostic.Diagnostics
	for i, file := range files {
		if slices.Contains(files[:i], file) {
			return nil, usagef("--config %s is there twice", file)
		}
		input, err := p.readInput(command.Context(), file)
		if err != nil {
			return nil, err
		}
		config, faults := manifest.DecodeConfig(input.name, input.data)
		found = append(found, faults...)
		configs = append(configs, compare.NamedConfig{Name: input.name, Config: config})
	}
	if found.HasErrors() {
		return nil, found.Sorted()
	}
	return configs, nil
}

// printDiff prints the report and says by its error what the program exits with.
func (p *program) printDiff(report *compare.Report, flags *diffFlags) error {
	err := p.result(func(w io.Writer) error {
		switch flags.output.value {
		case "json":
			return printJSON(w, diffResult{SchemaVersion: schemaVersion, Report: report})
		case "markdown":
			return compare.Markdown(w, report)
		default:
			return compare.Human(w, report, compare.HumanOptions{
				Color: p.coloredOn(p.Stdout), Compatible: flags.all, Hidden: hiddenChanges,
			})
		}
	})
	if err != nil {
		return err
	}
	if flags.output.value == "human" {
		p.opened = nil // there are two packages, and findings about both
		if err := p.printFindings(report.Findings); err != nil {
			return err
		}
	}
	if report.Findings.HasErrors() {
		return errReported
	}
	switch flags.exitCode.value {
	case exitAny:
		if report.Different() {
			return errReported
		}
	case exitNotable:
		if report.Verdict == compare.Notable || report.Verdict == compare.Breaking {
			return errReported
		}
	case exitBreaking:
		if report.Verdict == compare.Breaking {
			return errReported
		}
	}
	return nil
}

func hiddenChanges(changes int) string {
	if changes == 1 {
		return "1 compatible change is not shown; --all shows it"
	}
	return fmt.Sprintf("%d compatible changes are not shown; --all shows them", changes)
}

// diffResult is what "diff --output json" prints.
type diffResult struct {
	SchemaVersion int `json:"schemaVersion"`
	*compare.Report
}

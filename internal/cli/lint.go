package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/author/lint"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packageloader"
)

// lintFlags say what lint looks for, and what becomes of what it finds.
type lintFlags struct {
	targetFlags
	only, disable           []string
	fix, diff, strict, list bool
	explain                 string
	output                  choice
}

func (f *lintFlags) add(command *cobra.Command) {
	f.output = oneOf("human", "json", "sarif", "junit")
	flags := command.Flags()
	flags.StringSliceVar(&f.only, "only", nil, "run the rule `CODE` only; repeat it for more")
	flags.StringSliceVar(&f.disable, "disable", nil, "leave the rule `CODE` out; repeat it for more")
	flags.BoolVar(&f.fix, "fix", false, "mend what can be mended safely")
	flags.BoolVar(&f.diff, "diff", false, "print what --fix would change, and write nothing")
	flags.BoolVar(&f.strict, "warnings-as-errors", false, "exit with 1 for warnings, too")
	flags.BoolVar(&f.list, "rules", false, "list the rules")
	flags.StringVar(&f.explain, "explain", "", "say what the rule `CODE` means")
	choiceFlag(command, &f.output, "output", "o", "form of the findings, or of the list of rules (human, json)")
	f.targetFlags.add(command)
	for _, name := range []string{"only", "disable", "explain"} {
		_ = command.RegisterFlagCompletionFunc(name, completeRules)
	}
}

func (f *lintFlags) validate(args []string) error {
	asksAboutRules := f.list || f.explain != ""
	switch {
	case f.list && f.explain != "":
		return usagef("--rules lists all rules, --explain is about one")
	case asksAboutRules && len(args) > 0:
		return usagef("--rules and --explain are about rules, not about %s", args[0])
	case asksAboutRules && (f.fix || f.diff):
		return usagef("--rules and --explain change nothing")
	case asksAboutRules && (f.output.value == "sarif" || f.output.value == "junit"):
		return usagef("rules are listed for people and as JSON")
	case !asksAboutRules && len(args) == 0:
		return usagef("missing argument: packstage lint TARGET")
	case f.diff && f.output.value != "human":
		return usagef("--diff prints the changes; --output %s is for findings", f.output.value)
	}
	return nil
}

func (p *program) lintCommand() *cobra.Command {
	var flags lintFlags
	command := &cobra.Command{
		Use:   "lint TARGET",
		Short: "Look for what will not work, or not for long",
		Long: `Look for what is allowed and will not work, or not for long: objects that come before
what they need, selectors that match nothing, secrets in plain text, APIs that
Kubernetes does not have any more, configuration that nobody reads, and so on. The
package and all its components are rendered with all test cases, those of
.packstage/test.yaml included.

Rules are turned off, and findings ignored, in .packstage/lint.yaml, or by a comment at
the line: # packstage:ignore CODE reason.

--fix changes the files so that they render the same as before, except for what the
fix says; a fix that would do more is refused.

Human findings go to the standard error. The other forms are the result and go
to the standard output. The exit code is 1 where there are errors.`,
		Example: `  packstage lint ./shop
  packstage lint ./shop --fix --diff
  packstage lint ./shop --output sarif > lint.sarif
  packstage lint --explain order-namespace`,
		Args: arguments(0, 1),
		RunE: func(command *cobra.Command, args []string) error {
			if err := flags.validate(args); err != nil {
				return err
			}
			if flags.list || flags.explain != "" {
				return p.printRules(&flags)
			}
			return p.lint(command.Context(), args[0], &flags)
		},
	}
	flags.add(command)
	return command
}

func (p *program) lint(ctx context.Context, argument string, flags *lintFlags) error {
	found, err := parseTarget(argument)
	if err != nil {
		return err
	}
	if (flags.fix || flags.diff) && found.kind != folderTarget {
		return usagef("--fix changes the folder of a package; %s is %s", argument, found.kind.withArticle())
	}
	source, done, err := flags.open(p, argument)
	if err != nil {
		return err
	}
	defer done()
	author, closeAuthor, err := p.openAuthor(found, flags.followLinks)
	if err != nil {
		return err
	}
	defer closeAuthor()
	options := lint.Options{Author: author, Only: codes(flags.only), Disable: codes(flags.disable)}
	var result *lint.Result
	if flags.fix || flags.diff {
		result, err = p.fix(ctx, source, found.path, options, flags)
	} else {
		result, err = lint.Run(ctx, source, options)
	}
	var unknown *lint.UnknownRuleError
	if errors.As(err, &unknown) {
		return usagef("%w", unknown)
	}
	if err != nil {
		return err
	}
	return p.printLint(argument, result, flags)
}

func codes(texts []string) []diagnostic.Code {
	var all []diagnostic.Code
	for _, text := range texts {
		all = append(all, diagnostic.Code(strings.TrimSpace(text)))
	}
	return all
}

// fix mends what it can, or shows how, and returns what is left. Where nothing is
// written, that is all there is.
func (p *program) fix(ctx context.Context, source packageloader.Source, folder string, options lint.Options, flags *lintFlags) (*lint.Result, error) {
	fixed, err := lint.FindFixes(ctx, source, options)
	if err != nil {
		return nil, err
	}
	for _, finding := range fixed.Refused {
		p.remark("not mended, since more would change than that: %s", finding.Error())
	}
	if flags.diff {
		err := p.result(func(w io.Writer) error {
			for _, change := range fixed.Changes {
				if _, err := io.WriteString(w, change.Diff()); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		if len(fixed.Changes) == 0 {
			p.remark("--fix would change nothing")
		}
		return lint.Run(ctx, source, options)
	}
	if err := fixed.Write(folder); err != nil {
		return nil, err
	}
	for _, finding := range fixed.Mended {
		p.remark("mended: %s", finding.Error())
	}
	if fixed.Result != nil && len(fixed.Changes) > 0 {
		// What was read is not what is there now.
		source = p.record(packageloader.FromFolder(folder, packageloader.FolderOptions{FollowLinks: flags.followLinks}))
		return lint.Run(ctx, source, options)
	}
	return fixed.Result, nil
}

func (p *program) printLint(argument string, result *lint.Result, flags *lintFlags) error {
	found := result.Diagnostics()
	if err := p.printValidation(argument, flags.output.value, found); err != nil {
		return err
	}
	if found.HasErrors() || flags.strict && len(found.WithSeverity(diagnostic.Warning)) > 0 {
		return errReported
	}
	if flags.output.value == "human" && !flags.diff && !p.quiet && len(found) == 0 {
		return p.result(func(w io.Writer) error {
			_, err := fmt.Fprintf(w, "%s: nothing found%s\n", argument, lintScope(result))
			return err
		})
	}
	return nil
}

// lintScope says what was looked at.
func lintScope(result *lint.Result) string {
	text := fmt.Sprintf(" in %d cases", result.Cases)
	if result.Cases == 1 {
		text = " in 1 case"
	}
	switch result.Silenced {
	case 0:
	case 1:
		text += ", 1 finding is ignored"
	default:
		text += fmt.Sprintf(", %d findings are ignored", result.Silenced)
	}
	return text
}

// secretPlaces tells which lines have secrets, by findings about them. They are not
// shown: what is printed may be kept by others for long.
func secretPlaces(found diagnostic.Diagnostics) func(diagnostic.Position) bool {
	type place struct {
		file string
		line int
	}
	secret := map[place]bool{}
	for _, d := range found {
		if d.Code == lint.SecretInPlainText {
			secret[place{d.Position.File, d.Position.Line}] = true
		}
	}
	return func(position diagnostic.Position) bool { return secret[place{position.File, position.Line}] }
}

package cli

import (
	"fmt"
	"io"
	"path"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/diagnostic/report"
	"github.com/packstage/packstage/packageloader"
)

func (p *program) validateCommand() *cobra.Command {
	var (
		target  targetFlags
		schemas = schemaFlags{asWarnings: true}
		strict  bool
	)
	output := oneOf("human", "json", "sarif", "junit")
	command := &cobra.Command{
		Use:   "validate TARGET",
		Short: "Check a package as for its author",
		Long: `Check a package as for its author: manifest, lock, configuration schema,
templates, objects, of the package and of all its components. The package is
rendered with each of the test cases in its manifest, or without any with the
defaults in each scope, and the objects are checked against the schemas of their
kinds: those of Kubernetes, which the program carries, of custom resources in the
package and in its folder, and of --schema. Nothing is fetched. What a schema has
against an object is a warning here, since whoever loads the package does not ask
it; --warnings-as-errors makes it count.

Human findings go to the standard error. The other forms are the result and go
to the standard output. The exit code is 1 where there are errors.`,
		Example: `  packstage validate ./shop
  packstage validate ./shop --kubernetes-version 1.36 --schema ./crds
  packstage validate ./shop --output sarif > findings.sarif`,
		Args: arguments(1, 1),
		RunE: func(command *cobra.Command, args []string) error {
			source, done, err := target.open(p, args[0])
			if err != nil {
				return err
			}
			defer done()
			rules, remarks, err := schemas.rules(command.Context(), args[0])
			if err != nil {
				return err
			}
			found, err := packageloader.Validate(command.Context(), source, packageloader.Options{Rules: rules})
			if err != nil {
				return err
			}
			found = append(remarks, found...).Sorted()
			if err := p.printValidation(args[0], output.value, found); err != nil {
				return err
			}
			if found.HasErrors() || strict && len(found.WithSeverity(diagnostic.Warning)) > 0 {
				return errReported
			}
			if output.value == "human" && !p.quiet {
				return p.result(func(w io.Writer) error {
					_, err := fmt.Fprintf(w, "%s is valid\n", args[0])
					return err
				})
			}
			return nil
		},
	}
	choiceFlag(command, &output, "output", "o", "form of the findings")
	command.Flags().BoolVar(&strict, "warnings-as-errors", false, "exit with 1 for warnings, too")
	schemas.add(command)
	target.add(command)
	return command
}

func (p *program) printValidation(argument, form string, found diagnostic.Diagnostics) error {
	switch form {
	case "json":
		return p.result(func(w io.Writer) error { return report.JSON(w, found, report.JSONOptions{}) })
	case "sarif":
		return p.result(func(w io.Writer) error { return p.printSARIF(w, argument, found) })
	case "junit":
		return p.result(func(w io.Writer) error { return report.JUnit(w, found, report.JUnitOptions{}) })
	default:
		return p.printFindings(found)
	}
}

// printSARIF writes the findings with paths from the working folder, which for
// code scanning is the root of the repository.
func (p *program) printSARIF(w io.Writer, argument string, found diagnostic.Diagnostics) error {
	options := report.SARIFOptions{ToolVersion: p.programVersion().Version, HelpURI: helpURI, Describe: describeRule}
	files := p.opened.files()
	if files != nil {
		found = inPackage(found, files)
		options.Sources = p.sourceFile
	}
	if parsed, err := parseTarget(argument); err == nil && parsed.kind == folderTarget {
		folder := filepath.ToSlash(filepath.Clean(parsed.path))
		options.Path = func(file string) string { return path.Join(folder, file) }
	}
	return report.SARIF(w, found, options)
}

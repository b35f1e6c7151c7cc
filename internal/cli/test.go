package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/author/testrun"
	"github.com/packstage/packstage/packageloader"
)

// testFlags say which test cases are run, and what becomes of the results.
type testFlags struct {
	targetFlags
	schemas                     schemaFlags
	coverage                    coverageFlags
	run, component              string
	update, requireCases, watch bool
	output                      choice

	only *regexp.Regexp
}

func (f *testFlags) add(command *cobra.Command) {
	f.output = oneOf("human", "json", "junit")
	flags := command.Flags()
	flags.StringVar(&f.run, "run", "", "run the cases whose names match `REGEXP` only")
	completeFromPackage(command, "run", caseNames)
	flags.StringVar(&f.component, "component", "", "test one component of a multi-component package, by `NAME`, only")
	completeFromPackage(command, "component", componentNames)
	flags.BoolVar(&f.update, "update", false, "write golden files anew, and remove those that belong to nothing")
	flags.BoolVar(&f.requireCases, "require-cases", false, "exit with 1 where the package or a component has no test case")
	flags.BoolVar(&f.watch, "watch", false, "run again whenever a file changes, until interrupted")
	choiceFlag(command, &f.output, "output", "o", "form of the results")
	f.coverage.add(command)
	f.schemas.add(command)
	f.targetFlags.add(command)
}

// check checks what can be checked before anything is read.
func (f *testFlags) check(target target) error {
	if f.run != "" {
		only, err := regexp.Compile(f.run)
		if err != nil {
			return usagef("--run: %w", err)
		}
		f.only = only
	}
	switch {
	case f.update && target.kind != folderTarget:
		return usagef("--update writes into the folder of a package; %s is %s", target.describe(), target.kind.withArticle())
	case f.watch && target.kind != folderTarget:
		return usagef("--watch watches the folder of a package; %s is %s", target.describe(), target.kind.withArticle())
	case f.watch && f.output.value != "human":
		return usagef("--watch prints for people; --output %s is for a single run", f.output.value)
	}
	return nil
}

// describe is the target as the user wrote it.
func (t target) describe() string {
	if t.kind == registryTarget {
		return t.reference
	}
	return t.path
}

func (p *program) testCommand() *cobra.Command {
	var flags testFlags
	command := &cobra.Command{
		Use:   "test TARGET",
		Short: "Run the test cases of a package",
		Long: `Run the test cases of a package and of all its components: those of test.template
in the manifest and those of .packstage/test.yaml, in all environments. Each case is
rendered twice, in different orders of its files, and must

  - render the same both times, or fail as it is expected to;
  - render what its golden files say (.test-fixtures/CASE, .packstage/golden/CASE);
  - meet its assertions;
  - make objects that fit the schemas of their kinds, as in "packstage validate".

--update writes the golden files. Nothing is written without it. Of a package that is
not a folder, the cases of the manifest are rendered: it has no golden files.

--coverage says which parts of the templates no case reaches.

The results go to the standard output. The exit code is 1 where a case fails.`,
		Example: `  packstage test ./shop
  packstage test ./shop --update --run '^large$'
  packstage test ./shop --watch
  packstage test ./shop --coverage --coverage-min 90
  packstage test ./shop --output junit > tests.xml`,
		Args: arguments(1, 1),
		RunE: func(command *cobra.Command, args []string) error {
			found, err := parseTarget(args[0])
			if err != nil {
				return err
			}
			if err := flags.check(found); err != nil {
				return err
			}
			if flags.watch {
				return p.watchTests(command.Context(), args[0], found.path, &flags)
			}
			failed, err := p.runTests(command.Context(), args[0], &flags)
			if err == nil && failed {
				return errReported
			}
			return err
		},
	}
	flags.add(command)
	return command
}

// runTests runs the tests once and prints the results.
func (p *program) runTests(ctx context.Context, argument string, flags *testFlags) (failed bool, err error) {
	source, done, err := flags.open(p, argument)
	if err != nil {
		return false, err
	}
	defer done()
	found, err := parseTarget(argument)
	if err != nil {
		return false, err
	}
	author, closeAuthor, err := p.openAuthor(found, flags.followLinks)
	if err != nil {
		return false, err
	}
	defer closeAuthor()
	rules, remarks, err := flags.schemas.rules(ctx, argument)
	if err != nil {
		return false, err
	}
	options := testrun.Options{
		Author: author, Compile: packageloader.Options{Rules: rules},
		Only: flags.only, Component: flags.component, RequireCases: flags.requireCases,
		Coverage: flags.coverage.wanted(),
	}
	if flags.update {
		options.UpdateFolder = found.path
	}
	progress := p.newTestProgress()
	options.Progress = progress.update
	report, err := testrun.Run(ctx, source, options)
	progress.clear()
	if errors.Is(err, testrun.ErrNoMatch) {
		return false, usagef("--run: %w", err)
	}
	if err != nil {
		return false, err
	}
	report.Findings = append(remarks, report.Findings...).Sorted()
	if err := flags.coverage.apply(p, report); err != nil {
		return false, err
	}
	printer := testPrinter{program: p, report: report, folder: found.describe(), coverageTable: flags.coverage.table, updating: flags.update}
	return report.Failed(), p.result(printer.form(flags.output.value))
}

// author returns the folder in which the author of a package works, with its hidden
// files, or nil for what is no folder. Links that lead out of it are followed only if
// that is asked for.
func (t target) author(followLinks bool) (fs.FS, func(), error) {
	if t.kind != folderTarget {
		return nil, func() {}, nil
	}
	if followLinks {
		return os.DirFS(t.path), func() {}, nil
	}
	root, err := os.OpenRoot(t.path)
	if err != nil {
		return nil, nil, fmt.Errorf("open the folder: %w", err)
	}
	return root.FS(), func() { _ = root.Close() }, nil
}

// inFolder is a path of the package as the user reaches it.
func inFolder(folder, component, name string) string {
	var parts []string
	if component != "" {
		parts = []string{"components", component}
	}
	return filepath.Join(append(append([]string{folder}, parts...), filepath.FromSlash(name))...)
}

// openAuthor opens the author's folder of the package that the run is about.
func (p *program) openAuthor(found target, followLinks bool) (fs.FS, func(), error) {
	author, done, err := found.author(followLinks)
	if err == nil {
		p.author = author
	}
	return author, done, err
}

// suiteName is what people call a suite: the package, or the package and the component.
func suiteName(root string, suite testrun.Suite) string {
	if suite.Component == "" {
		return suite.Package
	}
	return strings.TrimPrefix(root+"/"+suite.Component, "/")
}

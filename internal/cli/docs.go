package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/author/docs"
	"github.com/packstage/packstage/author/matrix"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/atomicfile"
)

// docsFlags say what is written about a package, and where to.
type docsFlags struct {
	target                  targetFlags
	readme, html, catalogue string
	index                   string
	insert, check, describe bool
	output                  choice
}

// printedDocument is what "docs --output json" prints.
type printedDocument struct {
	SchemaVersion int `json:"schemaVersion"`
	*docs.Document
}

func (p *program) docsCommand() *cobra.Command {
	flags := &docsFlags{output: oneOf("markdown", "json")}
	command := &cobra.Command{
		Use:   "docs TARGET",
		Short: "Write a README section, a page or a catalogue of packages",
		Long: `Write what there is to say about a package: configuration, phases, objects over all
test cases, permissions, images, probes, requirements and dependencies, of the package
and of its components.

Without a flag the section is printed as Markdown, and with --output json everything
that is in it, as an object. --readme keeps it in a file, between
the lines ` + docs.BeginMark + ` and ` + docs.EndMark + `; everything else in
the file stays as it is. --insert appends them to a file that does not have them.
--check writes nothing, and exits with 1 where the section is not current.

--html writes a page that needs nothing but itself: it can be searched, shows phases
and rendered objects, and has a form that makes a configuration file. Of a package in a
registry it lists the versions; --index gives those of an index.

--catalogue writes such a page of many packages. The targets are then an index (a .yaml
file or an image) or packages.`,
		Example: `  packstage docs ./shop
  packstage docs ./shop --readme README.md
  packstage docs ./shop --readme README.md --check
  packstage docs ./shop --html shop.html
  packstage docs --catalogue catalogue.html packages.yaml`,
		Args: func(command *cobra.Command, args []string) error {
			if flags.catalogue != "" {
				return arguments(1, 1000)(command, args)
			}
			return arguments(1, 1)(command, args)
		},
		RunE: func(command *cobra.Command, args []string) error {
			if err := flags.fit(); err != nil {
				return err
			}
			ctx := command.Context()
			switch {
			case flags.catalogue != "":
				return p.writeCatalogue(ctx, flags, args)
			case flags.html != "":
				return p.writePage(ctx, flags, args[0])
			}
			document, err := p.document(ctx, &flags.target, args[0])
			if err != nil {
				return err
			}
			if flags.output.value == "json" {
				return p.result(func(w io.Writer) error { return printJSON(w, printedDocument{schemaVersion, document}) })
			}
			section := docs.Section(document, docs.SectionOptions{})
			if flags.readme == "" {
				return p.result(func(w io.Writer) error { _, err := w.Write(section); return err })
			}
			return p.keepSection(flags, args[0], document.Root().Name, section)
		},
	}
	choiceFlag(command, &flags.output, "output", "o", "form of what is printed")
	add := command.Flags()
	add.StringVar(&flags.readme, "readme", "", "keep the section in a `FILE`, between its marks")
	add.BoolVar(&flags.insert, "insert", false, "with --readme: append section and marks to a file without marks")
	add.BoolVar(&flags.check, "check", false, "with --readme: write nothing, exit with 1 where the section is not current")
	add.StringVar(&flags.html, "html", "", "write a page of the package to `FILE`; - is the standard output")
	add.StringVar(&flags.catalogue, "catalogue", "", "write a page of many packages to `FILE`; - is the standard output")
	add.StringVar(&flags.index, "index", "", "with --html: list the versions that an `INDEX` has (a .yaml file or an image)")
	add.BoolVar(&flags.describe, "describe", false, "with --catalogue: ask the registry for the descriptions of what an index lists")
	_ = command.MarkFlagFilename("readme", "md")
	_ = command.MarkFlagFilename("html", "html")
	_ = command.MarkFlagFilename("catalogue", "html")
	flags.target.add(command)
	return command
}

// fit refuses flags that do not go together.
func (f *docsFlags) fit() error {
	forms := 0
	for _, form := range []string{f.readme, f.html, f.catalogue} {
		if form != "" {
			forms++
		}
	}
	switch {
	case forms > 1:
		return usagef("--readme, --html and --catalogue do not go together")
	case forms > 0 && f.output.value != "markdown":
		return usagef("--output is for what is printed: it does not go with --readme, --html and --catalogue")
	case f.readme == "" && (f.insert || f.check):
		return usagef("--insert and --check belong to --readme")
	case f.insert && f.check:
		return usagef("--insert and --check do not go together")
	case f.catalogue == "" && f.describe:
		return usagef("--describe belongs to --catalogue")
	case f.html == "" && f.index != "":
		return usagef("--index belongs to --html")
	default:
		return nil
	}
}

// suites opens a target with its test cases; those of a folder also with the ones of
// its author. Warnings are printed. What cannot be compiled is the error.
func (p *program) suites(ctx context.Context, flags *targetFlags, argument string) ([]*matrix.Suite, error) {
	found, err := parseTarget(argument)
	if err != nil {
		return nil, err
	}
	source, done, err := flags.open(p, argument)
	if err != nil {
		return nil, err
	}
	defer done()
	options := matrix.Options{}
	if found.kind == folderTarget {
		options.Author = os.DirFS(found.path)
	}
	suites, findings, err := matrix.Open(ctx, source, options)
	if err != nil {
		return nil, err
	}
	if findings.HasErrors() {
		return nil, findings
	}
	return suites, p.printFindings(findings)
}

// document makes the document of a target.
func (p *program) document(ctx context.Context, flags *targetFlags, argument string) (*docs.Document, error) {
	suites, err := p.suites(ctx, flags, argument)
	if err != nil {
		return nil, err
	}
	document, findings, err := docs.New(ctx, suites)
	if err != nil {
		return nil, err
	}
	if findings.HasErrors() {
		return nil, findings
	}
	return document, p.printFindings(findings)
}

// keepSection puts the section into a README, or looks whether it is there.
func (p *program) keepSection(flags *docsFlags, target, name string, section []byte) error {
	before, err := os.ReadFile(flags.readme)
	if errors.Is(err, fs.ErrNotExist) && flags.insert {
		err = nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w; --insert makes the file", err)
	}
	if err != nil {
		return err
	}
	after, err := docs.Replace(flags.readme, before, section)
	if errors.Is(err, docs.ErrNoMarks) {
		if !flags.insert {
			return diagnostic.Diagnostics{{
				Code: diagnostic.DocsMarks, Severity: diagnostic.Error, Position: diagnostic.Position{File: flags.readme},
				Message: "there are no marks for the section",
				Hint:    fmt.Sprintf("--insert appends them; or write the lines %s and %s where it belongs", docs.BeginMark, docs.EndMark),
			}}
		}
		after, err = docs.Insert(before, section, name), nil
	}
	if err != nil {
		return err
	}
	switch {
	case bytes.Equal(before, after):
		p.remark("%s is current", flags.readme)
		return nil
	case flags.check:
		return diagnostic.Diagnostics{{
			Code: diagnostic.DocsStale, Severity: diagnostic.Error,
			Position: diagnostic.Position{File: flags.readme, Line: firstDifference(before, after)},
			Message:  "the section is not what the package says now",
			Hint:     fmt.Sprintf("packstage docs %s --readme %s writes it", target, flags.readme),
		}}
	}
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(flags.readme); err == nil {
		mode = info.Mode().Perm()
	}
	if err := atomicfile.WriteFile(flags.readme, mode, func(w io.Writer) error { _, err := w.Write(after); return err }); err != nil {
		return err
	}
	p.remark("wrote %s", flags.readme)
	return nil
}

// firstDifference is the number of the first line that differs.
func firstDifference(a, b []byte) int {
	line := 1
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			break
		}
		if a[i] == '\n' {
			line++
		}
	}
	return line
}

// writeFile writes a result to a file, or to the standard output.
func (p *program) writeFile(path string, write func(io.Writer) error) error {
	if path == "-" {
		return p.result(write)
	}
	if err := atomicfile.WriteFile(path, 0o644, write); err != nil {
		return err
	}
	p.remark("wrote %s", path)
	return nil
}

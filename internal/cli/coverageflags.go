package cli

import (
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/author/coverage"
	"github.com/packstage/packstage/author/testrun"
	"github.com/packstage/packstage/internal/atomicfile"
)

// coverageFlags say what becomes of the coverage of templates.
type coverageFlags struct {
	table         bool
	minimum       percentage
	html, profile string
}

func (f *coverageFlags) add(command *cobra.Command) {
	flags := command.Flags()
	flags.BoolVar(&f.table, "coverage", false, "print which parts of the templates the cases reach")
	flags.Var(&f.minimum, "coverage-min", "exit with 1 where the cases reach less than `PERCENT` of all points")
	flags.StringVar(&f.html, "coverage-html", "", "write a page with the templates and what the cases reach to `FILE`")
	flags.StringVar(&f.profile, "coverage-profile", "", "write what the cases reach as JSON to `FILE`")
	_ = command.MarkFlagFilename("coverage-html", "html")
	_ = command.MarkFlagFilename("coverage-profile", "json")
}

// wanted tells whether coverage is to be recorded.
func (f *coverageFlags) wanted() bool {
	return f.table || f.minimum.set || f.html != "" || f.profile != ""
}

// apply adds what is wrong to the report, and writes the files.
func (f *coverageFlags) apply(p *program, report *testrun.Report) error {
	if report.Coverage == nil {
		return nil
	}
	if f.minimum.set {
		report.Findings = append(report.Findings, report.Coverage.Check(f.minimum.value)...).Sorted()
	}
	files := []struct {
		path  string
		write func(io.Writer) error
	}{
		{f.html, func(w io.Writer) error {
			return report.Coverage.WritePage(w, coverage.SourcesOf(report.Packages...))
		}},
		{f.profile, func(w io.Writer) error {
			_, err := w.Write(report.Coverage.Encode())
			return err
		}},
	}
	for _, file := range files {
		if file.path == "" {
			continue
		}
		if err := atomicfile.WriteFile(file.path, 0o644, file.write); err != nil {
			return fmt.Errorf("write the coverage: %w", err)
		}
		p.remark("wrote %s", file.path)
	}
	return nil
}

// percentage is a flag that takes a number from 0 to 100.
type percentage struct {
	value float64
	set   bool
}

// String implements pflag.Value.
func (p *percentage) String() string {
	if !p.set {
		return ""
	}
	return strconv.FormatFloat(p.value, 'g', -1, 64)
}

// Type implements pflag.Value.
func (p *percentage) Type() string { return "PERCENT" }

// Set implements pflag.Value.
func (p *percentage) Set(text string) error {
	value, err := strconv.ParseFloat(text, 64)
	if err != nil || !(value >= 0 && value <= 100) {
		return errors.New("it is a number from 0 to 100")
	}
	p.value, p.set = value, true
	return nil
}

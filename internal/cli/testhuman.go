package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/packstage/packstage/author/golden"
	"github.com/packstage/packstage/author/testrun"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/diagnostic/report"
	"github.com/packstage/packstage/internal/linediff"
)

// human prints results for people: cases that failed with all that is known about
// them, a line for each suite, and a summary.
func (t *testPrinter) human(w io.Writer) error {
	out := &testWriter{w: w, color: t.program.coloredOn(t.program.Stdout)}
	root := t.rootName()
	for _, suite := range t.report.Suites {
		for _, c := range suite.Cases {
			t.testCase(out, suiteName(root, suite), suite.Component, c)
		}
	}
	findings := t.located(t.report.Findings)
	if t.program.quiet {
		findings = findings.WithSeverity(diagnostic.Error)
	}
	t.findings(out, findings)
	if t.program.quiet && !t.report.Failed() {
		return out.err
	}
	for _, suite := range t.report.Suites {
		totals := suite.Totals()
		switch {
		case totals.Failed > 0:
			out.paint(failStyle, "FAIL")
			out.line("  %s: %d of %s failed", suiteName(root, suite), totals.Failed, counted(totals.Cases, "case"))
		case totals.Cases == 0:
			out.line("none  %s: no case", suiteName(root, suite))
		default:
			out.paint(passStyle, "ok")
			out.line("    %s: %s", suiteName(root, suite), counts(totals))
		}
	}
	t.coverage(out)
	t.summary(out)
	return out.err
}

// coverage prints what the cases reach, and the first places that they do not.
func (t *testPrinter) coverage(out *testWriter) {
	if out.err != nil || !t.coverageTable || t.report.Coverage == nil {
		return
	}
	const most = 20
	out.write("\n")
	out.err = t.report.Coverage.WriteTable(out.w)
	out.write("\n")
	missed := t.located(t.report.Coverage.Findings())
	for i, d := range missed {
		if i == most {
			out.line("%d more; --coverage-html FILE shows all", len(missed)-most)
			break
		}
		out.line("%s: %s", d.Position, d.Message)
	}
	if len(missed) > 0 {
		out.write("\n")
	}
}

// testCase prints a case that failed, or whose golden files were written.
func (t *testPrinter) testCase(out *testWriter, suite, component string, c testrun.Case) {
	if c.Updated {
		for _, d := range c.Differences {
			verb := "wrote"
			if d.Kind == golden.Superfluous {
				verb = "removed"
			}
			out.line("%s %s", verb, inFolder(t.folder, component, c.Golden+"/"+d.Path))
		}
	}
	if !c.Failed() {
		return
	}
	out.paint(failStyle, "FAIL")
	out.line("  %s: case %q (%s)", suite, c.Name, t.place(component, c))
	if c.Updated || allMissing(c) {
		t.newFindings(out, c.Name, c.Findings)
		return
	}
	// A difference says what its finding says.
	t.newFindings(out, c.Name, slices.DeleteFunc(slices.Clone(c.Findings), func(d diagnostic.Diagnostic) bool {
		return strings.HasPrefix(string(d.Code), "golden-")
	}))
	for _, d := range c.Differences {
		t.differs = true
		out.diff(d, inFolder(t.folder, component, c.Golden+"/"+d.Path))
	}
}

// place is where a case is written.
func (t *testPrinter) place(component string, c testrun.Case) string {
	position := t.position(component, c)
	position.Column = 0
	return position.String()
}

// allMissing tells whether a case has no golden files at all, which one finding says.
func allMissing(c testrun.Case) bool {
	return len(c.Differences) == c.GoldenFiles &&
		!slices.ContainsFunc(c.Differences, func(d golden.Difference) bool { return d.Kind != golden.Missing })
}

// newFindings prints findings of a case, but names the first case of those that another
// case has, too: what is wrong with a template is wrong in all cases.
func (t *testPrinter) newFindings(out *testWriter, name string, found diagnostic.Diagnostics) {
	if t.shown == nil {
		t.shown = map[string]string{}
	}
	var fresh diagnostic.Diagnostics
	var same []string
	for _, d := range found {
		key := fmt.Sprint(d.Component, d.Position, d.Code, d.Field, d.Message, d.Hint)
		switch first, ok := t.shown[key]; {
		case !ok:
			t.shown[key] = name
			fresh = append(fresh, d)
		case first == name:
			fresh = append(fresh, d)
		case !slices.Contains(same, first):
			same = append(same, first)
		}
	}
	t.findings(out, fresh)
	for _, first := range same {
		also := "the same as in case %q"
		if len(fresh) > 0 {
			also = "and the same as in case %q"
		}
		out.line(also, first)
	}
	if len(same) > 0 {
		out.write("\n")
	}
}

func (t *testPrinter) findings(out *testWriter, found diagnostic.Diagnostics) {
	if out.err != nil || len(found) == 0 {
		return
	}
	width, _ := terminalWidth(t.program.Stdout)
	out.err = report.Human(out.w, t.located(found), report.HumanOptions{
		Color: out.color, Width: width, NoSummary: true, Sources: t.program.sourceFile,
	})
}

func (t *testPrinter) summary(out *testWriter) {
	totals := t.report.Totals()
	if t.differs && !t.updating {
		out.line("where the differences are meant, packstage test %s --update writes the golden files", t.folder)
	}
	if totals.Updated+totals.Removed > 0 {
		out.line("%s written, %d removed", counted(totals.Updated, "golden file"), totals.Removed)
	}
	errors := len(t.report.Findings.WithSeverity(diagnostic.Error))
	switch {
	case totals.Failed > 0 && errors > 0:
		out.line("%d of %s failed, and %s in the package", totals.Failed, counted(totals.Cases, "case"), counted(errors, "error"))
	case totals.Failed > 0:
		out.line("%d of %s failed", totals.Failed, counted(totals.Cases, "case"))
	case errors > 0:
		out.line("%s in the package", counted(errors, "error"))
	case totals.Cases == 0:
		out.line("no case was run")
	default:
		out.line("%s passed", counted(totals.Cases, "case"))
	}
}

// counts says what was looked at in a suite that is fine.
func counts(t testrun.Totals) string {
	parts := []string{counted(t.Cases, "case")}
	if t.GoldenFiles > 0 {
		parts = append(parts, counted(t.GoldenFiles, "golden file"))
	}
	if t.Assertions > 0 {
		parts = append(parts, counted(t.Assertions, "assertion"))
	}
	return strings.Join(parts, ", ")
}

// Styles of a terminal.
const (
	failStyle    = "1;31"
	passStyle    = "1;32"
	removedStyle = "31"
	addedStyle   = "32"
	hunkStyle    = "36"
	boldStyle    = "1"
)

// testWriter writes lines until the first error.
type testWriter struct {
	w     io.Writer
	color bool
	err   error
}

func (o *testWriter) line(format string, arguments ...any) {
	o.write(printable(fmt.Sprintf(format, arguments...)) + "\n")
}

// paint writes a text that is our own in a style.
func (o *testWriter) paint(style, text string) {
	if o.color {
		text = "\x1b[" + style + "m" + text + "\x1b[0m"
	}
	o.write(text)
}

func (o *testWriter) write(text string) {
	if o.err == nil {
		_, o.err = io.WriteString(o.w, text)
	}
}

// diff writes a difference, with colours for what is removed and added.
func (o *testWriter) diff(d golden.Difference, file string) {
	old, new := file, d.Source+" (rendered)"
	switch d.Kind {
	case golden.Missing:
		old = "/dev/null (there is no golden file)"
	case golden.Superfluous:
		new = "/dev/null (nothing is rendered there)"
	}
	for i, line := range strings.Split(strings.TrimSuffix(linediff.Unified(old, new, d.Golden, d.Rendered), "\n"), "\n") {
		style := ""
		switch {
		case i < 2:
			style = boldStyle
		case strings.HasPrefix(line, "-"):
			style = removedStyle
		case strings.HasPrefix(line, "+"):
			style = addedStyle
		case strings.HasPrefix(line, "@"):
			style = hunkStyle
		}
		parts := strings.Split(line, "\t") // a tab does no harm
		for i := range parts {
			parts[i] = printable(parts[i])
		}
		if line = strings.Join(parts, "\t"); style == "" {
			o.write(line)
		} else {
			o.paint(style, line)
		}
		o.write("\n")
	}
	o.write("\n")
}

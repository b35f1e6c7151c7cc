package testrun

import (
	"fmt"
	"slices"

	"github.com/packstage/packstage/author/coverage"
	"github.com/packstage/packstage/author/matrix"
	"github.com/packstage/packstage/diagnostic"
)

// ofComponent leaves the suite and the findings of one component.
func ofComponent(suites []*matrix.Suite, found diagnostic.Diagnostics, component string) ([]*matrix.Suite, diagnostic.Diagnostics) {
	var chosen []*matrix.Suite
	var known []string
	for _, suite := range suites {
		if suite.Package.Component == component {
			chosen = append(chosen, suite)
		}
		if suite.Package.Component == "" {
			known = suite.Package.Components
		}
	}
	var about diagnostic.Diagnostics
	for _, d := range found {
		if d.Component == component {
			about = append(about, d)
		}
	}
	switch {
	case len(chosen) > 0 || about.HasErrors():
		return chosen, about
	case len(suites) == 0:
		return nil, found
	default:
		return nil, append(about, diagnostic.Diagnostic{
			Code: diagnostic.ComponentNotFound, Message: fmt.Sprintf("the package has no component %q", component),
			Hint: diagnostic.DidYouMean(component, known),
		})
	}
}

// choose makes the list of what is to be run.
func (r *runner) choose(suites []*matrix.Suite) error {
	all := 0
	for _, suite := range suites {
		r.checkCases(suite)
		r.checkGoldenFolders(suite)
		folders := goldenFolders(suite)
		var recorder *coverage.Recorder
		if r.options.Coverage {
			recorder = coverage.NewRecorder(suite.Renderer)
			r.recorders = append(r.recorders, recorder)
			r.report.Packages = append(r.report.Packages, suite.Package)
		}
		var cases []Case
		for _, c := range suite.Cases {
			if all++; r.options.Only == nil || r.options.Only.MatchString(c.Name) {
				cases = append(cases, Case{Case: c})
			}
		}
		for i := range cases {
			r.jobs = append(r.jobs, &job{
				suite: suite, result: &cases[i], recorder: recorder, number: uint64(len(r.jobs) + 1), folders: below(folders, cases[i].Golden),
			})
		}
		if len(cases) > 0 || len(suite.Cases) == 0 {
			r.report.Suites = append(r.report.Suites, Suite{Package: suite.Package.Name, Component: suite.Package.Component, Cases: cases})
		}
	}
	// Where a test file is faulty, the case that was meant may be in it.
	if all > 0 && len(r.jobs) == 0 && !r.report.Findings.HasErrors() {
		return fmt.Errorf("%w %q; there are %s", ErrNoMatch, r.options.Only, caseNames(suites))
	}
	return nil
}

// caseNames lists the names of cases.
func caseNames(suites []*matrix.Suite) string {
	const most = 20
	text, count := "", 0
	for _, suite := range suites {
		for _, c := range suite.Cases {
			if count++; count > most {
				return text + ", …"
			}
			if text != "" {
				text += ", "
			}
			text += c.Name
		}
	}
	return text
}

// isFaulty tells whether the test file of a suite has errors, so that its cases are not
// known.
func (r *runner) isFaulty(suite *matrix.Suite) bool {
	return suite.TestFile != "" && slices.ContainsFunc(r.report.Findings, func(d diagnostic.Diagnostic) bool {
		return d.Severity == diagnostic.Error && d.Position.File == suite.TestFile
	})
}

// checkCases reports a package that has no test case.
func (r *runner) checkCases(suite *matrix.Suite) {
	if len(suite.Cases) > 0 && suite.Cases[0].Origin != matrix.FromDefaults || r.isFaulty(suite) {
		return
	}
	fault := diagnostic.Diagnostic{
		Code: diagnostic.TestsMissing, Severity: diagnostic.Info, Component: suite.Package.Component,
		Position: diagnostic.Position{File: suite.Package.ManifestPath},
		Message:  "there is no test case: the package is rendered with its defaults, and compared with nothing",
		Hint:     "add cases to test.template in the manifest or to " + matrix.File + "; packstage test --update writes their golden files",
	}
	if len(suite.Cases) == 0 {
		fault.Message = "there is no test case, and the configuration has required keys: nothing was rendered"
		r.report.Findings = slices.DeleteFunc(r.report.Findings, func(d diagnostic.Diagnostic) bool {
			return d.Code == diagnostic.TemplatesNotRendered && d.Component == suite.Package.Component // says the same
		})
	}
	if r.options.RequireCases {
		fault.Severity = diagnostic.Error
	}
	r.report.Findings = append(r.report.Findings, fault)
}

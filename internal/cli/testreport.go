package cli

import (
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/packstage/packstage/author/coverage"
	"github.com/packstage/packstage/author/golden"
	"github.com/packstage/packstage/author/testrun"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/diagnostic/report"
)

// testPrinter prints the results of tests.
type testPrinter struct {
	program *program
	report  *testrun.Report
	folder  string
	// coverageTable prints what the cases reach.
	coverageTable bool
	// shown are findings of cases that were printed, with the name of the case.
	shown map[string]string
	// updating tells that golden files were to be written.
	updating bool
	// differs is set once a difference was printed.
	differs bool
}

// form returns what prints a form of the results.
func (t *testPrinter) form(form string) func(io.Writer) error {
	switch form {
	case "json":
		return t.json
	case "junit":
		return t.junit
	default:
		return t.human
	}
}

// rootName is the name of the package, whatever component a suite is.
func (t *testPrinter) rootName() string {
	for _, suite := range t.report.Suites {
		if suite.Component == "" {
			return suite.Package
		}
	}
	return ""
}

// located returns findings with files named as they are in the package.
func (t *testPrinter) located(found diagnostic.Diagnostics) diagnostic.Diagnostics {
	if files := t.program.opened.files(); files != nil {
		return inPackage(found, files)
	}
	return found
}

// position is where a case is written, with the file named as it is in the package.
func (t *testPrinter) position(component string, c testrun.Case) diagnostic.Position {
	return t.located(diagnostic.Diagnostics{{Component: component, Position: c.Position}})[0].Position
}

// testResult is what "test --output json" prints.
type testResult struct {
	SchemaVersion int               `json:"schemaVersion"`
	Passed        bool              `json:"passed"`
	Summary       testrun.Totals    `json:"summary"`
	Suites        []testSuiteResult `json:"suites"`
	// Diagnostics are about the package as a whole.
	Diagnostics diagnostic.Diagnostics `json:"diagnostics"`
	// Coverage is there where it was recorded.
	Coverage *testCoverage `json:"coverage,omitempty"`
}

type testCoverage struct {
	Percent float64         `json:"percent"`
	Totals  coverage.Totals `json:"totals"`
	// NotReached says what no case reaches.
	NotReached diagnostic.Diagnostics `json:"notReached"`
}

type testSuiteResult struct {
	Package   string           `json:"package"`
	Component string           `json:"component,omitempty"`
	Passed    bool             `json:"passed"`
	Cases     []testCaseResult `json:"cases"`
}

type testCaseResult struct {
	Name        string                 `json:"name"`
	Test        string                 `json:"test"`
	Environment string                 `json:"environment,omitempty"`
	Origin      string                 `json:"origin"`
	Position    diagnostic.Position    `json:"position"`
	Passed      bool                   `json:"passed"`
	Objects     int                    `json:"objects"`
	GoldenFiles int                    `json:"goldenFiles"`
	Assertions  int                    `json:"assertions"`
	Diagnostics diagnostic.Diagnostics `json:"diagnostics"`
	Differences []testDifference       `json:"differences"`
}

type testDifference struct {
	Kind golden.Kind `json:"kind"`
	// File is the golden file, Source the file of the package that is rendered.
	File   string `json:"file"`
	Source string `json:"source,omitempty"`
	Diff   string `json:"diff"`
	// Written tells whether the golden file says now what is rendered.
	Written bool `json:"written"`
}

func (t *testPrinter) json(w io.Writer) error {
	result := testResult{
		SchemaVersion: schemaVersion, Passed: !t.report.Failed(), Summary: t.report.Totals(),
		Suites: []testSuiteResult{}, Diagnostics: notNil(t.located(t.report.Findings)),
	}
	if profile := t.report.Coverage; profile != nil {
		totals := profile.Totals()
		result.Coverage = &testCoverage{Percent: totals.Points.Percent(), Totals: totals, NotReached: notNil(t.located(profile.Findings()))}
	}
	for _, suite := range t.report.Suites {
		of := testSuiteResult{Package: suite.Package, Component: suite.Component, Passed: !suite.Failed(), Cases: []testCaseResult{}}
		for _, c := range suite.Cases {
			differences := []testDifference{}
			for _, d := range c.Differences {
				differences = append(differences, testDifference{
					Kind: d.Kind, File: path.Join(componentPath(suite.Component), c.Golden, d.Path), Source: d.Source, Diff: d.Unified(), Written: c.Updated,
				})
			}
			of.Cases = append(of.Cases, testCaseResult{
				Name: c.Name, Test: c.Test, Environment: c.Environment, Origin: c.Origin.String(), Position: t.position(suite.Component, c), Passed: !c.Failed(),
				Objects: c.Objects, GoldenFiles: c.GoldenFiles, Assertions: c.Checked,
				Diagnostics: notNil(t.located(c.Findings)), Differences: differences,
			})
		}
		result.Suites = append(result.Suites, of)
	}
	return printJSON(w, result)
}

func componentPath(component string) string {
	if component == "" {
		return ""
	}
	return "components/" + component
}

func notNil(found diagnostic.Diagnostics) diagnostic.Diagnostics {
	if found == nil {
		return diagnostic.Diagnostics{}
	}
	return found
}

// junit prints a case for each test case, and one for each error of the package as a
// whole.
func (t *testPrinter) junit(w io.Writer) error {
	var suites []report.TestSuite
	if errors := t.located(t.report.Findings).WithSeverity(diagnostic.Error); len(errors) > 0 {
		suite := report.TestSuite{Name: "package"}
		for _, d := range errors {
			name := strings.TrimSpace(fmt.Sprintf("%s %s", d.Code, d.Position))
			suite.Cases = append(suite.Cases, report.TestCase{Name: name, Class: "package", Findings: diagnostic.Diagnostics{d}})
		}
		suites = append(suites, suite)
	}
	root := t.rootName()
	for _, suite := range t.report.Suites {
		of := report.TestSuite{Name: suiteName(root, suite)}
		for _, c := range suite.Cases {
			var output strings.Builder
			if !c.Updated {
				for _, d := range c.Differences {
					output.WriteString(d.Unified())
				}
			}
			of.Cases = append(of.Cases, report.TestCase{
				Name: c.Name, Class: of.Name, Findings: t.located(c.Findings), Output: output.String(),
			})
		}
		if len(of.Cases) > 0 { // CI systems take an empty suite for a broken one
			suites = append(suites, of)
		}
	}
	return report.JUnitTests(w, suites)
}

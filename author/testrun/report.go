package testrun

import (
	"slices"

	"github.com/packstage/packstage/author/coverage"
	"github.com/packstage/packstage/author/golden"
	"github.com/packstage/packstage/author/matrix"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
)

// Report is the result of a run.
type Report struct {
	// Suites are the results by package: the root first, then the components by name.
	// A package that cannot be compiled has none.
	Suites []Suite
	// Findings are about packages and test files as a whole, and about golden files
	// that belong to no case. Warnings that came up while rendering are here, once,
	// whichever case they came up in.
	Findings diagnostic.Diagnostics
	// Coverage is what the cases reached, and Packages are those that it is about;
	// both are nil where nothing was recorded.
	Coverage *coverage.Profile
	Packages []*packagetypes.Package
}

// Suite is the result of the root or of one component.
type Suite struct {
	// Package is the name of the package; Component that of the component, empty for
	// the root.
	Package, Component string
	Cases              []Case
}

// Case is the result of one case.
type Case struct {
	matrix.Case
	// Findings are what is wrong; the case failed where there is one.
	Findings diagnostic.Diagnostics
	// Differences are golden files that do not say what is rendered. In a run that
	// updates golden files they were written, and are no findings.
	Differences []golden.Difference
	// Updated tells whether the differences were written.
	Updated bool
	// Objects, GoldenFiles and Checked count what was rendered, the golden files that
	// were compared, and the assertions that were evaluated.
	Objects, GoldenFiles, Checked int
}

// Failed tells whether something is wrong with the case.
func (c Case) Failed() bool { return c.Findings.HasErrors() }

// Failed tells whether something is wrong with the package or with one of the cases.
func (r *Report) Failed() bool {
	return r.Findings.HasErrors() || slices.ContainsFunc(r.Suites, Suite.Failed)
}

// Failed tells whether one of the cases failed.
func (s Suite) Failed() bool { return slices.ContainsFunc(s.Cases, Case.Failed) }

// Totals count what a run did.
type Totals struct {
	Suites      int `json:"suites"`
	Cases       int `json:"cases"`
	Failed      int `json:"failed"`
	GoldenFiles int `json:"goldenFiles"`
	Assertions  int `json:"assertions"`
	// Updated and Removed are golden files that were written and removed.
	Updated int `json:"updated"`
	Removed int `json:"removed"`
}

// Totals counts over all suites.
func (r *Report) Totals() Totals {
	var all Totals
	for _, suite := range r.Suites {
		all = all.plus(suite.Totals())
	}
	return all
}

// Totals counts the cases of the suite.
func (s Suite) Totals() Totals {
	t := Totals{Suites: 1, Cases: len(s.Cases)}
	for _, c := range s.Cases {
		t.GoldenFiles += c.GoldenFiles
		t.Assertions += c.Checked
		if c.Failed() {
			t.Failed++
		}
		if !c.Updated {
			continue
		}
		for _, difference := range c.Differences {
			if difference.Kind == golden.Superfluous {
				t.Removed++
			} else {
				t.Updated++
			}
		}
	}
	return t
}

func (t Totals) plus(u Totals) Totals {
	return Totals{
		t.Suites + u.Suites, t.Cases + u.Cases, t.Failed + u.Failed, t.GoldenFiles + u.GoldenFiles,
		t.Assertions + u.Assertions, t.Updated + u.Updated, t.Removed + u.Removed,
	}
}

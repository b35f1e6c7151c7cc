package testrun

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/packstage/packstage/author/coverage"
	"github.com/packstage/packstage/author/matrix"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/celenv"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/validate"
)

// Options say what is run. The zero value runs the cases of manifests.
type Options struct {
	// Author is the folder in which the author works, with the files whose names
	// begin with a dot; nil for images, which have neither test files nor golden files.
	Author fs.FS
	// Compile says how packages are compiled and rendered.
	Compile packageloader.Options
	// Only chooses the cases whose names it matches; nil is all.
	Only *regexp.Regexp
	// Component chooses a component; empty is the root and all components.
	Component string
	// RequireCases makes it an error where a package has no test case.
	RequireCases bool
	// UpdateFolder is the folder of the package in the file system, in which golden
	// files are made to say what is rendered. Empty writes nothing.
	UpdateFolder string
	// Coverage records which parts of the package the cases reach.
	Coverage bool
	// Parallelism is how many cases run at the same time; 0 is one for each processor
	// that Go uses.
	Parallelism int
	// Progress is told how many cases are done, one call at a time; nil is nobody.
	Progress func(done, total int)
}

// ErrNoMatch says that there are cases, and that [Options.Only] matches none of them.
var ErrNoMatch = errors.New("no test case matches")

// assertionCost bounds one assertion, in CEL's units: each object of a large package
// may be looked at many times, and a mistake ends within seconds.
const assertionCost = 20_000_000

// Run runs the tests of a package and of its components. What is wrong with them is in
// the report; the error says that the source or a golden file could not be read or
// written, that ctx was done, or wraps [ErrNoMatch].
func Run(ctx context.Context, source packageloader.Source, options Options) (*Report, error) {
	suites, found, err := matrix.Open(ctx, source, matrix.Options{Author: options.Author, Compile: options.Compile})
	if err != nil {
		return nil, err
	}
	if options.Component != "" {
		suites, found = ofComponent(suites, found, options.Component)
	}
	environment, err := celenv.New(celenv.Options{Variables: []string{"objects", "phases", "config"}, CostLimit: assertionCost})
	if err != nil {
		return nil, err
	}
	r := &runner{options: options, environment: environment, report: &Report{Findings: found}}
	if options.Parallelism <= 0 {
		r.options.Parallelism = runtime.GOMAXPROCS(0)
	}
	if err := r.choose(suites); err != nil {
		return nil, err
	}
	if err := r.run(ctx); err != nil {
		return nil, err
	}
	r.report.Findings = validate.ForAuthors(r.report.Findings)
	return r.report, nil
}

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

// runner is a run on its way.
type runner struct {
	options     Options
	environment *celenv.Environment
	report      *Report
	jobs        []*job
	recorders   []*coverage.Recorder // of the suites

	mutex sync.Mutex
	done  int
}

// job is one case to run, and where its result goes.
type job struct {
	suite    *matrix.Suite
	result   *Case
	recorder *coverage.Recorder // nil where nothing is recorded
	// number tells the cases of a run apart; it chooses the order of files.
	number uint64
	// warnings came up while rendering.
	warnings diagnostic.Diagnostics
}

// choose makes the list of what is to be run.
func (r *runner) choose(suites []*matrix.Suite) error {
	all := 0
	for _, suite := range suites {
		r.checkCases(suite)
		r.checkGoldenFolders(suite)
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
			r.jobs = append(r.jobs, &job{suite: suite, result: &cases[i], recorder: recorder, number: uint64(len(r.jobs) + 1)})
		}
		if len(cases) > 0 || len(suite.Cases) == 0 {
			r.report.Suites = append(r.report.Suites, Suite{Package: suite.Package.Name, Component: suite.Package.Component, Cases: cases})
		}
	}
	if all > 0 && len(r.jobs) == 0 {
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

// checkCases reports a package that has no test case.
func (r *runner) checkCases(suite *matrix.Suite) {
	if len(suite.Cases) > 0 && suite.Cases[0].Origin != matrix.FromDefaults {
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
	}
	if r.options.RequireCases {
		fault.Severity = diagnostic.Error
	}
	r.report.Findings = append(r.report.Findings, fault)
}

func (r *runner) run(ctx context.Context) error {
	group, groupContext := errgroup.WithContext(ctx)
	group.SetLimit(r.options.Parallelism)
	for _, j := range r.jobs {
		group.Go(func() error {
			if err := r.runCase(groupContext, j); err != nil {
				return err
			}
			r.progress()
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	r.addWarnings()
	return r.addCoverage()
}

// addCoverage puts what the cases of all suites reached into the report.
func (r *runner) addCoverage() error {
	if !r.options.Coverage {
		return nil
	}
	var profiles []*coverage.Profile
	for _, recorder := range r.recorders {
		profiles = append(profiles, recorder.Profile())
	}
	var err error
	r.report.Coverage, err = coverage.Merge(profiles...)
	return err
}

// addWarnings adds the warnings of all renders to the findings: those about one place
// once, though the names of objects in them differ from case to case.
func (r *runner) addWarnings() {
	type place struct {
		code             diagnostic.Code
		position         diagnostic.Position
		field, component string
	}
	known := map[place]bool{}
	for _, j := range r.jobs {
		seen := map[place]bool{}
		for _, d := range j.warnings {
			at := place{d.Code, d.Position, d.Field, d.Component}
			if seen[at] = true; !known[at] || at.position.IsZero() {
				r.report.Findings = append(r.report.Findings, d)
			}
		}
		maps.Copy(known, seen)
	}
}

func (r *runner) progress() {
	if r.options.Progress == nil {
		return
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.done++
	r.options.Progress(r.done, len(r.jobs))
}

// folder returns a folder of a package in the file system.
func (r *runner) folder(suite *matrix.Suite, name string) string {
	if suite.Package.Component == "" {
		return filepath.Join(r.options.UpdateFolder, filepath.FromSlash(name))
	}
	return filepath.Join(r.options.UpdateFolder, "components", suite.Package.Component, filepath.FromSlash(name))
}

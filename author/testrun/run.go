package testrun

import (
	"context"
	"errors"
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
// Where the package has errors, which may be why, these are reported in its place.
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
	r := &runner{options: options, report: &Report{Findings: found}}
	// Most packages have no assertion, and this takes as long as compiling one.
	r.environment = sync.OnceValues(func() (*celenv.Environment, error) {
		return celenv.New(celenv.Options{Variables: []string{"objects", "phases", "config"}, CostLimit: assertionCost})
	})
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

// runner is a run on its way.
type runner struct {
	options     Options
	environment func() (*celenv.Environment, error) // of assertions
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
	// folders are those of other cases' golden files below that of this case.
	folders []string
	// warnings came up while rendering.
	warnings diagnostic.Diagnostics
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

// folder returns the folder of a package or component in the file system.
func (r *runner) folder(suite *matrix.Suite) string {
	if suite.Package.Component == "" {
		return r.options.UpdateFolder
	}
	return filepath.Join(r.options.UpdateFolder, "components", suite.Package.Component)
}

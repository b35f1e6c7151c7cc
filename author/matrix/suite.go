package matrix

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

// Options say how a package is opened; the zero value reads the cases of manifests
// only.
type Options struct {
	// Author is the folder in which the author works, with the files whose names
	// begin with a dot, which no package holds; nil for images.
	Author fs.FS
	// Compile says how packages are compiled and rendered.
	Compile packageloader.Options
}

// Suite is a package or one component of it, compiled, with its cases. It is
// read-only and safe for concurrent use.
type Suite struct {
	Package  *packagetypes.Package
	Renderer *packageloader.Renderer
	// Author is the author's folder of this package or component, or nil.
	Author fs.FS
	// TestFile is the path of the test file in the whole package, or empty where
	// there is none.
	TestFile string
	// Cases in the order of the manifest, then of the test file; each followed by
	// the same in all environments. There are none where the configuration has
	// required keys and nothing gives them.
	Cases []Case
}

// Open loads a package with all its components, compiles them and reads their
// cases. What is wrong comes as findings: of a component that cannot be compiled
// there is no suite, all others still come. The error says that the source could
// not be reached, a file not be read, or ctx was done.
func Open(ctx context.Context, source packageloader.Source, options Options) ([]*Suite, diagnostic.Diagnostics, error) {
	packages, err := packageloader.LoadAll(ctx, source, packageloader.LoadOptions{Limits: options.Compile.Limits})
	found, ok := diagnostic.From(err)
	if err != nil && !ok {
		return nil, nil, err
	}
	var suites []*Suite
	for _, pkg := range packages {
		suite, faults, err := open(pkg, options)
		if err != nil {
			return nil, nil, err
		}
		found = append(found, faults...)
		if suite != nil {
			suites = append(suites, suite)
		}
	}
	return suites, found.Sorted(), ctx.Err()
}

func open(pkg *packagetypes.Package, options Options) (*Suite, diagnostic.Diagnostics, error) {
	renderer, err := packageloader.Compile(pkg, options.Compile)
	if err != nil {
		found, ok := diagnostic.From(err)
		if !ok {
			return nil, nil, err
		}
		return nil, found, nil
	}
	found := renderer.Warnings()
	suite := &Suite{Package: pkg, Renderer: renderer, Author: options.Author}
	name := File
	if pkg.Component != "" {
		folder := "components/" + pkg.Component
		name = path.Join(folder, File)
		if options.Author != nil {
			if suite.Author, err = fs.Sub(options.Author, folder); err != nil {
				return nil, nil, fmt.Errorf("component %s: %w", pkg.Component, err)
			}
		}
	}
	file, exists, faults, err := readFile(suite.Author, name, pkg)
	if err != nil {
		return nil, nil, err
	}
	found = append(found, faults...)
	if exists {
		suite.TestFile = name
	}
	if faults.HasErrors() {
		file = &testFile{}
	}
	faults = suite.addCases(file)
	return suite, append(found, faults...), nil
}

// addCases makes the cases of manifest and test file.
func (s *Suite) addCases(file *testFile) diagnostic.Diagnostics {
	locator := s.manifestLocator()
	for i, test := range s.Package.Manifest.Test.Template {
		entry := Case{
			Test: test.Name, Origin: FromManifest, Context: s.Renderer.TestContext(test.Context), Assertions: file.Assert,
			Position: locator.Position(diagnostic.FieldPath("test", "template", i)), Golden: fixtures(test.Name),
		}
		s.add(entry, file.Environments)
	}
	for _, test := range file.Cases {
		entry := Case{
			Test: test.Name, Origin: FromFile, Context: s.Renderer.TestContext(test.Context),
			Error: test.Error, Position: test.position,
		}
		if test.Scope != "" {
			entry.Context.Scope = test.Scope
		}
		if test.Golden {
			entry.Golden = path.Join(GoldenFolder, test.Name)
		}
		if test.Error == nil {
			entry.Assertions = slices.Concat(file.Assert, test.Assert)
		}
		s.add(entry, file.environmentsOf(test))
	}
	if len(s.Cases) > 0 {
		return nil
	}
	contexts, found := s.Renderer.DefaultContexts()
	for _, c := range contexts {
		name := "defaults"
		if len(contexts) > 1 {
			name += "-" + strings.ToLower(string(c.Scope))
		}
		s.add(Case{
			Test: name, Origin: FromDefaults, Context: c, Assertions: file.Assert,
			Position: diagnostic.Position{File: s.Package.ManifestPath},
		}, file.Environments)
	}
	return found
}

func (s *Suite) manifestLocator() *manifest.Locator {
	data, _ := s.Package.Files.Read(s.Package.ManifestPath)
	return manifest.NewLocator(s.Package.ManifestPath, data)
}

// add adds a case as it is written, and in each environment.
func (s *Suite) add(entry Case, environments []testEnvironment) {
	entry.Name = entry.Test
	s.Cases = append(s.Cases, entry)
	for _, environment := range environments {
		in := entry
		in.Name = entry.Test + "/" + environment.Name
		in.Environment = environment.Name
		in.Context.Environment = environment.Environment
		in.Golden = ""
		s.Cases = append(s.Cases, in)
	}
}

func (f *testFile) environmentsOf(test testCase) []testEnvironment {
	if test.Environments == nil {
		return f.Environments
	}
	var chosen []testEnvironment
	for _, environment := range f.Environments {
		if slices.Contains(*test.Environments, environment.Name) {
			chosen = append(chosen, environment)
		}
	}
	return chosen
}

// Render renders a case; see [packageloader.Renderer.Render]. Whether the render was
// to fail is for the caller to judge.
func (s *Suite) Render(ctx context.Context, c Case) (*packagetypes.Instance, error) {
	return s.Renderer.Render(ctx, c.Context)
}

// Rendered is a case with what it renders to.
type Rendered struct {
	Case     Case
	Instance *packagetypes.Instance
}

// RenderAll renders all cases that are not expected to fail, in their order. Those
// that fail are left out and come as findings, once for all cases that fail in the
// same way; a finding without a position names the first of them. The error says
// that ctx was done.
func (s *Suite) RenderAll(ctx context.Context) ([]Rendered, diagnostic.Diagnostics, error) {
	instances := make([]*packagetypes.Instance, len(s.Cases))
	faults := make([]diagnostic.Diagnostics, len(s.Cases))
	group, groupContext := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, c := range s.Cases {
		if c.Error != nil {
			continue
		}
		group.Go(func() error {
			var err error
			if instances[i], err = s.Render(groupContext, c); err == nil {
				return nil
			}
			if groupContext.Err() != nil {
				return err
			}
			found, ok := diagnostic.From(err)
			if !ok {
				return err
			}
			faults[i] = c.explain(found)
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, nil, err
	}
	var rendered []Rendered
	var found diagnostic.Diagnostics
	for i, c := range s.Cases {
		found = append(found, faults[i]...)
		if instances[i] != nil {
			rendered = append(rendered, Rendered{Case: c, Instance: instances[i]})
		}
	}
	return rendered, found.Sorted(), nil
}

// explain gives findings that stand nowhere the place of their case.
func (c Case) explain(found diagnostic.Diagnostics) diagnostic.Diagnostics {
	found = slices.Clone(found)
	for i := range found {
		if found[i].Position.IsZero() {
			found[i].Position = c.Position
			found[i].Message = fmt.Sprintf("test case %q: %s", c.Name, found[i].Message)
		}
	}
	return found
}

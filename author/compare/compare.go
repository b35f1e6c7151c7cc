package compare

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/packstage/packstage/author/matrix"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packageloader"
)

// Options say how two packages are compared. The zero value compares all of both
// over the test cases of their manifests.
type Options struct {
	// AuthorA and AuthorB are the author's folders with their dot files, which have
	// further test cases; nil for images.
	AuthorA, AuthorB fs.FS
	// ReferenceA and ReferenceB are what the report calls the packages.
	ReferenceA, ReferenceB string
	// Compile says how both are compiled.
	Compile packageloader.Options
	// Component is the only one to compare; empty compares the root and all
	// components.
	Component string
	// Configs are what both are rendered with, in place of the test matrix. One that
	// renders with neither of them is a finding that is an error.
	Configs []NamedConfig
	// Only are the areas to compare; none is all of them.
	Only []Area
	// Progress is told how many of the cases are rendered; it may be nil.
	Progress func(done, total int)
}

// NamedConfig is a configuration to render with.
type NamedConfig struct {
	// Name of the case in the report, such as that of the file.
	Name   string
	Config map[string]any
}

// Compare compares package A, what was, with package B, what will be.
//
// Both are rendered with the cases of B and those cases of A that B does not have,
// each pair with the same context. A key of the configuration that only one of them
// knows is left out for the other, so that the objects can still be compared; that
// the case fails there is a change of its own.
//
// Values that the schema of either marks as sensitive are masked, and so are the
// contents of Secrets.
//
// The error is that of ctx when it is done, and else a [*SideError]: around a
// [diagnostic.Diagnostics] where the package is at fault or has no such component,
// around another error where its source could not be reached.
func Compare(ctx context.Context, a, b packageloader.Source, options Options) (*Report, error) {
	suitesA, err := openSide(ctx, a, options.AuthorA, SideA, options)
	if err != nil {
		return nil, err
	}
	suitesB, err := openSide(ctx, b, options.AuthorB, SideB, options)
	if err != nil {
		return nil, err
	}
	r := &Report{A: subject(suitesA, options.ReferenceA), B: subject(suitesB, options.ReferenceB)}
	for _, area := range Areas() {
		if len(options.Only) == 0 || slices.Contains(options.Only, area) {
			r.Areas = append(r.Areas, area)
		}
	}
	byName := map[string]*pairing{}
	for _, suite := range suitesA {
		byName[suite.Package.Component] = &pairing{a: newSide(SideA, suite, options.Compile)}
	}
	for _, suite := range suitesB {
		if byName[suite.Package.Component] == nil {
			byName[suite.Package.Component] = &pairing{}
		}
		byName[suite.Package.Component].b = newSide(SideB, suite, options.Compile)
	}
	total := 0
	for _, component := range either(byName, nil) {
		pair := byName[component]
		pair.component, pair.options, pair.report = component, options, r
		if pair.a != nil && pair.b != nil && pair.renders() {
			pair.cases = pair.listCases()
			total += len(pair.cases)
		}
	}
	done := 0
	for _, component := range either(byName, nil) {
		err := byName[component].compare(ctx, func() {
			if done++; options.Progress != nil {
				options.Progress(done, total)
			}
		})
		if err != nil {
			return nil, err
		}
	}
	r.judge()
	return r, nil
}

// openSide opens one of the packages.
func openSide(ctx context.Context, source packageloader.Source, author fs.FS, name Side, options Options) ([]*matrix.Suite, error) {
	suites, found, err := matrix.Open(ctx, source, matrix.Options{Author: author, Compile: options.Compile})
	if err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		return nil, &SideError{Side: name, Err: err}
	}
	if options.Component != "" {
		other := func(component string) bool { return component != options.Component }
		found = slices.DeleteFunc(found, func(d diagnostic.Diagnostic) bool { return d.Component != "" && other(d.Component) })
		suites = slices.DeleteFunc(suites, func(s *matrix.Suite) bool { return other(s.Package.Component) })
		if len(suites) == 0 && !found.HasErrors() {
			found = append(found, diagnostic.Diagnostic{
				Code:    diagnostic.ComponentNotFound,
				Message: fmt.Sprintf("there is no component %q", options.Component),
			})
		}
	}
	if found.HasErrors() {
		return nil, &SideError{Side: name, Err: found}
	}
	return suites, nil
}

// SideError says which of the two packages cannot be compared.
type SideError struct {
	Side Side
	Err  error
}

// Error says which package it is about, and what is wrong with it.
func (e *SideError) Error() string {
	return fmt.Sprintf("package %s: %v", strings.ToUpper(string(e.Side)), e.Err)
}

// Unwrap returns what is wrong with the package.
func (e *SideError) Unwrap() error { return e.Err }

func subject(suites []*matrix.Suite, reference string) Subject {
	if len(suites) == 0 {
		return Subject{Reference: reference}
	}
	pkg := suites[0].Package
	return Subject{Name: pkg.Name, Reference: reference, ContentDigest: pkg.ContentDigest, ImageDigest: pkg.ImageDigest}
}

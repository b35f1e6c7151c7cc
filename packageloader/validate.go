package packageloader

import (
	"context"
	"fmt"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/validate"
)

// Validate checks a package as for its author: the root and every component is
// compiled, and rendered with each of its test cases, or without any with the
// defaults in each scope. Findings that whoever loads the package only gets a
// warning about are errors here (see [validate.ForAuthors]).
//
// It returns everything that it found, warnings included; the error says that
// the source could not be reached or ctx was done.
func Validate(ctx context.Context, source Source, options Options) (diagnostic.Diagnostics, error) {
	packages, err := LoadAll(ctx, source, LoadOptions{Limits: options.Limits})
	found, ok := asFindings(err)
	if err != nil && !ok {
		return nil, err
	}
	for _, pkg := range packages {
		faults, err := validatePackage(ctx, pkg, options)
		if err != nil {
			return nil, err
		}
		found = append(found, faults...)
	}
	return validate.ForAuthors(found), nil
}

func validatePackage(ctx context.Context, pkg *packagetypes.Package, options Options) (diagnostic.Diagnostics, error) {
	renderer, err := Compile(pkg, options)
	if err != nil {
		found, ok := asFindings(err)
		if !ok {
			return nil, err
		}
		return found, nil
	}
	found := renderer.Warnings()
	trials, faults := renderer.trials()
	found = append(found, faults...)
	for _, trial := range trials {
		instance, err := renderer.Render(ctx, trial.context)
		if err != nil {
			faults, ok := asFindings(err)
			if !ok {
				return nil, err
			}
			found = append(found, trial.explain(faults)...)
			continue
		}
		found = append(found, instance.Warnings...)
	}
	return withComponent(pkg, found).Sorted(), nil
}

// trial is a context that validation renders a package with.
type trial struct {
	// name of the test case, or "".
	name    string
	context packagetypes.Context
}

// explain says which test case a finding came up in, where that is not plain
// from its position.
func (t trial) explain(found diagnostic.Diagnostics) diagnostic.Diagnostics {
	if t.name == "" {
		return found
	}
	for i := range found {
		if found[i].Position.IsZero() {
			found[i].Message = fmt.Sprintf("test case %q: %s", t.name, found[i].Message)
		}
	}
	return found
}

func (r *Renderer) trials() ([]trial, diagnostic.Diagnostics) {
	var trials []trial
	for _, test := range r.pkg.Manifest.Test.Template {
		trials = append(trials, trial{test.Name, r.TestContext(test.Context)})
	}
	if len(trials) > 0 {
		return trials, nil
	}
	contexts, found := r.DefaultContexts()
	for _, c := range contexts {
		trials = append(trials, trial{context: c})
	}
	return trials, found
}

package packageloader

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/celenv"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/template"
	"github.com/packstage/packstage/validate"
)

// Render compiles a package and renders it once; see [Compile] and
// [Renderer.Render].
func Render(ctx context.Context, pkg *packagetypes.Package, c packagetypes.Context, options Options) (*packagetypes.Instance, error) {
	renderer, err := Compile(pkg, options)
	if err != nil {
		return nil, err
	}
	return renderer.Render(ctx, c)
}

// Render renders the package with a context. The result depends on the package
// and the context alone, byte for byte.
//
// The error is a [diagnostic.Diagnostics] where the package or the context is
// at fault, and wraps the context's error when ctx is done. Values that the
// schema marks as sensitive never show in it.
func (r *Renderer) Render(ctx context.Context, c packagetypes.Context) (*packagetypes.Instance, error) {
	return r.renderCounted(ctx, c, nil)
}

// renderCounted is Render; coverage may be nil.
func (r *Renderer) renderCounted(ctx context.Context, c packagetypes.Context, coverage *Coverage) (*packagetypes.Instance, error) {
	run, found, err := r.render(ctx, c, coverage)
	if err != nil {
		return nil, fmt.Errorf("render package %q: %w", r.pkg.Name, err)
	}
	found = found.Sorted()
	if found.HasErrors() {
		return nil, r.mask(found, c.Config)
	}
	if last := run.earlier(); last != nil && run.result == last.result {
		return run.result, nil
	}
	run.result.Warnings = append(r.Warnings(), r.mask(found, c.Config)...).Sorted()
	if r.reuse != nil {
		r.reuse.last = run
	}
	return run.result, nil
}

// render returns a run with its result, unless there is a finding that is an error.
func (r *Renderer) render(ctx context.Context, c packagetypes.Context, coverage *Coverage) (*renderRun, diagnostic.Diagnostics, error) {
	run, c, found, err := r.begin(ctx, c, coverage)
	if err != nil || found.HasErrors() {
		return nil, found, err
	}
	files, faults, err := run.allFiles(ctx)
	if found = append(found, faults...); err != nil || found.HasErrors() {
		return nil, found, err
	}
	if run.repeats() {
		run.result = run.reuse.last.result
		return run, nil, nil
	}
	phases, faults, err := run.phases(ctx, files)
	if found = append(found, faults...); err != nil || found.HasErrors() {
		return nil, found, err
	}
	run.result = &packagetypes.Instance{
		Name:               c.Package.Metadata.Name,
		Namespace:          c.Package.Metadata.Namespace,
		Scope:              c.Scope,
		PackageName:        r.pkg.Name,
		Phases:             phases,
		AvailabilityProbes: r.pkg.Manifest.Spec.AvailabilityProbes,
		Constraints:        r.pkg.Manifest.Spec.Constraints,
		AdmittedConfig:     run.config,
		Sensitive:          r.sensitive(run.config),
		Images:             r.images,
		ContentDigest:      r.pkg.ContentDigest,
		ImageDigest:        r.pkg.ImageDigest,
	}
	positions := &FieldPositions{renderer: r, run: run}
	check := validate.Subject{Package: r.pkg, Instance: run.result, Environment: c.Environment, Positions: positions.Within(ctx)}
	return run, append(found, validate.Run(check, r.options.Rules...)...), nil
}

// begin admits the configuration of a context and prepares what the templates
// need. It returns the context with its defaults. There is no run where a finding
// is an error. coverage may be nil.
func (r *Renderer) begin(ctx context.Context, c packagetypes.Context, coverage *Coverage) (*renderRun, packagetypes.Context, diagnostic.Diagnostics, error) {
	if err := ctx.Err(); err != nil {
		return nil, c, nil, err
	}
	c, found := r.resolveContext(c)
	config, faults := r.config.Admit(c.Config, r.options.UnknownConfig)
	if found = append(found, faults...); found.HasErrors() {
		return nil, c, found, nil
	}
	environment := environmentData(c.Environment)
	conditions, faults, err := r.newEvaluator(ctx, celenv.Variables{
		Config: config, Images: r.images, Dependencies: anyMap(r.dependencies), Environment: environment,
	}, coverage)
	if found = append(found, faults...); err != nil || found.HasErrors() {
		return nil, c, found, err
	}
	return &renderRun{
		Renderer:    r,
		context:     c,
		data:        r.templateData(c, config, environment),
		config:      config,
		conditions:  conditions,
		scope:       &template.Scope{CEL: conditions.evaluate},
		instance:    c.Package.Metadata.Name,
		keepsOutput: r.reuse != nil,
		coverage:    coverage,
	}, c, found, nil
}

// renderRun is one render on its way.
type renderRun struct {
	*Renderer
	context    packagetypes.Context // with its defaults
	data       map[string]any
	config     map[string]any // admitted
	conditions *evaluator
	scope      *template.Scope
	instance   string
	// keepsOutput keeps what templates wrote.
	keepsOutput bool
	// coverage counts what the render reaches, if it is not nil.
	coverage *Coverage
	// differs tells that a template wrote something else than in the earlier render.
	differs atomic.Bool
	// rendered are the files with their objects, and found the findings of each.
	rendered []compiledFile
	found    []diagnostic.Diagnostics
	result   *packagetypes.Instance
}

func withComponent(pkg *packagetypes.Package, found diagnostic.Diagnostics) diagnostic.Diagnostics {
	for i := range found {
		found[i].Component = pkg.Component
	}
	return found
}

// asFindings returns the findings that an error consists of.
func asFindings(err error) (diagnostic.Diagnostics, bool) {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return nil, false
	}
	return diagnostic.From(err)
}

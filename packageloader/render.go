package packageloader

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

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
	instance, found, err := r.render(ctx, c, coverage)
	if err != nil {
		return nil, fmt.Errorf("render package %q: %w", r.pkg.Name, err)
	}
	found = found.Sorted()
	if found.HasErrors() {
		return nil, r.mask(found, c.Config)
	}
	instance.Warnings = append(r.Warnings(), r.mask(found, c.Config)...).Sorted()
	return instance, nil
}

func (r *Renderer) render(ctx context.Context, c packagetypes.Context, coverage *Coverage) (*packagetypes.Instance, diagnostic.Diagnostics, error) {
	run, c, found, err := r.begin(ctx, c, coverage)
	if err != nil || found.HasErrors() {
		return nil, found, err
	}
	files, faults, err := run.allFiles(ctx)
	if found = append(found, faults...); err != nil || found.HasErrors() {
		return nil, found, err
	}
	phases, faults, err := run.phases(ctx, files)
	if found = append(found, faults...); err != nil || found.HasErrors() {
		return nil, found, err
	}
	instance := &packagetypes.Instance{
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
	check := validate.Subject{Package: r.pkg, Instance: instance, Environment: c.Environment, Positions: positions.Within(ctx)}
	return instance, append(found, validate.Run(check, r.options.Rules...)...), nil
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
		Renderer:   r,
		data:       r.templateData(c, config, environment),
		config:     config,
		conditions: conditions,
		scope:      &template.Scope{CEL: conditions.evaluate},
		instance:   c.Package.Metadata.Name,
		coverage:   coverage,
	}, c, found, nil
}

// renderRun is one render on its way.
type renderRun struct {
	*Renderer
	data       map[string]any
	config     map[string]any // admitted
	conditions *evaluator
	scope      *template.Scope
	instance   string
	// keepsOutput keeps what templates wrote.
	keepsOutput bool
	// coverage counts what the render reaches, if it is not nil.
	coverage *Coverage
}

// allFiles executes the templates and returns all files with their objects, in
// order, everything checked.
func (run *renderRun) allFiles(ctx context.Context) ([]compiledFile, diagnostic.Diagnostics, error) {
	files, found, err := run.files(ctx, run.options.Parallelism, run.order)
	if err == nil && exceedsTogether(found) {
		// Which file exhausts what all share depends on the scheduler: in order,
		// it is always the same one.
		run.scope = &template.Scope{CEL: run.conditions.evaluate}
		run.coverage.forgetTemplates()
		files, found, err = run.files(ctx, 1, nil)
	}
	return files, found, err
}

// files executes the templates, in an order of their indexes or, where that is nil,
// in that of the files.
func (run *renderRun) files(ctx context.Context, parallelism int, order []int) ([]compiledFile, diagnostic.Diagnostics, error) {
	files := slices.Clone(run.Renderer.files)
	results := make([]diagnostic.Diagnostics, len(files))
	var failed error
	var once sync.Once
	forEach(parallelism, len(files), func(i int) {
		if order != nil {
			i = order[i]
		}
		if files[i].template == "" || ctx.Err() != nil {
			return
		}
		var err error
		if files[i].objectFile, results[i], err = run.execute(ctx, files[i]); err != nil {
			once.Do(func() { failed = err })
		}
	})
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	if failed != nil {
		return nil, nil, failed
	}
	var found diagnostic.Diagnostics
	for _, result := range results {
		found = append(found, result...)
	}
	found = append(found, run.checkTotals(files)...)
	return files, withComponent(run.pkg, found), nil
}

// exceedsTogether tells whether a limit was exceeded that all files of a render
// share.
func exceedsTogether(found diagnostic.Diagnostics) bool {
	for _, d := range found {
		var limit *packagetypes.LimitError
		if errors.As(d.Err, &limit) && (limit.Limit == "TemplateSteps" || limit.Limit == "TotalOutput") {
			return true
		}
	}
	return false
}

// checkTotals checks what only all files together can break.
func (run *renderRun) checkTotals(files []compiledFile) diagnostic.Diagnostics {
	total := 0
	rendered := map[validate.ObjectKey]struct{}{}
	repeated := false
	for _, file := range files {
		total += len(file.objects)
		if file.template == "" {
			continue
		}
		for _, object := range file.objects {
			if object.key.Name == "" {
				continue
			}
			_, isStatic := run.static[object.key]
			_, isRendered := rendered[object.key]
			repeated = repeated || isStatic || isRendered
			rendered[object.key] = struct{}{}
		}
	}
	if limit := run.options.Limits.Objects; int64(total) > limit {
		return diagnostic.Diagnostics{packagetypes.LimitDiagnostic(diagnostic.Position{}, "Objects", int64(total), limit)}
	}
	if repeated {
		return duplicates(files)
	}
	return nil
}

// execute runs one template and reads its objects. Only when something is wrong
// with them it is run again, to find more exactly where in the template they
// come from.
func (run *renderRun) execute(ctx context.Context, file compiledFile) (objectFile, diagnostic.Diagnostics, error) {
	output, sources, err := run.executeMapped(ctx, file.template)
	if err != nil {
		if found, ok := asFindings(err); ok {
			return objectFile{}, found, nil
		}
		return objectFile{}, nil, err
	}
	if !file.emits {
		return file.objectFile, nil, nil
	}
	reader := objectReader{phases: run.Renderer.phases, limits: run.options.Limits, rendered: true}
	read, found := reader.read(file.path, file.source, output)
	if run.keepsOutput {
		read.output = output
	}
	if len(found) > 0 {
		if sources, err = run.templates.Trace(ctx, file.template, run.data, run.scope); err != nil {
			return objectFile{}, nil, err
		}
	}
	for i := range found {
		found[i].Position = traced(sources, found[i].Position)
		if found[i].Code == diagnostic.YAMLInvalid {
			found[i].Message = "the rendered YAML does not parse: " + found[i].Message
		}
	}
	run.coverage.locate(file.source, output, sources, read.objects)
	for i := range read.objects {
		read.objects[i].position = traced(sources, read.objects[i].position)
	}
	return read, found, nil
}

func (run *renderRun) executeMapped(ctx context.Context, path string) ([]byte, *template.SourceMap, error) {
	if run.coverage != nil {
		return run.templates.ExecuteCovered(ctx, path, run.data, run.scope, run.coverage.templates)
	}
	return run.templates.ExecuteMapped(ctx, path, run.data, run.scope)
}

// traced turns a place in the output of a template into one in the template.
func traced(sources *template.SourceMap, position diagnostic.Position) diagnostic.Position {
	inTemplate := sources.Position(position.Line, max(position.Column, 1))
	inTemplate.Document = position.Document
	return inTemplate
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

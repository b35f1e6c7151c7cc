package packageloader

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/template"
	"github.com/packstage/packstage/validate"
)

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
		if files[i].objectFile, results[i], err = run.execute(ctx, i); err != nil {
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
	run.rendered, run.found = files, results
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

// execute runs the template of a file and reads its objects. Only when something is wrong
// with them it is run again, to find more exactly where in the template they
// come from.
func (run *renderRun) execute(ctx context.Context, index int) (objectFile, diagnostic.Diagnostics, error) {
	file := run.Renderer.files[index]
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
	if earlier := run.earlier(); earlier != nil && bytes.Equal(output, earlier.rendered[index].output) {
		return earlier.rendered[index].objectFile, earlier.found[index], nil
	}
	run.differs.Store(true)
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

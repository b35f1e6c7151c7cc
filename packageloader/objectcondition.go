package packageloader

import (
	"context"
	"slices"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/yamldoc"
	"github.com/packstage/packstage/validate"
)

// checkConditions compiles the conditions in the annotations of a static file,
// so that one that cannot work is found before any instance is rendered.
func (r *Renderer) checkConditions(file objectFile, data []byte) diagnostic.Diagnostics {
	var found diagnostic.Diagnostics
	for _, object := range file.objects {
		if object.steering.Condition == "" {
			continue
		}
		if _, err := r.conditions.compile(object.steering.Condition); err != nil {
			found = append(found, annotationFault(file.source, data, object, conditionFault(diagnostic.ConditionInvalid, err)))
		}
	}
	return found
}

// objectConditionFault is the finding for a condition that failed in a render.
// It is for the failure path: a template is executed again to find the
// annotation in it.
func (run *renderRun) objectConditionFault(ctx context.Context, file compiledFile, object readObject, err error) diagnostic.Diagnostic {
	fault := conditionFault(diagnostic.ConditionFailed, err)
	if _, err := run.Renderer.conditions.compile(object.steering.Condition); err != nil {
		fault = conditionFault(diagnostic.ConditionInvalid, err)
	}
	if file.template == "" {
		data, _ := run.pkg.Files.Read(file.source)
		return annotationFault(file.source, data, object, fault)
	}
	output, executeErr := run.templates.Execute(ctx, file.template, run.data, nil)
	sources, traceErr := run.templates.Trace(ctx, file.template, run.data, nil)
	if executeErr != nil || traceErr != nil {
		return annotationFault(file.source, nil, object, fault)
	}
	inOutput := annotationFault(file.source, output, object, fault)
	inOutput.Position = traced(sources, inOutput.Position)
	return inOutput
}

// annotationFault completes a finding about the condition of an object, with
// the position of the annotation in data.
func annotationFault(source string, data []byte, object readObject, fault diagnostic.Diagnostic) diagnostic.Diagnostic {
	path := slices.Concat(object.path, []any{"metadata", "annotations", validate.ConditionAnnotation})
	fault.Field = diagnostic.FieldPath(path...)
	fault.Message = describe(object.key) + ": " + fault.Message
	fault.Position = object.position
	for _, document := range yamldoc.Split(data) {
		if document.Number == object.position.Document {
			fault.Position = fieldPosition(document, source, path)
		}
	}
	return fault
}

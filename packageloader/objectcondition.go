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
	annotations := annotationLocator{source: file.source, data: data}
	var names []string
	for _, named := range r.pkg.Manifest.Spec.Filter.Conditions {
		names = append(names, named.Name)
	}
	for _, object := range file.objects {
		if object.steering.Condition == "" {
			continue
		}
		condition, err := r.conditions.compile(object.steering.Condition)
		if err != nil {
			found = append(found, annotations.complete(object, conditionFault(diagnostic.ConditionInvalid, err)))
			continue
		}
		for _, fault := range undeclared(condition, names) {
			found = append(found, annotations.complete(object, fault))
		}
	}
	return found
}

// mostLocated is for how many failed conditions of a render the annotation is
// looked up: enough for a person, few enough for a machine.
const mostLocated = 10

// objectConditionFault is the finding for a condition that failed in a render,
// given how many failed before it. It is for the failure path: a template is
// executed again to find the annotation in it.
func (run *renderRun) objectConditionFault(ctx context.Context, file compiledFile, object readObject, err error, before int) diagnostic.Diagnostic {
	fault := conditionFault(diagnostic.ConditionFailed, err)
	if _, err := run.Renderer.conditions.compile(object.steering.Condition); err != nil {
		fault = conditionFault(diagnostic.ConditionInvalid, err)
	}
	if before >= mostLocated {
		return (&annotationLocator{source: file.source}).complete(object, fault)
	}
	if file.template == "" {
		data, _ := run.pkg.Files.Read(file.source)
		return (&annotationLocator{source: file.source, data: data}).complete(object, fault)
	}
	output, executeErr := run.templates.Execute(ctx, file.template, run.data, nil)
	sources, traceErr := run.templates.Trace(ctx, file.template, run.data, nil)
	if executeErr != nil || traceErr != nil {
		return (&annotationLocator{source: file.source}).complete(object, fault)
	}
	inOutput := (&annotationLocator{source: file.source, data: output}).complete(object, fault)
	inOutput.Position = traced(sources, inOutput.Position)
	return inOutput
}

// annotationLocator finds the conditions of the objects in a file, whose documents
// it reads once, when it is first asked.
type annotationLocator struct {
	source    string // in findings
	data      []byte
	documents map[int]*yamldoc.Locator // by number
}

// complete completes a finding about the condition of an object.
func (l *annotationLocator) complete(object readObject, fault diagnostic.Diagnostic) diagnostic.Diagnostic {
	if l.documents == nil {
		l.documents = map[int]*yamldoc.Locator{}
		for _, document := range yamldoc.Split(l.data) {
			l.documents[document.Number] = yamldoc.NewLocator(document)
		}
	}
	path := slices.Concat(object.path, []any{"metadata", "annotations", validate.ConditionAnnotation})
	fault.Field = diagnostic.FieldPath(path...)
	fault.Message = describe(object.key) + ": " + fault.Message
	fault.Position = object.position
	if fields, ok := l.documents[object.position.Document]; ok {
		fault.Position = fieldPosition(fields, diagnostic.Position{File: l.source, Document: object.position.Document}, path)
	}
	return fault
}

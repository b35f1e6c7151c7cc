package testrun

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/packstage/packstage/author/matrix"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/celenv"
	"github.com/packstage/packstage/packagetypes"
)

// check evaluates the assertions of a case.
func (r *runner) check(ctx context.Context, j *job, instance *packagetypes.Instance) (diagnostic.Diagnostics, error) {
	if len(j.result.Assertions) == 0 {
		return nil, nil
	}
	environment, err := r.environment()
	if err != nil {
		return nil, err
	}
	var found diagnostic.Diagnostics
	variables := assertionVariables(instance)
	hide := func(text string) string {
		return j.suite.Renderer.Mask(diagnostic.Diagnostics{{Message: text}}, instance.AdmittedConfig)[0].Message
	}
	names := sync.OnceValue(func() func(any) string { return objectNames(instance) })
	how := celenv.Explaining{Name: func(value any) string { return names()(value) }, Hide: hide}
	for _, assertion := range j.result.Assertions {
		fault, err := evaluate(ctx, environment, assertion, variables, how)
		if err != nil {
			return nil, err
		}
		if fault != nil {
			found = append(found, *fault)
		}
		j.result.Checked++
	}
	return j.suite.Renderer.Mask(found, instance.AdmittedConfig), nil
}

// assertionVariables are what assertions see.
func assertionVariables(instance *packagetypes.Instance) map[string]any {
	objects, phases := []any{}, []any{}
	for _, phase := range instance.Phases {
		of := []any{}
		for _, object := range phase.Objects {
			of = append(of, object.Content())
		}
		objects = append(objects, of...)
		phases = append(phases, map[string]any{"name": phase.Name, "class": phase.Class, "objects": of})
	}
	config := instance.AdmittedConfig
	if config == nil {
		config = map[string]any{}
	}
	return map[string]any{"objects": objects, "phases": phases, "config": config}
}

// evaluate evaluates one assertion; the finding says why it does not hold.
func evaluate(ctx context.Context, environment *celenv.Environment, assertion matrix.Assertion, variables map[string]any, how celenv.Explaining) (*diagnostic.Diagnostic, error) {
	program, err := environment.Compile(assertion.That)
	var invalid *celenv.Error
	if errors.As(err, &invalid) {
		return &diagnostic.Diagnostic{
			Code: diagnostic.TestAssertionInvalid, Position: assertion.Position,
			Message: fmt.Sprintf("the assertion `%s` does not compile, column %d: %s", oneLine(assertion.That), invalid.Column, invalid.Message),
			Hint:    invalid.Hint,
		}, nil
	}
	if err != nil {
		return nil, err
	}
	holds, err := program.EvaluateBool(ctx, variables)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if holds {
		return nil, nil
	}
	fault := &diagnostic.Diagnostic{Code: diagnostic.TestAssertionFailed, Position: assertion.Position}
	text := "`" + oneLine(assertion.That) + "`"
	switch {
	case err != nil && assertion.Message != "":
		fault.Message = fmt.Sprintf("%s: the assertion %s fails", assertion.Message, text)
	case err != nil:
		fault.Message = fmt.Sprintf("the assertion %s fails", text)
	case assertion.Message != "":
		fault.Message = fmt.Sprintf("%s: %s is false", assertion.Message, text)
	default:
		fault.Message = fmt.Sprintf("the assertion %s is false", text)
	}
	var steps []string
	var cost *celenv.CostError
	if !errors.As(err, &cost) { // its parts would cost as much again, and none of them is wrong
		steps = environment.Explain(ctx, assertion.That, variables, how)
	}
	if errors.As(err, &invalid) && (len(steps) == 0 || !strings.Contains(strings.Join(steps, "\n"), invalid.Message)) {
		steps = append(steps, invalid.Message)
	}
	fault.Hint = strings.Join(steps, "\n")
	return fault, nil
}

func oneLine(expression string) string { return strings.Join(strings.Fields(expression), " ") }

// objectNames names rendered objects and phases in explanations, objects with the
// file that they are from.
func objectNames(instance *packagetypes.Instance) func(any) string {
	files := map[string]string{}
	for _, object := range instance.Objects() {
		files[objectName(object.Content())] = object.Source().File
	}
	return func(value any) string {
		fields, ok := value.(map[string]any)
		if !ok {
			return ""
		}
		if name, isText := fields["name"].(string); isText && len(fields) == 3 && fields["objects"] != nil {
			return fmt.Sprintf("phase %q", name)
		}
		name := objectName(fields)
		if file, known := files[name]; known {
			return name + " of " + file
		}
		return ""
	}
}

// objectName is the kind, namespace and name of an object.
func objectName(content map[string]any) string {
	kind, _ := content["kind"].(string)
	metadata, _ := content["metadata"].(map[string]any)
	name, _ := metadata["name"].(string)
	if name == "" {
		name, _ = metadata["generateName"].(string)
	}
	if namespace, _ := metadata["namespace"].(string); namespace != "" {
		name = namespace + "/" + name
	}
	return fmt.Sprintf("%s %q", kind, name)
}

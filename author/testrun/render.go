package testrun

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/packstage/packstage/author/coverage"
	"github.com/packstage/packstage/author/matrix"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/validate"
)

// manyGoroutines is on how many goroutines the second render works, whatever the
// machine has: more than files of most packages.
const manyGoroutines = 16

// runCase renders a case and looks at what comes out.
func (r *runner) runCase(ctx context.Context, j *job) error {
	renderer := j.suite.Renderer.Reusing(&packageloader.Reuse{})
	instance, found, err := r.renderTwice(ctx, j, renderer)
	if err != nil {
		return err
	}
	result := j.result
	if instance != nil {
		result.Objects = countObjects(instance)
	}
	switch {
	case result.Error != nil:
		found = expect(*result.Error, instance, found)
	case instance != nil:
		if err := r.compareGolden(ctx, j, renderer, instance, &found); err != nil {
			return err
		}
		faults, err := r.check(ctx, j, instance)
		if err != nil {
			return err
		}
		found = append(found, faults...)
	}
	for i := range found {
		found[i].Component = j.suite.Package.Component
		if found[i].Position.IsZero() {
			found[i].Position = result.Position
		}
	}
	result.Findings = found.Sorted()
	return nil
}

func countObjects(instance *packagetypes.Instance) int {
	count := 0
	for range instance.Objects() {
		count++
	}
	return count
}

// renderTwice renders a case in two orders, by a renderer of its own. The instance is
// nil where that fails in the same way both times; the findings say how, or what differs.
// Warnings of a render that works go to the job.
func (r *runner) renderTwice(ctx context.Context, j *job, renderer *packageloader.Renderer) (*packagetypes.Instance, diagnostic.Diagnostics, error) {
	first, faults, err := j.render(ctx, renderer.Shuffled(2*j.number, 1), j.recorder)
	if err != nil {
		return nil, nil, err
	}
	second, others, err := j.render(ctx, renderer.Shuffled(2*j.number+1, manyGoroutines), nil)
	if err != nil {
		return nil, nil, err
	}
	unstable := diagnostic.Diagnostic{
		Code: diagnostic.TestUnstable, Position: j.result.Position,
		Hint: "a template function or a rule that the program adds may not be deterministic; otherwise this is a mistake in packstage",
	}
	switch {
	case first == nil && second == nil:
		if slices.EqualFunc(faults, others, sameFinding) {
			return nil, faults, nil
		}
		unstable.Message = "two renders of the case fail in different ways; the order of the files is all that differs"
		return nil, append(faults, append(others, unstable)...), nil
	case first == nil || second == nil:
		unstable.Message = "of two renders of the case one fails; the order of the files is all that differs"
		return nil, append(faults, append(others, unstable)...), nil
	case !sameRender(first, second):
		unstable.Message = "two renders of the case differ: " + firstDifference(first, second) + "; the order of the files is all that differs"
		return first, diagnostic.Diagnostics{unstable}, nil
	case first != second && !slices.EqualFunc(first.Warnings, second.Warnings, sameFinding):
		unstable.Message = "two renders of the case give different warnings" + firstWarning(first.Warnings, second.Warnings) + "; the order of the files is all that differs"
		return first, diagnostic.Diagnostics{unstable}, nil
	}
	known := j.suite.Renderer.Warnings()
	var errors diagnostic.Diagnostics
	for _, warning := range validate.ForAuthors(first.Warnings) {
		switch {
		case slices.ContainsFunc(known, func(d diagnostic.Diagnostic) bool { return sameFinding(d, warning) }):
		case warning.Severity == diagnostic.Error:
			errors = append(errors, warning)
		default:
			warning.Component = j.suite.Package.Component
			j.warnings = append(j.warnings, warning)
		}
	}
	return first, errors, nil
}

// render renders the case, and records what it reaches where there is a recorder. The
// error is neither about the package nor about the case.
func (j *job) render(ctx context.Context, renderer *packageloader.Renderer, recorder *coverage.Recorder) (*packagetypes.Instance, diagnostic.Diagnostics, error) {
	var instance *packagetypes.Instance
	var err error
	if recorder != nil {
		instance, err = recorder.RenderBy(ctx, renderer, j.result.Name, j.result.Context)
	} else {
		instance, err = renderer.Render(ctx, j.result.Context)
	}
	if err == nil {
		return instance, nil, nil
	}
	found, ok := diagnostic.From(err)
	if !ok || ctx.Err() != nil {
		return nil, nil, err
	}
	return nil, slices.Clone(found), nil
}

func sameFinding(a, b diagnostic.Diagnostic) bool {
	return a.Code == b.Code && a.Position == b.Position && a.Field == b.Field && a.Message == b.Message
}

// firstWarning says what the first warning is that only one of two renders gives.
func firstWarning(first, second diagnostic.Diagnostics) string {
	for _, pair := range [][2]diagnostic.Diagnostics{{first, second}, {second, first}} {
		for _, warning := range pair[0] {
			if !slices.ContainsFunc(pair[1], func(d diagnostic.Diagnostic) bool { return sameFinding(d, warning) }) {
				return fmt.Sprintf(": %s, %s", warning.Code, warning.Message)
			}
		}
	}
	return "" // one of them gives one more often
}

// firstDifference names the first object that is not the same in both.
func firstDifference(first, second *packagetypes.Instance) string {
	var objects []string
	for phase, object := range first.Objects() {
		objects = append(objects, fmt.Sprint(phase.Name, object))
	}
	i := 0
	for phase, object := range second.Objects() {
		if i >= len(objects) || objects[i] != fmt.Sprint(phase.Name, object) {
			return objectName(object.Content()) + " of " + object.Source().File
		}
		i++
	}
	return "there are more objects in one of them"
}

// expect compares how a render fails with how it is to fail.
func expect(want matrix.ExpectedError, instance *packagetypes.Instance, found diagnostic.Diagnostics) diagnostic.Diagnostics {
	for _, d := range found {
		if isUnstable(d) {
			return found
		}
		if d.Severity == diagnostic.Error && matches(want, d) {
			return nil
		}
	}
	fault := diagnostic.Diagnostic{Code: diagnostic.TestErrorExpected, Message: "the case is to fail with " + describeExpected(want)}
	if instance != nil {
		fault.Message += ", and it renders"
		return append(found, fault)
	}
	fault.Message += ", and it fails with something else"
	var codes []string
	for _, d := range found {
		codes = append(codes, string(d.Code))
	}
	if !slices.Contains(codes, string(want.Code)) {
		fault.Hint = diagnostic.DidYouMean(string(want.Code), codes)
	}
	return append(diagnostic.Diagnostics{fault}, found...)
}

func matches(want matrix.ExpectedError, d diagnostic.Diagnostic) bool {
	if want.Code != "" && want.Code != d.Code {
		return false
	}
	return slices.ContainsFunc([]string{d.Message, d.Hint, d.Field}, func(text string) bool { return strings.Contains(text, want.Contains) })
}

func describeExpected(want matrix.ExpectedError) string {
	switch {
	case want.Contains == "":
		return string(want.Code)
	case want.Code == "":
		return fmt.Sprintf("an error that contains %q", want.Contains)
	default:
		return fmt.Sprintf("%s that contains %q", want.Code, want.Contains)
	}
}

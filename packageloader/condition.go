package packageloader

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/gobwas/glob"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/celenv"
	"github.com/packstage/packstage/validate"
)

// compileFilter compiles everything in spec.filter, so that an expression that
// cannot work is found before any instance is rendered.
func (r *Renderer) compileFilter() diagnostic.Diagnostics {
	var found diagnostic.Diagnostics
	var names []string
	filter := r.pkg.Manifest.Spec.Filter
	for i, named := range filter.Conditions {
		field := diagnostic.FieldPath("spec", "filter", "conditions", i, "expression")
		found = append(found, r.compileCondition(named.Expression, field, names)...)
		names = append(names, named.Name)
	}
	for i, path := range filter.Paths {
		found = append(found, r.compileCondition(path.Expression, diagnostic.FieldPath("spec", "filter", "paths", i, "expression"), names)...)
		// A glob that does not compile is a finding of the manifest rules.
		if compiled, err := glob.Compile(path.Glob, '/'); err == nil {
			r.paths = append(r.paths, pathFilter{glob: compiled, expression: path.Expression})
		}
	}
	return found
}

// conditionCompiler compiles conditions in an environment that it makes for the
// first one: most packages have none, and it is a third of what a small package
// costs.
type conditionCompiler struct {
	base        *celenv.Base
	costLimit   int64
	once        sync.Once
	environment *celenv.Conditions
	err         error
}

func (c *conditionCompiler) compile(expression string) (*celenv.Condition, error) {
	c.once.Do(func() { c.environment, c.err = c.base.Conditions(c.costLimit) })
	if c.err != nil {
		return nil, c.err
	}
	return c.environment.Compile(expression)
}

// compileCondition checks an expression; names are the conditions that it may use.
func (r *Renderer) compileCondition(expression, field string, names []string) diagnostic.Diagnostics {
	if expression == "" {
		return diagnostic.Diagnostics{{Code: diagnostic.ManifestRequired, Field: field, Message: "is required"}}
	}
	condition, err := r.conditions.compile(expression)
	if err != nil {
		fault := conditionFault(diagnostic.ConditionInvalid, err)
		fault.Field = field
		return diagnostic.Diagnostics{fault}
	}
	found := undeclared(condition, names)
	for i := range found {
		found[i].Field = field
	}
	return found
}

// undeclared reports the conditions that a condition uses and that are not
// among names.
func undeclared(condition *celenv.Condition, names []string) diagnostic.Diagnostics {
	var found diagnostic.Diagnostics
	for _, name := range condition.Uses() {
		if !slices.Contains(names, name) {
			found = append(found, diagnostic.Diagnostic{
				Code:    diagnostic.ConditionInvalid,
				Message: fmt.Sprintf("there is no condition %q that could be used here", name),
				Hint:    diagnostic.DidYouMean(name, names),
			})
		}
	}
	return found
}

// conditionFault is the finding for an error of package celenv.
func conditionFault(code diagnostic.Code, err error) diagnostic.Diagnostic {
	fault := diagnostic.Diagnostic{Code: code, Message: "condition: " + err.Error(), Err: err}
	var expression *celenv.Error
	if errors.As(err, &expression) {
		fault.Message = fmt.Sprintf("condition `%s`, column %d: %s", oneLine(expression.Expression), expression.Column, expression.Message)
		fault.Hint = expression.Hint
		var cost *celenv.CostError
		if errors.As(err, &cost) {
			fault.Code = diagnostic.LimitExceeded
		}
	}
	return fault
}

func oneLine(expression string) string {
	const longest = 80
	expression = strings.Join(strings.Fields(expression), " ")
	if len(expression) > longest {
		return strings.ToValidUTF8(expression[:longest], "") + "…"
	}
	return expression
}

// evaluator evaluates conditions for one render. An expression has one value in
// a render, so it is evaluated once however many objects carry it.
type evaluator struct {
	conditions *conditionCompiler
	variables  *celenv.Variables
	results    sync.Map // expression -> conditionResult
}

type conditionResult struct {
	value bool
	err   error
}

// newEvaluator evaluates the named conditions in order and returns an evaluator
// that knows them.
// coverage may be nil.
func (r *Renderer) newEvaluator(ctx context.Context, variables celenv.Variables, coverage *Coverage) (*evaluator, diagnostic.Diagnostics, error) {
	e := &evaluator{conditions: r.conditions, variables: &variables}
	values := map[string]bool{}
	for i, named := range r.pkg.Manifest.Spec.Filter.Conditions {
		variables.Conditions = values
		value, err := e.evaluateOnce(ctx, named.Expression, &variables)
		if err != nil {
			if ctx.Err() != nil {
				return nil, nil, err
			}
			fault := conditionFault(diagnostic.ConditionFailed, err)
			fault.Field = diagnostic.FieldPath("spec", "filter", "conditions", i, "expression")
			return nil, validate.Complete(r.pkg, diagnostic.Diagnostics{fault}), nil
		}
		coverage.named(i, value)
		values[named.Name] = value
	}
	variables.Conditions = values
	return e, nil, nil
}

func (e *evaluator) evaluateOnce(ctx context.Context, expression string, variables *celenv.Variables) (bool, error) {
	condition, err := e.conditions.compile(expression)
	if err != nil {
		return false, err
	}
	return condition.Evaluate(ctx, variables)
}

// evaluate returns the value of an expression, all named conditions known.
func (e *evaluator) evaluate(ctx context.Context, expression string) (bool, error) {
	if known, ok := e.results.Load(expression); ok {
		result := known.(conditionResult)
		return result.value, result.err
	}
	value, err := e.evaluateOnce(ctx, expression, e.variables)
	if ctx.Err() == nil {
		e.results.Store(expression, conditionResult{value, err})
	}
	return value, err
}

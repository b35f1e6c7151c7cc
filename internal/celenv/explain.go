package celenv

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/parser"
)

// Bounds of an explanation: it is for people.
const (
	mostSteps        = 12
	deepestStep      = 8
	mostAlternatives = 4
)

// Explaining says how values are shown in an explanation.
type Explaining struct {
	// Name says what an element or value is called; where it is nil or returns ""
	// the value is written as JSON, cut short.
	Name func(value any) string
	// Hide takes out of a text what must not be shown, before it is cut; nil shows
	// all.
	Hide func(text string) string
}

// Explain says why the value of an expression is not true: step by step from the
// expression to the parts that decided, each step one line. Of all(...) it finds the
// first element that fails, of && the first part, and of comparisons it gives the
// values of both sides. What cannot be explained ends the explanation.
//
// It evaluates parts of the expression again, so it is for the way of failure. All of
// them together may cost as much as one evaluation; an explanation that would cost
// more ends there.
func (e *Environment) Explain(ctx context.Context, expression string, variables map[string]any, how Explaining) []string {
	raw, err := e.env.Extend(cel.ClearMacros())
	if err != nil {
		return nil
	}
	parsed, issues := raw.Parse(expression)
	if issues.Err() != nil {
		return nil
	}
	budget := e.costLimit
	x := &explanation{
		ctx: ctx, info: parsed.NativeRep().SourceInfo(), how: how,
		scope: scope{environment: e, values: variables}, steps: &[]string{}, budget: &budget,
	}
	x.explain(parsed.NativeRep().Expr(), 0)
	return *x.steps
}

// scope is what a part of an expression sees: the variables of the whole, and those
// of the macros around it.
type scope struct {
	environment *Environment
	values      map[string]any
}

type explanation struct {
	scope
	ctx   context.Context
	info  *ast.SourceInfo
	how   Explaining
	steps *[]string
	// budget is what further evaluations may cost. What is found out once it is spent
	// is not to be trusted, and is not said.
	budget *int64
}

// errSpent says that an explanation has cost enough.
var errSpent = errors.New("the explanation costs too much")

// spent tells whether nothing more can be found out.
func (x *explanation) spent() bool { return *x.budget <= 0 || x.ctx.Err() != nil }

func (x *explanation) say(format string, arguments ...any) {
	if len(*x.steps) < mostSteps && !x.spent() {
		*x.steps = append(*x.steps, fmt.Sprintf(format, arguments...))
	}
}

// text returns the source of a part.
func (x *explanation) text(part ast.Expr) string {
	text, err := parser.Unparse(part, x.info)
	if err != nil {
		return "?"
	}
	return strings.Join(strings.Fields(text), " ")
}

// value evaluates a part.
func (x *explanation) value(part ast.Expr) (ref.Val, error) {
	program, err := x.environment.Compile(x.text(part))
	if err != nil {
		return nil, err
	}
	if x.spent() {
		return nil, errSpent
	}
	value, cost, err := program.evaluate(x.ctx, mapActivation(x.values))
	*x.budget -= int64(cost) + 1
	return value, err
}

// isTrue tells whether a part is true; one that fails is not.
func (x *explanation) isTrue(part ast.Expr) bool {
	value, err := x.value(part)
	return err == nil && value == types.True
}

// explain says why a part is not true.
func (x *explanation) explain(part ast.Expr, depth int) {
	if depth > deepestStep || x.spent() {
		return
	}
	switch part.Kind() {
	case ast.CallKind:
		x.explainCall(part, part.AsCall(), depth)
	case ast.SelectKind, ast.IdentKind:
		x.sayValue(part)
	}
}

func (x *explanation) explainCall(part ast.Expr, call ast.CallExpr, depth int) {
	arguments := call.Args()
	switch name := call.FunctionName(); {
	case name == operators.LogicalAnd:
		for _, side := range arguments {
			if !x.isTrue(side) {
				x.explainPart(side, depth)
				return
			}
		}
	case name == operators.LogicalOr:
		for _, side := range arguments {
			x.explainPart(side, depth)
		}
	case name == operators.Conditional && len(arguments) == 3:
		chosen := arguments[2]
		if x.isTrue(arguments[0]) {
			chosen = arguments[1]
		}
		x.explainPart(chosen, depth)
	case name == operators.LogicalNot && len(arguments) == 1:
		x.explainTrue(arguments[0])
	case name == "has" && !call.IsMemberFunction() && len(arguments) == 1 && arguments[0].Kind() == ast.SelectKind:
		x.explainMissing(arguments[0].AsSelect())
	case call.IsMemberFunction() && len(arguments) == 2 && arguments[0].Kind() == ast.IdentKind && isMacro(name):
		x.explainElements(name, call.Target(), arguments[0].AsIdent(), arguments[1], depth)
	default:
		x.sayOperands(part, call)
	}
}

// explainPart names a part, and says why it is not true.
func (x *explanation) explainPart(part ast.Expr, depth int) {
	if part.Kind() != ast.CallKind || !isJunction(part.AsCall().FunctionName()) {
		x.say("%s is %s", x.text(part), x.outcome(part))
	}
	x.explain(part, depth+1)
}

func isJunction(name string) bool {
	return name == operators.LogicalAnd || name == operators.LogicalOr
}

func isMacro(name string) bool {
	return slices.Contains([]string{"all", "exists", "exists_one", "existsOne"}, name)
}

// outcome is the value of a part in words.
func (x *explanation) outcome(part ast.Expr) string {
	value, err := x.value(part)
	if err != nil {
		return "an error: " + reason(err)
	}
	return x.describe(value)
}

func reason(err error) string {
	if failure, ok := err.(*Error); ok { //nolint:errorlint // an error of this package, never wrapped
		return failure.Message
	}
	return err.Error()
}

// explainTrue says why a part is true that should not be.
func (x *explanation) explainTrue(part ast.Expr) {
	if part.Kind() != ast.CallKind {
		return
	}
	call := part.AsCall()
	arguments := call.Args()
	if call.FunctionName() != "exists" || len(arguments) != 2 || arguments[0].Kind() != ast.IdentKind {
		x.sayOperands(part, call)
		return
	}
	variable := arguments[0].AsIdent()
	inner := x.bind(variable)
	for _, element := range x.elements(call.Target()) {
		if inner == nil {
			return
		}
		if inner.values[variable] = element.value; inner.isTrue(arguments[1]) {
			x.say("%s is true for %s = %s", x.text(arguments[1]), variable, x.describeElement(element))
			return
		}
	}
}

// explainMissing says what there is in the place of a field that is not there.
func (x *explanation) explainMissing(field ast.SelectExpr) {
	operand, err := x.value(field.Operand())
	if err != nil {
		x.say("%s is an error: %s", x.text(field.Operand()), reason(err))
		return
	}
	keys, ok := keysOf(operand)
	switch {
	case !ok:
		x.say("%s is %s", x.text(field.Operand()), x.describe(operand))
	case len(keys) == 0:
		x.say("%s is empty", x.text(field.Operand()))
	default:
		x.say("%s has %s", x.text(field.Operand()), x.shorten(strings.Join(keys, ", ")))
	}
}

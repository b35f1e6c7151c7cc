package celenv

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/interpreter"
)

// Program is a compiled expression. It is immutable and safe for concurrent use.
type Program struct {
	expression string
	ast        *cel.Ast
	program    cel.Program
	costLimit  int64
}

// Expression returns the source of the program.
func (p *Program) Expression() string { return p.expression }

// Evaluate returns the value of the expression: a plain value where it is a
// boolean, number, string, list or map of such, and else what CEL makes of it.
// Variables that are not in the map are unknown names.
//
// The error is an [*Error] where the expression fails or costs more than the
// limit (its Err is a [*CostError] then), and wraps the context's where that is
// done.
func (p *Program) Evaluate(ctx context.Context, variables map[string]any) (any, error) {
	value, _, err := p.evaluate(ctx, mapActivation(variables))
	if err != nil {
		return nil, err
	}
	return value.Value(), nil
}

// EvaluateBool is [Program.Evaluate] for expressions whose value is a boolean;
// another value is an [*Error].
func (p *Program) EvaluateBool(ctx context.Context, variables map[string]any) (bool, error) {
	return p.evaluateBool(ctx, mapActivation(variables))
}

func (p *Program) evaluateBool(ctx context.Context, variables interpreter.Activation) (bool, error) {
	value, _, err := p.evaluate(ctx, variables)
	if err != nil {
		return false, err
	}
	result, ok := value.(types.Bool)
	if !ok {
		return false, p.failure(fmt.Sprintf("must be true or false, is %s", typeName(value)))
	}
	return bool(result), nil
}

// evaluate also returns the cost, where evaluation got far enough to have one.
func (p *Program) evaluate(ctx context.Context, variables interpreter.Activation) (ref.Val, uint64, error) {
	if err := ctx.Err(); err != nil {
		return nil, 0, fmt.Errorf("evaluate CEL expression: %w", err)
	}
	value, details, err := p.program.ContextEval(ctx, variables)
	var cost uint64
	if details != nil && details.ActualCost() != nil {
		cost = *details.ActualCost()
	}
	if err == nil {
		return value, cost, nil
	}
	if done := ctx.Err(); done != nil {
		return nil, cost, fmt.Errorf("evaluate CEL expression: %w", done)
	}
	if cost > uint64(p.costLimit) || strings.Contains(err.Error(), "actual cost limit exceeded") {
		limit := &CostError{Max: p.costLimit}
		failure := p.failure(limit.Error())
		failure.Err = limit
		return nil, cost, failure
	}
	return nil, cost, p.runtimeError(err)
}

// failure is an error about the expression as a whole.
func (p *Program) failure(message string) *Error {
	return &Error{Expression: p.expression, Line: 1, Column: 1, Message: message}
}

// runtimeError finds the place in the expression at which evaluation failed.
func (p *Program) runtimeError(err error) *Error {
	failure := p.failure(err.Error())
	var value *types.Err
	if errors.As(err, &value) && value.NodeID() != 0 {
		if location := p.ast.NativeRep().SourceInfo().GetStartLocation(value.NodeID()); location.Line() > 0 {
			failure.place(location.Line(), location.Column())
		}
	}
	switch {
	case strings.HasPrefix(failure.Message, "no such key: "):
		failure.Hint = "has(...) tells whether a key is there"
	case strings.HasPrefix(failure.Message, "no such overload"):
		failure.Hint = "the types do not fit, as with an integer and 1.0; int(), double() and string() convert"
	}
	return failure
}

func typeName(value ref.Val) string {
	if value == nil || value.Type() == nil {
		return "nothing"
	}
	return value.Type().TypeName()
}

// mapActivation resolves variables in a map.
type mapActivation map[string]any

func (a mapActivation) ResolveName(name string) (any, bool) {
	value, ok := a[name]
	return value, ok
}

func (a mapActivation) Parent() interpreter.Activation { return nil }

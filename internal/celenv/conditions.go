package celenv

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/interpreter"
)

// Names of the variables of conditions.
const (
	configVariable       = "config"
	imagesVariable       = "images"
	dependenciesVariable = "dependencies"
	environmentVariable  = "environment"
	conditionsVariable   = "cond"
)

// Conditions compiles the conditions of a package. Their variables are config,
// images, dependencies and environment, which are dynamic, and cond, the values
// of earlier conditions by name. It is safe for concurrent use.
type Conditions struct{ environment *Environment }

// NewConditions returns an environment for conditions. costLimit bounds the cost
// of one evaluation; zero is [DefaultCostLimit].
func NewConditions(costLimit int64) (*Conditions, error) { return new(Base).Conditions(costLimit) }

func conditionOptions() []cel.EnvOption {
	return []cel.EnvOption{
		cel.Variable(configVariable, cel.DynType),
		cel.Variable(imagesVariable, cel.DynType),
		cel.Variable(dependenciesVariable, cel.DynType),
		cel.Variable(environmentVariable, cel.DynType),
		cel.Variable(conditionsVariable, cel.MapType(cel.StringType, cel.BoolType)),
	}
}

// Compile returns the condition of an expression; the same expression is compiled
// once. The error is an [*Error], also where the value can be no boolean.
func (c *Conditions) Compile(expression string) (*Condition, error) {
	program, err := c.environment.Compile(expression)
	if err != nil {
		return nil, err
	}
	result := program.resultType()
	if result.Kind() != types.BoolKind && result.Kind() != types.DynKind {
		return nil, program.failure(fmt.Sprintf("must be true or false, is %s", result))
	}
	return &Condition{program}, nil
}

// Condition is a compiled condition. It is immutable and safe for concurrent use.
type Condition struct{ program *Program }

// Expression returns the source of the condition.
func (c *Condition) Expression() string { return c.program.expression }

// Evaluate returns the value of the condition. Errors are those of
// [Program.Evaluate], and an [*Error] where the value is no boolean.
func (c *Condition) Evaluate(ctx context.Context, variables *Variables) (bool, error) {
	return c.program.evaluateBool(ctx, variables)
}

// Uses returns the sorted names of the other conditions that the condition names
// as cond.<name> or cond["<name>"].
func (c *Condition) Uses() []string {
	var names []string
	ast.PostOrderVisit(c.program.ast.NativeRep().Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		var operand ast.Expr
		var name string
		switch e.Kind() {
		case ast.SelectKind:
			if e.AsSelect().IsTestOnly() {
				return // has(cond.x) asks whether it is there
			}
			operand, name = e.AsSelect().Operand(), e.AsSelect().FieldName()
		case ast.CallKind:
			call := e.AsCall()
			if call.FunctionName() != "_[_]" || len(call.Args()) != 2 || call.Args()[1].Kind() != ast.LiteralKind {
				return
			}
			operand = call.Args()[0]
			name, _ = call.Args()[1].AsLiteral().Value().(string)
		default:
			return
		}
		if operand.Kind() == ast.IdentKind && operand.AsIdent() == conditionsVariable && name != "" {
			names = append(names, name)
		}
	}))
	slices.Sort(names)
	return slices.Compact(names)
}

// Variables are the values of the variables of conditions: plain values (maps
// with string keys, lists, strings, booleans, int64, float64, nil). Nil maps are
// empty. Evaluating reads them only.
type Variables struct {
	Config       map[string]any
	Images       map[string]string
	Dependencies map[string]any
	Environment  map[string]any
	// Conditions are the values of the conditions that were evaluated before.
	Conditions map[string]bool
}

// ResolveName returns the value of a variable, for cel-go.
func (v *Variables) ResolveName(name string) (any, bool) {
	switch name {
	case configVariable:
		return orEmpty(v.Config), true
	case imagesVariable:
		if v.Images == nil {
			return map[string]string{}, true
		}
		return v.Images, true
	case dependenciesVariable:
		return orEmpty(v.Dependencies), true
	case environmentVariable:
		return orEmpty(v.Environment), true
	case conditionsVariable:
		if v.Conditions == nil {
			return map[string]bool{}, true
		}
		return v.Conditions, true
	default:
		return nil, false
	}
}

// Parent returns nil: there is no outer scope.
func (v *Variables) Parent() interpreter.Activation { return nil }

func orEmpty(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return m
}

// ValidConditionName reports whether name can be used as cond.<name>: letters,
// digits and '_', not beginning with a digit, and no reserved word of CEL.
func ValidConditionName(name string) bool {
	for i := range len(name) {
		c := name[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
		digit := c >= '0' && c <= '9'
		if !letter && (!digit || i == 0) {
			return false
		}
	}
	return name != "" && !isReserved(name)
}

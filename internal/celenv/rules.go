package celenv

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/interpreter"

	"github.com/packstage/packstage/internal/schema"
)

const (
	selfVariable    = "self"
	oldSelfVariable = "oldSelf"
)

// Rules compiles the expressions of x-kubernetes-validations over the nodes of
// one schema. The variable self has the type of the node; oldSelf has the same
// type, and no value: there is never an older configuration.
//
// It is not safe for concurrent use; the rules that it compiles are.
type Rules struct {
	base      *cel.Env
	costLimit int64
	declared  *declarations
	nodes     map[ruleScope]*Environment
}

// ruleScope is what the environment of a rule depends on.
type ruleScope struct {
	node     *schema.Schema
	optional bool
}

// NewRules declares the types of a schema. costLimit bounds the cost of one
// evaluation; zero is [DefaultCostLimit].
func NewRules(root *schema.Schema, costLimit int64) (*Rules, error) {
	return new(Base).Rules(root, costLimit)
}

func ruleOptions() []cel.EnvOption {
	return []cel.EnvOption{
		cel.HomogeneousAggregateLiterals(),
		cel.ASTValidators(cel.ValidateHomogeneousAggregateLiterals()),
	}
}

// environment returns that of the rules of a node. optional tells whether oldSelf
// is an optional value.
func (r *Rules) environment(node *schema.Schema, optional bool) (*Environment, error) {
	scope := ruleScope{node, optional}
	if known, ok := r.nodes[scope]; ok {
		return known, nil
	}
	self := r.declared.nodes[node]
	old := self
	if optional {
		old = types.NewOptionalType(self)
	}
	env, err := r.base.Extend(cel.Variable(selfVariable, self), cel.Variable(oldSelfVariable, old))
	if err != nil {
		return nil, fmt.Errorf("build CEL environment: %w", err)
	}
	made := newEnvironment(env, r.costLimit)
	r.nodes[scope] = made
	return made, nil
}

// Visible reports whether expressions can see the values of a node at all: they
// cannot where the schema gives no type.
func (r *Rules) Visible(node *schema.Schema) bool { return r.declared.nodes[node] != nil }

// Compile returns the compiled rule of a node, which must be visible. The errors
// are [*Error] values; the second one is about the messageExpression.
func (r *Rules) Compile(node *schema.Schema, rule schema.Rule) (*Rule, error, error) {
	optional := rule.OptionalOldSelf != nil && *rule.OptionalOldSelf
	environment, err := r.environment(node, optional)
	if err != nil {
		return nil, &Error{Expression: rule.Rule, Line: 1, Column: 1, Message: err.Error()}, nil
	}
	program, err := environment.Compile(rule.Rule)
	if err != nil {
		return nil, err, nil
	}
	if result := program.resultType(); result.Kind() != types.BoolKind {
		return nil, program.failure(fmt.Sprintf("must be true or false, is %s", result)), nil
	}
	compiled := &Rule{node: node, program: program, optional: optional, transition: program.names(oldSelfVariable)}
	if rule.MessageExpression == "" {
		return compiled, nil, nil
	}
	message, err := environment.Compile(rule.MessageExpression)
	if err != nil {
		return nil, nil, err
	}
	if result := message.resultType(); result.Kind() != types.StringKind {
		return nil, nil, message.failure(fmt.Sprintf("must be a string, is %s", result))
	}
	compiled.message = message
	return compiled, nil, nil
}

// names reports whether the expression names a variable.
func (p *Program) names(variable string) bool {
	for _, reference := range p.ast.NativeRep().ReferenceMap() {
		if reference.Name == variable {
			return true
		}
	}
	return false
}

// Rule is a compiled rule. It is immutable and safe for concurrent use.
type Rule struct {
	node       *schema.Schema
	program    *Program
	message    *Program
	optional   bool
	transition bool
}

// IsTransition reports whether the rule names oldSelf.
func (r *Rule) IsTransition() bool { return r.transition }

// Applies reports whether the rule is evaluated for new values: transition rules
// are not, unless they take oldSelf as an optional.
func (r *Rule) Applies() bool { return !r.transition || r.optional }

// Evaluate reports whether a value meets the rule. The error is an [*Error] where
// the rule fails. cost is what the evaluation cost.
func (r *Rule) Evaluate(ctx context.Context, value any) (met bool, cost uint64, err error) {
	result, cost, err := r.program.evaluate(ctx, r.activation(value))
	if err != nil {
		return false, cost, err
	}
	return result == types.True, cost, nil
}

// Message returns what the messageExpression makes of a value, and false where
// there is none or it makes no usable message.
func (r *Rule) Message(ctx context.Context, value any) (string, bool) {
	const longest = 5 * 1024
	if r.message == nil {
		return "", false
	}
	result, _, err := r.message.evaluate(ctx, r.activation(value))
	if err != nil {
		return "", false
	}
	text, ok := result.(types.String)
	message := strings.TrimSpace(string(text))
	return message, ok && message != "" && len(message) <= longest && !strings.ContainsAny(message, "\n")
}

func (r *Rule) activation(value any) interpreter.Activation {
	return &selfActivation{self: selfValue(value, r.node), optional: r.optional}
}

// selfActivation has the variables of a rule.
type selfActivation struct {
	self     ref.Val
	optional bool
}

// ResolveName returns self, and an empty oldSelf where that is optional.
func (a *selfActivation) ResolveName(name string) (any, bool) {
	switch {
	case name == selfVariable:
		return a.self, true
	case name == oldSelfVariable && a.optional:
		return types.OptionalNone, true
	default:
		return nil, false
	}
}

// Parent returns nil: there is no outer scope.
func (a *selfActivation) Parent() interpreter.Activation { return nil }

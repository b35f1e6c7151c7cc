package validate

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/celenv"
	"github.com/packstage/packstage/internal/schema"
	"github.com/packstage/packstage/packagetypes"
)

// configRules are the compiled x-kubernetes-validations of a schema. Nil has no
// rules.
type configRules struct {
	nodes map[*schema.Schema]*ruleNode
	root  *schema.Schema
	// budget bounds the cost of all rules of one admission together.
	budget uint64
}

// ruleNode holds the rules of a node of the schema; nodes without rules in them
// or below them have none.
type ruleNode struct {
	rules []configRule
	// below is set where nodes below have rules.
	below bool
}

type configRule struct {
	compiled *celenv.Rule
	source   schema.Rule
	// keys is the path from the node to the field that failures are about.
	keys []string
}

// rulesPerBudget is the number of rules that may cost as much as one rule may
// before the rest is not evaluated any more.
const rulesPerBudget = 100

func compileConfigRules(root *schema.Schema, at *schema.Path, limits packagetypes.Limits, shared *Shared) (*configRules, diagnostic.Diagnostics) {
	c := &ruleCompiler{limits: limits, shared: shared, nodes: map[*schema.Schema]*ruleNode{}, root: root}
	if !c.compile(root, at, true) {
		return nil, c.findings
	}
	return &configRules{nodes: c.nodes, root: root, budget: uint64(limits.CELCost) * rulesPerBudget}, c.findings
}

type ruleCompiler struct {
	limits   packagetypes.Limits
	shared   *Shared // nil is a new one
	root     *schema.Schema
	rules    *celenv.Rules
	nodes    map[*schema.Schema]*ruleNode
	findings diagnostic.Diagnostics
}

// compile compiles the rules of a node and those below it, and reports whether
// there are any. correlated tells whether an old value could be found for the
// node: not for items of lists that are no maps.
func (c *ruleCompiler) compile(s *schema.Schema, at *schema.Path, correlated bool) bool {
	if s == nil {
		return false
	}
	node := &ruleNode{}
	for i, rule := range s.Rules {
		if compiled, ok := c.rule(s, rule, at.Child("x-kubernetes-validations").Index(i), correlated); ok {
			node.rules = append(node.rules, compiled)
		}
	}
	below := func(child *schema.Schema, at *schema.Path, correlated bool) {
		if c.compile(child, at, correlated) {
			node.below = true
		}
	}
	below(s.Items, at.Child("items"), correlated && s.ListType != nil && *s.ListType == "map")
	if s.AdditionalProperties != nil {
		below(s.AdditionalProperties.Schema, at.Child("additionalProperties"), correlated)
	}
	for _, name := range s.PropertyNames() {
		below(s.Properties[name], at.Child("properties").Child(name), correlated)
	}
	if len(node.rules) == 0 && !node.below {
		return false
	}
	c.nodes[s] = node
	return true
}

func (c *ruleCompiler) rule(s *schema.Schema, rule schema.Rule, at *schema.Path, correlated bool) (configRule, bool) {
	report := func(field, message, hint string) {
		c.findings = append(c.findings, diagnostic.Diagnostic{
			Code: diagnostic.SchemaInvalidRule, Field: at.Child(field).String(), Message: message, Hint: hint,
		})
	}
	if c.rules == nil {
		shared := c.shared
		if shared == nil {
			shared = NewShared()
		}
		var err error
		if c.rules, err = shared.cel.Rules(c.root, c.limits.CELCost); err != nil {
			report("rule", err.Error(), "")
			return configRule{}, false
		}
	}
	if !c.rules.Visible(s) {
		report("rule", "cannot be used where the schema gives no type", "put the rule on an object with properties")
		return configRule{}, false
	}
	compiled, ruleError, messageError := c.rules.Compile(s, rule)
	for field, err := range map[string]error{"rule": ruleError, "messageExpression": messageError} {
		var failure *celenv.Error
		if errors.As(err, &failure) {
			report(field, failure.Message+placeIn(failure), failure.Hint)
		}
	}
	if compiled == nil {
		return configRule{}, false
	}
	switch {
	case compiled.IsTransition() && !correlated:
		report("rule", "oldSelf cannot be used here", "items can be followed from one version to the next only in a list of type map")
		return configRule{}, false
	case !compiled.IsTransition() && rule.OptionalOldSelf != nil:
		report("optionalOldSelf", "must not be set: the rule does not use oldSelf", "")
		return configRule{}, false
	}
	keys, _ := s.ResolveFieldPath(rule.FieldPath)
	return configRule{compiled: compiled, source: rule, keys: keys}, true
}

// placeIn says where in an expression an error is, where that helps.
func placeIn(failure *celenv.Error) string {
	if failure.Line == 1 && failure.Column == 1 {
		return ""
	}
	if strings.Contains(failure.Expression, "\n") {
		return fmt.Sprintf(" (line %d, column %d of the expression)", failure.Line, failure.Column)
	}
	return fmt.Sprintf(" (column %d of the expression)", failure.Column)
}

// evaluate returns the failures of all rules over an admitted configuration.
func (r *configRules) evaluate(config map[string]any, at *schema.Path) diagnostic.Diagnostics {
	if r == nil {
		return nil
	}
	return r.evaluateNode(r.root, config, at)
}

// evaluateNode returns the failures of the rules of a node and those below it.
func (r *configRules) evaluateNode(s *schema.Schema, value any, at *schema.Path) diagnostic.Diagnostics {
	if r == nil {
		return nil
	}
	e := &ruleEvaluation{rules: r, left: r.budget}
	e.node(s, value, at, false)
	return e.findings
}

type ruleEvaluation struct {
	rules    *configRules
	left     uint64
	stopped  bool
	findings diagnostic.Diagnostics
}

func (e *ruleEvaluation) node(s *schema.Schema, value any, at *schema.Path, sensitive bool) {
	node := e.rules.nodes[s]
	if node == nil || value == nil || e.stopped {
		return
	}
	sensitive = sensitive || s.Sensitive
	for _, rule := range node.rules {
		if rule.compiled.Applies() && !e.stopped {
			e.rule(rule, value, at, sensitive || s.HasSensitive())
		}
	}
	if !node.below {
		return
	}
	switch v := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			e.node(s.Property(key), v[key], at.Child(key), sensitive)
		}
	case []any:
		for i, item := range v {
			e.node(s.Items, item, at.Index(i), sensitive)
		}
	}
}

func (e *ruleEvaluation) rule(rule configRule, value any, at *schema.Path, sensitive bool) {
	for _, key := range rule.keys {
		at = at.Child(key)
	}
	report := func(message, hint string) {
		e.findings = append(e.findings, diagnostic.Diagnostic{
			Code: diagnostic.ConfigRuleFailed, Field: at.String(), Message: message, Hint: hint,
		})
	}
	ctx := context.Background() // bounded by cost
	met, cost, err := rule.compiled.Evaluate(ctx, value)
	if cost > e.left {
		report("the rules together cost too much to evaluate; the rest was left out", "make lists and maps smaller")
		e.stopped = true
		return
	}
	e.left -= cost
	expression := strings.TrimSpace(rule.source.Rule)
	var failure *celenv.Error
	switch {
	case errors.As(err, &failure):
		message := "the rule cannot be evaluated"
		if !sensitive || failure.Err != nil {
			message += ": " + failure.Message
		}
		report(message, "rule: "+expression)
	case err != nil:
		report("the rule cannot be evaluated", "rule: "+expression)
	case !met:
		message, ok := "", false
		if !sensitive { // it may be made of secrets
			message, ok = rule.compiled.Message(ctx, value)
		}
		if !ok {
			message = strings.TrimSpace(rule.source.Message)
		}
		if message == "" {
			report("does not meet the rule: "+expression, "")
			return
		}
		report(message, "rule: "+expression)
	}
}

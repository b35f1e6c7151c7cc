package probe

import (
	"context"
	"errors"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/celenv"
)

// selfVariable is the object in CEL rules.
const selfVariable = "self"

// celCheck wants a CEL rule to be true.
type celCheck struct {
	program *celenv.Program
	message string
}

func (c celCheck) check(ctx context.Context, object map[string]any) (Result, bool) {
	met, err := c.program.EvaluateBool(ctx, map[string]any{selfVariable: object})
	switch {
	case met:
		return Result{}, false
	case err == nil && c.message != "":
		return progressing(ReasonRuleUnmet, inLine(c.message)), true
	case err == nil:
		return progressing(ReasonRuleUnmet, "the rule "+quoted(c.program.Expression())+" is false"), true
	}
	said := err.Error()
	if isSecret(object) {
		said = "" // errors of conversions have the value in them
	}
	message := colon("the rule cannot be evaluated", said)
	if c.message != "" {
		message = inLine(c.message) + " (" + message + ")"
	}
	return progressing(ReasonRuleError, message), true
}

// rule compiles a CEL rule. What is no boolean by its types is refused; what may be
// one is judged when it is evaluated.
func (c *compiler) rule(rule string, field []any) *celenv.Program {
	if rule == "" {
		c.required(rule, field)
		return nil
	}
	if c.environment == nil {
		environment, err := celenv.New(celenv.Options{Variables: []string{selfVariable}, CostLimit: c.costLimit})
		if err != nil {
			c.addRule(err, field)
			return nil
		}
		c.environment = environment
	}
	program, err := c.environment.Compile(rule)
	if err != nil {
		c.addRule(err, field)
		return nil
	}
	// Only what may be a boolean has a negation. The line break ends a comment.
	if _, err := c.environment.Compile("!(" + rule + "\n)"); err != nil {
		c.add(diagnostic.ManifestInvalidValue, "the rule must be true or false", nil, field...)
	}
	return program
}

func (c *compiler) addRule(err error, field []any) {
	finding := diagnostic.Diagnostic{
		Code: diagnostic.ManifestInvalidValue, Field: diagnostic.FieldPath(field...),
		Message: "the rule does not compile: " + inLine(err.Error()), Err: err,
	}
	if failure := (*celenv.Error)(nil); errors.As(err, &failure) {
		finding.Hint = failure.Hint
	}
	c.findings = append(c.findings, finding)
}

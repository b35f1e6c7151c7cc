package probe

import (
	"context"
	"fmt"
)

// conditionCheck wants a condition to have a status.
type conditionCheck struct{ kind, status string }

func (c conditionCheck) check(_ context.Context, object map[string]any) (Result, bool) {
	return unmet(object, c.kind, c.status)
}

// fieldsEqualCheck wants two fields to be there and to be equal.
type fieldsEqualCheck struct{ a, b path }

func (c fieldsEqualCheck) check(_ context.Context, object map[string]any) (Result, bool) {
	a, missingA := c.a.lookup(object)
	b, missingB := c.b.lookup(object)
	switch {
	case missingA != "" && missingB != "":
		return progressing(ReasonFieldMissing, fmt.Sprintf("%s and %s are both missing, which does not make them equal", word(c.a.text), word(c.b.text))), true
	case missingA != "":
		return progressing(ReasonFieldMissing, missingA), true
	case missingB != "":
		return progressing(ReasonFieldMissing, missingB), true
	case !equal(a, b):
		hidden := isSecret(object)
		return progressing(ReasonFieldsDiffer, fmt.Sprintf("%s is %s and %s is %s: they must be equal",
			word(c.a.text), describe(a, hidden), word(c.b.text), describe(b, hidden))), true
	default:
		return Result{}, false
	}
}

// fieldValueCheck wants a field to have a text.
type fieldValueCheck struct {
	path  path
	value string
}

func (c fieldValueCheck) check(_ context.Context, object map[string]any) (Result, bool) {
	value, missing := c.path.lookup(object)
	if missing != "" {
		return progressing(ReasonFieldMissing, missing), true
	}
	if text, ok := textOf(value); ok && text == c.value {
		return Result{}, false
	}
	if isSecret(object) {
		return progressing(ReasonFieldsDiffer, word(c.path.text)+" does not have the value that the probe wants"), true
	}
	return progressing(ReasonFieldsDiffer, fmt.Sprintf("%s is %s and must be %s",
		word(c.path.text), describe(value, false), quoted(c.value))), true
}

package schema

import (
	"math"
	"strconv"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// Keywords under which extensions report errors. Junctors stand below one, so
// that they do not apply to null.
const (
	keywordJunctors = "x-packstage-junctors"
	keywordNumber   = "x-packstage-number"
	keywordNever    = "x-packstage-never"
	keywordFormat   = "format"
	keywordEnum     = "enum"
)

// junctorExtension applies allOf, anyOf, oneOf and not to all values but null:
// Kubernetes judges null by type and enum alone.
type junctorExtension struct{ schema *jsonschema.Schema }

func (e junctorExtension) Validate(ctx jsonschema.ValidationContext, v any) error {
	if v == nil {
		return nil
	}
	return ctx.Validate(e.schema, keywordJunctors, v, "")
}

// numberExtension checks the range of integers and floats.
type numberExtension struct{ kind string }

func (e numberExtension) Validate(ctx jsonschema.ValidationContext, v any) error {
	switch v.(type) {
	case int64, float64:
		if !fitsNumber(e.kind, v) {
			return ctx.Error(keywordNumber, "out of range")
		}
	}
	return nil
}

// fitsNumber reports whether a number fits "int32", "float" or, for all other
// kinds, 64 bits of an integer.
func fitsNumber(kind string, value any) bool {
	if kind == "float" {
		f, ok := value.(float64)
		if !ok {
			return true
		}
		_, err := strconv.ParseFloat(strconv.FormatFloat(f, 'f', -1, 64), 32)
		return err == nil
	}
	integer, ok := value.(int64)
	if f, isFloat := value.(float64); isFloat {
		integer, ok = wholeNumber(f)
	}
	if kind == "int32" {
		return ok && integer >= math.MinInt32 && integer <= math.MaxInt32
	}
	return ok
}

// neverExtension refuses what the keywords apply to.
type neverExtension struct{ keywords []string }

func (e neverExtension) Validate(ctx jsonschema.ValidationContext, v any) error {
	for _, keyword := range e.keywords {
		var applies bool
		switch keyword {
		case "maxLength":
			_, applies = v.(string)
		case "maxItems":
			_, applies = v.([]any)
		case "maxProperties":
			_, applies = v.(map[string]any)
		}
		if applies {
			return ctx.Error(keywordNever, "never")
		}
	}
	return nil
}

// formatExtension checks strings; where it is strict, it refuses other values, as
// Kubernetes does for a format without a type.
type formatExtension struct {
	check  func(string) bool
	strict bool
}

func (e formatExtension) Validate(ctx jsonschema.ValidationContext, v any) error {
	valid := true
	switch value := v.(type) {
	case string:
		valid = e.check(value)
	case nil, []any:
	default:
		valid = !e.strict
	}
	if !valid {
		return ctx.Error(keywordFormat, "format")
	}
	return nil
}

// enumExtension checks that the value is one of a list. Null never is: Kubernetes
// does not take it for a member.
type enumExtension struct{ values []any }

func (e enumExtension) Validate(ctx jsonschema.ValidationContext, v any) error {
	if v != nil {
		for _, value := range e.values {
			if sameValue(v, value) {
				return nil
			}
		}
	}
	return ctx.Error(keywordEnum, "enum")
}

// sameValue compares plain values, numbers by what they are.
func sameValue(a, b any) bool {
	switch x := a.(type) {
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for key, value := range x {
			if other, found := y[key]; !found || !sameValue(value, other) {
				return false
			}
		}
		return true
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for i, value := range x {
			if !sameValue(value, y[i]) {
				return false
			}
		}
		return true
	case int64:
		if y, ok := b.(float64); ok {
			whole, isWhole := wholeNumber(y)
			return isWhole && whole == x
		}
	case float64:
		if y, ok := b.(int64); ok {
			whole, isWhole := wholeNumber(x)
			return isWhole && whole == y
		}
	}
	return a == b
}

package schema

import (
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// valueExtension applies the junctors to all values but null: Kubernetes judges
// null by type and enum alone.
type valueExtension struct{ schema *jsonschema.Schema }

func (valueExtension) Compile(ctx jsonschema.CompilerContext, m map[string]any) (jsonschema.ExtSchema, error) {
	if _, ok := m[keywordValue]; !ok {
		return nil, nil
	}
	compiled, err := ctx.Compile(keywordValue, true)
	if err != nil {
		return nil, err
	}
	return valueExtension{compiled}, nil
}

func (e valueExtension) Validate(ctx jsonschema.ValidationContext, v any) error {
	if v == nil {
		return nil
	}
	return ctx.Validate(e.schema, keywordValue, v, "")
}

// numberExtension checks the range of integers and floats.
type numberExtension struct{ kind string }

func (numberExtension) Compile(_ jsonschema.CompilerContext, m map[string]any) (jsonschema.ExtSchema, error) {
	kind, ok := m[keywordNumber].(string)
	if !ok {
		return nil, nil
	}
	return numberExtension{kind}, nil
}

func (e numberExtension) Validate(ctx jsonschema.ValidationContext, v any) error {
	switch v.(type) {
	case int64, float64:
		if !fitsNumber(e.kind, v) {
			return ctx.Error(keywordNumber, "out of range")
		}
	}
	return nil
}

// neverExtension refuses what no value can satisfy: a negative maximum length,
// an enum of nothing.
type neverExtension struct{ keyword string }

func (neverExtension) Compile(_ jsonschema.CompilerContext, m map[string]any) (jsonschema.ExtSchema, error) {
	keyword, ok := m[keywordNever].(string)
	if !ok {
		return nil, nil
	}
	return neverExtension{keyword}, nil
}

func (e neverExtension) Validate(ctx jsonschema.ValidationContext, v any) error {
	var applies bool
	switch e.keyword {
	case "maxLength":
		_, applies = v.(string)
	case "maxItems":
		_, applies = v.([]any)
	case "maxProperties":
		_, applies = v.(map[string]any)
	default:
		applies = true
	}
	if applies {
		return ctx.Error(keywordNever, "never")
	}
	return nil
}

// formatCheck adapts a check of strings to the library.
func formatCheck(name string, check func(string) bool) func(any) bool {
	strict := strings.HasPrefix(name, strictPrefix)
	return func(value any) bool {
		switch v := value.(type) {
		case string:
			return check(v)
		case nil, []any:
			return true
		default:
			return !strict
		}
	}
}

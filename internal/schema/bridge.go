package schema

import (
	"fmt"
	"math"
	"math/big"
	"regexp"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// compile builds what the library validates with, directly rather than from a
// document of Draft 4: the schema has been checked by stricter rules than those
// of the draft's metaschema, and checking it again takes most of the time that
// the library needs. Patterns have been checked to compile.
func (s *Schema) compile() *jsonschema.Schema {
	compiled := &jsonschema.Schema{
		Draft:         jsonschema.Draft4,
		MinProperties: atLeast(s.MinProperties), MaxProperties: atMost(s.MaxProperties),
		MinItems: atLeast(s.MinItems), MaxItems: atMost(s.MaxItems), MinContains: 1, MaxContains: -1,
		MinLength: atLeast(s.MinLength), MaxLength: atMost(s.MaxLength),
		Types: s.kinds(), Required: s.Required, MultipleOf: rational(s.MultipleOf),
		Extensions: s.extensions(),
	}
	if s.Pattern != "" {
		compiled.Pattern = regexp.MustCompile(s.Pattern)
	}
	if s.ExclusiveMinimum {
		compiled.ExclusiveMinimum = rational(s.Minimum)
	} else {
		compiled.Minimum = rational(s.Minimum)
	}
	if s.ExclusiveMaximum {
		compiled.ExclusiveMaximum = rational(s.Maximum)
	} else {
		compiled.Maximum = rational(s.Maximum)
	}
	if s.Items != nil {
		compiled.Items = s.Items.compile()
	}
	if len(s.Properties) > 0 {
		compiled.Properties = make(map[string]*jsonschema.Schema, len(s.Properties))
		for name, property := range s.Properties {
			compiled.Properties[name] = property.compile()
		}
	}
	if additional := s.AdditionalProperties; additional != nil && additional.Schema != nil {
		compiled.AdditionalProperties = additional.Schema.compile()
	} else if additional != nil && !additional.Allowed {
		compiled.AdditionalProperties = false
	}
	return compiled
}

// kinds are the types that values may have; none means all.
func (s *Schema) kinds() []string {
	var kinds []string
	switch {
	case s.IntOrString:
		kinds = []string{"integer", "string"}
	case s.Type != "":
		kinds = []string{s.Type}
	default:
		return nil
	}
	if s.Nullable {
		kinds = append(kinds, "null")
	}
	return kinds
}

// extensions are the checks that the library does not have.
func (s *Schema) extensions() map[string]jsonschema.ExtSchema {
	found := map[string]jsonschema.ExtSchema{}
	if len(s.AllOf)+len(s.AnyOf)+len(s.OneOf) > 0 || s.Not != nil {
		found[keywordJunctors] = junctorExtension{s.junctors()}
	}
	switch {
	case s.IntOrString:
		found[keywordNumber] = numberExtension{"integer"}
	case s.Type == "integer" && s.Format == "int32", s.Type == "number" && s.Format == "float":
		found[keywordNumber] = numberExtension{s.Format}
	case s.Type == "integer":
		found[keywordNumber] = numberExtension{"integer"}
	}
	if s.IntOrString || s.Type == "" || s.Type == "string" {
		if check := stringFormat(s.Format); check != nil {
			found[keywordFormat] = formatExtension{check: check, strict: s.Type == "" && !s.IntOrString}
		}
	}
	if len(s.Enum) > 0 {
		found[keywordEnum] = enumExtension{s.Enum}
	}
	if keywords := s.impossible(); len(keywords) > 0 {
		found[keywordNever] = neverExtension{keywords}
	}
	return found
}

// junctors returns a schema of the junctors alone.
func (s *Schema) junctors() *jsonschema.Schema {
	compiled := (&Schema{}).compile()
	for _, list := range []struct {
		from []*Schema
		to   *[]*jsonschema.Schema
	}{{s.AllOf, &compiled.AllOf}, {s.AnyOf, &compiled.AnyOf}, {s.OneOf, &compiled.OneOf}} {
		for _, nested := range list.from {
			*list.to = append(*list.to, nested.compile())
		}
	}
	if s.Not != nil {
		compiled.Not = s.Not.compile()
	}
	return compiled
}

// impossible returns the keywords that no value can satisfy: negative maxima.
func (s *Schema) impossible() []string {
	var keywords []string
	for _, maximum := range []struct {
		keyword string
		count   *int64
	}{{"maxLength", s.MaxLength}, {"maxItems", s.MaxItems}, {"maxProperties", s.MaxProperties}} {
		if maximum.count != nil && *maximum.count < 0 {
			keywords = append(keywords, maximum.keyword)
		}
	}
	return keywords
}

// atLeast is a minimum for the library: -1 where there is none.
func atLeast(count *int64) int {
	if count == nil || *count < 0 {
		return -1
	}
	return int(min(*count, math.MaxInt32))
}

// atMost is a maximum for the library; negative ones have an extension.
func atMost(count *int64) int { return atLeast(count) }

// rational returns a number exactly.
func rational(number any) *big.Rat {
	switch n := number.(type) {
	case int64:
		return new(big.Rat).SetInt64(n)
	case float64:
		// the shortest decimal is what was written: 0.1 means a tenth
		exact, _ := new(big.Rat).SetString(fmt.Sprint(n))
		return exact
	default:
		return nil
	}
}

package schema

import (
	"encoding/json"
	"math"
	"strconv"
)

// Keywords of the bridge. What Draft 4 cannot say stands under names of our own,
// which extensions of the library carry out.
const (
	// keywordValue holds the junctors; they do not apply to null.
	keywordValue = "x-packstage-value"
	// keywordNumber holds the number type whose range the value must fit.
	keywordNumber = "x-packstage-number"
	// keywordNever names the keyword that no value of the kind can satisfy.
	keywordNever = "x-packstage-never"
)

// formatPrefix keeps the formats of Kubernetes apart from those that the library
// brings along; strictPrefix marks those that refuse everything but strings.
const (
	formatPrefix = "kubernetes-"
	strictPrefix = "kubernetes-strict-"
)

// draft4 returns the node as a JSON Schema of Draft 4 that judges values the way
// Kubernetes does.
func (s *Schema) draft4() map[string]any {
	doc := map[string]any{}
	s.draft4Type(doc)
	s.draft4Format(doc)
	s.draft4Scalars(doc)
	s.draft4Containers(doc)
	if len(s.AllOf)+len(s.AnyOf)+len(s.OneOf) > 0 || s.Not != nil {
		value := map[string]any{}
		for name, alternatives := range map[string][]*Schema{"allOf": s.AllOf, "anyOf": s.AnyOf, "oneOf": s.OneOf} {
			if len(alternatives) > 0 {
				docs := make([]any, len(alternatives))
				for i, alternative := range alternatives {
					docs[i] = alternative.draft4()
				}
				value[name] = docs
			}
		}
		if s.Not != nil {
			value["not"] = s.Not.draft4()
		}
		doc[keywordValue] = value
	}
	return doc
}

func (s *Schema) draft4Type(doc map[string]any) {
	var kinds []any
	switch {
	case s.IntOrString:
		kinds = []any{"integer", "string"}
	case s.Type != "":
		kinds = []any{s.Type}
	default:
		return
	}
	if s.Nullable {
		kinds = append(kinds, "null")
	}
	doc["type"] = kinds
}

func (s *Schema) draft4Format(doc map[string]any) {
	switch {
	case s.IntOrString || s.Type == "" || s.Type == "string":
		if stringFormat(s.Format) != nil {
			prefix := formatPrefix
			if s.Type == "" && !s.IntOrString {
				prefix = strictPrefix
			}
			doc["format"] = prefix + s.Format
		}
		if s.IntOrString {
			doc[keywordNumber] = "integer"
		}
	case s.Type == "integer" && s.Format == "int32":
		doc[keywordNumber] = "int32"
	case s.Type == "integer":
		doc[keywordNumber] = "integer"
	case s.Type == "number" && s.Format == "float":
		doc[keywordNumber] = "float"
	}
}

func (s *Schema) draft4Scalars(doc map[string]any) {
	if len(s.Enum) > 0 {
		var values []any
		for _, value := range s.Enum {
			if value != nil { // Kubernetes never takes null for a member
				values = append(values, value)
			}
		}
		if len(values) > 0 {
			doc["enum"] = distinct(values)
		} else {
			doc[keywordNever] = "enum"
		}
	}
	if s.Pattern != "" {
		doc["pattern"] = s.Pattern
	}
	for name, bound := range map[string]any{"minimum": s.Minimum, "maximum": s.Maximum, "multipleOf": s.MultipleOf} {
		if bound != nil {
			doc[name] = bound
		}
	}
	if s.ExclusiveMinimum && s.Minimum != nil {
		doc["exclusiveMinimum"] = true
	}
	if s.ExclusiveMaximum && s.Maximum != nil {
		doc["exclusiveMaximum"] = true
	}
}

func (s *Schema) draft4Containers(doc map[string]any) {
	for name, count := range map[string]*int64{
		"minLength": s.MinLength, "minItems": s.MinItems, "minProperties": s.MinProperties,
		"maxLength": s.MaxLength, "maxItems": s.MaxItems, "maxProperties": s.MaxProperties,
	} {
		switch {
		case count == nil:
		case *count >= 0:
			doc[name] = min(*count, math.MaxInt32)
		case name[:3] == "max":
			doc[keywordNever] = name
		}
	}
	if len(s.Required) > 0 {
		doc["required"] = unique(s.Required)
	}
	if len(s.Properties) > 0 {
		properties := make(map[string]any, len(s.Properties))
		for name, property := range s.Properties {
			properties[name] = property.draft4()
		}
		doc["properties"] = properties
	}
	if s.AdditionalProperties != nil {
		if s.AdditionalProperties.Schema != nil {
			doc["additionalProperties"] = s.AdditionalProperties.Schema.draft4()
		} else if !s.AdditionalProperties.Allowed {
			doc["additionalProperties"] = false
		}
	}
	if s.Items != nil {
		doc["items"] = s.Items.draft4()
	}
}

// unique returns the names without repetitions: Draft 4 refuses them, Kubernetes
// does not.
func unique(names []string) []string {
	seen := make(map[string]bool, len(names))
	var kept []string
	for _, name := range names {
		if !seen[name] {
			seen[name] = true
			kept = append(kept, name)
		}
	}
	return kept
}

// distinct returns the values without repetitions, for the same reason.
func distinct(values []any) []any {
	seen := make(map[string]bool, len(values))
	var kept []any
	for _, value := range values {
		encoded, err := json.Marshal(value)
		if err != nil || !seen[string(encoded)] {
			seen[string(encoded)] = true
			kept = append(kept, value)
		}
	}
	return kept
}

// fitsNumber reports whether a number fits the type of keywordNumber.
func fitsNumber(kind string, value any) bool {
	switch kind {
	case "float":
		f, ok := value.(float64)
		if !ok {
			return true
		}
		_, err := strconv.ParseFloat(strconv.FormatFloat(f, 'f', -1, 64), 32)
		return err == nil
	case "int32":
		integer, ok := asInteger(value)
		return ok && integer >= math.MinInt32 && integer <= math.MaxInt32
	default:
		_, ok := asInteger(value)
		return ok
	}
}

func asInteger(value any) (int64, bool) {
	switch v := value.(type) {
	case int64:
		return v, true
	case float64:
		return wholeNumber(v)
	default:
		return 0, false
	}
}

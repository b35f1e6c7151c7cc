package lint

import (
	"maps"
	"regexp"
	"slices"

	"github.com/packstage/packstage/template"
)

// schemaPath leads to the configuration schema in the manifest.
func schemaPath() []any { return []any{"spec", "config", "openAPIV3Schema"} }

// properties visits all properties of the configuration schema, parents before what
// is in them, in the order of their names; path is that in the manifest.
func (s *Subject) properties(visit func(path []any, schema map[string]any)) {
	s.declared(func(path []any, _ template.Path, schema map[string]any) bool {
		visit(path, schema)
		return true
	})
}

// declared is properties with the place of each in the root of templates. Where visit
// returns false, what is in the property is not visited.
func (s *Subject) declared(visit func(path []any, place template.Path, schema map[string]any) bool) {
	var walkSchema func(schema map[string]any, path []any, place template.Path)
	walkSchema = func(schema map[string]any, path []any, place template.Path) {
		properties := mapAt(schema, "properties")
		for _, name := range slices.Sorted(maps.Keys(properties)) {
			below, in := join(path, "properties", name), append(slices.Clone(place), name)
			property := mapAt(properties, name)
			if visit(below, in, property) {
				walkSchema(property, below, in)
			}
		}
		for _, field := range []string{"items", "additionalProperties"} {
			if inner := mapAt(schema, field); inner != nil {
				walkSchema(inner, join(path, field), append(slices.Clone(place), template.AnyElement))
			}
		}
	}
	walkSchema(s.Package.Manifest.Spec.Config.OpenAPIV3Schema, schemaPath(), template.Path{"config"})
}

// property returns the schema of a place of the configuration, as the keys below
// config. Open tells that the place may hold anything.
func (s *Subject) property(keys []string) (schema map[string]any, found, open bool) {
	schema = s.Package.Manifest.Spec.Config.OpenAPIV3Schema
	for _, key := range keys {
		if boolAt(schema, "x-kubernetes-preserve-unknown-fields") || boolAt(schema, "x-kubernetes-embedded-resource") {
			if inner := mapAt(schema, "properties", key); inner == nil {
				return nil, false, true
			}
		}
		switch {
		case textAt(schema, "type") == "array":
			schema = mapAt(schema, "items")
		case mapAt(schema, "properties", key) != nil:
			schema = mapAt(schema, "properties", key)
		case mapAt(schema, "additionalProperties") != nil:
			schema = mapAt(schema, "additionalProperties")
		case boolAt(schema, "additionalProperties"), key == template.AnyElement:
			return nil, false, true
		default:
			return nil, false, false
		}
	}
	return schema, true, false
}

// admits tells whether the schema of a string allows a text.
func admits(schema map[string]any, text string) bool {
	if textAt(schema, "type") != "string" {
		return false
	}
	if enum := listAt(schema, "enum"); enum != nil && !slices.Contains(enum, any(text)) {
		return false
	}
	if pattern := textAt(schema, "pattern"); pattern != "" {
		if expression, err := regexp.Compile(pattern); err == nil && !expression.MatchString(text) {
			return false
		}
	}
	least, _ := schema["minLength"].(int64)
	most, bounded := schema["maxLength"].(int64)
	if int64(len(text)) < least || bounded && int64(len(text)) > most {
		return false
	}
	switch textAt(schema, "format") {
	case "", "password", "byte":
		return true
	}
	return false // the formats of dates, hosts and so on; few of their texts are something else
}

// mayBeEmpty tells whether a value of the schema can be what the function default
// takes for empty.
func mayBeEmpty(schema map[string]any) bool {
	if boolAt(schema, "nullable") {
		return true
	}
	switch textAt(schema, "type") {
	case "string":
		least, _ := schema["minLength"].(int64)
		enum := listAt(schema, "enum")
		return least == 0 && (enum == nil || slices.Contains(enum, any("")))
	case "integer", "number":
		switch minimum := schema["minimum"].(type) {
		case int64:
			return minimum <= 0
		case float64:
			return minimum <= 0
		}
	}
	return true
}

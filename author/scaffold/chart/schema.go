package chart

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// A schemaReader turns what a values.schema.json says of a value into a structural
// schema, and notes what does not fit into one.
type schemaReader struct {
	root map[string]any
	// lost are the keywords that a structural schema does not have, with their place.
	lost []string
}

const maxSchemaDepth = 60

// at follows the keys of a value down a schema.
func (r *schemaReader) at(path []string) (map[string]any, bool) {
	schema, ok := r.resolved(r.root, 0)
	for _, key := range path {
		if !ok {
			return nil, false
		}
		properties, _ := schema["properties"].(map[string]any)
		below, isProperty := properties[key].(map[string]any)
		if !isProperty {
			if below, isProperty = schema["additionalProperties"].(map[string]any); !isProperty {
				return nil, false
			}
		}
		schema, ok = r.resolved(below, 0)
	}
	return schema, ok
}

// resolved follows $ref inside of the document.
func (r *schemaReader) resolved(schema map[string]any, depth int) (map[string]any, bool) {
	reference, ok := schema["$ref"].(string)
	if !ok {
		return schema, true
	}
	path, local := strings.CutPrefix(reference, "#")
	if !local || depth > maxSchemaDepth {
		return nil, false
	}
	var at any = r.root
	for _, step := range strings.Split(strings.TrimPrefix(path, "/"), "/") {
		if step == "" {
			continue
		}
		step = strings.NewReplacer("~1", "/", "~0", "~").Replace(step)
		mapping, isMap := at.(map[string]any)
		if at, ok = mapping[step]; !isMap || !ok {
			return nil, false
		}
	}
	found, isMap := at.(map[string]any)
	if !isMap {
		return nil, false
	}
	found, ok = r.resolved(found, depth+1)
	if !ok {
		return nil, false
	}
	// What stands beside a reference restricts it further.
	joined := maps.Clone(found)
	for key, value := range schema {
		if key != "$ref" {
			joined[key] = value
		}
	}
	return joined, true
}

// structural is the schema of a value. like is the value that the chart has, which says the
// type where the schema does not.
func (r *schemaReader) structural(schema map[string]any, like any, place string, depth int) map[string]any {
	schema, ok := r.resolved(schema, 0)
	if !ok || depth > maxSchemaDepth {
		r.lose(place, "$ref")
		return plainSchema(like)
	}
	result := map[string]any{}
	kind := r.kind(schema, like, place, result)
	for _, key := range slices.Sorted(maps.Keys(schema)) {
		r.keyword(result, kind, key, schema[key], place)
	}
	switch kind {
	case "object":
		r.object(result, schema, like, place, depth)
	case "array":
		items, _ := schema["items"].(map[string]any)
		if items == nil {
			result["items"] = map[string]any{"x-kubernetes-preserve-unknown-fields": true}
			break
		}
		var first any
		if list, _ := like.([]any); len(list) > 0 {
			first = list[0]
		}
		result["items"] = r.structural(items, first, place+"[]", depth+1)
	}
	return result
}

// kind finds the one type of a schema.
func (r *schemaReader) kind(schema map[string]any, like any, place string, result map[string]any) string {
	var kinds []string
	switch stated := schema["type"].(type) {
	case string:
		kinds = []string{stated}
	case []any:
		for _, kind := range stated {
			if kind, ok := kind.(string); ok {
				kinds = append(kinds, kind)
			}
		}
	}
	if slices.Contains(kinds, "null") {
		result["nullable"] = true
		kinds = slices.DeleteFunc(kinds, func(kind string) bool { return kind == "null" })
	}
	slices.Sort(kinds)
	switch {
	case len(kinds) == 1:
		result["type"] = kinds[0]
		return kinds[0]
	case slices.Equal(kinds, []string{"integer", "string"}), slices.Equal(kinds, []string{"number", "string"}):
		result["x-kubernetes-int-or-string"] = true
		return "int-or-string"
	case slices.Equal(kinds, []string{"integer", "number"}):
		result["type"] = "number"
		return "number"
	case len(kinds) > 1:
		r.lose(place, "type "+strings.Join(kinds, " or "))
		result["x-kubernetes-preserve-unknown-fields"] = true
		return ""
	case schema["properties"] != nil:
		result["type"] = "object"
		return "object"
	case schema["items"] != nil:
		result["type"] = "array"
		return "array"
	}
	if like == nil {
		if enum, _ := schema["enum"].([]any); len(enum) > 0 {
			like = enum[0]
		}
	}
	if like == nil {
		result["x-kubernetes-preserve-unknown-fields"] = true
		return ""
	}
	maps.Copy(result, plainSchema(like))
	kind, _ := result["type"].(string)
	return kind
}

func (r *schemaReader) lose(place, keyword string) {
	r.lost = append(r.lost, fmt.Sprintf("%s at %s", keyword, place))
}

// keyword takes one keyword over, where a structural schema has it.
func (r *schemaReader) keyword(result map[string]any, kind, key string, value any, place string) {
	switch key {
	case "type", "properties", "items", "additionalProperties", "required", "$ref", "default", "examples",
		"definitions", "$defs", "$schema", "$id", "$comment", "id", "example":
	case "title", "description":
		if text, ok := value.(string); ok && text != "" {
			result[key] = text
		}
	case "enum":
		list, ok := value.([]any)
		if !ok || slices.ContainsFunc(list, func(item any) bool { return !fitsKind(item, kind) }) {
			r.lose(place, key)
			return
		}
		result[key] = list
	case "const":
		result["enum"] = []any{value}
	case "minimum", "maximum", "multipleOf", "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties":
		result[key] = value
	case "exclusiveMinimum", "exclusiveMaximum":
		bound := strings.Replace(strings.TrimPrefix(key, "exclusive"), "M", "m", 1)
		switch value.(type) {
		case bool:
			result[key] = value
		default: // since draft 6 it is the bound itself
			result[bound], result[key] = value, true
		}
	case "pattern":
		text, _ := value.(string)
		if _, err := regexp.Compile(text); err != nil || text == "" {
			r.lose(place, key)
			return
		}
		result[key] = text
	case "format":
		if text, ok := value.(string); ok {
			result[key] = text
		}
	case "uniqueItems":
		if value == true {
			r.lose(place, key)
		}
	default:
		r.lose(place, key)
	}
}

func fitsKind(value any, kind string) bool {
	switch value.(type) {
	case string:
		return kind == "string" || kind == "int-or-string"
	case int64:
		return kind == "integer" || kind == "number" || kind == "int-or-string"
	case float64, json.Number:
		return kind == "number"
	case bool:
		return kind == "boolean"
	}
	return false
}

// object takes over what a schema says of a mapping.
func (r *schemaReader) object(result, schema map[string]any, like any, place string, depth int) {
	properties, _ := schema["properties"].(map[string]any)
	values, _ := like.(map[string]any)
	made := map[string]any{}
	for _, key := range slices.Sorted(maps.Keys(properties)) {
		if property, ok := properties[key].(map[string]any); ok {
			made[key] = r.structural(property, values[key], place+"."+key, depth+1)
		} else {
			made[key] = map[string]any{"x-kubernetes-preserve-unknown-fields": true}
		}
	}
	if required, ok := schema["required"].([]any); ok && len(required) > 0 {
		result["required"] = required
	}
	switch additional := schema["additionalProperties"].(type) {
	case map[string]any:
		if len(made) == 0 {
			result["additionalProperties"] = r.structural(additional, nil, place+".*", depth+1)
			delete(result, "x-kubernetes-preserve-unknown-fields")
			return
		}
		r.lose(place, "additionalProperties beside properties")
		result["x-kubernetes-preserve-unknown-fields"] = true
	case bool:
		if additional {
			result["x-kubernetes-preserve-unknown-fields"] = true
		} else {
			delete(result, "x-kubernetes-preserve-unknown-fields")
		}
	default: // what is not described is allowed
		result["x-kubernetes-preserve-unknown-fields"] = true
	}
	if len(made) > 0 {
		result["properties"] = made
	}
}

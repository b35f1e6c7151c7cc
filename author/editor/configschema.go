package editor

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/packstage/packstage/packagetypes"
)

// draft7 is the dialect that editors know best.
const draft7 = "http://json-schema.org/draft-07/schema#"

// ConfigSchema returns the JSON Schema (draft 7) of the configuration of a package,
// with sorted keys and indented, for editors and for checks without packstage. Of a
// package without a schema it allows the empty configuration only.
//
// It refuses unknown keys where packstage does. A key with a default is never
// required, since packstage fills it. Rules (x-kubernetes-validations) stand in the
// descriptions.
func ConfigSchema(pkg *packagetypes.Package) ([]byte, error) {
	content := pkg.Manifest.Spec.Config.OpenAPIV3Schema
	if content == nil {
		content = map[string]any{"type": "object"}
	}
	schema := converted(content, false)
	schema["$schema"] = draft7
	schema["title"] = "Configuration of " + pkg.Name
	return indented(schema)
}

// indented writes a schema as files have it.
func indented(schema map[string]any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(schema)
	return out.Bytes(), err
}

// copiedKeywords mean the same in both kinds of schema.
var copiedKeywords = []string{
	"title", "description", "default", "enum", "multipleOf", "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties",
}

// knownFormats are those that JSON Schema has with the same meaning. A tool may take
// others for an error.
var knownFormats = []string{"date", "email", "hostname", "ipv4", "ipv6", "uri", "uuid"}

// converted turns a structural schema into a JSON Schema. In a value validation
// (allOf, anyOf, oneOf, not) keys that are not named are allowed: they are named
// outside of it.
func converted(content map[string]any, validation bool) map[string]any {
	schema := map[string]any{}
	for _, keyword := range copiedKeywords {
		if value, ok := content[keyword]; ok && value != nil {
			schema[keyword] = value
		}
	}
	truth := func(keyword string) bool { value, _ := content[keyword].(bool); return value }
	convertType(schema, content, truth("nullable"), truth("x-kubernetes-int-or-string"))
	convertBounds(schema, content)
	if pattern, ok := content["pattern"].(string); ok && isPortable(pattern) {
		schema["pattern"] = pattern
	}
	if format, _ := content["format"].(string); slices.Contains(knownFormats, format) {
		schema["format"] = format
	}
	if content["x-kubernetes-list-type"] == "set" {
		schema["uniqueItems"] = true
	}
	if content["format"] == "password" || truth("x-packstage-sensitive") {
		schema["writeOnly"] = true
	}
	convertParts(schema, content, validation)
	convertKeys(schema, content, validation, truth("x-kubernetes-preserve-unknown-fields"), truth("x-kubernetes-embedded-resource"))
	if rules := ruleTexts(content); len(rules) > 0 {
		description, _ := schema["description"].(string)
		schema["description"] = strings.TrimPrefix(description+"\n\nRule: "+strings.Join(rules, "\nRule: "), "\n\n")
	}
	return schema
}

func convertType(schema, content map[string]any, nullable, intOrString bool) {
	name, _ := content["type"].(string)
	types := []any{}
	switch {
	case intOrString:
		types = append(types, "integer", "string")
	case name != "":
		types = append(types, name)
	}
	enum, isEnum := schema["enum"].([]any)
	if isEnum {
		// As in Kubernetes, null is no member of a list of values, even where it stands in it.
		schema["enum"] = slices.DeleteFunc(slices.Clone(enum), func(value any) bool { return value == nil })
	} else if nullable && len(types) > 0 {
		types = append(types, "null")
	}
	switch len(types) {
	case 0:
	case 1:
		schema["type"] = types[0]
	default:
		schema["type"] = types
	}
}

// convertBounds writes bounds as numbers, which draft 7 has for exclusive ones too.
func convertBounds(schema, content map[string]any) {
	for _, bound := range []struct{ plain, exclusive string }{{"minimum", "exclusiveMinimum"}, {"maximum", "exclusiveMaximum"}} {
		value, ok := content[bound.plain]
		if !ok {
			continue
		}
		if exclusive, _ := content[bound.exclusive].(bool); exclusive {
			schema[bound.exclusive] = value
		} else {
			schema[bound.plain] = value
		}
	}
}

// convertParts converts the schemas below.
func convertParts(schema, content map[string]any, validation bool) {
	if items, ok := content["items"].(map[string]any); ok {
		schema["items"] = converted(items, validation)
	}
	for _, keyword := range []string{"allOf", "anyOf", "oneOf"} {
		entries, _ := content[keyword].([]any)
		var parts []any
		for _, entry := range entries {
			if part, ok := entry.(map[string]any); ok {
				parts = append(parts, converted(part, true))
			}
		}
		if len(parts) > 0 {
			schema[keyword] = parts
		}
	}
	if not, ok := content["not"].(map[string]any); ok {
		schema["not"] = converted(not, true)
	}
}

// convertKeys says which keys an object may and must have.
func convertKeys(schema, content map[string]any, validation, anyKey, embedded bool) {
	properties, _ := content["properties"].(map[string]any)
	defaulted := map[string]bool{}
	if len(properties) > 0 {
		named := map[string]any{}
		for name, property := range properties {
			part, _ := property.(map[string]any)
			named[name] = converted(part, validation)
			defaulted[name] = part["default"] != nil
		}
		schema["properties"] = named
	}
	required, _ := content["required"].([]any)
	var missed []any
	for _, name := range required {
		if text, ok := name.(string); ok && (validation || !defaulted[text]) {
			missed = append(missed, name)
		}
	}
	if len(missed) > 0 {
		schema["required"] = missed
	}
	switch additional := content["additionalProperties"].(type) {
	case map[string]any:
		schema["additionalProperties"] = converted(additional, validation)
	case bool:
		schema["additionalProperties"] = additional
	default:
		if content["type"] == "object" && !validation && !anyKey && !embedded {
			schema["additionalProperties"] = false
		}
	}
}

func ruleTexts(content map[string]any) []string {
	entries, _ := content["x-kubernetes-validations"].([]any)
	var texts []string
	for _, entry := range entries {
		rule, _ := entry.(map[string]any)
		text, _ := rule["message"].(string)
		if text == "" {
			text, _ = rule["rule"].(string)
		}
		texts = append(texts, text)
	}
	return texts
}

// isPortable tells whether a pattern means the same in RE2 and in the regular
// expressions of JavaScript, which editors use.
func isPortable(pattern string) bool {
	for _, only := range []string{"(?", `\A`, `\z`, `\pN`, `\p{`, `\Q`, "[[:", `\x{`, `\C`, `\a`} {
		if strings.Contains(strings.ReplaceAll(pattern, "(?:", "("), only) {
			return false
		}
	}
	return true
}

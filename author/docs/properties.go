package docs

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
)

// Property describes one key of a configuration.
type Property struct {
	// Path of the key: "a.b", "list[].name" for the items of lists and "map.*"
	// for keys of any name.
	Path string `json:"path"`
	// Type is that of the schema, "array of string" for lists, "map of string" for
	// objects with keys of any name, or "int-or-string".
	Type     string `json:"type,omitempty"`
	Format   string `json:"format,omitempty"`
	Required bool   `json:"required"`
	Default  any    `json:"default,omitempty"`
	Enum     []any  `json:"enum,omitempty"`
	// Constraints are what else the value must meet, in words.
	Constraints []string `json:"constraints,omitempty"`
	// Rules are those that stand at the key (x-kubernetes-validations).
	Rules       []PropertyRule `json:"rules,omitempty"`
	Nullable    bool           `json:"nullable,omitempty"`
	Sensitive   bool           `json:"sensitive,omitempty"`
	Title       string         `json:"title,omitempty"`
	Description string         `json:"description,omitempty"`
	// shown is the default as documents show it, where it differs.
	shown any
}

// DefaultText writes the default as documents show it, in which what is sensitive is
// masked; it is empty where there is none.
func (p Property) DefaultText() string {
	switch {
	case p.Default == nil:
		return ""
	case p.Sensitive:
		return maskedText
	case p.shown != nil:
		return ValueText(p.shown)
	default:
		return ValueText(p.Default)
	}
}

// maskedDefault returns a default without what its schema marks as sensitive.
func maskedDefault(schema map[string]any, value any) any {
	if isSensitive(schema) && value != nil {
		return maskedText
	}
	switch value := value.(type) {
	case map[string]any:
		properties, _ := schema["properties"].(map[string]any)
		others, _ := schema["additionalProperties"].(map[string]any)
		copied := make(map[string]any, len(value))
		for key, child := range value {
			of, ok := properties[key].(map[string]any)
			if !ok {
				of = others
			}
			copied[key] = maskedDefault(of, child)
		}
		return copied
	case []any:
		items, _ := schema["items"].(map[string]any)
		copied := make([]any, len(value))
		for i, item := range value {
			copied[i] = maskedDefault(items, item)
		}
		return copied
	default:
		return value
	}
}

// PropertyRule is a rule over a value and what is below it.
type PropertyRule struct {
	// Rule is CEL over self.
	Rule    string `json:"rule"`
	Message string `json:"message,omitempty"`
}

// Properties lists the keys of a configuration schema, as the manifest holds it, in
// the order of their names; keys follow the one that they are below. It takes any
// schema, also one that is not valid.
func Properties(schema map[string]any) []Property {
	return propertyWalk{order: func(properties map[string]any, _ []any) []string {
		return slices.Sorted(maps.Keys(properties))
	}}.below("", []any{}, schema, false)
}

// propertiesAsWritten lists them in the order in which the manifest has them.
func propertiesAsWritten(schema map[string]any, file string, data []byte) []Property {
	locator := manifest.NewLocator(file, data)
	return propertyWalk{order: func(properties map[string]any, at []any) []string {
		return writtenOrder(locator, properties, at)
	}}.below("", []any{"spec", "config", "openAPIV3Schema"}, schema, false)
}

func writtenOrder(locator *manifest.Locator, properties map[string]any, at []any) []string {
	names := slices.Sorted(maps.Keys(properties))
	places := map[string]diagnostic.Position{}
	for _, name := range names {
		places[name] = locator.Position(diagnostic.FieldPath(append(slices.Clone(at), "properties", name)...))
	}
	slices.SortStableFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(places[a].Line, places[b].Line), cmp.Compare(places[a].Column, places[b].Column))
	})
	return names
}

type propertyWalk struct {
	// order gives the names of properties, which are those of the schema at a path.
	order func(properties map[string]any, at []any) []string
}

func (w propertyWalk) below(path string, at []any, schema map[string]any, sensitive bool) []Property {
	var listed []Property
	properties, _ := schema["properties"].(map[string]any)
	required, _ := schema["required"].([]any)
	for _, name := range w.order(properties, at) {
		content, _ := properties[name].(map[string]any)
		here := name
		if path != "" {
			here = path + "." + name
		}
		property := newProperty(here, content)
		property.Required = slices.Contains(required, any(name))
		property.Sensitive = property.Sensitive || sensitive
		listed = append(listed, property)
		listed = append(listed, w.below(here, append(slices.Clone(at), "properties", name), content, property.Sensitive)...)
	}
	for _, inner := range []struct{ keyword, suffix string }{{"items", "[]"}, {"additionalProperties", ".*"}} {
		if content, ok := schema[inner.keyword].(map[string]any); ok {
			here := strings.TrimPrefix(path+inner.suffix, ".")
			listed = append(listed, w.inner(here, content, sensitive)...)
			listed = append(listed, w.below(here, append(slices.Clone(at), inner.keyword), content, sensitive || isSensitive(content))...)
		}
	}
	return listed
}

// inner lists the items of a list or the values of a map themselves, where there is
// more to say about them than their type, which stands at the list or map.
func (w propertyWalk) inner(path string, schema map[string]any, sensitive bool) []Property {
	property := newProperty(path, schema)
	if property.Description == "" && property.Title == "" && len(property.Constraints) == 0 && len(property.Rules) == 0 && len(property.Enum) == 0 {
		return nil
	}
	property.Sensitive = property.Sensitive || sensitive
	return []Property{property}
}

func newProperty(path string, schema map[string]any) Property {
	text := func(keyword string) string {
		value, _ := schema[keyword].(string)
		return value
	}
	enum, _ := schema["enum"].([]any)
	nullable, _ := schema["nullable"].(bool)
	return Property{
		Path: path, Type: propertyType(schema), Format: text("format"), Default: schema["default"], Enum: enum,
		Constraints: constraintsOf(schema), Rules: rulesOf(schema), Nullable: nullable, Sensitive: isSensitive(schema),
		Title: text("title"), Description: text("description"), shown: maskedDefault(schema, schema["default"]),
	}
}

func isSensitive(schema map[string]any) bool {
	marked, _ := schema["x-packstage-sensitive"].(bool)
	return marked || schema["format"] == "password"
}

func rulesOf(schema map[string]any) []PropertyRule {
	entries, _ := schema["x-kubernetes-validations"].([]any)
	var rules []PropertyRule
	for _, entry := range entries {
		content, _ := entry.(map[string]any)
		rule, _ := content["rule"].(string)
		message, _ := content["message"].(string)
		rules = append(rules, PropertyRule{Rule: rule, Message: message})
	}
	return rules
}

func propertyType(schema map[string]any) string {
	if either, _ := schema["x-kubernetes-int-or-string"].(bool); either {
		return "int-or-string"
	}
	name, _ := schema["type"].(string)
	switch name {
	case "array":
		items, _ := schema["items"].(map[string]any)
		if of := propertyType(items); of != "" {
			return "array of " + of
		}
	case "object":
		values, _ := schema["additionalProperties"].(map[string]any)
		if of := propertyType(values); of != "" {
			return "map of " + of
		}
	}
	return name
}

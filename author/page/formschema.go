package page

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"slices"

	"github.com/packstage/packstage/author/docs"
)

// formSchema is a configuration schema in the form that the program of the page
// reads: what it needs of each keyword, under short names, with properties in the
// order of the manifest.
type formSchema struct {
	Type        string `json:"type,omitempty"`
	Format      string `json:"format,omitempty"`
	Title       string `json:"title,omitempty"`
	Description string `json:"description,omitempty"`
	Default     any    `json:"default,omitempty"`
	Enum        []any  `json:"enum,omitempty"`
	Pattern     any    `json:"pattern,omitempty"`

	Minimum          any `json:"minimum,omitempty"`
	Maximum          any `json:"maximum,omitempty"`
	ExclusiveMinimum any `json:"exclusiveMinimum,omitempty"`
	ExclusiveMaximum any `json:"exclusiveMaximum,omitempty"`
	MultipleOf       any `json:"multipleOf,omitempty"`
	MinLength        any `json:"minLength,omitempty"`
	MaxLength        any `json:"maxLength,omitempty"`
	MinItems         any `json:"minItems,omitempty"`
	MaxItems         any `json:"maxItems,omitempty"`
	MinProperties    any `json:"minProperties,omitempty"`
	MaxProperties    any `json:"maxProperties,omitempty"`

	// Closed tells that packstage refuses keys that are not named.
	Closed               bool              `json:"closed,omitempty"`
	Required             any               `json:"required,omitempty"`
	Properties           orderedProperties `json:"properties,omitempty"`
	AdditionalProperties *formSchema       `json:"additionalProperties,omitempty"`
	Items                *formSchema       `json:"items,omitempty"`
	AllOf                []*formSchema     `json:"allOf,omitempty"`
	AnyOf                []*formSchema     `json:"anyOf,omitempty"`
	OneOf                []*formSchema     `json:"oneOf,omitempty"`
	Not                  *formSchema       `json:"not,omitempty"`

	Nullable    bool     `json:"nullable,omitempty"`
	IntOrString bool     `json:"intOrString,omitempty"`
	Sensitive   bool     `json:"sensitive,omitempty"`
	ListType    any      `json:"listType,omitempty"`
	ListMapKeys any      `json:"listMapKeys,omitempty"`
	Rules       []string `json:"rules,omitempty"`
}

// orderedProperties is an object of JSON that keeps the order of its keys.
type orderedProperties []orderedProperty

type orderedProperty struct {
	name   string
	schema *formSchema
}

// MarshalJSON implements json.Marshaler.
func (p orderedProperties) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, property := range p {
		if i > 0 {
			out.WriteByte(',')
		}
		name, err := json.Marshal(property.name)
		if err != nil {
			return nil, err
		}
		content, err := json.Marshal(property.schema)
		if err != nil {
			return nil, err
		}
		out.Write(name)
		out.WriteByte(':')
		out.Write(content)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// schemaConverter knows where each property stands in the manifest.
type schemaConverter struct{ order map[string]int }

func newSchemaConverter(properties []docs.Property) schemaConverter {
	order := map[string]int{}
	for i, property := range properties {
		order[property.Path] = i
	}
	return schemaConverter{order}
}

// place is what the schemas above say about one below them.
type place struct {
	sensitive bool
	// validation tells that it stands in allOf, anyOf, oneOf or not, which name keys of
	// what they are about and close nothing.
	validation bool
}

func (c schemaConverter) convert(content map[string]any, path string, at place) *formSchema {
	if content == nil {
		return nil
	}
	text := func(key string) string { value, _ := content[key].(string); return value }
	truth := func(key string) bool { value, _ := content[key].(bool); return value }
	s := &formSchema{
		Type: text("type"), Format: text("format"), Title: text("title"), Description: text("description"), Default: content["default"], Pattern: content["pattern"],
		Minimum: content["minimum"], Maximum: content["maximum"],
		ExclusiveMinimum: content["exclusiveMinimum"], ExclusiveMaximum: content["exclusiveMaximum"], MultipleOf: content["multipleOf"],
		MinLength: content["minLength"], MaxLength: content["maxLength"], MinItems: content["minItems"], MaxItems: content["maxItems"],
		MinProperties: content["minProperties"], MaxProperties: content["maxProperties"], Required: content["required"],
		Nullable: truth("nullable"), IntOrString: truth("x-kubernetes-int-or-string"),
		Sensitive: at.sensitive || truth("x-packstage-sensitive") || text("format") == "password",
		ListType:  content["x-kubernetes-list-type"], ListMapKeys: content["x-kubernetes-list-map-keys"],
	}
	s.Enum, _ = content["enum"].([]any)
	_, others := content["additionalProperties"].(map[string]any)
	s.Closed = s.Type == "object" && !others && content["additionalProperties"] != true && !at.validation &&
		!truth("x-kubernetes-preserve-unknown-fields") && !truth("x-kubernetes-embedded-resource")
	at.sensitive = s.Sensitive
	properties, _ := content["properties"].(map[string]any)
	for _, name := range c.sorted(properties, path) {
		property, _ := properties[name].(map[string]any)
		s.Properties = append(s.Properties, orderedProperty{name, c.convert(orEmpty(property), below(path, name), at)})
	}
	inner := func(key, suffix string, at place) *formSchema {
		value, _ := content[key].(map[string]any)
		return c.convert(value, path+suffix, at)
	}
	validation := place{s.Sensitive, true}
	s.AdditionalProperties, s.Items, s.Not = inner("additionalProperties", ".*", at), inner("items", "[]", at), inner("not", "", validation)
	several := func(key string) []*formSchema {
		entries, _ := content[key].([]any)
		var parts []*formSchema
		for _, entry := range entries {
			part, _ := entry.(map[string]any)
			parts = append(parts, c.convert(orEmpty(part), path, validation))
		}
		return parts
	}
	s.AllOf, s.AnyOf, s.OneOf = several("allOf"), several("anyOf"), several("oneOf")
	rules, _ := content["x-kubernetes-validations"].([]any)
	for _, entry := range rules {
		rule, _ := entry.(map[string]any)
		expression, _ := rule["rule"].(string)
		message, _ := rule["message"].(string)
		s.Rules = append(s.Rules, cmp.Or(message, expression))
	}
	return s
}

func orEmpty(content map[string]any) map[string]any {
	if content == nil {
		return map[string]any{}
	}
	return content
}

func below(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func (c schemaConverter) sorted(properties map[string]any, path string) []string {
	names := slices.Sorted(maps.Keys(properties))
	slices.SortStableFunc(names, func(a, b string) int {
		return cmp.Compare(c.order[below(path, a)], c.order[below(path, b)])
	})
	return names
}

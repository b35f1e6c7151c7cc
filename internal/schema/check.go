package schema

import (
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/packstage/packstage/diagnostic"
)

// Check applies Kubernetes' rules for the schemas of custom resources to a parsed
// schema: those of structural schemas, and those of the single keywords. Defaults
// and the expressions of rules are checked elsewhere, by what is compiled from
// the schema.
//
// Findings: [diagnostic.SchemaInvalid], [diagnostic.SchemaInvalidPattern] and
// [diagnostic.SchemaInvalidRule].
func Check(s *Schema, at *Path) diagnostic.Diagnostics {
	c := &checker{}
	if s.Nullable {
		c.invalid(at.Child("nullable"), "", "must not be set at the root")
	}
	if s.Default != nil {
		c.invalid(at.Child("default"), "set the defaults of the properties", "must not be set at the root")
	}
	c.node(s, at, scope{root: true})
	c.structure(s, rootLevel, at)
	c.completeness(s, s, at, at)
	return c.findings.Sorted()
}

type checker struct{ findings diagnostic.Diagnostics }

func (c *checker) add(code diagnostic.Code, at *Path, hint, format string, args ...any) {
	c.findings = append(c.findings, diagnostic.Diagnostic{
		Code: code, Field: at.String(), Message: fmt.Sprintf(format, args...), Hint: hint,
	})
}

func (c *checker) invalid(at *Path, hint, format string, args ...any) {
	c.add(diagnostic.SchemaInvalid, at, hint, format, args...)
}

// scope is what the rules of single keywords need to know about the way to a node.
type scope struct {
	root bool
	// meta is set inside apiVersion, kind and metadata of the root or of an
	// embedded resource.
	meta bool
	// noDefault says why there must be no default; "" where there may be one.
	noDefault string
}

// node applies the rules of the single keywords to a node and those below it.
func (c *checker) node(s *Schema, at *Path, in scope) {
	if s == nil {
		return
	}
	c.keywords(s, at, in)
	c.lists(s, at)
	c.rules(s, at)

	below := in
	below.root = false
	if s.AdditionalProperties != nil {
		additional := below
		if in.meta {
			additional.noDefault = "below additionalProperties of an object's metadata"
		}
		c.node(s.AdditionalProperties.Schema, at.Child("additionalProperties"), additional)
	}
	for _, name := range s.names {
		property := below
		if (in.root || s.EmbeddedResource) && isMetaField(name) {
			property.meta = true
			if in.root {
				property.noDefault = "in " + name + " at the root"
			}
		}
		c.node(s.Properties[name], at.Child("properties").Child(name), property)
	}
	c.node(s.Items, at.Child("items"), below)
	eachNested(s, at, func(nested *Schema, at *Path) { c.node(nested, at, below) })
}

// eachNested calls visit for each value validation of a node.
func eachNested(s *Schema, at *Path, visit func(nested *Schema, at *Path)) {
	for i, nested := range s.AllOf {
		visit(nested, at.Child("allOf").Index(i))
	}
	for i, nested := range s.AnyOf {
		visit(nested, at.Child("anyOf").Index(i))
	}
	for i, nested := range s.OneOf {
		visit(nested, at.Child("oneOf").Index(i))
	}
	if s.Not != nil {
		visit(s.Not, at.Child("not"))
	}
}

func (c *checker) keywords(s *Schema, at *Path, in scope) {
	for _, name := range s.forbidden {
		c.invalid(at.Child(name), "write the schema out in place", "%s is not supported", name)
	}
	switch {
	case s.Type == "null":
		c.invalid(at.Child("type"), "use nullable: true", "must not be null")
	case s.Type != "" && !isOneOf(s.Type, valueTypes):
		c.invalid(at.Child("type"), typeHint(s.Type), "must be %s, is %q", enumerate(valueTypes, "or"), s.Type)
	}
	if s.Default != nil && in.noDefault != "" {
		c.invalid(at.Child("default"), "", "must not be set %s", in.noDefault)
	}
	if s.itemsList {
		c.invalid(at.Child("items"), "", "must be a schema, is a list")
	}
	if s.EmbeddedResource && in.meta {
		c.invalid(at.Child("x-kubernetes-embedded-resource"), "", "must not be used in the metadata of an object")
	}
	if s.UniqueItems {
		c.invalid(at.Child("uniqueItems"), "use x-kubernetes-list-type: set", "must not be true")
	}
	if a := s.AdditionalProperties; a != nil && len(s.Properties) > 0 && (!a.Allowed || a.Schema != nil) {
		c.invalid(at.Child("additionalProperties"), "unknown keys of an object with properties are always refused or pruned",
			"must not stand beside properties")
	}
	if s.preserveFalse {
		c.invalid(at.Child("x-kubernetes-preserve-unknown-fields"), "leave it out", "must be true where it is set")
	}
	if s.MapType != nil {
		c.mustBeType(s, at, "object", "x-kubernetes-map-type")
		if *s.MapType != "atomic" && *s.MapType != "granular" {
			c.invalid(at.Child("x-kubernetes-map-type"), "", `must be "atomic" or "granular", is %q`, *s.MapType)
		}
	}
	if s.Pattern != "" {
		if _, err := regexp.Compile(s.Pattern); err != nil {
			c.add(diagnostic.SchemaInvalidPattern, at.Child("pattern"), "the syntax is that of RE2: no look-around, no back-references", "%v", err)
		}
	}
	if s.MultipleOf != nil && !isPositive(s.MultipleOf) {
		c.invalid(at.Child("multipleOf"), "", "must be more than 0, is %s", Show(s.MultipleOf))
	}
}

// mustBeType checks the type that a keyword asks for.
func (c *checker) mustBeType(s *Schema, at *Path, want, keyword string) {
	if s.Type == "" {
		c.invalid(at.Child("type"), "", "is required: must be %s where %s is set", want, keyword)
	} else if s.Type != want {
		c.invalid(at.Child("type"), "", "must be %s where %s is set, is %q", want, keyword, s.Type)
	}
}

func typeHint(name string) string {
	switch name {
	case "float", "double":
		return `use type: number with format: ` + name
	case "int", "int32", "int64", "long":
		return "did you mean integer?"
	case "bool":
		return "did you mean boolean?"
	case "map", "dict":
		return "use type: object with additionalProperties"
	case "list":
		return "did you mean array?"
	}
	if nearest, ok := diagnostic.Suggest(name, valueTypes); ok {
		return "did you mean " + nearest + "?"
	}
	return ""
}

func isPositive(number any) bool {
	switch n := number.(type) {
	case int64:
		return n > 0
	case float64:
		return n > 0
	default:
		return false
	}
}

// lists applies the rules of x-kubernetes-list-type and its keys.
func (c *checker) lists(s *Schema, at *Path) {
	kind := ""
	if s.ListType != nil {
		kind = *s.ListType
		if s.Type != "array" {
			c.mustBeType(s, at, "array", "x-kubernetes-list-type")
		} else if kind == "set" && s.Items != nil {
			c.setItems(s.Items, at.Child("items"))
		}
		if !isOneOf(kind, []string{"atomic", "set", "map"}) {
			c.invalid(at.Child("x-kubernetes-list-type"), "", `must be "atomic", "set" or "map", is %q`, kind)
		}
	}
	if len(s.ListMapKeys) > 0 && kind != "map" {
		c.invalid(at.Child("x-kubernetes-list-type"), "", "must be map where x-kubernetes-list-map-keys is set")
	}
	if kind == "map" {
		c.listMap(s, at)
	}
	if (kind == "map" || kind == "set") && s.Items != nil && s.Items.Nullable {
		c.invalid(at.Child("items").Child("nullable"), "", "must not be set in a list of type %s", kind)
	}
}

func (c *checker) setItems(items *Schema, at *Path) {
	switch items.Type {
	case "array":
		if items.ListType != nil && *items.ListType != "atomic" {
			c.invalid(at.Child("x-kubernetes-list-type"), "", "must be atomic in an item of a set")
		}
	case "object":
		if items.MapType == nil || *items.MapType != "atomic" {
			c.invalid(at.Child("x-kubernetes-map-type"), "or use x-kubernetes-list-type: map", "must be atomic in an item of a set")
		}
	}
}

func (c *checker) listMap(s *Schema, at *Path) {
	keysAt := at.Child("x-kubernetes-list-map-keys")
	if len(s.ListMapKeys) == 0 {
		c.invalid(keysAt, "", "is required for a list of type map")
	}
	if s.Items == nil {
		if !s.itemsList {
			c.invalid(at.Child("items"), "", "is required for a list of type map")
		}
		return
	}
	items := at.Child("items")
	if s.Items.Type != "object" {
		c.invalid(items.Child("type"), "", "must be object in a list of type map, is %q", s.Items.Type)
		return
	}
	seen := map[string]bool{}
	for _, key := range s.ListMapKeys {
		if seen[key] {
			c.invalid(keysAt, "", "must not name %q twice", key)
			continue
		}
		seen[key] = true
		property, ok := s.Items.Properties[key]
		if !ok {
			c.invalid(keysAt, diagnostic.DidYouMean(key, s.Items.names), "must name properties of the items, %q is none", key)
			continue
		}
		propertyAt := items.Child("properties").Child(key)
		if property.Type == "array" || property.Type == "object" {
			c.invalid(propertyAt.Child("type"), "", "must be a scalar type: the property is in x-kubernetes-list-map-keys")
		}
		if property.Default == nil && !slices.Contains(s.Items.Required, key) {
			c.invalid(propertyAt.Child("default"), fmt.Sprintf("or add %q to required", key),
				"is required: the property is in x-kubernetes-list-map-keys")
		}
		if property.Nullable {
			c.invalid(propertyAt.Child("nullable"), "", "must not be set: the property is in x-kubernetes-list-map-keys")
		}
	}
}

// completeness checks that what value validations speak of is also defined
// outside of them.
func (c *checker) completeness(values, s *Schema, sAt, vAt *Path) {
	eachNested(values, vAt, func(nested *Schema, at *Path) { c.nestedCompleteness(nested, s, sAt, at) })
}

func (c *checker) nestedCompleteness(nested, s *Schema, sAt, vAt *Path) {
	if nested == nil {
		return
	}
	if s == nil {
		c.invalid(sAt, "", "is required because %s speaks of it", vAt)
		return
	}
	c.completeness(nested, s, sAt, vAt)
	c.nestedCompleteness(nested.Items, s.Items, sAt.Child("items"), vAt.Child("items"))
	for _, name := range slices.Sorted(maps.Keys(nested.Properties)) {
		propertyAt, speaksAt := sAt.Child("properties").Child(name), vAt.Child("properties").Child(name)
		c.nestedCompleteness(nested.Properties[name], s.Properties[name], propertyAt, speaksAt)
	}
}

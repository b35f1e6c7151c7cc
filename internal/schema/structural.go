package schema

// level tells where a structural node stands.
type level int

const (
	rootLevel level = iota
	itemLevel
	fieldLevel
)

func (l level) String() string {
	switch l {
	case rootLevel:
		return "at the root"
	case itemLevel:
		return "for items of lists"
	default:
		return "for properties"
	}
}

// structure applies the invariants of structural schemas to a node and those
// below it.
func (c *checker) structure(s *Schema, l level, at *Path) {
	if s == nil {
		return
	}
	if s.Type == "array" && s.Items == nil && !s.itemsList {
		c.invalid(at.Child("items"), "", "is required for type array")
	}
	c.structure(s.Items, itemLevel, at.Child("items"))
	for _, name := range s.names {
		c.structure(s.Properties[name], fieldLevel, at.Child("properties").Child(name))
	}
	if s.AdditionalProperties != nil {
		if l == rootLevel {
			c.invalid(at.Child("additionalProperties"), "", "must not be used at the root")
		}
		c.structure(s.AdditionalProperties.Schema, fieldLevel, at.Child("additionalProperties"))
	}
	if s.IntOrString && s.PreserveUnknownFields {
		c.invalid(at.Child("x-kubernetes-preserve-unknown-fields"), "", "must not stand beside x-kubernetes-int-or-string")
	}
	if s.IntOrString && s.EmbeddedResource {
		c.invalid(at.Child("x-kubernetes-embedded-resource"), "", "must not stand beside x-kubernetes-int-or-string")
	}
	c.structuralType(s, l, at)
	c.embeddedResource(s, at)
	c.metadata(s, l, at)
	c.valueValidations(s, isIntOrStringAnyOf(s.AnyOf), len(s.AllOf) > 0 && isIntOrStringAnyOf(s.AllOf[0].AnyOf), at)
}

func (c *checker) structuralType(s *Schema, l level, at *Path) {
	switch {
	case s.EmbeddedResource:
		c.mustBeType(s, at, "object", "x-kubernetes-embedded-resource")
	case s.Type == "" && !s.IntOrString && !s.PreserveUnknownFields:
		c.invalid(at.Child("type"), typeFor(s), "is required %s", l)
	}
	switch {
	case l != rootLevel || s.Type == "object":
	case s.Type != "":
		c.invalid(at.Child("type"), "", "must be object at the root, is %q", s.Type)
	case s.IntOrString:
		c.invalid(at.Child("type"), "", "must be object at the root")
	}
}

// typeFor guesses the type that was forgotten.
func typeFor(s *Schema) string {
	switch {
	case s.Properties != nil || s.AdditionalProperties != nil:
		return "add type: object"
	case s.Items != nil:
		return "add type: array"
	case s.Pattern != "" || s.MinLength != nil || s.MaxLength != nil:
		return "add type: string"
	default:
		return ""
	}
}

func (c *checker) embeddedResource(s *Schema, at *Path) {
	if !s.EmbeddedResource {
		return
	}
	if s.AdditionalProperties != nil {
		c.invalid(at.Child("additionalProperties"), "", "must not stand beside x-kubernetes-embedded-resource")
	}
	if !s.PreserveUnknownFields && len(s.Properties) == 0 {
		c.invalid(at.Child("properties"), "or set x-kubernetes-preserve-unknown-fields: true",
			"is required beside x-kubernetes-embedded-resource")
	}
}

// metadata applies the rules for the fields that every Kubernetes object has, at
// the root and in embedded resources.
func (c *checker) metadata(s *Schema, l level, at *Path) {
	if l != rootLevel && !s.EmbeddedResource {
		return
	}
	for _, name := range []string{"apiVersion", "kind"} {
		if property, ok := s.Properties[name]; ok && property.Type != "string" {
			c.invalid(at.Child("properties").Child(name).Child("type"), "", "must be string, is %q", property.Type)
		}
	}
	metadata, ok := s.Properties["metadata"]
	if !ok {
		return
	}
	where := at.Child("properties").Child("metadata")
	if metadata.Type != "object" {
		c.invalid(where.Child("type"), "", "must be object, is %q", metadata.Type)
	}
	if l != rootLevel {
		return
	}
	rest := *metadata
	rest.Default = nil
	if namesOnly(metadata.names) {
		rest.Properties = nil
	}
	if rest.hasMoreThanType() {
		c.invalid(where, "use another name for the key", "must not have anything but name and generateName at the root")
	}
}

func namesOnly(names []string) bool {
	for _, name := range names {
		if name != "name" && name != "generateName" {
			return false
		}
	}
	return len(names) > 0
}

// valueValidations checks that the branches of junctors only restrict values. The
// two forms of "integer or string" are let pass.
func (c *checker) valueValidations(s *Schema, skipAnyOf, skipFirstAllOf bool, at *Path) {
	if !skipAnyOf {
		for i, nested := range s.AnyOf {
			c.nested(nested, false, at.Child("anyOf").Index(i))
		}
	}
	for i, nested := range s.AllOf {
		c.nested(nested, skipFirstAllOf && i == 0, at.Child("allOf").Index(i))
	}
	for i, nested := range s.OneOf {
		c.nested(nested, false, at.Child("oneOf").Index(i))
	}
	if s.Not != nil {
		c.nested(s.Not, false, at.Child("not"))
	}
}

func (c *checker) nested(s *Schema, skipAnyOf bool, at *Path) {
	if s == nil {
		return
	}
	c.valueValidations(s, skipAnyOf, false, at)
	c.nested(s.Items, false, at.Child("items"))
	for _, name := range s.names {
		c.nested(s.Properties[name], false, at.Child("properties").Child(name))
	}
	hint := "allOf, anyOf, oneOf and not may only restrict values; say this outside of them"
	for _, forbidden := range []struct {
		keyword string
		set     bool
	}{
		{"type", s.Type != ""},
		{"additionalProperties", s.AdditionalProperties != nil && s.AdditionalProperties.Allowed},
		{"default", s.Default != nil},
		{"title", s.Title != ""},
		{"description", s.Description != ""},
		{"nullable", s.Nullable},
		{"x-kubernetes-preserve-unknown-fields", s.PreserveUnknownFields},
		{"x-kubernetes-embedded-resource", s.EmbeddedResource},
		{"x-kubernetes-int-or-string", s.IntOrString},
		{"x-kubernetes-list-map-keys", len(s.ListMapKeys) > 0},
		{"x-kubernetes-list-type", s.ListType != nil},
		{"x-kubernetes-map-type", s.MapType != nil},
		{"x-kubernetes-validations", len(s.Rules) > 0},
	} {
		if forbidden.set {
			c.invalid(at.Child(forbidden.keyword), hint, "must not be set here")
		}
	}
	if _, ok := s.Properties["metadata"]; ok {
		c.invalid(at.Child("properties").Child("metadata"), hint, "must not be set here")
	}
}

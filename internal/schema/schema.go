package schema

// Schema is one node of a parsed schema. It is not changed after [Parse], and
// safe for concurrent use then.
//
// Numbers are int64 or float64, other values are plain values: map[string]any,
// []any, string, bool and nil.
type Schema struct {
	Type        string
	Format      string
	Title       string
	Description string
	Nullable    bool
	// Default is nil where there is none; "default: null" is none.
	Default any

	Enum                               []any
	Pattern                            string
	Minimum, Maximum, MultipleOf       any
	ExclusiveMinimum, ExclusiveMaximum bool
	MinLength, MaxLength               *int64
	MinItems, MaxItems                 *int64
	MinProperties, MaxProperties       *int64
	UniqueItems                        bool
	Required                           []string

	Items                *Schema
	Properties           map[string]*Schema
	AdditionalProperties *Additional

	AllOf, AnyOf, OneOf []*Schema
	Not                 *Schema

	PreserveUnknownFields bool
	EmbeddedResource      bool
	IntOrString           bool
	ListType, MapType     *string
	ListMapKeys           []string
	Rules                 []Rule

	// Sensitive is set for "format: password" and "x-packstage-sensitive: true",
	// on the node itself or on one of its value validations.
	Sensitive bool

	// names are the sorted keys of Properties.
	names []string
	// forbidden are keywords that Kubernetes decodes only to refuse them.
	forbidden []string
	// itemsList is set where items is a list of schemas, which is refused.
	itemsList bool
	// preserveFalse is set for "x-kubernetes-preserve-unknown-fields: false",
	// which is refused.
	preserveFalse bool
	// sensitiveBelow is set where this node or one below it is sensitive.
	sensitiveBelow bool
}

// Additional is the value of additionalProperties: a schema, or only whether
// other keys are allowed.
type Additional struct {
	Schema  *Schema
	Allowed bool
}

// Rule is one entry of x-kubernetes-validations.
type Rule struct {
	Rule              string
	Message           string
	MessageExpression string
	Reason            string
	FieldPath         string
	OptionalOldSelf   *bool
}

// PropertyNames returns the sorted names of the properties. The caller must not
// change the slice.
func (s *Schema) PropertyNames() []string { return s.names }

// HasSensitive reports whether the node or one below it is sensitive.
func (s *Schema) HasSensitive() bool { return s != nil && s.sensitiveBelow }

// Property returns the schema of a key of an object: that of the property, or
// that of additionalProperties, or nil where the schema does not describe it.
func (s *Schema) Property(key string) *Schema {
	if s == nil {
		return nil
	}
	if property, ok := s.Properties[key]; ok {
		return property
	}
	if s.AdditionalProperties != nil {
		return s.AdditionalProperties.Schema
	}
	return nil
}

// isIntOrStringAnyOf reports whether the alternatives are exactly "integer or
// string", the form that may stand beside x-kubernetes-int-or-string.
func isIntOrStringAnyOf(alternatives []*Schema) bool {
	return len(alternatives) == 2 &&
		alternatives[0].isOnlyType("integer") && alternatives[1].isOnlyType("string")
}

// isOnlyType reports whether the node says "type: t" and nothing else.
func (s *Schema) isOnlyType(t string) bool {
	return s.Type == t && !s.hasMoreThanType()
}

func (s *Schema) hasMoreThanType() bool {
	return s.Format != "" || s.Title != "" || s.Description != "" || s.Nullable || s.Default != nil ||
		s.Enum != nil || s.Pattern != "" || s.Minimum != nil || s.Maximum != nil || s.MultipleOf != nil ||
		s.ExclusiveMinimum || s.ExclusiveMaximum || s.MinLength != nil || s.MaxLength != nil ||
		s.MinItems != nil || s.MaxItems != nil || s.MinProperties != nil || s.MaxProperties != nil ||
		s.UniqueItems || s.Required != nil || s.Items != nil || s.Properties != nil ||
		s.AdditionalProperties != nil || s.AllOf != nil || s.AnyOf != nil || s.OneOf != nil || s.Not != nil ||
		s.PreserveUnknownFields || s.EmbeddedResource || s.IntOrString || s.ListType != nil ||
		s.MapType != nil || s.ListMapKeys != nil || s.Rules != nil
}

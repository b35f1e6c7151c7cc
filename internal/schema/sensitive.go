package schema

import "maps"

// markSensitive carries "format: password" and x-packstage-sensitive from value
// validations to the nodes that they apply to, and tells each node whether
// something below it is sensitive.
func (s *Schema) markSensitive() {
	if s == nil {
		return
	}
	s.Sensitive = s.Sensitive || s.Format == "password"
	s.sensitiveBelow = s.Sensitive
	children := []*Schema{s.Items}
	if s.AdditionalProperties != nil {
		children = append(children, s.AdditionalProperties.Schema)
	}
	for child := range maps.Values(s.Properties) {
		children = append(children, child)
	}
	for _, child := range children {
		if child != nil {
			child.markSensitive()
			s.sensitiveBelow = s.sensitiveBelow || child.sensitiveBelow
		}
	}
	for _, nested := range s.valueValidations() {
		nested.markSensitive()
		s.takeSensitive(nested)
	}
}

func (s *Schema) valueValidations() []*Schema {
	var nested []*Schema
	nested = append(nested, s.AllOf...)
	nested = append(nested, s.AnyOf...)
	nested = append(nested, s.OneOf...)
	if s.Not != nil {
		nested = append(nested, s.Not)
	}
	return nested
}

func (s *Schema) takeSensitive(nested *Schema) {
	if s == nil || nested == nil || !nested.sensitiveBelow {
		return
	}
	s.sensitiveBelow = true
	s.Sensitive = s.Sensitive || nested.Sensitive
	s.Items.takeSensitive(nested.Items)
	for name, property := range nested.Properties {
		s.Properties[name].takeSensitive(property)
	}
}

// SensitiveValues returns the literals of sensitive nodes in a plain value:
// strings that are not empty, and numbers as JSON writes them.
func (s *Schema) SensitiveValues(value any) []string {
	var values []string
	s.collectSensitive(value, false, &values)
	return values
}

func (s *Schema) collectSensitive(value any, inside bool, values *[]string) {
	inside = inside || s != nil && s.Sensitive
	if !inside && !s.HasSensitive() {
		return
	}
	switch v := value.(type) {
	case map[string]any:
		for key, item := range v {
			s.Property(key).collectSensitive(item, inside, values)
		}
	case []any:
		for _, item := range v {
			s.items().collectSensitive(item, inside, values)
		}
	case string:
		if inside && v != "" {
			*values = append(*values, v)
		}
	case int64, float64:
		if inside {
			*values = append(*values, Show(v))
		}
	}
}

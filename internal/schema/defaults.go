package schema

// DropNulls removes nulls from the objects in a plain value where the schema
// describes the key and neither allows null nor has a default for it.
func (s *Schema) DropNulls(value any) {
	switch v := value.(type) {
	case map[string]any:
		for key, item := range v {
			child := s.Property(key)
			if item == nil && child != nil && !child.Nullable && child.Default == nil {
				delete(v, key)
			} else {
				child.DropNulls(item)
			}
		}
	case []any:
		for _, item := range v {
			s.items().DropNulls(item)
		}
	}
}

// ApplyDefaults sets the defaults of the schema in a plain value: for absent
// properties of objects that are there, and for nulls that the schema does not
// allow. Values of "type: integer" and of x-kubernetes-int-or-string that are
// whole floats become int64.
//
// It returns the value, which is another one only where the value itself is such
// a float or null.
func (s *Schema) ApplyDefaults(value any) any {
	if s == nil {
		return value
	}
	switch v := value.(type) {
	case nil:
		if s.Nullable || s.Default == nil {
			return nil
		}
		return s.ApplyDefaults(DeepCopy(s.Default))
	case map[string]any:
		for _, name := range s.names {
			if _, found := v[name]; !found && s.Properties[name].Default != nil {
				v[name] = DeepCopy(s.Properties[name].Default)
			}
		}
		for key, item := range v {
			if child := s.Property(key); child != nil {
				v[key] = child.ApplyDefaults(item)
			}
		}
	case []any:
		if s.Items != nil {
			for i, item := range v {
				v[i] = s.Items.ApplyDefaults(item)
			}
		}
	case float64:
		if s.Type == "integer" || s.IntOrString {
			if whole, ok := wholeNumber(v); ok {
				return whole
			}
		}
	}
	return value
}

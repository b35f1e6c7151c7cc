package schema

// DeepCopy returns a copy of a plain value.
func DeepCopy(value any) any {
	switch v := value.(type) {
	case map[string]any:
		copied := make(map[string]any, len(v))
		for key, item := range v {
			copied[key] = DeepCopy(item)
		}
		return copied
	case []any:
		copied := make([]any, len(v))
		for i, item := range v {
			copied[i] = DeepCopy(item)
		}
		return copied
	default:
		return v
	}
}

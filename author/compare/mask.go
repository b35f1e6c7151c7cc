package compare

import "maps"

// masked stands where a sensitive value was.
const masked = "***"

// maskValue hides a value as a whole.
func maskValue(value any) any {
	if value == nil {
		return nil
	}
	return masked
}

// maskChanges hides in all texts of changes what hide finds in them. Values may be
// cut off in messages, in the middle of what is to be hidden: where a value is
// masked, the message says nothing of it.
func maskChanges(changes []Change, hide func([]string) []string) {
	var texts []string
	for i := range changes {
		change := &changes[i]
		texts = append(texts, change.Message, change.Text, change.Field)
		texts = appendTexts(texts, change.Before)
		texts = appendTexts(texts, change.After)
	}
	hidden := hide(texts[:len(texts):len(texts)])
	next := func() string {
		text := hidden[0]
		hidden = hidden[1:]
		return text
	}
	for i := range changes {
		change := &changes[i]
		message, text := change.Message, change.Text
		change.Message, change.Text, change.Field = next(), next(), next()
		before, after := change.Before, change.After
		change.Before, change.After = replaceTexts(before, next), replaceTexts(after, next)
		if text != change.Text || message != change.Message || !equal(before, change.Before) || !equal(after, change.After) {
			change.Message = "is another value, which is sensitive"
			if change.Before == nil && change.After != nil {
				change.Message = "is there and was not, and is sensitive"
			}
			if change.reason != "" {
				change.Message += ": " + change.reason
			}
		}
	}
}

// appendTexts appends the texts and numbers in a value, in the order of its keys.
func appendTexts(texts []string, value any) []string {
	switch value := value.(type) {
	case map[string]any:
		for _, key := range either(value, nil) {
			texts = append(texts, key)
			texts = appendTexts(texts, value[key])
		}
	case []any:
		for _, item := range value {
			texts = appendTexts(texts, item)
		}
	case string:
		texts = append(texts, value)
	case int64, float64:
		texts = append(texts, canonical(value))
	}
	return texts
}

// replaceTexts returns a copy of a value with the next texts in the places of those
// that appendTexts found.
func replaceTexts(value any, next func() string) any {
	switch value := value.(type) {
	case map[string]any:
		replaced := maps.Clone(value)
		for _, key := range either(value, nil) {
			name := next()
			item := replaceTexts(value[key], next)
			delete(replaced, key)
			replaced[name] = item
		}
		return replaced
	case []any:
		replaced := make([]any, 0, len(value))
		for _, item := range value {
			replaced = append(replaced, replaceTexts(item, next))
		}
		return replaced
	case string:
		return next()
	case int64, float64:
		if text := next(); text != canonical(value) {
			return text
		}
		return value
	default:
		return value
	}
}

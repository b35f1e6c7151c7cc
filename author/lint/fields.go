package lint

import (
	"maps"
	"slices"
)

// Fields of objects are plain values; what is not there, or of another type, is the
// zero value.

// at follows a path of keys (string) and indexes (int).
func at(value any, path ...any) any {
	for _, element := range path {
		switch element := element.(type) {
		case string:
			fields, _ := value.(map[string]any)
			value = fields[element]
		case int:
			items, _ := value.([]any)
			if element < 0 || element >= len(items) {
				return nil
			}
			value = items[element]
		}
	}
	return value
}

func textAt(value any, path ...any) string {
	text, _ := at(value, path...).(string)
	return text
}

func mapAt(value any, path ...any) map[string]any {
	fields, _ := at(value, path...).(map[string]any)
	return fields
}

func listAt(value any, path ...any) []any {
	items, _ := at(value, path...).([]any)
	return items
}

func boolAt(value any, path ...any) bool {
	truth, _ := at(value, path...).(bool)
	return truth
}

// textsAt returns the texts among the items of a list.
func textsAt(value any, path ...any) []string {
	var texts []string
	for _, item := range listAt(value, path...) {
		if text, ok := item.(string); ok {
			texts = append(texts, text)
		}
	}
	return texts
}

// labelsAt returns a mapping from text to text.
func labelsAt(value any, path ...any) map[string]string {
	labels := map[string]string{}
	for key, item := range mapAt(value, path...) {
		if text, ok := item.(string); ok {
			labels[key] = text
		}
	}
	return labels
}

// join returns a path with more elements, sharing nothing with it.
func join(path []any, elements ...any) []any {
	return append(path[:len(path):len(path)], elements...)
}

// walk visits all texts of a value, with their paths, in the order of the keys.
func walk(value any, path []any, visit func(path []any, text string)) {
	switch value := value.(type) {
	case string:
		visit(path, value)
	case []any:
		for i, item := range value {
			walk(item, join(path, i), visit)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			walk(value[key], join(path, key), visit)
		}
	}
}

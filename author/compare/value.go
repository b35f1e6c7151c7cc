package compare

import (
	"encoding/json"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// equal reports whether two plain values are the same to Kubernetes: a null is as
// good as absent, and 1 is 1.0.
func equal(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		return ok && equalMaps(a, b)
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, equal)
	case string:
		b, ok := b.(string)
		return ok && a == b
	case bool:
		b, ok := b.(bool)
		return ok && a == b
	case nil:
		return b == nil
	}
	if exact(a) == nil {
		return exact(b) == nil && canonical(a) == canonical(b)
	}
	return compareNumbers(a, b) == 0
}

func equalMaps(a, b map[string]any) bool {
	for key, value := range a {
		if !equal(value, b[key]) {
			return false
		}
	}
	for key, value := range b {
		if value != nil && a[key] == nil {
			return false
		}
	}
	return true
}

// compareNumbers compares int64 and float64 exactly; what is no number is larger
// than any.
func compareNumbers(a, b any) int {
	left, right := exact(a), exact(b)
	switch {
	case left == nil && right == nil:
		return 0
	case left == nil:
		return 1
	case right == nil:
		return -1
	}
	return left.Cmp(right)
}

func exact(value any) *big.Rat {
	switch value := value.(type) {
	case int64:
		return new(big.Rat).SetInt64(value)
	case int:
		return new(big.Rat).SetInt64(int64(value))
	case float64:
		return new(big.Rat).SetFloat64(value) // nil for infinities
	default:
		return nil
	}
}

// mapAt returns the mapping at a path of keys, or nil.
func mapAt(value any, path ...string) map[string]any {
	found, _ := valueAt(value, path...).(map[string]any)
	return found
}

// listAt returns the list at a path of keys, or nil.
func listAt(value any, path ...string) []any {
	found, _ := valueAt(value, path...).([]any)
	return found
}

// textAt returns the text at a path of keys, or "".
func textAt(value any, path ...string) string {
	found, _ := valueAt(value, path...).(string)
	return found
}

// boolAt returns the boolean at a path of keys, or false.
func boolAt(value any, path ...string) bool {
	found, _ := valueAt(value, path...).(bool)
	return found
}

func valueAt(value any, path ...string) any {
	for _, key := range path {
		fields, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = fields[key]
	}
	return value
}

// textsAt returns the texts in the list at a path of keys.
func textsAt(value any, path ...string) []string {
	var texts []string
	for _, item := range listAt(value, path...) {
		if text, ok := item.(string); ok {
			texts = append(texts, text)
		}
	}
	return texts
}

// canonical returns a value as JSON with sorted keys.
func canonical(value any) string {
	data, err := json.Marshal(value)
	if err != nil {
		return "" // infinities, which no document holds
	}
	return string(data)
}

// either returns the sorted keys of both maps.
func either[V any](a, b map[string]V) []string {
	keys := slices.Collect(maps.Keys(a))
	for key := range b {
		if _, ok := a[key]; !ok {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// extend returns a path with one more element, which shares no memory that could
// be changed through it.
func extend(path []any, elements ...any) []any {
	return append(path[:len(path):len(path)], elements...)
}

// mostShown is the length to which values stand in messages.
const mostShown = 60

// show returns a value as it stands in a message.
func show(value any) string {
	switch value := value.(type) {
	case nil:
		return "nothing"
	case string:
		return strconv.Quote(cut(value, mostShown))
	case map[string]any:
		if len(value) == 0 {
			return "{}"
		}
	case []any:
		if len(value) == 0 {
			return "[]"
		}
	}
	return cut(canonical(value), mostShown)
}

// cut shortens a text to a number of bytes, without cutting a character in two.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

// quoteAll returns texts as a list for a message.
func quoteAll[T any](items []T, quote func(T) string) string {
	texts := make([]string, 0, len(items))
	const most = 8
	for i, item := range items {
		if i == most {
			texts = append(texts, strconv.Itoa(len(items)-most)+" more")
			break
		}
		texts = append(texts, quote(item))
	}
	return strings.Join(texts, ", ")
}

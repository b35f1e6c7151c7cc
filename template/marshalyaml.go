package template

import (
	"math"
	"slices"
	"strconv"

	"sigs.k8s.io/yaml"

	"github.com/packstage/packstage/internal/objectyaml"
)

// marshalYAML appends a value as sigs.k8s.io/yaml writes it. That library writes JSON,
// reads it as YAML and writes that; for plain values the result is known without
// the detour.
func marshalYAML(writer *objectyaml.Writer, text []byte, value any) ([]byte, error) {
	if isFromJSON(value) {
		return writer.AppendAsLibrary(text, value)
	}
	if plain, ok := asFromJSON(value); ok {
		return writer.AppendAsLibrary(text, plain)
	}
	written, err := yaml.Marshal(value)
	return append(text, written...), err
}

// isFromJSON tells whether a value is what [asFromJSON] would make of it, as nearly all
// are.
func isFromJSON(value any) bool {
	switch value := value.(type) {
	case nil, bool, int64, int:
		return true
	case string:
		return isPlainText(value)
	case float64:
		plain, ok := floatFromJSON(value)
		return ok && plain == any(value)
	case map[string]any:
		for key, field := range value {
			if !isPlainText(key) || !isFromJSON(field) {
				return false
			}
		}
		return value != nil
	case []any:
		return value != nil && !slices.ContainsFunc(value, func(item any) bool { return !isFromJSON(item) })
	default:
		return false
	}
}

// asFromJSON returns the value as it is after writing it as JSON and reading
// that as YAML, and false for what is no plain value.
func asFromJSON(value any) (any, bool) {
	switch value := value.(type) {
	case nil, bool:
		return value, true
	case string:
		return value, isPlainText(value)
	case int64:
		return value, true
	case int:
		return value, true
	case float64:
		return floatFromJSON(value)
	case map[string]any:
		if value == nil {
			return nil, true
		}
		fields := make(map[string]any, len(value))
		for key, field := range value {
			plain, ok := asFromJSON(field)
			if !ok {
				return nil, false
			}
			if !isPlainText(key) {
				return nil, false
			}
			fields[key] = plain
		}
		return fields, true
	case []any:
		if value == nil {
			return nil, true
		}
		items := make([]any, len(value))
		for i, item := range value {
			plain, ok := asFromJSON(item)
			if !ok {
				return nil, false
			}
			items[i] = plain
		}
		return items, true
	default:
		return nil, false
	}
}

// isPlainText tells whether a text stays the same on its way. What JSON replaces
// (bytes that are no UTF-8, which read as U+FFFD) and what YAML readers refuse (some
// control characters) lies outside of these ranges.
func isPlainText(text string) bool {
	for _, r := range text {
		if r >= 0x7f && (r <= 0xa0 || r >= 0xd800 && r < 0x10000) {
			return false
		}
	}
	return true
}

// floatFromJSON is a whole number where JSON writes one without an exponent.
func floatFromJSON(value float64) (any, bool) {
	const firstExponent = 1e21 // encoding/json writes exponents from here on
	if math.IsNaN(value) || math.IsInf(value, 0) || value == 0 && math.Signbit(value) {
		return nil, false
	}
	if value != math.Trunc(value) || math.Abs(value) >= firstExponent {
		return value, true
	}
	text := strconv.FormatFloat(value, 'f', -1, 64)
	if whole, err := strconv.ParseInt(text, 10, 64); err == nil {
		return whole, true
	}
	if whole, err := strconv.ParseUint(text, 10, 64); err == nil {
		return whole, true
	}
	return value, true
}

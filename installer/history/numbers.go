package history

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// exactNumbers returns fields in the way in which encoding/json writes them such
// that a float is a float when it is read again: 1.0 would be written as "1". What
// needs no change is shared with the argument, which stays as it is.
//
// JSON has no text that is not UTF-8, no infinity and no values but those of JSON:
// these are errors, which name the place.
func exactNumbers(fields map[string]any, place string) (map[string]any, error) {
	value, _, err := exactValue(fields)
	if err != nil {
		return nil, fmt.Errorf("store %s: %w", place, err)
	}
	return value.(map[string]any), nil
}

func exactValue(value any) (exact any, changed bool, err error) {
	switch value := value.(type) {
	case map[string]any:
		return exactMap(value)
	case []any:
		return exactList(value)
	case string:
		if !utf8.ValidString(value) {
			return nil, false, fmt.Errorf("text that is not UTF-8")
		}
		return value, false, nil
	case float64:
		return exactFloat(value)
	case nil, bool, int64, int, int32:
		return value, false, nil
	default:
		return nil, false, fmt.Errorf("a value of type %T, which JSON does not have", value)
	}
}

func exactFloat(value float64) (any, bool, error) {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return nil, false, fmt.Errorf("a number that is not finite")
	}
	text, err := json.Marshal(value)
	if err != nil {
		return nil, false, err
	}
	if strings.ContainsAny(string(text), ".e") {
		return value, false, nil
	}
	return json.Number(string(text) + ".0"), true, nil
}

func exactMap(fields map[string]any) (any, bool, error) {
	var copied map[string]any
	for key, value := range fields {
		if !utf8.ValidString(key) {
			return nil, false, fmt.Errorf("a key that is not UTF-8")
		}
		exact, changed, err := exactValue(value)
		if err != nil {
			return nil, false, err
		}
		if !changed {
			continue
		}
		if copied == nil {
			copied = make(map[string]any, len(fields))
			for key, value := range fields {
				copied[key] = value
			}
		}
		copied[key] = exact
	}
	if copied == nil {
		return fields, false, nil
	}
	return copied, true, nil
}

func exactList(items []any) (any, bool, error) {
	var copied []any
	for i, value := range items {
		exact, changed, err := exactValue(value)
		if err != nil {
			return nil, false, err
		}
		if !changed {
			continue
		}
		if copied == nil {
			copied = append([]any(nil), items...)
		}
		copied[i] = exact
	}
	if copied == nil {
		return items, false, nil
	}
	return copied, true, nil
}

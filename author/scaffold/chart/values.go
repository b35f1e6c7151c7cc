package chart

import (
	"maps"
	"slices"
	"strconv"
)

// valueAt returns the value that the keys lead to.
func valueAt(values map[string]any, path []string) (any, bool) {
	for i, key := range path {
		value, ok := values[key]
		if !ok || i == len(path)-1 {
			return value, ok
		}
		if values, ok = value.(map[string]any); !ok {
			return nil, false
		}
	}
	return nil, false
}

// withValue returns the values with one changed. Maps on the way are copied.
func withValue(values map[string]any, path []string, value any) map[string]any {
	changed := maps.Clone(values)
	if changed == nil {
		changed = map[string]any{}
	}
	if len(path) == 1 {
		changed[path[0]] = value
		return changed
	}
	below, _ := changed[path[0]].(map[string]any)
	changed[path[0]] = withValue(below, path[1:], value)
	return changed
}

// overlaid returns the values of a chart with those that go before them: maps are
// joined, everything else is replaced, null takes a value away.
func overlaid(values, over map[string]any) map[string]any {
	result := maps.Clone(values)
	if result == nil {
		result = map[string]any{}
	}
	for key, value := range over {
		lower, isMap := result[key].(map[string]any)
		upper, both := value.(map[string]any)
		switch {
		case value == nil && result[key] != nil:
			delete(result, key)
		case isMap && both:
			result[key] = overlaid(lower, upper)
		default:
			result[key] = value
		}
	}
	return result
}

// leaves are the paths of all values that are no maps with something in them, sorted.
func leaves(values map[string]any, above []string) [][]string {
	var paths [][]string
	for _, key := range slices.Sorted(maps.Keys(values)) {
		path := append(slices.Clone(above), key)
		if below, ok := values[key].(map[string]any); ok && len(below) > 0 {
			paths = append(paths, leaves(below, path)...)
		} else {
			paths = append(paths, path)
		}
	}
	return paths
}

// truthy is what templates take for true.
func truthy(value any) bool {
	switch value := value.(type) {
	case nil:
		return false
	case bool:
		return value
	case string:
		return value != ""
	case int64:
		return value != 0
	case float64:
		return value != 0
	case []any:
		return len(value) > 0
	case map[string]any:
		return len(value) > 0
	}
	return true
}

// printed is the text of a scalar as templates print it.
func printed(value any) (string, bool) {
	switch value := value.(type) {
	case string:
		return value, true
	case int64:
		return strconv.FormatInt(value, 10), true
	case bool:
		return strconv.FormatBool(value), true
	case float64:
		return strconv.FormatFloat(value, 'g', -1, 64), true
	}
	return "", false
}

package docs

import (
	"encoding/json"
	"fmt"
	"strings"
)

// constraintsOf says in words what a schema demands of a value beyond its type.
func constraintsOf(schema map[string]any) []string {
	var words []string
	add := func(text string) {
		if text != "" {
			words = append(words, text)
		}
	}
	add(numbers(schema))
	if step, ok := schema["multipleOf"]; ok {
		add("a multiple of " + ValueText(step))
	}
	add(sizes(schema, "minLength", "maxLength", "character", "characters"))
	if pattern, ok := schema["pattern"].(string); ok {
		add("matches " + codeMark + pattern + codeMark)
	}
	add(sizes(schema, "minItems", "maxItems", "item", "items"))
	if schema["x-kubernetes-list-type"] == "set" {
		add("no item twice")
	}
	if schema["x-kubernetes-list-type"] == "map" {
		keys, _ := schema["x-kubernetes-list-map-keys"].([]any)
		var names []string
		for _, key := range keys {
			names = append(names, fmt.Sprint(key))
		}
		add("items differ in " + strings.Join(names, ", "))
	}
	add(sizes(schema, "minProperties", "maxProperties", "key", "keys"))
	return words
}

// codeMark stands around parts of a text that are code.
const codeMark = "`"

func numbers(schema map[string]any) string {
	low, hasLow := schema["minimum"]
	high, hasHigh := schema["maximum"]
	above, _ := schema["exclusiveMinimum"].(bool)
	below, _ := schema["exclusiveMaximum"].(bool)
	switch {
	case hasLow && hasHigh && !above && !below:
		return ValueText(low) + " to " + ValueText(high)
	case hasLow && hasHigh:
		return lowest(low, above) + ", " + highest(high, below)
	case hasLow:
		return lowest(low, above)
	case hasHigh:
		return highest(high, below)
	default:
		return ""
	}
}

func lowest(value any, exclusive bool) string {
	if exclusive {
		return "more than " + ValueText(value)
	}
	return "at least " + ValueText(value)
}

func highest(value any, exclusive bool) string {
	if exclusive {
		return "less than " + ValueText(value)
	}
	return "at most " + ValueText(value)
}

// sizes says how many of something there may be.
func sizes(schema map[string]any, low, high, one, many string) string {
	lowest, hasLow := schema[low]
	highest, hasHigh := schema[high]
	unit := func(value any) string {
		if ValueText(value) == "1" {
			return "1 " + one
		}
		return ValueText(value) + " " + many
	}
	switch {
	case hasLow && hasHigh && ValueText(lowest) == ValueText(highest):
		return "exactly " + unit(lowest)
	case hasLow && hasHigh:
		return ValueText(lowest) + " to " + unit(highest)
	case hasLow:
		return "at least " + unit(lowest)
	case hasHigh:
		return "at most " + unit(highest)
	default:
		return ""
	}
}

// ValueText writes a plain value as JSON on one line, as it may stand in YAML too.
func ValueText(value any) string {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return fmt.Sprint(value)
	}
	return strings.TrimSuffix(text.String(), "\n")
}

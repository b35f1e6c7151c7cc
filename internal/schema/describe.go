package schema

import (
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// Describe names the kind of a plain value with its article: "a string".
func Describe(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case string:
		return "a string"
	case bool:
		return "a boolean"
	case int64:
		return "an integer"
	case float64:
		return "a number"
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	default:
		return fmt.Sprintf("of type %T", value)
	}
}

// Show returns a scalar as it may stand in a message: strings quoted, cut to 60
// characters; "" for lists and objects.
func Show(value any) string {
	const longest = 60
	switch v := value.(type) {
	case nil:
		return "null"
	case string:
		if utf8.RuneCountInString(v) > longest {
			return strconv.Quote(string([]rune(v)[:longest])) + "…"
		}
		return strconv.Quote(v)
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		encoded, err := json.Marshal(v)
		if err != nil { // infinite or not a number
			return strconv.FormatFloat(v, 'g', -1, 64)
		}
		return string(encoded)
	default:
		return ""
	}
}

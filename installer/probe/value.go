package probe

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
)

// equal compares two JSON values, numbers by value.
func equal(a, b any) bool {
	if x, ok := number(a); ok {
		y, ok := number(b)
		return ok && x.Cmp(y) == 0
	}
	switch x := a.(type) {
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for key, value := range x {
			if other, ok := y[key]; !ok || !equal(value, other) {
				return false
			}
		}
		return true
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for i := range x {
			if !equal(x[i], y[i]) {
				return false
			}
		}
		return true
	case string:
		y, ok := b.(string)
		return ok && x == y
	case bool:
		y, ok := b.(bool)
		return ok && x == y
	default:
		return a == nil && b == nil
	}
}

// number returns the exact value of a JSON number.
func number(value any) (*big.Float, bool) {
	switch n := value.(type) {
	case int64:
		return new(big.Float).SetInt64(n), true
	case float64:
		if !math.IsNaN(n) { // JSON has none
			return new(big.Float).SetFloat64(n), true
		}
	}
	return nil, false
}

// textOf returns the text of a value; objects and lists have none.
func textOf(value any) (string, bool) {
	switch v := value.(type) {
	case nil:
		return "null", true
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	case int64:
		return strconv.FormatInt(v, 10), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	default:
		return "", false
	}
}

// describe shows a value in a message: a short text, or what kind of value it is.
// Hidden values show their kind only.
func describe(value any, hidden bool) string {
	switch v := value.(type) {
	case map[string]any:
		return fmt.Sprintf("an object with %s", count(int64(len(v)), "field"))
	case []any:
		return fmt.Sprintf("a list with %s", count(int64(len(v)), "item"))
	case nil:
		return "null"
	case string:
		if hidden {
			return "a text"
		}
		return quoted(v)
	case bool:
		if hidden {
			return "a boolean"
		}
		return strconv.FormatBool(v)
	}
	if hidden {
		return "a number"
	}
	text, _ := textOf(value)
	return word(text)
}

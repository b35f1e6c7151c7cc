package probe

import (
	"math"
	"strconv"
	"strings"
)

// The functions of this file read what should be there, and take what is of
// another type for missing: objects come from a cluster, and custom resources
// hold anything.

// at returns the value under the keys, and whether there is one.
func at(fields map[string]any, keys ...string) (any, bool) {
	var value any = fields
	for _, key := range keys {
		within, ok := value.(map[string]any)
		if !ok {
			return nil, false
		}
		if value, ok = within[key]; !ok {
			return nil, false
		}
	}
	return value, true
}

func mapAt(fields map[string]any, keys ...string) map[string]any {
	value, _ := at(fields, keys...)
	found, _ := value.(map[string]any)
	return found
}

func listAt(fields map[string]any, keys ...string) []any {
	value, _ := at(fields, keys...)
	found, _ := value.([]any)
	return found
}

// mapsAt returns the items of a list that are objects.
func mapsAt(fields map[string]any, keys ...string) []map[string]any {
	var found []map[string]any
	for _, item := range listAt(fields, keys...) {
		if object, ok := item.(map[string]any); ok {
			found = append(found, object)
		}
	}
	return found
}

func textAt(fields map[string]any, keys ...string) string {
	value, _ := at(fields, keys...)
	found, _ := value.(string)
	return found
}

func boolAt(fields map[string]any, keys ...string) bool {
	value, _ := at(fields, keys...)
	found, _ := value.(bool)
	return found
}

// integerAt returns a whole number, and whether there is one.
func integerAt(fields map[string]any, keys ...string) (int64, bool) {
	value, _ := at(fields, keys...)
	return integer(value)
}

func integer(value any) (int64, bool) {
	switch n := value.(type) {
	case int64:
		return n, true
	case float64:
		if n == math.Trunc(n) && math.Abs(n) <= 1<<53 {
			return int64(n), true
		}
	}
	return 0, false
}

// countAt returns how many of something there are: zero where nothing is said, as
// the API server leaves out zeros.
func countAt(fields map[string]any, keys ...string) int64 {
	return countOr(fields, 0, keys...)
}

// countOr is countAt with a default of the API.
func countOr(fields map[string]any, otherwise int64, keys ...string) int64 {
	n, ok := integerAt(fields, keys...)
	if !ok {
		n = otherwise
	}
	return max(n, 0)
}

// groupKind returns what an object is.
func groupKind(object map[string]any) (group, kind string) {
	group, _, versioned := strings.Cut(textAt(object, "apiVersion"), "/")
	if !versioned {
		group = ""
	}
	return group, textAt(object, "kind")
}

// isSecret reports whether the values of an object must not be shown.
func isSecret(object map[string]any) bool {
	group, kind := groupKind(object)
	return group == "" && kind == "Secret"
}

// generation is zero where the API server does not count generations.
func generation(object map[string]any) int64 {
	n, _ := integerAt(object, "metadata", "generation")
	return n
}

// outdatedBy tells whether a status or condition is about another generation of the
// object, and which. Of kinds whose generations are not counted nothing is outdated.
func outdatedBy(object, fields map[string]any) (int64, bool) {
	observed, ok := observedGeneration(fields)
	now := generation(object)
	return observed, ok && now != 0 && observed != now
}

// observedGeneration returns which generation a status or condition is about, and
// whether it says so. Some controllers write the number as text; other texts, such
// as a hash, say nothing.
func observedGeneration(fields map[string]any) (int64, bool) {
	value := fields["observedGeneration"]
	if text, ok := value.(string); ok {
		n, err := strconv.ParseInt(text, 10, 64)
		return n, err == nil
	}
	return integer(value)
}

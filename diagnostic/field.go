package diagnostic

import (
	"fmt"
	"strconv"
	"strings"
)

// FieldPath writes a path of keys (string) and indexes (int) as findings show
// it: "spec.phases[1].name". Keys that hold a dot, a bracket or nothing stand in
// brackets: "metadata.annotations[example.com/owner]".
func FieldPath(path ...any) string {
	var b strings.Builder
	for _, element := range path {
		switch element := element.(type) {
		case int:
			fmt.Fprintf(&b, "[%d]", element)
		case string:
			if element == "" || strings.ContainsAny(element, ".[]/") {
				fmt.Fprintf(&b, "[%s]", element)
				continue
			}
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(element)
		}
	}
	return b.String()
}

// ParseFieldPath is the inverse of [FieldPath], as far as the text can tell: what
// stands in brackets is an index where it is a number, else a key. It takes any
// text and never fails.
func ParseFieldPath(field string) []any {
	var path []any
	for field != "" {
		if rest, ok := strings.CutPrefix(field, "["); ok {
			element, after, _ := strings.Cut(rest, "]")
			field = after
			if index, err := strconv.Atoi(element); err == nil {
				path = append(path, index)
			} else {
				path = append(path, element)
			}
			continue
		}
		field = strings.TrimPrefix(field, ".")
		end := strings.IndexAny(field, ".[")
		if end < 0 {
			end = len(field)
		}
		if end > 0 {
			path = append(path, field[:end])
		}
		field = field[end:]
	}
	return path
}

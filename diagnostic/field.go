package diagnostic

import (
	"strconv"
	"strings"
	"unicode"
)

// FieldPath writes a path of keys (string) and indexes (int) as findings show
// it: "spec.phases[1].name". A key that is not made of letters, digits, '-', '_'
// and '$' alone stands in brackets: "metadata.annotations[example.com/owner]";
// and there in the quotes of Go where it could be taken for something else:
// `labels["0]"]`. Elements of other types are left out.
//
// Each path has one text, and [ParseFieldPath] gives the path back.
func FieldPath(path ...any) string {
	var b strings.Builder
	for _, element := range path {
		switch element := element.(type) {
		case int:
			b.WriteString("[" + strconv.Itoa(element) + "]")
		case string:
			if !isPlainKey(element) {
				b.WriteString("[" + bracketed(element) + "]")
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

func isPlainKey(key string) bool {
	for _, c := range key {
		if c == unicode.ReplacementChar || c != '-' && c != '_' && c != '$' && !unicode.IsLetter(c) && !unicode.IsDigit(c) {
			return false
		}
	}
	return key != ""
}

// bracketed returns a key as it stands in brackets.
func bracketed(key string) string {
	quoted := strconv.Quote(key)
	_, err := strconv.Atoi(key)
	isIndex := err == nil
	if isIndex || quoted[1:len(quoted)-1] != key || strings.ContainsAny(key, "[]") || strings.TrimSpace(key) != key || key == "" {
		return quoted
	}
	return key
}

// ParseFieldPath is the inverse of [FieldPath]. What stands in brackets is an
// index where it is a number, else a key. It takes any text and never fails: of
// text that FieldPath does not write, it makes what it can.
func ParseFieldPath(field string) []any {
	var path []any
	for field != "" {
		if rest, ok := strings.CutPrefix(field, "["); ok {
			var element any
			element, field = parseBracketed(rest)
			path = append(path, element)
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

// parseBracketed reads an element behind its opening bracket and returns what
// follows the closing one.
func parseBracketed(text string) (element any, rest string) {
	if quoted, err := strconv.QuotedPrefix(text); err == nil && text[0] == '"' {
		key, err := strconv.Unquote(quoted)
		if after, ok := strings.CutPrefix(text[len(quoted):], "]"); ok && err == nil {
			return key, after
		}
	}
	inside, rest, _ := strings.Cut(text, "]")
	if index, err := strconv.Atoi(inside); err == nil {
		return index, rest
	}
	return inside, rest
}

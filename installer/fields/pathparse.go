package fields

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
	"sigs.k8s.io/structured-merge-diff/v6/value"
)

// parsePath reads a path in the form of the package's documentation. The dot at its
// begin may be left out.
func parsePath(text string) (path, error) {
	if text == "." || text == "" {
		return nil, nil
	}
	var result path
	if text[0] != '.' && text[0] != '[' {
		text = "." + text
	}
	for rest := text; rest != ""; {
		var (
			next element
			err  error
		)
		if rest[0] == '.' {
			next, rest = parseField(rest[1:])
			if next.name == "" {
				return nil, fmt.Errorf("path %q: a name is missing after a dot", text)
			}
		} else if next, rest, err = parseBrackets(rest); err != nil {
			return nil, fmt.Errorf("path %q: %w", text, err)
		}
		result = append(result, next)
	}
	return result, nil
}

func parseField(text string) (element, string) {
	end := strings.IndexAny(text, ".[")
	if end < 0 {
		end = len(text)
	}
	return element{name: text[:end]}, text[end:]
}

var errBrackets = errors.New("brackets hold none of: \"a name\", an index, =a value, name=a key")

// parseBrackets reads what begins with "[" up to its "]".
func parseBrackets(text string) (element, string, error) {
	if text[0] != '[' {
		return element{}, "", errBrackets
	}
	rest := text[1:]
	name, rest, quoted, err := parseToken(rest)
	switch {
	case err != nil:
		return element{}, "", err
	case strings.HasPrefix(rest, "]") && quoted:
		return element{name: name}, rest[1:], nil
	case strings.HasPrefix(rest, "]"):
		index, err := strconv.Atoi(name)
		if err != nil || index < 0 {
			return element{}, "", errBrackets
		}
		return element{kind: byIndex, index: index}, rest[1:], nil
	case !strings.HasPrefix(rest, "="):
		return element{}, "", errBrackets
	}
	isValue := name == "" && !quoted
	var keys []keyField
	for {
		token, after, quotedValue, err := parseToken(rest[1:])
		if err != nil {
			return element{}, "", err
		}
		keys = append(keys, keyField{name: name, value: parseScalar(token, quotedValue)})
		switch {
		case strings.HasPrefix(after, "]") && isValue:
			return element{kind: byValue, value: keys[0].value}, after[1:], nil
		case strings.HasPrefix(after, "]"):
			slices.SortStableFunc(keys, func(a, b keyField) int { return strings.Compare(a.name, b.name) })
			return element{kind: byKey, keys: keys}, after[1:], nil
		case !strings.HasPrefix(after, ",") || isValue:
			return element{}, "", errBrackets
		}
		if name, rest, _, err = parseToken(after[1:]); err != nil || !strings.HasPrefix(rest, "=") {
			return element{}, "", errBrackets
		}
	}
}

// parseToken reads a quoted text, or one up to a character with a meaning.
func parseToken(text string) (token, rest string, quoted bool, err error) {
	if strings.HasPrefix(text, `"`) {
		prefix, err := strconv.QuotedPrefix(text)
		if err != nil {
			return "", "", true, errBrackets
		}
		token, err = strconv.Unquote(prefix)
		return token, text[len(prefix):], true, err
	}
	end := strings.IndexAny(text, `],="[`)
	if end < 0 {
		return "", "", false, errBrackets
	}
	return text[:end], text[end:], false, nil
}

// parseScalar returns the value that [writeScalar] has written.
func parseScalar(token string, quoted bool) any {
	if quoted {
		return token
	}
	if number, err := strconv.ParseInt(token, 10, 64); err == nil {
		return number
	}
	var scalar any
	if err := json.Unmarshal([]byte(token), &scalar); err != nil {
		return token
	}
	switch scalar.(type) {
	case nil, bool, float64:
		return scalar
	}
	return token
}

// owned returns the path as managedFields has it, or false where it cannot have it:
// its keys hold no null.
func (e element) owned() (fieldpath.PathElement, bool) {
	switch e.kind {
	case byField:
		return fieldpath.FieldNameElement(e.name), true
	case byIndex:
		return fieldpath.IndexElement(e.index), true
	case byValue:
		return fieldpath.ValueElement(value.NewValueInterface(e.value)), isScalar(e.value)
	}
	list := make([]value.Field, 0, len(e.keys))
	for _, field := range e.keys {
		if !isScalar(field.value) {
			return fieldpath.PathElement{}, false
		}
		list = append(list, value.Field{Name: field.name, Value: value.NewValueInterface(field.value)})
	}
	return fieldpath.KeyElement(list...), true
}

func isScalar(value any) bool {
	switch value := value.(type) {
	case string, bool, int64:
		return true
	case float64:
		return !math.IsNaN(value)
	}
	return false
}

package template

import (
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/template/parse"

	"github.com/packstage/packstage/diagnostic"
)

// explain says what text/template or one of its functions refused. Their own
// messages are shown only where they are known to hold nothing but text of the
// template and names of types.
func (e *execution) explain(f failure, data map[string]any) (message, hint string) {
	if f.cause != nil {
		if e.set.functions.custom(f.function) {
			return "calling " + f.function + ": " + f.cause.Error(), ""
		}
		return explainCall(f)
	}
	if key, ok := cutQuoted(f.message, "map has no entry for key "); ok {
		return "there is no key " + quoted(key), missingKeyHint(f.node, key, data)
	}
	if key, ok := cutQuoted(f.message, "nil data; no entry for key "); ok {
		return "cannot read key " + quoted(key) + " of null", "test the value with `with` or `if` before"
	}
	if key, ok := strings.CutPrefix(f.message, "nil pointer evaluating interface {}."); ok {
		return "cannot read key " + quoted(key) + " of null", "test the value with `with` or `if` before"
	}
	for _, known := range []struct{ prefix, message, hint string }{
		{"range can't iterate over", "range needs a list, a map or a number", ""},
		{"can't use ", "range over a number has only one variable", ""},
		{"if/with can't use", "the value has no truth", ""},
	} {
		if strings.HasPrefix(f.message, known.prefix) {
			return known.message, known.hint
		}
	}
	if name, ok := cutQuoted(f.message, "template "); ok {
		return "there is no template " + quoted(name), didYouMean(name, maps.Keys(e.program.bodies))
	}
	for _, safe := range []string{
		"wrong type for value; expected ", "wrong number of args for ", "can't evaluate field ", "invalid value; expected ",
		"expected ", "cannot assign nil to ", "can't give argument to non-function ", "nil pointer evaluating ",
		"can't handle ", "can't print ", "nil is not a command", "can't evaluate command ", "undefined variable: ",
		"dereference of nil pointer", "indirection through explicit nil",
	} {
		if strings.HasPrefix(f.message, safe) {
			return readable(f.message), typeHint(f.message)
		}
	}
	if strings.Contains(f.message, " has arguments but cannot be invoked") || strings.Contains(f.message, " is not a method but has arguments") ||
		strings.HasSuffix(f.message, " overflows int") {
		return f.message, ""
	}
	return "the template fails here", ""
}

// readable says in other words what text/template says of types.
func readable(message string) string {
	message = strings.ReplaceAll(message, "map[string]interface {}", "map")
	message = strings.ReplaceAll(message, "[]interface {}", "list")
	message = strings.ReplaceAll(message, "reflect.Value", "any value")
	return strings.ReplaceAll(message, "interface {}", "any value")
}

func typeHint(message string) string {
	switch {
	case strings.Contains(message, "expected string; got int"), strings.Contains(message, "expected string; got float"):
		return "toString makes text of a number"
	case strings.Contains(message, "expected float64; got int64"):
		return "integers stay integers; float64 converts them"
	case strings.Contains(message, "expected int; got int64"):
		return "int converts it"
	case strings.Contains(message, "expected int; got float64"):
		return "int converts it"
	}
	return ""
}

// explainCall explains the error of one of text/template's own functions, or of
// sprig's.
func explainCall(f failure) (message, hint string) {
	text := f.cause.Error()
	name := strings.TrimPrefix(f.function, "packstage_")
	switch {
	case strings.HasPrefix(text, "incompatible types for comparison: "):
		types := readable(strings.TrimPrefix(text, "incompatible types for comparison: "))
		hint := "both sides must be of one kind"
		if strings.Contains(types, "float64") && strings.Contains(types, "int") {
			hint = "integers stay integers: compare with 3 instead of 3.0, or convert with float64"
		}
		return name + " cannot compare " + types, hint
	case strings.HasPrefix(text, "invalid type for comparison"):
		return name + " cannot compare values of these types", ""
	case strings.HasPrefix(text, "non-comparable type"):
		return name + " cannot compare lists and maps", "deepEqual can"
	case strings.HasPrefix(text, "missing argument for comparison"):
		return name + " needs two values to compare", ""
	case strings.HasPrefix(text, "index out of range"):
		return name + ": the index lies outside of the list", "len tells how long it is"
	case strings.HasPrefix(text, "invalid slice index"):
		return name + ": the first index is larger than the second", ""
	case strings.HasPrefix(text, "index of untyped nil"), strings.HasPrefix(text, "index of nil pointer"), strings.HasPrefix(text, "slice of untyped nil"):
		return name + " of null", "test the value with `with` or `if` before"
	case strings.Contains(text, "integer divide by zero"), strings.Contains(text, "division by 0"):
		return name + ": division by zero", ""
	}
	for _, safe := range []string{
		"can't index item of type ", "cannot index slice/array with ", "value has type ", "value is nil; should be of type ",
		"can't slice item of type ", "cannot 3-index slice a string", "too many slice indexes", "len of type ", "len of nil pointer",
		"call of nil", "non-function ", "wrong number of args for ", "dig needs at least three arguments",
		"Cannot ", "list should be type of slice or array",
	} {
		if strings.HasPrefix(text, safe) {
			return name + ": " + readable(text), ""
		}
	}
	return name + " cannot take these arguments", ""
}

// cutQuoted returns the quoted string that follows a prefix.
func cutQuoted(text, prefix string) (string, bool) {
	rest, ok := strings.CutPrefix(text, prefix)
	if !ok {
		return "", false
	}
	token, err := strconv.QuotedPrefix(rest)
	if err != nil {
		return "", false
	}
	value, err := strconv.Unquote(token)
	return value, err == nil
}

// missingKeyHint suggests a key that there is, or how to do without it.
func missingKeyHint(node parse.Node, key string, data map[string]any) string {
	path := fieldPath(node)
	i := slices.Index(path, key)
	if i < 0 {
		return ""
	}
	if parent, ok := lookUp(data, path[:i]); ok && (i > 0 || len(path) > 1 || data[key] == nil) {
		if hint := didYouMean(key, maps.Keys(parent)); hint != "" {
			return hint
		}
	}
	if i > 0 && path[0] == "config" {
		return "declare it in spec.config.openAPIV3Schema with a default, or ask with hasKey or dig whether it is there"
	}
	if path[0] == "Values" {
		return "the configuration is .config"
	}
	return "hasKey and dig ask whether a key is there"
}

// fieldPath returns the keys that a node reads from dot or from $.
func fieldPath(node parse.Node) []string {
	switch node := node.(type) {
	case *parse.FieldNode:
		return node.Ident
	case *parse.VariableNode:
		if node.Ident[0] == "$" {
			return node.Ident[1:]
		}
	}
	return nil
}

// lookUp follows keys from the root of the data.
func lookUp(data map[string]any, path []string) (map[string]any, bool) {
	for _, key := range path {
		next, ok := data[key].(map[string]any)
		if !ok {
			return nil, false
		}
		data = next
	}
	return data, true
}

func didYouMean(name string, known iter.Seq[string]) string {
	if nearest, ok := diagnostic.Suggest(name, slices.Collect(known)); ok {
		return "did you mean " + quoted(nearest) + "?"
	}
	return ""
}

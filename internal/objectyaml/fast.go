package objectyaml

import (
	"strconv"
	"strings"
)

// The fast writer knows the values that Kubernetes objects consist of. It writes
// them byte by byte as the library does, or gives up: on values of other types, merge
// keys, keys longer than a line may be, collections that nest very deep and texts
// with characters that the library treats in ways of its own. A document that it
// gives up on is written again by the library; FuzzFast checks that the two never
// differ.

const (
	// indentStep is what a collection inside another is indented by.
	indentStep = 2
	// maxIndent keeps the writer away from lines that are folded where they begin.
	maxIndent = 64
	// maxKey is the length up to which the library writes a key before its ":".
	maxKey = 128
)

// appendFast appends a document, or returns text itself and false where it gave up.
func (w *Writer) appendFast(text []byte, value any) ([]byte, bool) {
	f := fastWriter{out: text, line: len(text), fields: w.fields[:0]}
	ok := f.document(value)
	w.fields = f.fields
	if !ok {
		clear(f.fields[:cap(f.fields)])
		return text, false
	}
	if len(f.out) > f.line {
		f.out = append(f.out, '\n')
	}
	return f.out, true
}

// fastWriter is the state of appendFast.
type fastWriter struct {
	out  []byte
	line int // where the last line of out begins
	// fields is the stack of the fields of the mappings that are being written.
	fields []field
}

type field struct {
	key   string
	value any
}

// document writes a whole document.
func (w *fastWriter) document(value any) bool {
	switch value := value.(type) {
	case map[string]any:
		if len(value) > 0 {
			return w.mapping(value, 0)
		}
	case []any:
		if len(value) > 0 {
			return w.list(value, 0)
		}
	case string:
		// Further lines would have another indent than elsewhere.
		if len(value) > foldWidth || strings.IndexByte(value, '\n') >= 0 {
			return false
		}
	}
	return w.leaf(value, 0)
}

// newLine goes to a column of the next line. A literal text may have ended the line
// already.
func (w *fastWriter) newLine(indent int) {
	if len(w.out) > w.line {
		w.out = append(w.out, '\n')
		w.line = len(w.out)
	}
	w.pad(indent)
}

func (w *fastWriter) pad(indent int) {
	const spaces = "                                                                " // maxIndent
	w.out = append(w.out, spaces[:indent]...)
}

// mapping writes the fields of a mapping, the first one where the line stands.
func (w *fastWriter) mapping(m map[string]any, indent int) bool {
	if indent+indentStep > maxIndent {
		return false
	}
	begin := len(w.fields)
	for key, value := range m {
		if key == mergeKey || len(key) > maxKey {
			return false
		}
		w.fields = append(w.fields, field{key, value})
	}
	sortFields(w.fields[begin:])
	for i := range len(m) {
		if i > 0 {
			w.newLine(indent)
		}
		f := w.fields[begin+i] // a copy: the stack moves when it grows
		if !w.key(f.key) {
			return false
		}
		w.out = append(w.out, ':')
		if !w.fieldValue(f.value, indent) {
			return false
		}
	}
	clear(w.fields[begin:]) // nothing holds what was written
	w.fields = w.fields[:begin]
	return true
}

func (w *fastWriter) fieldValue(value any, indent int) bool {
	switch value := value.(type) {
	case map[string]any:
		if len(value) > 0 {
			w.newLine(indent + indentStep)
			return w.mapping(value, indent+indentStep)
		}
	case []any:
		if len(value) > 0 {
			w.newLine(indent)
			return w.list(value, indent)
		}
	}
	w.out = append(w.out, ' ')
	return w.leaf(value, indent)
}

// list writes the items of a list, the first one where the line stands.
func (w *fastWriter) list(items []any, indent int) bool {
	if indent+indentStep > maxIndent {
		return false
	}
	for i, item := range items {
		if i > 0 {
			w.newLine(indent)
		}
		w.out = append(w.out, '-', ' ')
		ok := false
		switch item := item.(type) {
		case map[string]any:
			if len(item) > 0 {
				ok = w.mapping(item, indent+indentStep)
			} else {
				ok = w.leaf(item, indent)
			}
		case []any:
			if len(item) > 0 {
				ok = w.list(item, indent+indentStep)
			} else {
				ok = w.leaf(item, indent)
			}
		default:
			ok = w.leaf(item, indent)
		}
		if !ok {
			return false
		}
	}
	return true
}

// leaf writes a scalar or an empty collection that is in one of this indent.
func (w *fastWriter) leaf(value any, indent int) bool {
	switch value := value.(type) {
	case nil:
		w.out = append(w.out, "null"...)
	case bool:
		w.out = strconv.AppendBool(w.out, value)
	case string:
		return w.text(value, indent+indentStep)
	case int64:
		w.out = strconv.AppendInt(w.out, value, 10)
	case int:
		w.out = strconv.AppendInt(w.out, int64(value), 10)
	case float64:
		w.float(value)
	case map[string]any:
		w.out = append(w.out, "{}"...)
	case []any:
		w.out = append(w.out, "[]"...)
	default:
		return false
	}
	return true
}

func (w *fastWriter) float(value float64) {
	begin := len(w.out)
	w.out = strconv.AppendFloat(w.out, value, 'g', -1, 64)
	switch string(w.out[begin:]) {
	case "+Inf":
		w.out = append(w.out[:begin], ".inf"...)
	case "-Inf":
		w.out = append(w.out[:begin], "-.inf"...)
	case "NaN":
		w.out = append(w.out[:begin], ".nan"...)
	}
}

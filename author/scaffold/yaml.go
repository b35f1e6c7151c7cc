package scaffold

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// verbatim is text that is written into YAML as it is, in the place of a value.
type verbatim string

// yamlWriter writes objects as block YAML: apiVersion, kind, metadata and spec first,
// in metadata the name first, in items of lists the name too, everything else sorted;
// lists at the indentation of their key, as kubectl has them.
type yamlWriter struct {
	out bytes.Buffer
	// rank orders keys before the alphabet does; nil is none.
	rank map[string]int
}

// MarshalObject writes an object, or any mapping, as YAML that kubectl reads as the same
// values: block style, apiVersion, kind, metadata and spec first.
func MarshalObject(content map[string]any) []byte {
	var w yamlWriter
	w.mapping(content, 0, false, []string{"apiVersion", "kind", "metadata", "spec"}, true)
	return w.out.Bytes()
}

// marshalRanked writes any mapping, with the keys of the order before all others.
func marshalRanked(content map[string]any, order ...string) []byte {
	w := yamlWriter{rank: map[string]int{}}
	for i, key := range order {
		w.rank[key] = i - len(order)
	}
	w.mapping(content, 0, false, nil, false)
	return w.out.Bytes()
}

// mapping writes the lines of a mapping that is not empty. Inline is set where the
// first line has begun already, after "- ".
func (w *yamlWriter) mapping(content map[string]any, indent int, inline bool, first []string, root bool) {
	for _, key := range w.orderedKeys(content, first) {
		switch value := content[key].(type) {
		case guarded:
			if inline {
				w.out.WriteByte('\n')
			}
			inline = false
			w.line(indent, value.open)
			w.mapping(map[string]any{key: value.value}, indent, false, first, root)
			w.line(indent, value.end)
			continue
		case inserted:
			if inline {
				w.out.WriteByte('\n')
			}
			inline = false
			w.inserted(indent, value)
			continue
		}
		if !inline {
			w.indent(indent)
		}
		inline = false
		w.out.WriteString(yamlText(key) + ":")
		var below []string
		if root && key == "metadata" {
			below = []string{"name", "generateName", "namespace", "labels", "annotations"}
		}
		w.afterKey(content[key], indent, below)
	}
}

func (w *yamlWriter) afterKey(value any, indent int, first []string) {
	switch value := value.(type) {
	case hollow:
		w.out.WriteString(" " + value.text)
		w.afterKey(value.value, indent, first)
		return
	case map[string]any:
		if len(value) > 0 {
			w.out.WriteByte('\n')
			w.mapping(value, indent+2, false, first, false)
			return
		}
	case []any:
		if len(value) > 0 {
			w.out.WriteByte('\n')
			w.list(value, indent, false)
			return
		}
	}
	w.out.WriteByte(' ')
	w.scalar(value, indent+2)
}

func (w *yamlWriter) list(items []any, indent int, inline bool) {
	for _, item := range items {
		switch item := item.(type) {
		case guarded:
			w.line(indent, item.open)
			w.list([]any{item.value}, indent, false)
			w.line(indent, item.end)
			continue
		case inserted:
			w.inserted(indent, item)
			continue
		}
		if !inline {
			w.indent(indent)
		}
		inline = false
		w.out.WriteString("- ")
		if empty, ok := item.(hollow); ok {
			w.out.WriteString(empty.text)
			w.afterKey(empty.value, indent, []string{"name"})
			continue
		}
		switch item := item.(type) {
		case map[string]any:
			if len(item) > 0 {
				w.mapping(item, indent+2, true, []string{"name"}, false)
				continue
			}
		case []any:
			if len(item) > 0 {
				w.list(item, indent+2, true)
				continue
			}
		}
		w.scalar(item, indent+2)
	}
}

// scalar writes a value that needs no lines of its own, and blocks of text.
func (w *yamlWriter) scalar(value any, indent int) {
	switch value := value.(type) {
	case nil:
		w.out.WriteString("null")
	case bool:
		w.out.WriteString(strconv.FormatBool(value))
	case int64:
		w.out.WriteString(strconv.FormatInt(value, 10))
	case float64:
		w.out.WriteString(formatFloat(value))
	case verbatim:
		w.out.WriteString(string(value))
	case string:
		if isBlock(value) {
			w.block(value, indent)
			return
		}
		w.out.WriteString(yamlText(value))
	case []any:
		w.out.WriteString("[]")
	default:
		w.out.WriteString("{}")
	}
	w.out.WriteByte('\n')
}

// block writes a literal block.
func (w *yamlWriter) block(text string, indent int) {
	body := strings.TrimRight(text, "\n")
	breaks := len(text) - len(body)
	w.out.WriteByte('|')
	if body[0] == ' ' {
		w.out.WriteByte('2') // the first line does not show the indentation
	}
	switch breaks {
	case 0:
		w.out.WriteByte('-')
	case 1:
	default:
		w.out.WriteByte('+')
	}
	w.out.WriteByte('\n')
	for line := range strings.SplitSeq(body, "\n") {
		if line != "" {
			w.indent(indent)
			w.out.WriteString(line)
		}
		w.out.WriteByte('\n')
	}
	for ; breaks > 1; breaks-- {
		w.out.WriteByte('\n')
	}
}

func (w *yamlWriter) inserted(indent int, lines inserted) {
	for _, line := range []string{lines.open, lines.text, lines.end} {
		if line != "" {
			w.line(indent, line)
		}
	}
}

// line writes a line of template.
func (w *yamlWriter) line(indent int, text string) {
	w.indent(indent)
	w.out.WriteString(text + "\n")
}

func (w *yamlWriter) indent(n int) { w.out.WriteString(strings.Repeat(" ", n)) }

// orderedKeys returns the keys in first that are there, then the others sorted.
func (w *yamlWriter) orderedKeys(content map[string]any, first []string) []string {
	keys := slices.SortedFunc(maps.Keys(content), func(a, b string) int {
		return cmp.Or(cmp.Compare(w.rank[a], w.rank[b]), strings.Compare(a, b))
	})
	ordered := make([]string, 0, len(keys))
	for _, key := range first {
		if _, ok := content[key]; ok {
			ordered = append(ordered, key)
		}
	}
	for _, key := range keys {
		if !slices.Contains(first, key) {
			ordered = append(ordered, key)
		}
	}
	return ordered
}

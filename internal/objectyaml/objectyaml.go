// Package objectyaml writes plain values as the YAML that people and the readers
// of Kubernetes take for the same values.
package objectyaml

import (
	"bytes"
	"slices"

	"go.yaml.in/yaml/v2"
)

// Marshal writes what the YAML readers of Kubernetes read as the same value: block
// style, with sorted keys. The text is that of go.yaml.in/yaml/v2, but for the key
// "<<", which the library leaves without quotes, so that it means a merge.
//
// The error is about a value that YAML cannot hold.
func Marshal(content map[string]any) ([]byte, error) { return new(Writer).Append(nil, content) }

// Writer writes documents one after the other with the same memory. The zero value is
// ready; it is not for use by several goroutines at a time.
type Writer struct {
	fields []field
}

// Append is [Marshal] that appends to text and returns the extended slice, or text
// itself beside an error.
func (w *Writer) Append(text []byte, content map[string]any) ([]byte, error) {
	if written, ok := w.appendFast(text, content); ok {
		return written, nil
	}
	written, err := marshalLibrary(content)
	if err != nil {
		return text, err
	}
	return append(text, written...), nil
}

// AppendAsLibrary appends any value as go.yaml.in/yaml/v2 writes it, the key "<<" too. Of
// the orders that the library can give to keys with numbers in them, for which it has no
// order that is free of circles, it is always the same one.
func (w *Writer) AppendAsLibrary(text []byte, value any) ([]byte, error) {
	if written, ok := w.appendFast(text, value); ok {
		return written, nil
	}
	written, err := yaml.Marshal(inOrder(value))
	if err != nil {
		return text, err
	}
	return append(text, written...), nil
}

func marshalLibrary(content map[string]any) ([]byte, error) {
	written, err := yaml.Marshal(inOrder(content))
	if err != nil || !hasMergeKey(content) {
		return written, err
	}
	// The key is written under another name first, which has its place.
	name := "merge-key"
	for bytes.Contains(written, []byte(name)) {
		name += "-"
	}
	if written, err = yaml.Marshal(inOrder(renameMergeKey(content, name))); err != nil {
		return nil, err
	}
	return bytes.ReplaceAll(written, []byte(name+":"), []byte(mergeKeyQuoted+":")), nil
}

// inOrder returns a value whose mappings the library writes in the order that they have
// here. It would sort them anew, from one that is left to chance.
func inOrder(value any) any {
	switch value := value.(type) {
	case map[string]any:
		fields := make([]field, 0, len(value))
		for key, child := range value {
			fields = append(fields, field{key, child})
		}
		sortFields(fields)
		ordered := make(yaml.MapSlice, len(fields))
		for i, f := range fields {
			ordered[i] = yaml.MapItem{Key: f.key, Value: inOrder(f.value)}
		}
		return ordered
	case []any:
		items := make([]any, len(value))
		for i, item := range value {
			items[i] = inOrder(item)
		}
		return items
	default:
		return value
	}
}

const (
	mergeKey       = "<<"
	mergeKeyQuoted = `"<<"`
)

func hasMergeKey(value any) bool {
	switch value := value.(type) {
	case map[string]any:
		for key, child := range value {
			if key == mergeKey || hasMergeKey(child) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(value, hasMergeKey)
	}
	return false
}

func renameMergeKey(value any, name string) any {
	switch value := value.(type) {
	case map[string]any:
		renamed := make(map[string]any, len(value))
		for key, child := range value {
			if key == mergeKey {
				key = name
			}
			renamed[key] = renameMergeKey(child, name)
		}
		return renamed
	case []any:
		renamed := make([]any, len(value))
		for i, child := range value {
			renamed[i] = renameMergeKey(child, name)
		}
		return renamed
	default:
		return value
	}
}

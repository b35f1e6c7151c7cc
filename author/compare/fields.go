package compare

import (
	"fmt"
	"slices"
	"strings"
)

// whole compares two versions of one object: first what cannot be changed in place,
// where the object is updated at all, then all else.
func (w *fieldWalk) whole(a, b map[string]any, updated bool) {
	if version := textAt(a, "apiVersion"); version != textAt(b, "apiVersion") {
		w.changes = append(w.changes, Change{
			Code: ObjectVersionChanged, Effect: Notable, Object: w.object, Field: "apiVersion", Before: version, After: textAt(b, "apiVersion"),
			Message: fmt.Sprintf("is written as %s where it was %s", textAt(b, "apiVersion"), version),
			pathA:   []any{"apiVersion"}, pathB: []any{"apiVersion"},
		})
	}
	if updated {
		for _, fault := range append(immutableChanges(w.key, a, b), w.custom.guardedChanges(a, b)...) {
			w.immutable(fault)
		}
	}
	for _, name := range either(a, b) {
		if name == "apiVersion" || name == "kind" || equal(a[name], b[name]) {
			continue
		}
		place := fieldPlace{}.field(name)
		w.value(place, a[name], b[name])
	}
}

// fieldPlace is a field of both objects.
type fieldPlace struct {
	// text is the path by keys, pathA and pathB lead to the value in each of them.
	text, pathA, pathB []any
}

func (p fieldPlace) field(name string) fieldPlace {
	return fieldPlace{extend(p.text, name), extend(p.pathA, name), extend(p.pathB, name)}
}

func (p fieldPlace) item(text any, indexA, indexB int) fieldPlace {
	return fieldPlace{extend(p.text, text), extend(p.pathA, indexA), extend(p.pathB, indexB)}
}

// last is the name of the innermost field.
func (p fieldPlace) last() string {
	for _, element := range slices.Backward(p.text) {
		if name, ok := element.(string); ok {
			return name
		}
	}
	return ""
}

// names are the keys on the path, without items of lists.
func (p fieldPlace) names() []string {
	var names []string
	for _, element := range p.text {
		if name, ok := element.(string); ok {
			names = append(names, name)
		}
	}
	return names
}

type fieldWalk struct {
	key     objectKey
	object  *ObjectReference
	custom  *customType // nil where no definition tells
	fixed   [][]any     // paths that were found to be immutable
	changes []Change
}

// value compares two values, which are different or not.
func (w *fieldWalk) value(at fieldPlace, a, b any) {
	if slices.ContainsFunc(w.fixed, func(path []any) bool { return hasPrefix(at.text, path) }) {
		return
	}
	switch {
	case a == nil && b == nil:
		return
	case a == nil:
		w.emit(at, FieldAdded, nil, b)
		return
	case b == nil:
		w.emit(at, FieldRemoved, a, nil)
		return
	}
	switch a := a.(type) {
	case map[string]any:
		if b, ok := b.(map[string]any); ok {
			for _, name := range either(a, b) {
				if !equal(a[name], b[name]) {
					w.value(at.field(name), a[name], b[name])
				}
			}
			return
		}
	case []any:
		if b, ok := b.([]any); ok {
			w.list(at, a, b)
			return
		}
	}
	if !equal(a, b) {
		w.emit(at, FieldChanged, a, b)
	}
}

func hasPrefix(path, prefix []any) bool {
	return len(path) >= len(prefix) && slices.Equal(path[:len(prefix)], prefix)
}

// emit records a change of one field.
func (w *fieldWalk) emit(at fieldPlace, code Code, a, b any) {
	effect, reason := fieldEffect(w.key, at, a, b)
	change := Change{
		Code: code, Effect: effect, Object: w.object, Field: fieldText(at.text), Before: a, After: b,
		pathA: at.pathA, pathB: at.pathB,
	}
	if b == nil {
		change.Side = SideA
	}
	if isSecret(w.key, at) {
		change.Before, change.After = maskValue(a), maskValue(b)
	}
	change.Message = fieldMessage(code, change.Before, change.After)
	if before, after, ok := longTexts(a, b); ok && !isSecret(w.key, at) {
		change.Text = unifiedDiff(before, after)
		change.Before, change.After = nil, nil
		change.Message = "is another text"
	}
	if reason != "" {
		change.Message += ": " + reason
		change.reason = reason
	}
	w.changes = append(w.changes, change)
}

func fieldMessage(code Code, a, b any) string {
	switch code {
	case FieldAdded:
		return "is " + show(b) + " and was not there"
	case FieldRemoved:
		return "is gone, and was " + show(a)
	default:
		if show(a) == show(b) { // cut off, or masked
			return "is another value"
		}
		return "is " + show(b) + " and was " + show(a)
	}
}

// longTexts returns two texts where at least one has several lines.
func longTexts(a, b any) (before, after string, ok bool) {
	before, wasText := a.(string)
	after, isText := b.(string)
	return before, after, wasText && isText && (strings.Contains(before, "\n") || strings.Contains(after, "\n"))
}

// isSecret reports whether a field holds what nobody should read in a diff.
func isSecret(key objectKey, at fieldPlace) bool {
	if key.group != "" || key.kind != "Secret" || len(at.text) == 0 {
		return false
	}
	return at.text[0] == "data" || at.text[0] == "stringData"
}

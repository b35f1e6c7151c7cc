package scaffold

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// guarded is an entry of a mapping or an item of a list between two lines of template.
type guarded struct {
	open, end string
	value     any
}

// hollow is a mapping or list that can turn out to have nothing in it: the text stands
// beside its key and says so then.
type hollow struct {
	text  string
	value any
}

// inserted is a line of template that writes entries or items, between two others where
// there is a condition.
type inserted struct{ open, text, end string }

// A contentStep is one thing that is done to the values of a draft, deeper places first, so
// that paths stay true.
type contentStep struct {
	depth, index int
	apply        func()
}

func applyInOrder(steps []contentStep) {
	slices.SortStableFunc(steps, func(a, b contentStep) int {
		return cmp.Or(cmp.Compare(b.depth, a.depth), cmp.Compare(b.index, a.index))
	})
	for _, step := range steps {
		step.apply()
	}
}

// isOptional reports whether something of the object depends on conditions.
func (o *object) isOptional() bool { return len(o.Optional)+len(o.Insertions) > 0 }

// isOptionalAt reports whether a value depends on conditions.
func (o *object) isOptionalAt(path []any) bool {
	return slices.ContainsFunc(o.Optional, func(optional Optional) bool {
		return len(optional.Path) <= len(path) && slices.Equal(optional.Path, path[:len(optional.Path)])
	})
}

// guard puts the conditions of entries and items around them.
func (d *draft) guard() {
	var steps []contentStep
	conditions := map[string][]string{} // of what stands in a mapping or list
	parents := map[string][]any{}
	note := func(parent []any, when string) {
		key := fmt.Sprintf("%q", parent)
		parents[key] = parent
		conditions[key] = append(conditions[key], when)
	}
	for _, optional := range d.object.Optional {
		note(optional.Path[:len(optional.Path)-1], optional.When)
		steps = append(steps, contentStep{depth: 4 * len(optional.Path), apply: func() {
			value, _ := lookup(d.written, optional.Path...)
			replace(d.written, optional.Path, guarded{d.hole("{{- if "+optional.When+" }}", false), d.hole("{{- end }}", false), value})
		}})
	}
	for i, insertion := range d.object.Insertions {
		note(insertion.Path, insertion.When)
		steps = append(steps, contentStep{depth: 4*len(insertion.Path) + 2, index: insertion.Index, apply: func() {
			lines := inserted{text: d.hole("{{- toYAML "+insertion.Expression+" | nindent %d }}", false)}
			d.holes[len(d.holes)-1].line = true
			if insertion.When != "" {
				lines.open, lines.end = d.hole("{{- if "+insertion.When+" }}", false), d.hole("{{- end }}", false)
			}
			insertAt(d.written, insertion.Path, insertion.Index, fmt.Sprintf("\xff%d", i), lines)
		}})
	}
	for key, parent := range parents {
		value, _ := lookup(d.object.Content, parent...)
		count := 0
		switch value := value.(type) {
		case map[string]any:
			count = len(value)
		case []any:
			count = len(value)
		}
		optionals := 0
		for _, optional := range d.object.Optional {
			if len(optional.Path) == len(parent)+1 && slices.Equal(optional.Path[:len(parent)], parent) {
				optionals++
			}
		}
		always := slices.Equal(parent, []any{"metadata", "annotations"}) // the phase is in there
		if always || len(parent) == 0 || optionals < count || slices.Contains(conditions[key], "") {
			continue
		}
		steps = append(steps, contentStep{depth: 4*len(parent) + 1, index: d.order(parent), apply: func() {
			value, _ := lookup(d.written, parent...)
			empty := "{}"
			if _, isList := value.([]any); isList {
				empty = "[]"
			}
			replace(d.written, parent, hollow{d.hole("{{ if not "+anyOf(conditions[key])+" }}"+empty+"{{ end }}", false), value})
		}})
	}
	applyInOrder(steps)
}

// order is a number by which mappings of one depth are always worked on in one order:
// the first place among the optional things that are in them.
func (d *draft) order(parent []any) int {
	for i, optional := range d.object.Optional {
		if len(optional.Path) > len(parent) && slices.Equal(optional.Path[:len(parent)], parent) {
			return i
		}
	}
	return len(d.object.Optional)
}

// anyOf is the template expression that is true where one of several is.
func anyOf(conditions []string) string {
	slices.Sort(conditions)
	conditions = slices.Compact(conditions)
	if len(conditions) == 1 {
		if strings.Contains(conditions[0], " ") {
			return "(" + conditions[0] + ")"
		}
		return conditions[0]
	}
	var text strings.Builder
	text.WriteString("(or")
	for _, condition := range conditions {
		if strings.Contains(condition, " ") {
			condition = "(" + condition + ")"
		}
		text.WriteString(" " + condition)
	}
	return text.String() + ")"
}

// insertAt adds an entry to a mapping, or an item to a list before that of the index.
func insertAt(root map[string]any, path []any, index int, key string, value any) {
	parent, _ := lookup(root, path...)
	switch parent := parent.(type) {
	case map[string]any:
		parent[key] = value
	case []any:
		replace(root, path, slices.Insert(slices.Clone(parent), min(index, len(parent)), value))
	}
}

// withDefaults is the content of the object as it is with the defaults of the
// configuration: without what is absent then, and with what is inserted.
func (o *object) withDefaults(content map[string]any) map[string]any {
	var steps []contentStep
	for _, optional := range o.Optional {
		if !optional.Absent {
			continue
		}
		index, _ := optional.Path[len(optional.Path)-1].(int)
		steps = append(steps, contentStep{depth: 4 * len(optional.Path), index: index, apply: func() { remove(content, optional.Path) }})
	}
	for _, insertion := range o.Insertions {
		steps = append(steps, contentStep{depth: 4*len(insertion.Path) + 2, index: insertion.Index, apply: func() {
			switch value := insertion.Default.(type) {
			case map[string]any:
				for key, value := range value {
					insertAt(content, insertion.Path, 0, key, value)
				}
			case []any:
				for _, item := range slices.Backward(value) {
					insertAt(content, insertion.Path, insertion.Index, "", item)
				}
			}
		}})
	}
	// Items of lists are removed from the back, after what is inserted among them.
	applyInOrder(steps)
	return content
}

// remove takes an entry or item away.
func remove(root map[string]any, path []any) {
	parent, _ := lookup(root, path[:len(path)-1]...)
	switch step := path[len(path)-1].(type) {
	case string:
		if mapping, ok := parent.(map[string]any); ok {
			delete(mapping, step)
		}
	case int:
		if list, ok := parent.([]any); ok && step < len(list) {
			replace(root, path[:len(path)-1], slices.Delete(slices.Clone(list), step, step+1))
		}
	}
}

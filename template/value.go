package template

import (
	"maps"
	"reflect"
	"slices"
)

// copyData copies maps and lists; all other values cannot be changed by
// templates and are shared.
func copyData(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if v == nil {
			return v
		}
		copied := make(map[string]any, len(v))
		for key, value := range v {
			copied[key] = copyData(value)
		}
		return copied
	case []any:
		if v == nil {
			return v
		}
		copied := make([]any, len(v))
		for i, value := range v {
			copied[i] = copyData(value)
		}
		return copied
	case map[string]string:
		if v == nil {
			return v
		}
		copied := make(map[string]string, len(v))
		for key, value := range v {
			copied[key] = value
		}
		return copied
	default:
		return v
	}
}

// nodeSize is what a value counts for besides its text: about what it takes in
// memory and at least what it takes in print.
const nodeSize = 24

// measured is the size of a value.
type measured struct {
	// text is the bytes of all strings, keys included; nodes is the number of
	// values; indent is the sum of their depths.
	text, nodes, indent int64
	// maps is the number of maps.
	maps int64
	// pointers tells that there are pointers inside, whose addresses some verbs
	// of printf would print.
	pointers bool
}

// size is how many bytes the value is as text, whose strings grow by a factor.
func (m measured) size(factor int64) int64 { return m.text*factor + m.nodes*nodeSize + 2*m.indent }

// measure walks a value as something that prints or copies it would: parts that
// occur twice count twice. It fails where the value is larger than what
// functions may still make, or nests too deep, as a cycle does.
func (e *execution) measure(v any) (measured, error) {
	switch v := v.(type) {
	case string:
		return measured{text: int64(len(v)), nodes: 1}, nil
	case nil, bool, int, int64, float64:
		return measured{nodes: 1}, nil
	}
	w := measurer{e: e}
	err := w.value(v, 1)
	if err == nil {
		return w.measured, e.labour(w.nodes)
	}
	// A value that is both too large and too deep is always refused for the same
	// reason.
	w = measurer{e: e, sorted: true}
	return measured{}, w.value(v, 1)
}

type measurer struct {
	measured
	e *execution
	// sorted makes it walk maps in the order of their keys.
	sorted bool
}

func (w *measurer) value(v any, depth int64) error {
	w.nodes++
	w.indent += depth
	switch v := v.(type) {
	case nil, bool, int, int64, float64:
		return nil
	case string:
		w.text += int64(len(v))
		return nil
	case map[string]any:
		w.maps++
		if err := w.enter(depth, len(v)); err != nil {
			return err
		}
		if w.sorted {
			for _, key := range slices.Sorted(maps.Keys(v)) {
				w.text += int64(len(key))
				if err := w.value(v[key], depth+1); err != nil {
					return err
				}
			}
			return nil
		}
		for key, value := range v {
			w.text += int64(len(key))
			if err := w.value(value, depth+1); err != nil {
				return err
			}
		}
		return nil
	case []any:
		if err := w.enter(depth, len(v)); err != nil {
			return err
		}
		for _, value := range v {
			if err := w.value(value, depth+1); err != nil {
				return err
			}
		}
		return nil
	default:
		return w.other(reflect.ValueOf(v), depth)
	}
}

// other walks values of types that only functions make.
func (w *measurer) other(v reflect.Value, depth int64) error {
	switch v.Kind() {
	case reflect.String:
		w.text += int64(v.Len())
	case reflect.Map:
		if err := w.enter(depth, v.Len()); err != nil {
			return err
		}
		for entry := v.MapRange(); entry.Next(); {
			w.text += int64(len(entry.Key().String()))
			if err := w.value(entry.Value().Interface(), depth+1); err != nil {
				return err
			}
		}
	case reflect.Slice, reflect.Array:
		if err := w.enter(depth, v.Len()); err != nil {
			return err
		}
		for i := range v.Len() {
			if err := w.value(v.Index(i).Interface(), depth+1); err != nil {
				return err
			}
		}
	case reflect.Pointer, reflect.Func, reflect.Chan, reflect.UnsafePointer:
		w.pointers = true
	}
	return nil
}

// enter checks the limits at a collection.
func (w *measurer) enter(depth int64, length int) error {
	if limit := w.e.set.limits.YAMLDepth; depth > limit {
		return w.e.exceeded("YAMLDepth", depth, limit, "the value nests too deep", "a value cannot hold itself")
	}
	return w.e.reserve(w.text + (w.nodes+int64(length))*nodeSize)
}

// chargeValue counts a value that a function has made in full.
func (e *execution) chargeValue(v any) error {
	m, err := e.measure(v)
	if err != nil {
		return err
	}
	return e.charge(m.size(1) + m.maps*mapSize)
}

// holds reports whether container can be reached from v. It looks at shared
// parts once.
func (e *execution) holds(v any, container uintptr) (bool, error) {
	w := reachWalker{target: container, seen: map[[2]uintptr]bool{}, limit: e.set.limits.YAMLDepth, e: e}
	found, err := w.walk(v, 1)
	if err == nil {
		err = e.labour(int64(len(w.seen)))
	}
	return found, err
}

type reachWalker struct {
	target uintptr
	seen   map[[2]uintptr]bool
	limit  int64
	e      *execution
}

func (w *reachWalker) walk(v any, depth int64) (bool, error) {
	var children func(yield func(any) bool)
	switch v := v.(type) {
	case map[string]any:
		children = func(yield func(any) bool) {
			// In order: a value can be too deep and hold the container, too.
			for _, key := range slices.Sorted(maps.Keys(v)) {
				if !yield(v[key]) {
					return
				}
			}
		}
	case []any:
		children = func(yield func(any) bool) {
			for _, child := range v {
				if !yield(child) {
					return
				}
			}
		}
	case [][]any:
		children = func(yield func(any) bool) {
			for _, child := range v {
				if !yield(child) {
					return
				}
			}
		}
	default:
		return false, nil
	}
	value := reflect.ValueOf(v)
	if value.Kind() == reflect.Map && value.Pointer() == w.target {
		return true, nil
	}
	identity := [2]uintptr{value.Pointer(), uintptr(value.Len())}
	if value.Len() == 0 || w.seen[identity] {
		return false, nil
	}
	w.seen[identity] = true
	if depth > w.limit {
		return false, w.e.exceeded("YAMLDepth", depth, w.limit, "the value nests too deep", "")
	}
	for child := range children {
		if found, err := w.walk(child, depth+1); found || err != nil {
			return found, err
		}
	}
	return false, nil
}

package fields

import (
	"cmp"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Options are options of [Difference]; the zero value compares everything and masks
// what is in Secrets.
type Options struct {
	// IgnoreStatus leaves out the status.
	IgnoreStatus bool
	// Mask tells of a value that it must not be shown; changes in it and below it
	// carry no values. It is asked for each field and item from the outermost in,
	// with either value of it, and must not change them. May be nil.
	Mask func(path string, value any) bool
	// Live is the object whose managedFields name the managers of changes. Where it
	// is nil it is before, or after where before has none.
	Live *unstructured.Unstructured
}

// Difference lists the fields in which two objects differ, sorted by path; none where
// they are the same.
//
// What is there on one side only is one change with all that is in it. Items of lists
// are matched by the key that Kubernetes has for the list: the one that managedFields
// tells, or the usual one of its types; other lists item by item. What the server and
// its controllers keep for themselves is left out: managedFields, resourceVersion,
// uid, generation, selfLink, the time stamps of creation and deletion, and annotations
// such as deployment.kubernetes.io/revision. A null, and labels or annotations of
// which none is left, are the same as nothing. A Secret's stringData counts as data.
// A nil object is one that has no fields.
//
// The data of Secrets is always masked, as is the copy of it that kubectl keeps in an
// annotation.
func Difference(before, after *unstructured.Unstructured, options Options) []Change {
	w := &walk{options: options}
	a, b := content(before), content(after)
	w.secret = isSecret(a) || isSecret(b)
	w.owners = ownersOf(options.Live, before, after)
	w.fields(make(path, 0, usualDepth), compared(a), compared(b))
	slices.SortFunc(w.found, func(a, b located) int {
		return cmp.Or(a.at.compare(b.at), cmp.Compare(b.change.Kind, a.change.Kind)) // removed before added
	})
	changes := make([]Change, 0, len(w.found))
	for _, one := range w.found {
		one.change.Path = one.at.String()
		one.change.Managers = w.owners.of(one.at)
		changes = append(changes, one.change)
	}
	if len(changes) == 0 {
		return nil
	}
	return changes
}

// usualDepth is how deep fields of most objects are; deeper paths cost an allocation.
const usualDepth = 24

func content(object *unstructured.Unstructured) map[string]any {
	if object == nil {
		return nil
	}
	return object.Object
}

// compared returns the object without what the server keeps for itself.
func compared(object map[string]any) map[string]any {
	if isSecret(object) {
		object = storedSecret(object)
	}
	metadata, ok := object["metadata"].(map[string]any)
	if !ok {
		return object
	}
	metadata = maps.Clone(metadata)
	for _, name := range []string{
		"managedFields", "resourceVersion", "uid", "generation", "creationTimestamp", "selfLink",
		"deletionTimestamp", "deletionGracePeriodSeconds",
	} {
		delete(metadata, name)
	}
	if annotations, ok := metadata["annotations"].(map[string]any); ok {
		annotations = maps.Clone(annotations)
		maps.DeleteFunc(annotations, func(name string, _ any) bool { return isServerAnnotation(name) })
		metadata["annotations"] = annotations
	}
	for _, name := range []string{"annotations", "labels"} {
		if texts, ok := metadata[name].(map[string]any); ok && len(texts) == 0 {
			delete(metadata, name)
		}
	}
	object = maps.Clone(object)
	object["metadata"] = metadata
	return object
}

// walk compares two objects and keeps what it finds.
type walk struct {
	options Options
	secret  bool
	owners  *ownership
	found   []located
}

type located struct {
	at     path
	change Change
}

// fields compares two maps.
func (w *walk) fields(at path, before, after map[string]any) {
	for name, value := range before {
		w.field(at, name, value, after[name])
	}
	for name, value := range after {
		if _, both := before[name]; !both {
			w.field(at, name, nil, value)
		}
	}
}

func (w *walk) field(at path, name string, before, after any) {
	if before == nil && after == nil || len(at) == 0 && name == "status" && w.options.IgnoreStatus {
		return
	}
	switch before.(type) {
	case map[string]any:
	default: // scalars and lists are compared before a path is made
		if equal(before, after) {
			return
		}
	}
	w.value(at.child(name), before, after)
}

// value compares what stands at a path; nil is nothing.
func (w *walk) value(at path, before, after any) {
	mapBefore, isMapBefore := before.(map[string]any)
	mapAfter, isMapAfter := after.(map[string]any)
	listBefore, isListBefore := before.([]any)
	listAfter, isListAfter := after.([]any)
	switch {
	case w.isMasked(at, before) || w.isMasked(at, after):
		if !equal(before, after) {
			w.add(at, kindOf(before, after), nil, nil, true)
		}
	case isMapBefore && isMapAfter:
		w.fields(at, mapBefore, mapAfter)
	case equal(before, after):
	case isListBefore && isListAfter:
		w.list(at, listBefore, listAfter)
	case before == nil:
		w.only(at, Added, after)
	case after == nil:
		w.only(at, Removed, before)
	case w.hidesSomething(at, before) || w.hidesSomething(at, after):
		w.only(at, Removed, before)
		w.only(at, Added, after)
	default:
		w.add(at, Changed, before, after, false)
	}
}

// only keeps what one of the objects does not have. Where something in it must not
// be shown, each of its parts is a change.
func (w *walk) only(at path, kind ChangeKind, value any) {
	switch {
	case w.isMasked(at, value):
		w.add(at, kind, nil, nil, true)
	case w.hidesSomething(at, value):
		w.parts(at, value, func(part path, value any) bool {
			w.only(part, kind, value)
			return true
		})
	case kind == Added:
		w.add(at, kind, nil, value, false)
	default:
		w.add(at, kind, value, nil, false)
	}
}

func kindOf(before, after any) ChangeKind {
	switch {
	case before == nil:
		return Added
	case after == nil:
		return Removed
	}
	return Changed
}

func (w *walk) add(at path, kind ChangeKind, before, after any, masked bool) {
	w.found = append(w.found, located{at: slices.Clone(at), change: Change{Kind: kind, Before: clone(before), After: clone(after), Masked: masked}})
}

// clone copies a value of JSON.
func clone(value any) any {
	switch value := value.(type) {
	case map[string]any:
		result := make(map[string]any, len(value))
		for key, item := range value {
			result[key] = clone(item)
		}
		return result
	case []any:
		result := make([]any, len(value))
		for i, item := range value {
			result[i] = clone(item)
		}
		return result
	}
	return value
}

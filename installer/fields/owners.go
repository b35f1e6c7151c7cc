package fields

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

// Owners returns who owns a field of a live object according to its managedFields,
// the one that wrote last first; none where nobody does, or where the object has no
// managedFields.
//
// The path is in the form of the package's documentation, as [Change] and [Conflict]
// have it. Of a structure or list those own it who own anything in it. Of a field
// inside a value that is owned as a whole only, such as an atomic list, they are the
// owners of the whole. A path that cannot be read has no owners, and neither do
// entries of managedFields that cannot be read.
func Owners(object *unstructured.Unstructured, path string) []Manager {
	at, err := parsePath(path)
	if err != nil || object == nil {
		return nil
	}
	return (&ownership{object: object}).of(at)
}

// ownership is who owns what of an object. It is read when it is first asked for.
type ownership struct {
	object  *unstructured.Unstructured
	isRead  bool
	entries []ownedFields
}

type ownedFields struct {
	manager Manager
	fields  *fieldpath.Set
}

// ownersOf returns the ownership of the first object that has one.
func ownersOf(objects ...*unstructured.Unstructured) *ownership {
	for _, object := range objects {
		if object != nil && len(managedFields(object)) > 0 {
			return &ownership{object: object}
		}
	}
	return &ownership{}
}

func managedFields(object *unstructured.Unstructured) []any {
	metadata, _ := object.Object["metadata"].(map[string]any)
	entries, _ := metadata["managedFields"].([]any)
	return entries
}

func (o *ownership) read() []ownedFields {
	if o.isRead || o.object == nil {
		return o.entries
	}
	o.isRead = true
	for _, entry := range managedFields(o.object) {
		if fields, ok := readEntry(entry); ok {
			o.entries = append(o.entries, fields)
		}
	}
	slices.SortStableFunc(o.entries, func(a, b ownedFields) int { return a.manager.compare(b.manager) })
	return o.entries
}

// compare puts those first that wrote last.
func (m Manager) compare(other Manager) int {
	return cmp.Or(
		other.Time.Compare(m.Time), strings.Compare(m.Name, other.Name),
		strings.Compare(m.Operation, other.Operation), strings.Compare(m.Subresource, other.Subresource),
	)
}

func readEntry(entry any) (ownedFields, bool) {
	object, _ := entry.(map[string]any)
	written, err := json.Marshal(object["fieldsV1"])
	if err != nil || object["fieldsType"] != "FieldsV1" {
		return ownedFields{}, false
	}
	result := ownedFields{fields: &fieldpath.Set{}}
	if err := result.fields.FromJSON(bytes.NewReader(written)); err != nil {
		return ownedFields{}, false
	}
	result.manager.Name, _ = object["manager"].(string)
	result.manager.Operation, _ = object["operation"].(string)
	result.manager.Subresource, _ = object["subresource"].(string)
	if text, ok := object["time"].(string); ok {
		if at, err := time.Parse(time.RFC3339, text); err == nil {
			result.manager.Time = at
		}
	}
	return result, true
}

// of returns the managers of a field. Those who applied the stringData of a Secret
// own the data, which the server does not note.
func (o *ownership) of(at path) []Manager {
	managers := o.named(at)
	if len(managers) == 0 && at.startsWith("data") && isSecret(content(o.object)) {
		at = append(path{{name: "stringData"}}, at[1:]...)
		managers = o.named(at)
	}
	return managers
}

// named returns the managers that managedFields names for a field.
func (o *ownership) named(at path) []Manager {
	nearest := 0
	var managers []Manager
	for _, entry := range o.read() {
		depth := entry.depth(at)
		if depth == 0 || depth < nearest {
			continue
		}
		if depth > nearest {
			nearest, managers = depth, nil
		}
		if !slices.Contains(managers, entry.manager) {
			managers = append(managers, entry.manager)
		}
	}
	return managers
}

// depth tells how many elements of a path lead to what is owned: all of them where it
// is the field or something in it, fewer where it is a whole that the field is in,
// and 0 where it is none.
func (f ownedFields) depth(at path) int {
	depth := 0
	fields := f.fields
	for i, step := range at {
		name, ok := step.owned()
		if !ok {
			return depth
		}
		below, hasBelow := fields.Children.Get(name)
		hasBelow = hasBelow && !below.Empty()
		if fields.Members.Has(name) && (!hasBelow || i == len(at)-1) || hasBelow && i == len(at)-1 {
			depth = i + 1
		}
		if !hasBelow {
			return depth
		}
		fields = below
	}
	return depth
}

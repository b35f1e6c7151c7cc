package compare

import (
	"fmt"
)

// Objects are taken for one that was renamed where they have one group and kind,
// and of all their scalar fields, with what both call themselves taken for the same,
// at least this share is equal (twice the common ones, by the sum of both).
const (
	leastSimilar = 0.75
	// fewestFields is how many fields an object must have, since a name is no reason
	// to believe that small ones are related.
	fewestFields = 3
	// mostCompared bounds the fields that are compared for that, over all pairs.
	// Objects that are equal but for their names are found without.
	mostCompared = 4_000_000
)

// rename is a pair of objects of which one became the other.
type rename struct {
	before, after *placedObject
	// percent of their fields is equal.
	percent int
}

// findRenames finds among the objects that are gone and those that are new pairs
// that are nearly the same. The pairs with the most in common come first; of equal
// ones those that come first. What is left when the work exceeds its bound is not
// looked at.
func findRenames(removed, added []*placedObject) []rename {
	type kind struct{ group, kind string }
	byKind := map[kind][2][]candidate{}
	var kinds []kind
	for side, objects := range [2][]*placedObject{removed, added} {
		for i, object := range objects {
			k := kind{object.key.group, object.key.kind}
			entry, known := byKind[k]
			if !known {
				kinds = append(kinds, k)
			}
			entry[side] = append(entry[side], newCandidate(object, i))
			byKind[k] = entry
		}
	}
	var found []rename
	budget := mostCompared
	for _, k := range kinds {
		gone, fresh := byKind[k][0], byKind[k][1]
		if len(gone) == 0 || len(fresh) == 0 {
			continue
		}
		var pairs []rename
		pairs, gone, fresh = equalPairs(gone, fresh)
		found = append(found, pairs...)
		pairs, budget = similarPairs(gone, fresh, budget)
		found = append(found, pairs...)
	}
	return found
}

// renamed says that an object has another name, and compares the rest of it.
func (c *objectsComparison) renamed(r rename) {
	before, after := referenceOf(r.before.content()), referenceOf(r.after.content())
	change := Change{
		Code: ObjectRenamed, Effect: Notable, Object: &after, Field: "metadata.name", Before: fullName(before), After: fullName(after),
		Message: fmt.Sprintf("%s is called %s now (%d %% of it is the same): the old one is deleted, the new one created", before, fullName(after), r.percent),
		pathA:   []any{"metadata", "name"}, pathB: []any{"metadata", "name"},
	}
	if before.Name == after.Name {
		change.Field = "metadata.namespace"
		change.pathA, change.pathB = []any{"metadata", "namespace"}, []any{"metadata", "namespace"}
	}
	loss := lostWith(r.before.key)
	if r.before.key.group == "apps" && r.before.key.kind == "StatefulSet" {
		loss = "the new one makes claims of its own, and begins without data"
	}
	if loss != "" {
		change.Effect = Breaking
		change.Message += "; " + loss
	}
	if isCRD(r.after.key) {
		change.Area = AreaCRDs
	}
	c.emit(change)
	c.steering(&after, r.before, r.after)
	// The object is made anew, so nothing of it is immutable.
	walk := &fieldWalk{key: r.after.key, object: &after, custom: c.customTypeOf(r.after.content())}
	a, b := withoutIdentity(r.before), withoutIdentity(r.after)
	walk.value(fieldPlace{}, a, b)
	for _, change := range walk.changes {
		c.emit(change)
	}
}

func fullName(reference ObjectReference) string {
	if reference.Namespace == "" {
		return reference.Name
	}
	return reference.Namespace + "/" + reference.Name
}

// withoutIdentity returns the fields of an object without what makes it itself.
func withoutIdentity(one *placedObject) map[string]any {
	rest := map[string]any{}
	for name, value := range one.content() {
		switch name {
		case "apiVersion", "kind":
		case "metadata":
			metadata, _ := value.(map[string]any)
			kept := map[string]any{}
			for key, item := range metadata {
				if key != "name" && key != "namespace" && key != "generateName" {
					kept[key] = item
				}
			}
			rest[name] = kept
		default:
			rest[name] = value
		}
	}
	if isCRD(one.key) {
		delete(rest, "spec")
	}
	return rest
}

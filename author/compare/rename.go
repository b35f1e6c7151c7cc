package compare

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
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

// candidate is an object that may have been renamed.
type candidate struct {
	*placedObject
	index  int
	fields []hashedField // sorted by path
	// literal and neutral are hashes of all fields, as they are and with the name of
	// the object taken out of them.
	literal, neutral uint64
}

// hashedField is a scalar, as hashes of its path and of its value.
type hashedField struct {
	path, value uint64
	// isName is set where the value is the name of the object.
	isName bool
}

func (f hashedField) equal(other hashedField) bool {
	return f.value == other.value || f.isName && other.isName
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

func newCandidate(object *placedObject, index int) candidate {
	c := candidate{placedObject: object, index: index}
	content := object.content()
	for name, value := range content {
		if name != "apiVersion" && name != "kind" {
			c.hashFields(fnvText(fnvBasis, name), name == "metadata", value)
		}
	}
	slices.SortFunc(c.fields, func(a, b hashedField) int { return cmp.Compare(a.path, b.path) })
	c.literal, c.neutral = fnvBasis, fnvBasis
	for _, field := range c.fields {
		c.literal = ((c.literal^field.path)*fnvPrime ^ field.value) * fnvPrime
		if field.isName {
			field.value = 0
		}
		c.neutral = ((c.neutral^field.path)*fnvPrime ^ field.value) * fnvPrime
	}
	return c
}

const (
	fnvBasis uint64 = 14695981039346656037
	fnvPrime uint64 = 1099511628211
)

func fnvText(hash uint64, text string) uint64 {
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(text))
	return (hash ^ sum.Sum64()) * fnvPrime
}

// hashFields hashes each scalar with its path. The object's own names stand for
// themselves, and what rendering puts on every object does not count.
func (c *candidate) hashFields(path uint64, metadata bool, value any) {
	switch value := value.(type) {
	case map[string]any:
		for name, item := range value {
			if metadata && (name == "name" || name == "generateName" || name == "namespace") ||
				strings.HasPrefix(name, "package-operator.run/") {
				continue
			}
			c.hashFields(fnvText(path, name), false, item)
		}
	case []any:
		for i, item := range value {
			c.hashFields(fnvText(path, fmt.Sprint(i)), false, item)
		}
	case string:
		c.fields = append(c.fields, hashedField{path, fnvText(fnvBasis, "s"+value), value == c.key.name && value != ""})
	default:
		c.fields = append(c.fields, hashedField{path, fnvText(fnvBasis, "v"+canonical(value)), false})
	}
}

// equalPairs pairs objects that are equal but for their names, and returns those
// that are left.
func equalPairs(gone, fresh []candidate) (pairs []rename, goneLeft, freshLeft []candidate) {
	goneLeft, freshLeft = gone, fresh
	for _, hash := range []func(candidate) uint64{
		func(c candidate) uint64 { return c.neutral }, func(c candidate) uint64 { return c.literal },
	} {
		byHash := map[uint64][]candidate{}
		for _, one := range freshLeft {
			byHash[hash(one)] = append(byHash[hash(one)], one)
		}
		taken := map[int]bool{}
		var left []candidate
		for _, one := range goneLeft {
			same := byHash[hash(one)]
			if len(same) == 0 || len(one.fields) < fewestFields || len(same[0].fields) != len(one.fields) {
				left = append(left, one)
				continue
			}
			byHash[hash(one)] = same[1:]
			taken[same[0].index] = true
			pairs = append(pairs, rename{one.placedObject, same[0].placedObject, 100})
		}
		goneLeft = left
		freshLeft = slices.DeleteFunc(slices.Clone(freshLeft), func(c candidate) bool { return taken[c.index] })
	}
	return pairs, goneLeft, freshLeft
}

// similarPairs compares each with each, as far as the budget goes.
func similarPairs(gone, fresh []candidate, budget int) ([]rename, int) {
	type scored struct {
		before, after candidate
		similarity    float64
	}
	var pairs []scored
	for _, before := range gone {
		for _, after := range fresh {
			if budget -= len(before.fields) + len(after.fields); budget < 0 {
				return nil, 0 // pairs that depend on where the budget ended would be no rule
			}
			if len(before.fields) < fewestFields || len(after.fields) < fewestFields {
				continue
			}
			if s := similarity(before.fields, after.fields); s >= leastSimilar {
				pairs = append(pairs, scored{before, after, s})
			}
		}
	}
	slices.SortStableFunc(pairs, func(a, b scored) int {
		return cmp.Or(cmp.Compare(b.similarity, a.similarity), cmp.Compare(a.before.index, b.before.index), cmp.Compare(a.after.index, b.after.index))
	})
	takenBefore, takenAfter := map[int]bool{}, map[int]bool{}
	var found []rename
	for _, pair := range pairs {
		if takenBefore[pair.before.index] || takenAfter[pair.after.index] {
			continue
		}
		takenBefore[pair.before.index], takenAfter[pair.after.index] = true, true
		found = append(found, rename{pair.before.placedObject, pair.after.placedObject, int(pair.similarity * 100)})
	}
	return found, budget
}

// similarity of two lists: twice the common fields by the sum of both.
func similarity(a, b []hashedField) float64 {
	common := 0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i].path == b[j].path:
			if a[i].equal(b[j]) {
				common++
			}
			i++
			j++
		case a[i].path < b[j].path:
			i++
		default:
			j++
		}
	}
	return float64(2*common) / float64(len(a)+len(b))
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
	walk := &fieldWalk{key: r.after.key, object: &after}
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

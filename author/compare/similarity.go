package compare

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
)

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

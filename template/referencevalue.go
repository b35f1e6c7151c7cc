package template

import (
	"maps"
	"slices"
	"strings"
)

// What the analysis knows of values. It errs on one side only: a value holds at
// least the paths that it can come from.

const (
	// maxPathKeys is how long paths get before what lies below is no longer told
	// apart; maxPaths is how many a value may come from, maxLiterals how many
	// strings it may be, maxHeight how deep records nest, maxSize how many values a
	// record holds.
	maxPathKeys = 24
	maxPaths    = 64
	maxLiterals = 32
	maxHeight   = 8
	maxSize     = 1000
)

// place is a path of the root context.
type place struct {
	// keys are joined, each with a separator before it; "" is the root.
	keys string
	// deep tells that it is this place or any below it.
	deep bool
}

const keySeparator = "\x00"

func (p place) child(key string) place {
	if p.deep {
		return p
	}
	if strings.Count(p.keys, keySeparator) >= maxPathKeys {
		return place{keys: p.keys, deep: true}
	}
	return place{keys: p.keys + keySeparator + key}
}

func (p place) path() Path {
	if p.keys == "" {
		return Path{}
	}
	return strings.Split(p.keys[1:], keySeparator)
}

func comparePlaces(a, b place) int {
	if c := strings.Compare(a.keys, b.keys); c != 0 || a.deep == b.deep {
		return c
	}
	if a.deep {
		return 1
	}
	return -1
}

// value is what is known of a value: that it is one of places, or one of
// literals, or a map or list that a template made, or, where computed is set,
// something that holds no part of the context. It is not changed once made.
type value struct {
	places   []place  // sorted
	literals []string // sorted
	computed bool
	// made tells that it may be a map or list that a template made. Its values
	// are fields, and elements those whose keys are not known.
	made     bool
	fields   map[string]value
	elements *value
	// height and size are those of the record.
	height, size int
}

func placeValue(p place) value       { return value{places: []place{p}} }
func literalValue(text string) value { return value{literals: []string{text}} }

var computedValue = value{computed: true}

// keys returns the strings that the value can be, if all are known.
func (v value) keys() ([]string, bool) {
	return v.literals, len(v.literals) > 0 && !v.computed && !v.made && len(v.places) == 0
}

// join returns what is known of a value that is one or the other.
func join(a, b value) value {
	joined := value{
		places: mergeSorted(a.places, b.places, comparePlaces), literals: mergeSorted(a.literals, b.literals, strings.Compare),
		computed: a.computed || b.computed, made: a.made || b.made,
	}
	if len(joined.literals) > maxLiterals {
		joined.literals, joined.computed = nil, true
	}
	if len(joined.places) > maxPaths {
		joined.places = widenPlaces(joined.places)
	}
	if !joined.made {
		return joined
	}
	fields := make(map[string]value, max(len(a.fields), len(b.fields)))
	for key, field := range a.fields {
		fields[key] = field
	}
	for key, field := range b.fields {
		if other, both := fields[key]; both {
			field = join(other, field)
		}
		fields[key] = field
	}
	elements := a.elements
	switch {
	case elements == nil:
		elements = b.elements
	case b.elements != nil:
		both := join(*a.elements, *b.elements)
		elements = &both
	}
	return joined.withFields(fields, elements)
}

// withFields makes a record of a value, unless it gets too large to tell its
// fields apart.
func (v value) withFields(fields map[string]value, elements *value) value {
	v.made, v.fields, v.elements, v.height, v.size = true, fields, elements, 0, 1
	for _, field := range fields {
		v.height, v.size = max(v.height, field.height), v.size+field.size+1
	}
	if elements != nil {
		v.height, v.size = max(v.height, elements.height), v.size+elements.size+1
	}
	v.height++
	if v.height > maxHeight || v.size > maxSize {
		return v.flatten()
	}
	return v
}

// flatten forgets the structure of a value: it may be anything that it holds.
func (v value) flatten() value {
	var places []place
	var collect func(value)
	collect = func(inner value) {
		for _, p := range inner.places {
			places = append(places, place{keys: p.keys, deep: true})
		}
		for _, field := range inner.fields {
			collect(field)
		}
		if inner.elements != nil {
			collect(*inner.elements)
		}
	}
	collect(v)
	slices.SortFunc(places, comparePlaces)
	return value{places: widenPlaces(slices.Compact(places)), literals: v.literals, computed: true}
}

// widenPlaces makes few places of many: those below the same first key are one.
func widenPlaces(places []place) []place {
	if len(places) <= maxPaths {
		return places
	}
	var widened []place
	for _, p := range places {
		first := p.keys
		if first != "" {
			if end := strings.Index(first[1:], keySeparator); end >= 0 {
				first = first[:end+1]
			}
		}
		widened = append(widened, place{keys: first, deep: true})
	}
	slices.SortFunc(widened, comparePlaces)
	widened = slices.Compact(widened)
	if len(widened) > maxPaths {
		return []place{{deep: true}}
	}
	return widened
}

// record returns a map or list that a template makes.
func record(fields map[string]value, elements *value) value {
	return value{}.withFields(fields, elements)
}

func listOf(elements ...value) value {
	var all value
	for _, element := range elements {
		all = join(all, element)
	}
	return record(nil, &all)
}

// key is equal for equal values.
func (v value) key() string {
	var text strings.Builder
	v.writeKey(&text)
	return text.String()
}

func (v value) writeKey(text *strings.Builder) {
	for _, p := range v.places {
		text.WriteString("p" + p.keys + "\x01")
		if p.deep {
			text.WriteByte('d')
		}
	}
	for _, literal := range v.literals {
		text.WriteString("l" + literal + "\x01")
	}
	if v.computed {
		text.WriteByte('c')
	}
	if !v.made {
		return
	}
	text.WriteByte('{')
	for _, name := range slices.Sorted(maps.Keys(v.fields)) {
		text.WriteString(name + "\x01")
		v.fields[name].writeKey(text)
		text.WriteByte('\x02')
	}
	if v.elements != nil {
		text.WriteByte('*')
		v.elements.writeKey(text)
	}
	text.WriteByte('}')
}

// mergeSorted returns the union of two sorted lists. It makes a new one only if
// it has to.
func mergeSorted[T any](a, b []T, compare func(T, T) int) []T {
	if len(a) == 0 {
		return b
	}
	if len(b) == 0 || slices.EqualFunc(a, b, func(x, y T) bool { return compare(x, y) == 0 }) {
		return a
	}
	merged := slices.Concat(a, b)
	slices.SortFunc(merged, compare)
	return slices.CompactFunc(merged, func(x, y T) bool { return compare(x, y) == 0 })
}

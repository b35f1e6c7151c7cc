package template

import (
	"maps"
	"slices"
)

// look notes that a value is looked at, but not at what is in it.
func (a *analyzer) look(v value, offset int) {
	certain := len(v.places) == 1 && !v.computed && !v.made && len(v.literals) == 0
	for _, p := range v.places {
		if p.keys != "" || p.deep {
			a.read(p, offset, p.deep, certain)
		}
	}
}

// whole notes that a value is used with all that is in it.
func (a *analyzer) whole(v value, offset int) {
	a.wholeOf(v, offset)
	if len(a.kept) > 0 && (v.made && a.keptInMade || slices.ContainsFunc(v.places, a.holdsKept)) {
		for _, key := range slices.Sorted(maps.Keys(a.kept)) {
			kept := a.kept[key]
			kept.computed = true
			a.wholeOf(kept, offset)
		}
	}
}

func (a *analyzer) wholeOf(v value, offset int) {
	a.work -= 1 + len(v.places)
	certain := len(v.places) == 1 && !v.computed && !v.made && len(v.literals) == 0
	for _, p := range v.places {
		a.read(p, offset, true, certain)
	}
	for _, key := range slices.Sorted(maps.Keys(v.fields)) {
		a.wholeOf(v.fields[key], offset)
	}
	if v.elements != nil {
		a.wholeOf(*v.elements, offset)
	}
}

func (a *analyzer) read(p place, offset int, whole, certain bool) {
	key := readKey{offset, p}
	known := a.current.reads[key]
	a.current.reads[key] = readFact{node: a.node, whole: known.whole || whole, certain: known.certain || certain}
}

// spend takes what it costs to look into a value from the work that is left.
func (a *analyzer) spend(v value) {
	a.work -= 1 + v.size + len(v.places)*(1+len(a.keptIn))
}

// field returns what is known of a field of a value.
func (a *analyzer) field(v value, key string) value {
	a.spend(v)
	result := value{computed: v.computed || len(v.literals) > 0 || v.made && len(v.places) > 0}
	kept := v.made && a.keptInMade
	for _, p := range v.places {
		result = join(result, placeValue(p.child(key)))
		kept = kept || a.keptAt(p)
	}
	if field, ok := v.fields[key]; ok {
		result = join(result, field)
	}
	if v.elements != nil {
		result = join(result, *v.elements)
	}
	if kept {
		result = join(result, join(a.kept[key], a.kept[""]))
	}
	return result
}

// elements returns what is known of any element of a value.
func (a *analyzer) elements(v value) value {
	a.spend(v)
	result := value{computed: v.computed || len(v.literals) > 0 || v.made && len(v.places) > 0}
	kept := v.made && a.keptInMade
	for _, p := range v.places {
		result = join(result, placeValue(p.child(AnyElement)))
		kept = kept || a.keptAt(p)
	}
	for _, key := range slices.Sorted(maps.Keys(v.fields)) {
		result = join(result, v.fields[key])
	}
	if v.elements != nil {
		result = join(result, *v.elements)
	}
	if kept {
		for _, key := range slices.Sorted(maps.Keys(a.kept)) {
			result = join(result, a.kept[key])
		}
	}
	return result
}

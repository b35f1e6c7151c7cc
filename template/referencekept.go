package template

// keep notes that a template puts a value into a map that has other names.
// Wherever that key of such a map is read, it may be this value.
func (a *analyzer) keep(target value, key string, v value) {
	a.spend(target)
	a.spend(v)
	for _, p := range target.places {
		if !a.keptAt(p) {
			a.keptIn, a.changed = append(a.keptIn, keptPlace{p.path(), p.deep}), true
		}
	}
	if len(a.keptIn) > maxPaths {
		a.keptIn = []keptPlace{{Path{}, true}}
	}
	if (target.made || len(target.places) == 0) && !a.keptInMade {
		a.keptInMade, a.changed = true, true
	}
	known := a.kept[key]
	if joined := join(known, v); joined.key() != known.key() {
		a.kept[key], a.changed = joined, true
	}
}

// keptAt reports whether a template puts something into the map at a place.
func (a *analyzer) keptAt(p place) bool {
	if len(a.keptIn) == 0 {
		return false
	}
	path := p.path()
	for _, kept := range a.keptIn {
		if kept.overlaps(path) && (kept.deep || p.deep || len(kept.path) == len(path)) {
			return true
		}
	}
	return false
}

// holdsKept reports whether a template puts something into a map at a place or
// below it.
func (a *analyzer) holdsKept(p place) bool {
	path := p.path()
	for _, kept := range a.keptIn {
		if path.Contains(kept.path) || (kept.deep || p.deep) && kept.overlaps(path) {
			return true
		}
	}
	return false
}

// keptPlace is a place of the context that a template puts something into.
type keptPlace struct {
	path Path
	deep bool
}

// overlaps reports whether one lies in the other.
func (k keptPlace) overlaps(path Path) bool {
	return path.Contains(k.path) || k.path.Contains(path)
}

package chart

import "slices"

// paired finds for objects, by their identity, those of another state that are the same:
// by name, or the only one of their kind that a template has under another name.
func paired(ours, theirs []*object) map[string]*object {
	pairs := map[string]*object{}
	rest := map[string][]*object{}
	for _, o := range theirs {
		if slices.ContainsFunc(ours, func(own *object) bool { return own.identity() == o.identity() }) {
			pairs[o.identity()] = o
		} else {
			rest[o.kind()] = append(rest[o.kind()], o)
		}
	}
	alone := map[string][]*object{}
	for _, own := range ours {
		if pairs[own.identity()] == nil {
			alone[own.kind()] = append(alone[own.kind()], own)
		}
	}
	for kind, own := range alone {
		if len(own) == 1 && len(rest[kind]) == 1 {
			pairs[own[0].identity()] = rest[kind][0]
		}
	}
	return pairs
}

func isPaired(pairs map[string]*object, o *object) bool {
	for _, other := range pairs {
		if other == o {
			return true
		}
	}
	return false
}

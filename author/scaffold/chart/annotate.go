package chart

import (
	"maps"
	"reflect"
	"slices"
)

// An observation is a set of renders that differ in the values of parameters only, none
// of them in being truthy.
type observation struct {
	parameters []*parameter
	// values are those of the parameters, for each render.
	values [][]any
}

// explain returns the node that gives what each render has in one place.
func (o *observation) explain(place []any, seen []any) *node {
	if all(seen, func(value any) bool { return reflect.DeepEqual(value, seen[0]) }) {
		return &node{fixed: seen[0]}
	}
	for i, p := range o.parameters {
		if p.varies() && o.isWhole(i, seen) {
			return &node{kind: wholeNode, parameter: p}
		}
	}
	var found *node
	switch seen[0].(type) {
	case map[string]any:
		found = o.explainMapping(place, seen)
	case []any:
		found = o.explainList(place, seen)
	case string:
		found = o.explainText(seen)
		if found == nil {
			found = o.explainEncoded(seen)
		}
		if found == nil && isChecksum(place, seen) {
			return &node{kind: checksumNode, fixed: seen[0]}
		}
	}
	if found == nil {
		return &node{kind: unexplainedNode}
	}
	return found
}

func (o *observation) isWhole(i int, seen []any) bool {
	for j, value := range seen {
		if !reflect.DeepEqual(o.values[j][i], value) {
			return false
		}
	}
	return true
}

func all[T any](values []T, holds func(T) bool) bool {
	return !slices.ContainsFunc(values, func(value T) bool { return !holds(value) })
}

func (o *observation) explainMapping(place []any, seen []any) *node {
	mappings := make([]map[string]any, len(seen))
	for i, value := range seen {
		mapping, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		mappings[i] = mapping
	}
	result := &node{kind: mappingNode}
	rest := make([]any, len(seen))
	for i := range mappings {
		extra := map[string]any{}
		for key, value := range mappings[i] {
			if !all(mappings, func(other map[string]any) bool { _, ok := other[key]; return ok }) {
				extra[key] = value
			}
		}
		rest[i] = extra
	}
	for _, key := range slices.Sorted(maps.Keys(mappings[0])) {
		if _, isExtra := rest[0].(map[string]any)[key]; isExtra {
			continue
		}
		below := make([]any, len(seen))
		for i := range mappings {
			below[i] = mappings[i][key]
		}
		result.entries = append(result.entries, &entry{key: key, node: o.explain(append(place, key), below)})
	}
	if all(rest, func(extra any) bool { return len(extra.(map[string]any)) == 0 }) {
		return result
	}
	for i, p := range o.parameters {
		if p.varies() && o.isWhole(i, rest) {
			result.entries = append(result.entries, &entry{key: "\xff" + p.name, spread: true, node: &node{kind: wholeNode, parameter: p}})
			return result
		}
	}
	return nil
}

func (o *observation) explainList(place []any, seen []any) *node {
	lists := make([][]any, len(seen))
	for i, value := range seen {
		list, ok := value.([]any)
		if !ok {
			return nil
		}
		lists[i] = list
	}
	if all(lists, func(list []any) bool { return len(list) == len(lists[0]) }) {
		result := o.explainItems(place, lists)
		if !result.has(unexplainedNode) {
			return result
		}
	}
	for i, p := range o.parameters {
		if !p.varies() || o.isConstant(i) {
			continue // what is empty in all renders fits everywhere
		}
		if result := o.explainSpread(place, i, lists); result != nil && !result.has(unexplainedNode) {
			return result
		}
	}
	if all(lists, func(list []any) bool { return len(list) == len(lists[0]) }) {
		return o.explainItems(place, lists)
	}
	return nil
}

func (o *observation) explainItems(place []any, lists [][]any) *node {
	result := &node{kind: listNode}
	for i := range lists[0] {
		items := make([]any, len(lists))
		for j := range lists {
			items[j] = lists[j][i]
		}
		result.entries = append(result.entries, &entry{node: o.explain(append(place, i), items)})
	}
	return result
}

// explainSpread looks for the items of a parameter among those of a list.
func (o *observation) explainSpread(place []any, parameter int, lists [][]any) *node {
	shortest := len(lists[0])
	for _, list := range lists {
		shortest = min(shortest, len(list))
	}
	for begin := range shortest + 1 {
		rest := make([][]any, len(lists))
		fits := true
		for j, list := range lists {
			items, ok := o.values[j][parameter].([]any)
			if !ok || begin+len(items) > len(list) || !reflect.DeepEqual(list[begin:begin+len(items)], items) {
				fits = false
				break
			}
			rest[j] = append(slices.Clone(list[:begin]), list[begin+len(items):]...)
		}
		if !fits || !all(rest, func(list []any) bool { return len(list) == len(rest[0]) }) {
			continue
		}
		result := o.explainItems(place, rest)
		spread := &entry{spread: true, node: &node{kind: wholeNode, parameter: o.parameters[parameter]}}
		result.entries = slices.Insert(result.entries, begin, spread)
		return result
	}
	return nil
}

// has reports whether there is a node of the kind.
func (n *node) has(kind nodeKind) bool {
	return n.kind == kind || slices.ContainsFunc(n.entries, func(e *entry) bool { return e.node.has(kind) }) ||
		n.kind == choiceNode && (n.then.has(kind) || n.otherwise.has(kind))
}

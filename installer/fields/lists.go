package fields

import "strings"

// list compares two lists that differ.
func (w *walk) list(at path, before, after []any) {
	paired, ok := w.pair(at, before, after)
	if !ok {
		w.byIndex(at, before, after)
		return
	}
	a, b := paired.before, paired.after
	var bothA, bothB []keyedItem // what is in both, in the order of each
	for _, key := range a.keys {
		item := a.items[key]
		other, both := b.items[key]
		if !both {
			w.only(at.with(item.at), Removed, item.value)
			continue
		}
		bothA = append(bothA, item)
		w.value(at.with(item.at), item.value, other.value)
	}
	moved := false
	for _, key := range b.keys {
		item := b.items[key]
		if _, both := a.items[key]; !both {
			w.only(at.with(item.at), Added, item.value)
			continue
		}
		moved = moved || bothA[len(bothB)].at.compare(item.at) != 0
		bothB = append(bothB, item)
	}
	if moved && !at.isUnordered() {
		w.add(at, Changed, names(bothA), names(bothB), false)
	}
}

// names returns what tells the items apart.
func names(items []keyedItem) []any {
	result := make([]any, 0, len(items))
	for _, item := range items {
		switch {
		case item.at.kind == byValue:
			result = append(result, item.at.value)
		case len(item.at.keys) == 1:
			result = append(result, item.at.keys[0].value)
		default:
			result = append(result, strings.Trim(path{item.at}.String(), "[]"))
		}
	}
	return result
}

// byIndex compares lists whose items nothing tells apart.
func (w *walk) byIndex(at path, before, after []any) {
	for i := range max(len(before), len(after)) {
		item := at.with(element{kind: byIndex, index: i})
		switch {
		case i >= len(before):
			w.only(item, Added, after[i])
		case i >= len(after):
			w.only(item, Removed, before[i])
		default:
			w.value(item, before[i], after[i])
		}
	}
}

// pairing is two lists whose items are matched.
type pairing struct{ before, after keyedItems }

// pair finds out by what the items of two lists can be told apart; false where it is
// by nothing but their place.
func (w *walk) pair(at path, before, after []any) (pairing, bool) {
	keys, isSet := w.owners.itemsOf(at)
	if isSet || at.isSet() {
		if p, ok := w.pairBy(at, before, after, byValues); ok {
			return p, true
		}
	}
	candidates := listKeys(at.last())
	if keys != nil {
		candidates = append([][]string{keys}, candidates...)
	}
	for _, names := range candidates {
		p, ok := w.pairBy(at, before, after, func(list []any) (keyedItems, bool) { return byKeys(list, names) })
		if ok {
			return p, true
		}
	}
	return pairing{}, false
}

func (w *walk) pairBy(at path, before, after []any, by func([]any) (keyedItems, bool)) (pairing, bool) {
	a, ok := by(before)
	if !ok {
		return pairing{}, false
	}
	b, ok := by(after)
	if !ok || w.namesSecrets(at, a) || w.namesSecrets(at, b) {
		return pairing{}, false
	}
	return pairing{before: a, after: b}, true
}

// namesSecrets tells whether what the items are told apart by must not be shown, as
// the paths would do.
func (w *walk) namesSecrets(at path, list keyedItems) bool {
	if w.options.Mask == nil {
		return false
	}
	for _, item := range list.items {
		here := at.with(item.at)
		if item.at.kind == byValue && w.isMasked(here, item.value) {
			return true
		}
		for _, field := range item.at.keys {
			if w.isMasked(here.child(field.name), field.value) {
				return true
			}
		}
	}
	return false
}

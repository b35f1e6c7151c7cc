package chart

// list joins lists: items of the base in their order, and before and after them those
// that only alternatives have.
func (m *merger) list(base *node, variants []variant) *node {
	ours := base.children()
	result := &node{kind: listNode}
	have := make([][]variant, len(ours))
	lack := make([][]variant, len(ours))
	inserted := make([][]*entry, len(ours)+1)
	for _, v := range variants {
		theirs := v.node.children()
		next := 0
		for i, pair := range aligned(ours, theirs) {
			if pair < 0 {
				lack[i] = append(lack[i], v)
				continue
			}
			inserted[i] = append(inserted[i], m.items(v, theirs[next:pair])...)
			have[i] = append(have[i], variant{v.alternative, theirs[pair].node})
			next = pair + 1
		}
		inserted[len(ours)] = append(inserted[len(ours)], m.items(v, theirs[next:])...)
	}
	for i, own := range ours {
		result.entries = append(result.entries, inserted[i]...)
		result.entries = append(result.entries, m.kept(own, have[i], lack[i]))
	}
	result.entries = append(result.entries, inserted[len(ours)]...)
	return result
}

func (m *merger) items(v variant, items []*entry) []*entry {
	var entries []*entry
	for _, item := range items {
		entries = append(entries, m.added(item, []variant{{v.alternative, item.node}})...)
	}
	return entries
}

// aligned says for each item of a list which one of another it is, or -1. Items are
// the same when they are equal or have the same name; in lists of one length that
// have nothing in common, those that stand in the same place are.
func aligned(ours, theirs []*entry) []int {
	same := func(a, b *entry) bool {
		if a.spread != b.spread {
			return false
		}
		if name := a.node.at("name").identity(); name != "" {
			return name == b.node.at("name").identity()
		}
		return equal(a.node, b.node)
	}
	// The longest common subsequence, from the back.
	length := make([][]int, len(ours)+1)
	for i := range length {
		length[i] = make([]int, len(theirs)+1)
	}
	for i := len(ours) - 1; i >= 0; i-- {
		for j := len(theirs) - 1; j >= 0; j-- {
			length[i][j] = max(length[i+1][j], length[i][j+1])
			if same(ours[i], theirs[j]) {
				length[i][j] = length[i+1][j+1] + 1
			}
		}
	}
	pairs := make([]int, len(ours))
	if length[0][0] == 0 && len(ours) == len(theirs) {
		for i := range pairs {
			pairs[i] = i
		}
		return pairs
	}
	i, j := 0, 0
	for i < len(ours) {
		switch {
		case j == len(theirs):
			pairs[i] = -1
			i++
		case same(ours[i], theirs[j]):
			pairs[i] = j
			i++
			j++
		case length[i+1][j] >= length[i][j+1]:
			pairs[i] = -1
			i++
		default:
			j++
		}
	}
	return pairs
}

package chart

import (
	"context"
	"maps"
	"slices"
)

// A merger joins a state with those in which one more parameter is turned.
type merger struct {
	synthesis *synthesis
	ctx       context.Context
	base      *state
	turned    []*alternative
	// template is the one that the work is about; empty is all of them.
	template string
	// current is that of the object in work.
	current string
	err     error
}

// An alternative is a state that holds where the literal does.
type alternative struct {
	literal literal
	state   *state
	// merged are the templates whose objects are known in view of other states.
	merged map[string]bool
}

// A variant is what stands in one place in one alternative.
type variant struct {
	*alternative
	node *node
}

// objects joins the lists of objects.
func (m *merger) objects() []*object {
	var result []*object
	ours := m.ofTemplate(m.base.objects)
	have := make([]map[string]*object, len(m.turned))
	for i, turned := range m.turned {
		have[i] = paired(ours, m.ofTemplate(turned.state.objects))
	}
	known := map[string]*object{}
	for _, o := range ours {
		m.current = o.template
		id := o.identity()
		joined := &object{template: o.template, phase: o.phase}
		var variants []variant
		for i, turned := range m.turned {
			if other, ok := have[i][id]; ok {
				variants = append(variants, variant{turned, other.tree})
			} else {
				joined.when = joined.when.and(turned.literal.negated())
			}
		}
		joined.tree = m.node(o.tree, variants)
		m.base.merged[o.tree] = &entry{when: joined.when, node: joined.tree}
		known[id] = joined
		result = append(result, joined)
	}
	for i, turned := range m.turned {
		for _, o := range m.ofTemplate(turned.state.objects) {
			m.current = o.template
			id := o.identity()
			if isPaired(have[i], o) {
				continue
			}
			if earlier, ok := known[id]; ok {
				if _, isBase := m.base.merged[earlier.tree]; !isBase && len(earlier.when) > 0 && !m.isOfBase(id) {
					earlier.when = earlier.when.or(condition{{turned.literal}})
				}
				continue
			}
			whole := m.inView(turned, o.tree)
			added := &object{template: o.template, phase: o.phase, tree: whole.node, when: whole.when.and(turned.literal)}
			known[id] = added
			result = append(result, added)
		}
	}
	return result
}

func (m *merger) ofTemplate(objects []*object) []*object {
	if m.template == "" {
		return objects
	}
	return slices.DeleteFunc(slices.Clone(objects), func(o *object) bool { return o.template != m.template })
}

func (m *merger) isOfBase(id string) bool {
	return slices.ContainsFunc(m.base.objects, func(o *object) bool { return o.identity() == id })
}

// inView returns what a node of an alternative is in view of the states around that.
func (m *merger) inView(turned *alternative, n *node) *entry {
	if !turned.merged[m.current] && m.err == nil {
		if turned.merged == nil {
			turned.merged = map[string]bool{}
		}
		turned.merged[m.current] = true
		if _, err := m.synthesis.merge(m.ctx, turned.state, m.current); err != nil {
			m.err = err
		}
	}
	if found, ok := turned.state.merged[n]; ok {
		return found
	}
	return &entry{node: n}
}

// node joins what stands in one place in the base and in the alternatives.
func (m *merger) node(base *node, variants []variant) *node {
	if same := ofBoolean(base, variants); same != nil {
		m.base.merged[base] = &entry{node: same}
		return same
	}
	var differing []variant
	for _, v := range variants {
		if !equal(base, v.node) {
			differing = append(differing, v)
		}
	}
	result := base
	// Mappings and lists that several change are joined entry by entry.
	if len(differing) == 1 || !base.isMapping() && !base.isList() {
		for i, v := range differing {
			if unified := unify(base, v); unified != nil {
				result = unified
				differing = slices.Delete(differing, i, i+1)
				break
			}
		}
	}
	if len(differing) > 0 {
		switch {
		case base.isMapping() && all(differing, func(v variant) bool { return v.node.isMapping() }):
			result = m.mapping(base, differing)
		case base.isList() && all(differing, func(v variant) bool { return v.node.isList() }):
			result = m.list(base, differing)
		case base.hasLines() && all(differing, func(v variant) bool { return v.node.hasLines() }):
			result = m.linesOf(base, differing)
		default:
			for _, v := range slices.Backward(differing) {
				result = &node{kind: choiceNode, when: condition{{v.literal}}, then: m.inBranch(v), otherwise: result}
			}
		}
	}
	if result != base {
		m.base.merged[base] = &entry{node: result}
	}
	return result
}

// ofBoolean returns the value of a boolean where that is what stands in a place.
func ofBoolean(base *node, variants []variant) *node {
	var turned *parameter
	for _, v := range variants {
		p := v.literal.parameter
		if equal(base, v.node) {
			continue
		}
		_, isBool := p.base.(bool)
		if turned != nil || !isBool || base.kind != fixedNode || base.fixed != p.base || v.node.kind != fixedNode || v.node.fixed != !p.base.(bool) {
			return nil
		}
		turned = p
	}
	if turned == nil {
		return nil
	}
	return &node{kind: wholeNode, parameter: turned}
}

// inBranch is what stands in one branch of a choice. A scalar says all by itself, unless
// the proof showed that it depends on more.
func (m *merger) inBranch(v variant) *node {
	if m.synthesis.entangled[v.literal.parameter] || v.node.isMapping() || v.node.isList() {
		return m.inView(v.alternative, v.node).node
	}
	return v.node
}

// unify returns the node that says what both the base and the alternative do, where
// one of them is the other with the parameter's empty value in it.
func unify(base *node, v variant) *node {
	p := v.literal.parameter
	if !p.varies() {
		return nil
	}
	if v.literal.truthy {
		if equal(v.node.substituted(p, p.base), base) {
			return v.node
		}
		return nil
	}
	if equal(base.substituted(p, p.empty), v.node) {
		return base
	}
	return nil
}

func (m *merger) mapping(base *node, variants []variant) *node {
	keys := map[string]bool{}
	byKey := func(n *node) map[string]*entry {
		entries := map[string]*entry{}
		for _, child := range n.children() {
			entries[child.key] = child
			keys[child.key] = true
		}
		return entries
	}
	ours := byKey(base)
	theirs := make([]map[string]*entry, len(variants))
	for i, v := range variants {
		theirs[i] = byKey(v.node)
	}
	result := &node{kind: mappingNode}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		var have, lack []variant
		var example *entry
		for i, v := range variants {
			if child, ok := theirs[i][key]; ok {
				have = append(have, variant{v.alternative, child.node})
				example = child
			} else {
				lack = append(lack, v)
			}
		}
		if own, ok := ours[key]; ok {
			result.entries = append(result.entries, m.kept(own, have, lack))
		} else {
			result.entries = append(result.entries, m.added(example, have)...)
		}
	}
	return result
}

// kept is an entry that the base has and some alternatives lack.
func (m *merger) kept(own *entry, have, lack []variant) *entry {
	joined := &entry{key: own.key, spread: own.spread, node: own.node}
	if !own.spread {
		joined.node = m.node(own.node, have)
	}
	for _, v := range lack {
		// The entries of an empty value are none, with or without a condition.
		if !own.spread || v.literal.parameter != own.node.parameter {
			joined.when = joined.when.and(v.literal.negated())
		}
	}
	m.base.merged[own.node] = joined
	return joined
}

// added are entries that the base does not have: one where all alternatives agree.
func (m *merger) added(like *entry, have []variant) []*entry {
	var entries []*entry
	for _, v := range have {
		whole := m.inView(v.alternative, v.node)
		when := whole.when.and(v.literal)
		same := slices.IndexFunc(entries, func(e *entry) bool { return equal(e.node, whole.node) })
		if same >= 0 {
			entries[same].when = entries[same].when.or(when)
			continue
		}
		entries = append(entries, &entry{key: like.key, spread: like.spread, when: when, node: whole.node})
	}
	return entries
}

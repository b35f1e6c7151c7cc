package chart

import (
	"encoding/base64"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// A node is a value of an object as it depends on parameters.
type node struct {
	kind nodeKind
	// fixed is the value of a fixed node.
	fixed any
	// entries are those of a mapping, by key, or the items of a list.
	entries []*entry
	// parameter is the one whose value a whole node is.
	parameter *parameter
	// parts make the text of a text node; encoded is one that is written in base64.
	parts   []part
	encoded bool
	// lines are those of a text, once somebody asked for them.
	lines []*entry
	// when chooses between then and otherwise in a choice.
	when            condition
	then, otherwise *node
}

type nodeKind int

const (
	fixedNode nodeKind = iota
	mappingNode
	listNode
	wholeNode       // the value of a parameter
	textNode        // text with values of parameters in it
	linesNode       // text of lines that are there under conditions
	choiceNode      // one of two, by a condition
	checksumNode    // a checksum over other parts of the chart
	unexplainedNode // changes in a way that nobody understands
)

// An entry is a key of a mapping or an item of a list.
type entry struct {
	key string
	// spread says that the node is the value of a parameter whose entries are those of
	// the mapping or list that it stands in.
	spread bool
	when   condition
	node   *node
}

// A part of a text is literal, or the value of a parameter.
type part struct {
	literal   string
	parameter *parameter
}

// children returns the entries of a mapping or list. A fixed one is taken apart, in
// place: a node keeps its identity.
func (n *node) children() []*entry {
	if n.kind != fixedNode {
		return n.entries
	}
	switch value := n.fixed.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			n.entries = append(n.entries, &entry{key: key, node: &node{fixed: value[key]}})
		}
		n.kind, n.fixed = mappingNode, nil
	case []any:
		for _, item := range value {
			n.entries = append(n.entries, &entry{node: &node{fixed: item}})
		}
		n.kind, n.fixed = listNode, nil
	}
	return n.entries
}

func (n *node) isMapping() bool {
	_, isMap := n.fixed.(map[string]any)
	return n.kind == mappingNode || n.kind == fixedNode && isMap
}

func (n *node) isList() bool {
	_, isList := n.fixed.([]any)
	return n.kind == listNode || n.kind == fixedNode && isList
}

// child returns the entry of a key that is always there, or nil.
func (n *node) child(key string) *entry {
	if n == nil || !n.isMapping() {
		return nil
	}
	for _, entry := range n.children() {
		if entry.key == key && !entry.spread {
			return entry
		}
	}
	return nil
}

// at follows keys down to a node, or returns nil.
func (n *node) at(keys ...string) *node {
	for _, key := range keys {
		found := n.child(key)
		if found == nil {
			return nil
		}
		n = found.node
	}
	return n
}

func equal(a, b *node) bool {
	if a == b {
		return true
	}
	if a.kind == fixedNode && b.kind == fixedNode {
		return reflect.DeepEqual(a.fixed, b.fixed)
	}
	if a.isMapping() && b.isMapping() || a.isList() && b.isList() {
		return slices.EqualFunc(a.children(), b.children(), func(x, y *entry) bool {
			return x.key == y.key && x.spread == y.spread && x.when.equal(y.when) && equal(x.node, y.node)
		})
	}
	if a.kind == linesNode && b.kind == linesNode {
		return slices.EqualFunc(a.entries, b.entries, func(x, y *entry) bool { return x.when.equal(y.when) && equal(x.node, y.node) })
	}
	if a.kind != b.kind {
		return false
	}
	switch a.kind {
	case wholeNode:
		return a.parameter == b.parameter
	case textNode:
		return a.encoded == b.encoded && slices.Equal(a.parts, b.parts)
	case choiceNode:
		return a.when.equal(b.when) && equal(a.then, b.then) && equal(a.otherwise, b.otherwise)
	case checksumNode:
		return true
	}
	return false
}

// substituted returns the node as it is where the parameter has the value: without
// any trace of the parameter outside of conditions.
func (n *node) substituted(p *parameter, value any) *node {
	switch n.kind {
	case wholeNode:
		if n.parameter == p {
			return &node{fixed: value}
		}
	case textNode:
		text, ok := printed(value)
		if !ok {
			return n
		}
		result := textOf(replaced(n.parts, p, text))
		if n.encoded {
			return result.inBase64()
		}
		return result
	case mappingNode, listNode:
		result := &node{kind: n.kind}
		for _, child := range n.entries {
			if child.spread && child.node.parameter == p {
				result.entries = append(result.entries, (&node{fixed: value}).children()...)
				continue
			}
			result.entries = append(result.entries, &entry{key: child.key, spread: child.spread, when: child.when, node: child.node.substituted(p, value)})
		}
		if n.kind == mappingNode {
			slices.SortStableFunc(result.entries, func(a, b *entry) int { return strings.Compare(a.key, b.key) })
		}
		return result
	}
	return n
}

func replaced(parts []part, p *parameter, text string) []part {
	result := slices.Clone(parts)
	for i := range result {
		if result[i].parameter == p {
			result[i] = part{literal: text}
		}
	}
	return result
}

// textOf joins neighbouring literals; text without parameters is fixed.
func textOf(parts []part) *node {
	var joined []part
	for _, next := range parts {
		last := len(joined) - 1
		switch {
		case next.parameter == nil && next.literal == "":
		case next.parameter == nil && last >= 0 && joined[last].parameter == nil:
			joined[last].literal += next.literal
		default:
			joined = append(joined, next)
		}
	}
	switch {
	case len(joined) == 0:
		return &node{fixed: ""}
	case len(joined) == 1 && joined[0].parameter == nil:
		return &node{fixed: joined[0].literal}
	}
	return &node{kind: textNode, parts: joined}
}

// inBase64 is a text written in base64.
func (n *node) inBase64() *node {
	if n.kind == fixedNode {
		text, _ := n.fixed.(string)
		return &node{fixed: base64.StdEncoding.EncodeToString([]byte(text))}
	}
	return &node{kind: textNode, parts: n.parts, encoded: true}
}

// identity is a text that is the same for nodes that say the same: for scalars, the
// names of objects above all.
func (n *node) identity() string {
	if n == nil {
		return ""
	}
	switch n.kind {
	case fixedNode:
		text, _ := printed(n.fixed)
		return text
	case wholeNode:
		return "\x00" + n.parameter.name + "\x00"
	case textNode:
		if n.encoded {
			return ""
		}
		var text strings.Builder
		for _, part := range n.parts {
			if part.parameter != nil {
				text.WriteString("\x00" + part.parameter.name + "\x00")
			}
			text.WriteString(part.literal)
		}
		return text.String()
	}
	return ""
}

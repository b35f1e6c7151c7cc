package chart

import "strings"

// hasLines reports whether a node is text of several lines.
func (n *node) hasLines() bool {
	if n.kind == fixedNode {
		text, _ := n.fixed.(string)
		return strings.Contains(text, "\n")
	}
	if n.kind != textNode || n.encoded {
		return false
	}
	for _, piece := range n.parts {
		if strings.Contains(piece.literal, "\n") {
			return true
		}
	}
	return false
}

// linesOf joins texts line by line, as lists are joined item by item.
func (m *merger) linesOf(base *node, variants []variant) *node {
	wrapped := make([]variant, len(variants))
	for i, v := range variants {
		wrapped[i] = variant{v.alternative, &node{kind: listNode, entries: v.node.inLines()}}
	}
	result := m.list(&node{kind: listNode, entries: base.inLines()}, wrapped)
	lines := &node{kind: linesNode}
	for _, line := range result.entries {
		lines.entries = append(lines.entries, eitherLine(line)...)
	}
	return lines
}

// eitherLine makes two lines of one that is this or that, each under its condition.
func eitherLine(line *entry) []*entry {
	if line.node.kind != choiceNode || len(line.node.when) != 1 || len(line.node.when[0]) != 1 {
		return []*entry{line}
	}
	chosen := line.node.when[0][0]
	return append(
		eitherLine(&entry{when: line.when.and(chosen), node: line.node.then}),
		eitherLine(&entry{when: line.when.and(chosen.negated()), node: line.node.otherwise})...)
}

// inLines are the lines of a text with their ends, each a node of its own that stays
// the same.
func (n *node) inLines() []*entry {
	if n.lines != nil {
		return n.lines
	}
	parts := n.parts
	if text, ok := n.fixed.(string); ok {
		parts = []part{{literal: text}}
	}
	var line []part
	finish := func() {
		if len(line) > 0 {
			n.lines = append(n.lines, &entry{node: textOf(line)})
			line = nil
		}
	}
	for _, piece := range parts {
		if piece.parameter != nil {
			line = append(line, piece)
			continue
		}
		for text := range strings.SplitAfterSeq(piece.literal, "\n") {
			if text == "" {
				continue
			}
			line = append(line, part{literal: text})
			if strings.HasSuffix(text, "\n") {
				finish()
			}
		}
	}
	finish()
	return n.lines
}

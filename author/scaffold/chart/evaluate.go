package chart

import (
	"encoding/base64"
	"strings"
)

// evaluated is a node with values in the place of parameters.
func (n *node) evaluated(value func(*parameter) any) any {
	switch n.kind {
	case fixedNode:
		return n.fixed
	case wholeNode:
		return value(n.parameter)
	case textNode:
		var text strings.Builder
		for _, piece := range n.parts {
			if piece.parameter == nil {
				text.WriteString(piece.literal)
				continue
			}
			written, _ := printed(value(piece.parameter))
			text.WriteString(written)
		}
		if n.encoded {
			return base64.StdEncoding.EncodeToString([]byte(text.String()))
		}
		return text.String()
	case choiceNode:
		if n.when.holds(value) {
			return n.then.evaluated(value)
		}
		return n.otherwise.evaluated(value)
	case mappingNode:
		result := map[string]any{}
		for _, child := range n.entries {
			if !child.when.holds(value) {
				continue
			}
			below := child.node.evaluated(value)
			if !child.spread {
				result[child.key] = below
				continue
			}
			extra, _ := below.(map[string]any)
			for key, value := range extra {
				result[key] = value
			}
		}
		return result
	case linesNode:
		var text strings.Builder
		for _, line := range n.entries {
			if line.when.holds(value) {
				written, _ := line.node.evaluated(value).(string)
				text.WriteString(written)
			}
		}
		return text.String()
	case listNode:
		result := []any{}
		for _, child := range n.entries {
			if !child.when.holds(value) {
				continue
			}
			below := child.node.evaluated(value)
			if items, ok := below.([]any); child.spread && ok {
				result = append(result, items...)
			} else {
				result = append(result, below)
			}
		}
		return result
	case checksumNode:
		return n.fixed
	}
	return nil
}

func (c condition) holds(value func(*parameter) any) bool {
	for _, term := range c {
		if all(term, func(l literal) bool { return truthy(value(l.parameter)) == l.truthy }) {
			return true
		}
	}
	return len(c) == 0
}

// visit calls see for the node and everything below it.
func (n *node) visit(see func(*node)) {
	see(n)
	for _, child := range n.entries {
		child.node.visit(see)
	}
	if n.kind == choiceNode {
		n.then.visit(see)
		n.otherwise.visit(see)
	}
}

package yamldoc

import (
	"bytes"
	"fmt"
	"math"

	yamlv3 "go.yaml.in/yaml/v3"
)

// mayAlias reports whether a document can hold an alias: it does where an
// anchor is followed by one. Text that only looks so costs time, nothing else.
func mayAlias(b []byte) bool {
	at := findIndicator(b, '&', 0)
	return at >= 0 && findIndicator(b, '*', at) >= 0
}

// findIndicator returns the offset of the first c, not before from, that a name
// follows and that does not stand inside a word, or -1.
func findIndicator(b []byte, c byte, from int) int {
	for from < len(b) {
		i := bytes.IndexByte(b[from:], c)
		if i < 0 {
			return -1
		}
		from += i
		if from+1 < len(b) && isNameByte(b[from+1]) && (from == 0 || !isWordByte(b[from-1])) {
			return from
		}
		from++
	}
	return -1
}

func isWordByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func isNameByte(c byte) bool { return isWordByte(c) || c == '_' || c == '-' }

// checkAliases measures what the aliases of a document expand to without
// expanding them, and refuses it where that is beyond the limits.
func checkAliases(d Document, o Options) error {
	root, err := parseNodes(d.Data)
	if err != nil {
		return syntaxError(d, o, err)
	}
	x := expansion{
		document: d,
		options:  o,
		anchors:  map[*yamlv3.Node]extent{},
	}
	if _, err := x.measure(root, 0); err != nil {
		return err
	}
	return nil
}

// extent is the size of a node when its aliases are expanded.
type extent struct {
	nodes   int64 // all nodes
	aliased int64 // those of them that come from aliases
	depth   int64 // levels of collections
}

type expansion struct {
	document Document
	options  Options
	anchors  map[*yamlv3.Node]extent // those that are complete
}

// measure returns the extent of node, which has above collections around it.
// An alias refers to a node before it, so that one pass is enough; a node that
// is not complete is one that holds the alias.
func (x *expansion) measure(node *yamlv3.Node, above int64) (extent, *Error) {
	if node.Kind == yamlv3.AliasNode {
		target, ok := x.anchors[node.Alias]
		if !ok {
			return extent{}, x.fail(node, AliasLimit, fmt.Sprintf("the alias %q stands inside what it refers to", node.Value))
		}
		target.aliased = target.nodes
		return target, x.check(node, target, above)
	}
	e := extent{nodes: 1}
	if node.Kind == yamlv3.MappingNode || node.Kind == yamlv3.SequenceNode {
		above++
		e.depth = 1
		if err := x.check(node, e, above-1); err != nil {
			return e, err
		}
	}
	base := e.depth
	for _, child := range node.Content {
		c, err := x.measure(child, above)
		if err != nil {
			return e, err
		}
		e.nodes = addBounded(e.nodes, c.nodes)
		e.aliased = addBounded(e.aliased, c.aliased)
		e.depth = max(e.depth, base+c.depth)
		if err := x.check(child, extent{aliased: e.aliased}, 0); err != nil {
			return e, err
		}
	}
	if node.Anchor != "" {
		x.anchors[node] = e
	}
	return e, nil
}

func (x *expansion) check(node *yamlv3.Node, e extent, above int64) *Error {
	if limit := x.options.depth(); above+e.depth > limit {
		return x.fail(node, DepthLimit, depthMessage(limit))
	}
	if limit := x.options.MaxAliasNodes; limit > 0 && e.aliased > limit {
		return x.fail(node, AliasLimit, fmt.Sprintf("the aliases expand to more than %d nodes", limit))
	}
	return nil
}

func (x *expansion) fail(node *yamlv3.Node, kind ErrorKind, message string) *Error {
	line, column := x.document.nodePosition(node)
	return &Error{Kind: kind, Line: line, Column: column, Message: message}
}

func depthMessage(limit int64) string {
	return fmt.Sprintf("the document is nested deeper than %d levels", limit)
}

// addBounded adds two sizes; sizes of bombs do not fit an int64.
func addBounded(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

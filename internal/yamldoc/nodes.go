package yamldoc

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	yamlv2 "go.yaml.in/yaml/v2"
	yamlv3 "go.yaml.in/yaml/v3"
)

// parseNodes reads the first document of data as nodes, which have positions.
// It returns the root value, an empty scalar for a document without content.
func parseNodes(data []byte) (root *yamlv3.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			root, err = nil, fmt.Errorf("yaml: the parser failed: %v", r)
		}
	}()
	var node yamlv3.Node
	if err := yamlv3.Unmarshal(data, &node); err != nil {
		return nil, err
	}
	if node.Kind == yamlv3.DocumentNode && len(node.Content) > 0 {
		return node.Content[0], nil
	}
	return &yamlv3.Node{Kind: yamlv3.ScalarNode}, nil
}

// quoted are the styles of scalars that are text, whatever they look like.
const quoted = yamlv3.DoubleQuotedStyle | yamlv3.SingleQuotedStyle | yamlv3.LiteralStyle | yamlv3.FoldedStyle

// target returns what an alias refers to, and any other node itself.
func target(node *yamlv3.Node) *yamlv3.Node {
	if node.Kind == yamlv3.AliasNode {
		return node.Alias
	}
	return node
}

// resolveNode returns what a scalar stands for in kubectl's reading. It reports
// false for collections and for values that are not of their tag's type.
func resolveNode(node *yamlv3.Node) (any, bool) {
	node = target(node)
	if node.Kind != yamlv3.ScalarNode {
		return nil, false
	}
	switch {
	case node.Style&yamlv3.TaggedStyle != 0:
		v, err := resolveTagged(node)
		return v, err == nil
	case node.Style&quoted != 0:
		return node.Value, true
	default:
		return resolvePlain(node.Value), true
	}
}

// resolveTagged leaves a tagged scalar to the library: it is rare, and only
// looked at on the failure path. The error is that of a value which is not of
// its tag's type.
func resolveTagged(node *yamlv3.Node) (any, error) {
	tag := node.ShortTag()
	switch tag {
	case "!!bool", "!!int", "!!float", "!!null", "!!timestamp", "!!binary":
	default:
		return node.Value, nil
	}
	// Quotes do not matter to a tagged scalar, folding in quotes does.
	value := strings.NewReplacer("'", "''", "\n", "\n\n").Replace(node.Value)
	var v any
	if err := yamlv2.Unmarshal([]byte(tag+" '"+value+"'"), &v); err != nil {
		return nil, err
	}
	if i, ok := v.(int); ok {
		return int64(i), nil
	}
	return v, nil
}

func isMergeKey(node *yamlv3.Node) bool {
	if node.Kind != yamlv3.ScalarNode || node.Value != "<<" {
		return false
	}
	return node.Style&quoted == 0 || node.Tag == "!!merge"
}

// nodePosition returns where a node begins in the stream.
func (d Document) nodePosition(node *yamlv3.Node) (line, column int) {
	return d.nodePositionIn(node, d.lineText(node.Line))
}

// nodePositionIn is nodePosition for a node whose line is known.
func (d Document) nodePositionIn(node *yamlv3.Node, text []byte) (line, column int) {
	if node.Line == 0 {
		return d.Line, 0
	}
	at := 0
	for i := 1; i < node.Column && at < len(text); i++ {
		_, size := utf8.DecodeRune(text[at:])
		at += size
	}
	if node.Line == 1 && bytes.HasPrefix(d.Data, []byte(byteOrderMark)) {
		at += len(byteOrderMark)
	}
	return d.FirstLine + node.Line - 1, at + 1
}

// lineText returns the line of the document with this number, counted from 1,
// without its line break and without a byte order mark.
func (d Document) lineText(number int) []byte {
	rest := d.text()
	for ; number > 1 && len(rest) > 0; number-- {
		rest = rest[lineLength(rest):]
	}
	return firstLine(rest)
}

// text returns the document without a byte order mark.
func (d Document) text() []byte { return bytes.TrimPrefix(d.Data, []byte(byteOrderMark)) }

// firstLine returns the first line of a text without its line break.
func firstLine(rest []byte) []byte {
	for i := range rest {
		if breakLength(rest[i:]) > 0 {
			return rest[:i]
		}
	}
	return rest
}

// position returns the place in the stream of the byte at an offset of Data.
func (d Document) position(offset int) (line, column int) {
	before := d.Data[:offset]
	begin := offset
	for begin > 0 && !afterBreak(d.Data, begin) {
		begin--
	}
	if begin == len(byteOrderMark) && bytes.HasPrefix(d.Data, []byte(byteOrderMark)) {
		begin = 0
	}
	return d.FirstLine + countBreaks(before), offset - begin + 1
}

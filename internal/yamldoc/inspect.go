package yamldoc

import (
	"fmt"
	"math"
	"strings"

	yamlv3 "go.yaml.in/yaml/v3"
)

// inspect looks in a document that was refused for the first reason in the
// order of the text, with its position. It returns nil where the nodes show
// none: then a key that overrides a merged one was taken for a duplicate.
func inspect(d Document, o Options) *Error {
	root, err := parseNodes(d.Data)
	if err != nil {
		return nil
	}
	i := inspector{document: d, depth: o.depth()}
	return i.node(root, 0)
}

type inspector struct {
	document Document
	depth    int64
}

func (i *inspector) node(node *yamlv3.Node, depth int64) *Error {
	switch node.Kind {
	case yamlv3.ScalarNode:
		return i.scalar(node)
	case yamlv3.MappingNode, yamlv3.SequenceNode:
	default: // what an alias refers to stands before it
		return nil
	}
	depth++
	if depth > i.depth {
		return i.fail(node, &Error{Kind: DepthLimit, Message: depthMessage(i.depth)})
	}
	if node.Kind == yamlv3.MappingNode {
		return i.mapping(node, depth)
	}
	for _, item := range node.Content {
		if err := i.node(item, depth); err != nil {
			return err
		}
	}
	return nil
}

func (i *inspector) scalar(node *yamlv3.Node) *Error {
	v, ok := resolveNode(node)
	if !ok {
		return i.fail(node, &Error{
			Kind:    Syntax,
			Message: fmt.Sprintf("the value is no %s, as its tag says", strings.TrimPrefix(node.ShortTag(), "!!")),
		})
	}
	f, ok := v.(float64)
	if !ok || !math.IsNaN(f) && !math.IsInf(f, 0) {
		return nil
	}
	return i.fail(node, &Error{
		Kind:    InvalidValue,
		Message: fmt.Sprintf("%s is a number that JSON does not have", node.Value),
		Hint:    "put it in quotes if it is meant as text",
	})
}

func (i *inspector) mapping(node *yamlv3.Node, depth int64) *Error {
	seen := make(map[string]*yamlv3.Node, len(node.Content)/2)
	for k := 0; k+1 < len(node.Content); k += 2 {
		key, value := node.Content[k], node.Content[k+1]
		if !isMergeKey(key) {
			text, err := i.key(key)
			if err != nil {
				return err
			}
			if first, ok := seen[text]; ok {
				return i.duplicate(key, first, text)
			}
			seen[text] = key
		} else if !canMerge(value) {
			return i.fail(value, &Error{
				Kind:    Syntax,
				Message: "only a mapping or a list of mappings can be merged",
			})
		}
		if err := i.node(value, depth); err != nil {
			return err
		}
	}
	return nil
}

// canMerge reports whether node may be the value of a merge key.
func canMerge(node *yamlv3.Node) bool {
	if node.Kind != yamlv3.SequenceNode {
		return target(node).Kind == yamlv3.MappingNode
	}
	for _, item := range node.Content {
		if target(item).Kind != yamlv3.MappingNode {
			return false
		}
	}
	return true
}

func (i *inspector) key(node *yamlv3.Node) (string, *Error) {
	if target(node).Kind != yamlv3.ScalarNode {
		return "", i.fail(node, &Error{
			Kind:    InvalidValue,
			Message: "a list or a mapping cannot be a key",
			Hint:    "put a template action or text that begins with { or [ in quotes",
		})
	}
	if err := i.scalar(target(node)); err != nil && err.Kind == Syntax {
		return "", err
	}
	v, _ := resolveNode(node)
	if text, ok := keyText(v); ok {
		return text, nil
	}
	if v == nil {
		return "", i.fail(node, &Error{
			Kind:    InvalidValue,
			Message: "null cannot be a key",
			Hint:    "put the key in quotes if it is meant as text",
		})
	}
	return "", i.fail(node, &Error{
		Kind:    InvalidValue,
		Message: fmt.Sprintf("the number %s is too large for a key", node.Value),
		Hint:    "put the key in quotes",
	})
}

func (i *inspector) duplicate(key, first *yamlv3.Node, text string) *Error {
	line, _ := i.document.nodePosition(first)
	e := &Error{Kind: DuplicateKey, Key: text}
	if a, b := target(first).Value, target(key).Value; a == b {
		e.Message = fmt.Sprintf("the key %q is set twice, first in line %d", text, line)
		e.Hint = "remove one of them"
	} else {
		e.Message = fmt.Sprintf("the keys %q (line %d) and %q are both read as %q", a, line, b, text)
		e.Hint = "put keys in quotes to keep them as they are written, or remove one of them"
	}
	return i.fail(key, e)
}

func (i *inspector) fail(node *yamlv3.Node, e *Error) *Error {
	e.Line, e.Column = i.document.nodePosition(node)
	return e
}

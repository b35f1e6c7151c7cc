package yamldoc

import (
	yamlv3 "go.yaml.in/yaml/v3"
)

// Locate returns the place in the stream of the value at a field path, which
// consists of string keys (as they are read: "true" for y) and int indexes; no
// path is the document's root. It reports false where the document does not
// parse or has no such field; line and column are then those of the innermost
// value on the path that exists, or 0. It reads the document anew: it is meant
// for the failure path.
func Locate(d Document, path ...any) (line, column int, ok bool) {
	_, value, ok := find(d, path)
	if value == nil {
		return 0, 0, false
	}
	line, column = d.nodePosition(value)
	return line, column, ok
}

// LocateKey is Locate for the key of a field instead of its value; for an item
// of a list it is the item.
func LocateKey(d Document, path ...any) (line, column int, ok bool) {
	key, _, ok := find(d, path)
	if key == nil {
		return 0, 0, false
	}
	line, column = d.nodePosition(key)
	return line, column, ok
}

// find follows a path as far as it leads and returns the last key and value on
// it.
func find(d Document, path []any) (key, value *yamlv3.Node, ok bool) {
	root, err := parseNodes(d.Data)
	if err != nil {
		return nil, nil, false
	}
	key, value = root, root
	for _, step := range path {
		k, v := child(value, step)
		if v == nil {
			return key, value, false
		}
		key, value = k, v
	}
	return key, value, true
}

func child(node *yamlv3.Node, step any) (key, value *yamlv3.Node) {
	node = target(node)
	switch step := step.(type) {
	case int:
		if node.Kind == yamlv3.SequenceNode && step >= 0 && step < len(node.Content) {
			return node.Content[step], node.Content[step]
		}
	case string:
		if node.Kind == yamlv3.MappingNode {
			return field(node, step)
		}
	}
	return nil, nil
}

// field returns the key and value that decide a field: the last in the order of
// the text, be it written here or merged in.
func field(node *yamlv3.Node, name string) (key, value *yamlv3.Node) {
	for k := len(node.Content) - 2; k >= 0; k -= 2 {
		key, value := node.Content[k], node.Content[k+1]
		if isMergeKey(key) {
			if k, v := mergedField(value, name); v != nil {
				return k, v
			}
			continue
		}
		if v, ok := resolveNode(key); ok {
			if text, ok := keyText(v); ok && text == name {
				return key, value
			}
		}
	}
	return nil, nil
}

func mergedField(node *yamlv3.Node, name string) (key, value *yamlv3.Node) {
	node = target(node)
	switch node.Kind {
	case yamlv3.MappingNode:
		return field(node, name)
	case yamlv3.SequenceNode:
		for _, item := range node.Content {
			item = target(item)
			if item.Kind != yamlv3.MappingNode {
				continue
			}
			if k, v := field(item, name); v != nil {
				return k, v
			}
		}
	}
	return nil, nil
}

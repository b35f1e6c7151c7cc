package yamldoc

import (
	yamlv3 "go.yaml.in/yaml/v3"
)

// Locator finds fields in a document by their paths. It reads the document anew,
// once, when it is asked first: it is meant for the failure path, where there may
// be as many questions as fields. It is for one goroutine at a time.
type Locator struct {
	document Document
	read     bool
	root     *yamlv3.Node // nil where the document does not parse
	lines    [][]byte     // each with all that follows it
	// fields has the index of the deciding key of each field, for mappings
	// without merge keys.
	fields map[*yamlv3.Node]map[string]int
}

// NewLocator returns the locator of a document.
func NewLocator(d Document) *Locator { return &Locator{document: d} }

// Locate returns the place in the stream of the value at a field path, which
// consists of string keys (as they are read: "true" for y) and int indexes; no
// path is the document's root. It reports false where the document does not
// parse or has no such field; line and column are then those of the innermost
// value on the path that exists, or 0.
func (l *Locator) Locate(path ...any) (line, column int, ok bool) {
	_, value, ok := l.find(path)
	if value == nil {
		return 0, 0, false
	}
	line, column = l.position(value)
	return line, column, ok
}

// LocateKey is Locate for the key of a field instead of its value; for an item
// of a list it is the item.
func (l *Locator) LocateKey(path ...any) (line, column int, ok bool) {
	key, _, ok := l.find(path)
	if key == nil {
		return 0, 0, false
	}
	line, column = l.position(key)
	return line, column, ok
}

func (l *Locator) parse() {
	if l.read {
		return
	}
	l.read = true
	root, err := parseNodes(l.document.Data)
	if err != nil {
		return
	}
	l.root = root
	l.fields = map[*yamlv3.Node]map[string]int{}
	for rest := l.document.text(); len(rest) > 0; rest = rest[lineLength(rest):] {
		l.lines = append(l.lines, rest)
	}
}

func (l *Locator) position(node *yamlv3.Node) (line, column int) {
	var rest []byte
	if node.Line > 0 && node.Line <= len(l.lines) {
		rest = l.lines[node.Line-1]
	}
	return l.document.nodePositionIn(node, firstLine(rest))
}

// find follows a path as far as it leads and returns the last key and value on
// it.
func (l *Locator) find(path []any) (key, value *yamlv3.Node, ok bool) {
	l.parse()
	if l.root == nil {
		return nil, nil, false
	}
	key, value = l.root, l.root
	for _, step := range path {
		k, v := l.child(value, step)
		if v == nil {
			return key, value, false
		}
		key, value = k, v
	}
	return key, value, true
}

func (l *Locator) child(node *yamlv3.Node, step any) (key, value *yamlv3.Node) {
	node = target(node)
	switch step := step.(type) {
	case int:
		if node.Kind == yamlv3.SequenceNode && step >= 0 && step < len(node.Content) {
			return node.Content[step], node.Content[step]
		}
	case string:
		if node.Kind == yamlv3.MappingNode {
			return l.field(node, step)
		}
	}
	return nil, nil
}

func (l *Locator) field(node *yamlv3.Node, name string) (key, value *yamlv3.Node) {
	known, ok := l.fields[node]
	if !ok {
		known = ownFields(node)
		l.fields[node] = known
	}
	if known == nil {
		return field(node, name)
	}
	if k, ok := known[name]; ok {
		return node.Content[k], node.Content[k+1]
	}
	return nil, nil
}

// ownFields returns the index of the last key of each field, or nil where a merge
// key brings in others.
func ownFields(node *yamlv3.Node) map[string]int {
	fields := map[string]int{}
	for k := 0; k+1 < len(node.Content); k += 2 {
		key := node.Content[k]
		if isMergeKey(key) {
			return nil
		}
		if v, ok := resolveNode(key); ok {
			if text, ok := keyText(v); ok {
				fields[text] = k
			}
		}
	}
	return fields
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

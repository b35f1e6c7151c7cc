package chart

import (
	"fmt"
	"slices"
	"strings"

	"github.com/packstage/packstage/author/scaffold"
)

// A writer turns the tree of an object into the input of a package.
type writer struct {
	input scaffold.InputObject
	// failed is the parameter that cannot be written, and why.
	failed *parameter
	reason string
}

// write returns the object as input, or the parameter that no template can follow.
func write(o *object) (scaffold.InputObject, *unexplainedError) {
	w := &writer{}
	openAnnotations(o.tree)
	content, _ := w.value(nil, o.tree).(map[string]any)
	w.input.Content = content
	w.input.Origin, w.input.Phase = o.template, o.phase
	if len(o.when) > 0 {
		w.input.Condition = o.when.cel()
	}
	if w.failed != nil {
		return w.input, &unexplainedError{culprits: []*parameter{w.failed}, reasons: map[*parameter]string{w.failed: w.reason}}
	}
	return w.input, nil
}

// openAnnotations makes room for the annotations of the package: those of an object are
// a mapping that is always there.
func openAnnotations(tree *node) {
	annotations := tree.at("metadata").child("annotations")
	if annotations == nil {
		return
	}
	if annotations.node.kind == wholeNode {
		p := annotations.node.parameter
		annotations.node = &node{kind: mappingNode, entries: []*entry{{key: "\xff" + p.name, spread: true, node: annotations.node}}}
	}
	if len(annotations.when) == 0 || !annotations.node.isMapping() {
		return
	}
	for _, child := range annotations.node.children() {
		child.when = child.when.both(annotations.when)
	}
	annotations.when = nil
}

func (w *writer) fail(p *parameter, path []any, reason string) {
	if w.failed == nil {
		w.failed, w.reason = p, fmt.Sprintf("%s: %s", fieldOf(path), reason)
	}
}

// value returns what stands in Content, and notes what takes its place.
func (w *writer) value(path []any, n *node) any {
	switch n.kind {
	case fixedNode:
		return n.fixed
	case mappingNode:
		return w.mapping(path, n)
	case listNode:
		return w.list(path, n)
	case wholeNode, textNode, checksumNode:
		w.substitute(path, w.parts(n))
		w.input.Substitutions[len(w.input.Substitutions)-1].Free = n.kind == checksumNode
		return n.evaluated(packageDefault)
	case linesNode:
		w.substitute(path, w.linesOf(n))
		return n.evaluated(packageDefault)
	case choiceNode:
		expression, ok := w.choice(n)
		if !ok {
			w.fail(n.when.parameters()[0], path, "it chooses between whole structures")
			return n.evaluated(packageDefault)
		}
		w.substitute(path, []scaffold.Part{{Expression: expression}})
		return n.evaluated(packageDefault)
	}
	return nil
}

func (w *writer) substitute(path []any, parts []scaffold.Part) {
	w.input.Substitutions = append(w.input.Substitutions, scaffold.Substitution{Path: slices.Clone(path), Parts: parts, Form: formOf(parts)})
}

// formOf writes what is made of names of the instance in quotes: those have none.
func formOf(parts []scaffold.Part) scaffold.Form {
	for _, part := range parts {
		if part.When != "" || part.Expression != "" && part.Expression != nameExpression && part.Expression != namespaceExpression ||
			strings.ContainsAny(part.Literal, "\"\\\n\r\t") {
			return scaffold.FormAuto
		}
	}
	return scaffold.FormQuoted
}

func (w *writer) mapping(path []any, n *node) any {
	content := map[string]any{}
	for _, child := range n.entries {
		below := append(slices.Clone(path), child.key)
		if child.spread {
			w.insert(path, 0, child)
			continue
		}
		if _, twice := content[child.key]; twice {
			w.fail(child.when.parameters()[0], below, "it is one thing or another")
			continue
		}
		content[child.key] = w.value(below, child.node)
		w.optional(below, child)
	}
	return content
}

func (w *writer) list(path []any, n *node) any {
	content := []any{}
	for _, child := range n.entries {
		if child.spread {
			w.insert(path, len(content), child)
			continue
		}
		below := append(slices.Clone(path), len(content))
		content = append(content, w.value(below, child.node))
		w.optional(below, child)
	}
	return content
}

func (w *writer) optional(path []any, child *entry) {
	if len(child.when) > 0 {
		w.input.Optional = append(w.input.Optional, scaffold.Optional{
			Path: slices.Clone(path), When: child.when.template(), Absent: !child.when.holds(packageDefault),
		})
	}
}

func (w *writer) insert(path []any, index int, child *entry) {
	p := child.node.parameter
	when := child.when.and(literal{p, true})
	insertion := scaffold.Insertion{Path: slices.Clone(path), Index: index, Expression: p.expression, When: when.template()}
	if when.holds(packageDefault) {
		insertion.Default = packageDefault(p)
	}
	w.input.Insertions = append(w.input.Insertions, insertion)
}

func fieldOf(path []any) string {
	var text strings.Builder
	for i, step := range path {
		switch step := step.(type) {
		case int:
			fmt.Fprintf(&text, "[%d]", step)
		case string:
			if i > 0 {
				text.WriteByte('.')
			}
			text.WriteString(step)
		}
	}
	return text.String()
}

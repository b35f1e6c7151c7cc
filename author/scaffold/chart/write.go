package chart

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
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

// parts are the pieces of a scalar, or of a whole value.
func (w *writer) parts(n *node) []scaffold.Part {
	switch n.kind {
	case wholeNode:
		return []scaffold.Part{{Expression: n.parameter.expression}}
	case checksumNode:
		return []scaffold.Part{{Expression: fmt.Sprintf("list %s %s .config | toJson | sha256sum", quoted(n.fixed), nameExpression)}}
	}
	if n.encoded {
		expression, _ := w.scalar(n)
		return []scaffold.Part{{Expression: expression}}
	}
	parts := make([]scaffold.Part, len(n.parts))
	for i, piece := range n.parts {
		if piece.parameter != nil {
			parts[i].Expression = piece.parameter.expression
			if _, isText := piece.parameter.base.(string); !isText && len(n.parts) == 1 {
				parts[i].Expression = "print " + piece.parameter.expression
			}
		} else {
			parts[i].Literal = piece.literal
		}
	}
	return parts
}

// linesOf are the pieces of a text of lines, each with its condition.
func (w *writer) linesOf(n *node) []scaffold.Part {
	var parts []scaffold.Part
	for _, line := range n.entries {
		when := ""
		if len(line.when) > 0 {
			when = line.when.template()
		}
		if text, ok := line.node.fixed.(string); ok {
			parts = append(parts, scaffold.Part{Literal: text, When: when})
			continue
		}
		for _, part := range w.parts(line.node) {
			part.When = when
			parts = append(parts, part)
		}
	}
	return parts
}

// choice is one expression for a choice between scalars.
func (w *writer) choice(n *node) (string, bool) {
	then, ok := w.scalar(n.then)
	if !ok {
		return "", false
	}
	otherwise, ok := w.scalar(n.otherwise)
	if !ok {
		return "", false
	}
	when := n.when
	if len(when) == 1 && len(when[0]) == 1 && !when[0][0].truthy {
		when = condition{{when[0][0].negated()}}
		then, otherwise = otherwise, then
	}
	if single := when[0][0].parameter; len(when) == 1 && len(when[0]) == 1 && n.chosenBy(single) {
		return fmt.Sprintf("default %s %s", enclosed(otherwise), enclosed(then)), true
	}
	test := when.template()
	if len(when) != 1 || len(when[0]) != 1 || when[0][0].parameter.varies() {
		// ternary wants a boolean, and what "and" and "or" give is one of their arguments.
		test = "not (not " + enclosed(test) + ")"
	}
	return fmt.Sprintf("ternary %s %s %s", enclosed(then), enclosed(otherwise), enclosed(test)), true
}

// chosenBy reports whether a choice is the value of a parameter wherever that is truthy.
func (n *node) chosenBy(p *parameter) bool {
	if !n.isChoiceBy(p) || !p.varies() {
		return false
	}
	value := n.chosen(true)
	return value.kind == wholeNode && value.parameter == p
}

func (w *writer) scalar(n *node) (string, bool) {
	switch n.kind {
	case fixedNode:
		switch value := n.fixed.(type) {
		case string, bool, int64, float64:
			return quoted(value), true
		}
		return "", false
	case wholeNode:
		return n.parameter.expression, true
	case choiceNode:
		return w.choice(n)
	case textNode:
		if n.encoded {
			expression, _ := w.scalar(&node{kind: textNode, parts: n.parts})
			return "b64enc " + enclosed(expression), true
		}
		if _, isText := n.only().(string); isText {
			return n.parts[0].parameter.expression, true
		}
		var format strings.Builder
		var arguments strings.Builder
		for _, piece := range n.parts {
			if piece.parameter == nil {
				format.WriteString(strings.ReplaceAll(piece.literal, "%", "%%"))
				continue
			}
			format.WriteString("%v")
			arguments.WriteString(" " + enclosed(piece.parameter.expression))
		}
		return "printf " + strconv.Quote(format.String()) + arguments.String(), true
	}
	return "", false
}

// only is the base of the parameter that a text consists of, or nil.
func (n *node) only() any {
	if len(n.parts) == 1 && n.parts[0].parameter != nil {
		return n.parts[0].parameter.base
	}
	return nil
}

func enclosed(expression string) string {
	if strings.HasPrefix(expression, `"`) || !strings.Contains(expression, " ") || strings.HasPrefix(expression, "(") {
		return expression
	}
	return "(" + expression + ")"
}

// quoted writes a scalar as a constant of templates.
func quoted(value any) string {
	if text, ok := value.(string); ok {
		return strconv.Quote(text)
	}
	encoded, _ := json.Marshal(value)
	return string(encoded)
}

// packageDefault is the value of a parameter in a package that nobody configures.
func packageDefault(p *parameter) any {
	if p.property != nil {
		return p.property.Default
	}
	return p.base
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

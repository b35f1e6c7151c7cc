package chart

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/packstage/packstage/author/scaffold"
)

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

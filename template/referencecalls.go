package template

import (
	"slices"
	"text/template/parse"
)

// operand is an argument of a call.
type operand struct {
	value
	offset int
	// fresh tells that it is a map that nothing else has, nor what is in it.
	fresh bool
}

// isFresh reports whether an expression makes such a map.
func isFresh(node parse.Node, v value) bool {
	pipe, ok := node.(*parse.PipeNode)
	if !ok || len(pipe.Cmds) != 1 {
		return false
	}
	switch function, _ := pipe.Cmds[0].Args[0].(*parse.IdentifierNode); {
	case function == nil:
		return false
	case function.Ident == "deepCopy", function.Ident == "mustDeepCopy":
		return true
	case function.Ident == "dict":
		return len(v.flatten().places) == 0
	}
	return false
}

// call returns the value of a call, and notes what it does with its arguments.
func (a *analyzer) call(function *parse.IdentifierNode, arguments []parse.Node, dot, piped value, isPiped bool) value {
	operands := make([]operand, 0, len(arguments)+1)
	for _, argument := range arguments {
		v := a.argument(argument, dot)
		operands = append(operands, operand{v, a.offset(argument), isFresh(argument, v)})
	}
	at := int(function.Pos)
	if isPiped {
		operands = append(operands, operand{piped, at, false})
	}
	switch name := function.Ident; name {
	case "include":
		if len(operands) == 2 {
			names, known := operands[0].keys()
			a.whole(operands[0].value, operands[0].offset)
			a.include(names, !known, name, operands[1].value, at)
			return computedValue
		}
	case "cel":
		if len(operands) == 1 {
			a.cel(operands[0], at)
			return computedValue
		}
	}
	if f, atLeast := valueFunctionOf(function.Ident); f != nil && len(operands) >= atLeast {
		return f(a, operands, at)
	}
	a.wholeAll(operands)
	return computedValue
}

func (a *analyzer) wholeAll(operands []operand) {
	for _, o := range operands {
		a.whole(o.value, o.offset)
	}
}

// include notes a use of templates.
func (a *analyzer) include(names []string, dynamic bool, by string, data value, offset int) {
	file := a.current.body.file
	key := inclusionKey{file, offset}
	if number, ok := a.actions[a.node]; ok && by == "template" {
		by = a.points[number].Form
	}
	known := a.inclusions[key]
	if known == nil {
		known = &Inclusion{By: by, Template: a.current.body.name}
		a.inclusions[key] = known
	}
	known.Dynamic = known.Dynamic || dynamic
	for _, name := range names {
		if !slices.Contains(known.Names, name) {
			known.Names = append(known.Names, name)
			slices.Sort(known.Names)
		}
	}
	if a.unused {
		return
	}
	from := &site{a.current, a.node}
	if !dynamic {
		for _, name := range names {
			if b := a.bodies[name]; b != nil {
				a.bind(b, data, from)
			}
		}
		return
	}
	for _, file := range a.files {
		for _, b := range file.bodies {
			a.bind(b, data, from)
		}
	}
}

// cel notes an expression.
func (a *analyzer) cel(o operand, offset int) {
	key := inclusionKey{a.current.body.file, offset}
	expression := &placedExpression{Expression: Expression{Template: a.current.body.name}, node: a.node}
	if texts, known := o.keys(); known && len(texts) == 1 {
		expression.Text = texts[0]
	} else {
		a.whole(o.value, o.offset)
		a.unknown[key] = &Unknown{
			Reason: "the expression of cel is worked out while the template runs", Position: a.lines[a.current.body.file].position(offset),
		}
	}
	a.called[key] = expression
}

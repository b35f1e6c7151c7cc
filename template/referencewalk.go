package template

import (
	"maps"
	"slices"
	"text/template/parse"
)

// template looks at a template with what it is given.
func (a *analyzer) template(b *binding) {
	a.current, a.loops = b, 0
	a.scope = append(a.scope[:0], variable{name: "$"})
	a.list(b.body.tree.Root, b.dot)
}

func (a *analyzer) list(list *parse.ListNode, dot value) {
	if list == nil {
		return
	}
	for _, node := range list.Nodes {
		if a.work--; a.work < 0 {
			return
		}
		a.node = node
		switch node := node.(type) {
		case *parse.ActionNode:
			if v := a.pipe(node.Pipe, dot); len(node.Pipe.Decl) == 0 {
				a.whole(v, a.offset(node.Pipe))
			}
		case *parse.TemplateNode:
			data := computedValue
			if node.Pipe != nil {
				data = a.pipe(node.Pipe, dot)
			}
			a.include([]string{node.Name}, false, "template", data, int(node.Pos))
		case *parse.IfNode:
			a.branch(&node.BranchNode, dot, false)
		case *parse.WithNode:
			a.branch(&node.BranchNode, dot, true)
		case *parse.RangeNode:
			a.loop(&node.BranchNode, dot)
		}
	}
}

func (a *analyzer) branch(branch *parse.BranchNode, dot value, with bool) {
	outer := len(a.scope)
	v := a.pipe(branch.Pipe, dot)
	if !with {
		v = dot
	}
	a.list(branch.List, v)
	a.list(branch.ElseList, dot)
	a.scope = a.scope[:outer]
}

func (a *analyzer) loop(branch *parse.BranchNode, dot value) {
	outer := len(a.scope)
	all := a.commands(branch.Pipe, dot)
	element := a.elements(all)
	a.look(element, a.offset(branch.Pipe))
	key := computedValue
	if all.made && all.elements == nil && len(all.places) == 0 && len(all.fields) > 0 && !a.keptInMade {
		key = value{literals: slices.Sorted(maps.Keys(all.fields))}
	}
	a.loops++
	switch declared := branch.Pipe.Decl; len(declared) {
	case 1:
		a.bindVariable(declared[0], element, branch.Pipe.IsAssign)
	case 2:
		a.bindVariable(declared[0], key, branch.Pipe.IsAssign)
		a.bindVariable(declared[1], element, branch.Pipe.IsAssign)
	}
	a.list(branch.List, element)
	a.loops--
	a.list(branch.ElseList, dot)
	a.scope = a.scope[:outer]
}

// pipe returns what is known of the value of a pipeline.
func (a *analyzer) pipe(pipe *parse.PipeNode, dot value) value {
	v := a.commands(pipe, dot)
	for _, declared := range pipe.Decl {
		a.bindVariable(declared, v, pipe.IsAssign)
	}
	return v
}

func (a *analyzer) commands(pipe *parse.PipeNode, dot value) value {
	var v value
	for i, command := range pipe.Cmds {
		a.work--
		v = a.command(command, dot, v, i > 0)
	}
	return v
}

// bindVariable declares a variable, or assigns to one.
func (a *analyzer) bindVariable(node *parse.VariableNode, v value, assign bool) {
	if !assign {
		a.scope = append(a.scope, variable{node.Ident[0], node})
		a.learn(node, v)
		return
	}
	if known := a.lookUp(node.Ident[0]); known != nil && known.declaration != nil {
		a.learn(known.declaration, v)
	}
}

func (a *analyzer) learn(declaration *parse.VariableNode, v value) {
	a.spend(v)
	known, seen := a.current.variables[declaration]
	if !seen {
		a.current.variables[declaration] = v
		return
	}
	joined := join(known, v)
	// What stands above in a loop has read it with less.
	if a.loops > 0 && !a.changed && joined.key() != known.key() {
		a.changed = true
	}
	a.current.variables[declaration] = joined
}

func (a *analyzer) lookUp(name string) *variable {
	for i := len(a.scope) - 1; i >= 0; i-- {
		if a.scope[i].name == name {
			return &a.scope[i]
		}
	}
	return nil
}

// command returns the value of a command, to which a pipe may hand a value.
func (a *analyzer) command(command *parse.CommandNode, dot, piped value, isPiped bool) value {
	if function, ok := command.Args[0].(*parse.IdentifierNode); ok {
		return a.call(function, command.Args[1:], dot, piped, isPiped)
	}
	v := a.argument(command.Args[0], dot)
	for _, argument := range command.Args[1:] {
		a.whole(a.argument(argument, dot), a.offset(argument))
	}
	return v
}

func (a *analyzer) argument(node parse.Node, dot value) value {
	if a.work--; a.work < 0 {
		return computedValue
	}
	switch node := node.(type) {
	case *parse.DotNode:
		a.look(dot, a.offset(node))
		return dot
	case *parse.FieldNode:
		return a.chain(dot, node.Ident, a.offset(node))
	case *parse.VariableNode:
		return a.chain(a.variable(node.Ident[0]), node.Ident[1:], a.offset(node))
	case *parse.ChainNode:
		return a.chain(a.argument(node.Node, dot), node.Field, a.offset(node))
	case *parse.PipeNode:
		return a.pipe(node, dot)
	case *parse.IdentifierNode:
		return a.call(node, nil, dot, value{}, false)
	case *parse.StringNode:
		return literalValue(node.Text)
	default:
		return computedValue
	}
}

func (a *analyzer) variable(name string) value {
	known := a.lookUp(name)
	switch {
	case known == nil:
		return computedValue
	case known.declaration == nil:
		return a.current.dot
	}
	return a.current.variables[known.declaration]
}

// chain follows keys.
func (a *analyzer) chain(v value, keys []string, offset int) value {
	for _, key := range keys {
		v = a.field(v, key)
	}
	a.look(v, offset)
	return v
}

func (a *analyzer) offset(node parse.Node) int { return nodeOffset(a.current.body.file.source, node) }

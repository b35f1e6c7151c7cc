package template

import (
	"slices"
	"text/template/parse"
)

// uses is what one body calls.
type uses struct {
	// identifiers are the functions that it calls, in order.
	identifiers []*parse.IdentifierNode
	// templates are the names that template and include calls name.
	templates []string
	// dynamic tells that an include takes its name from the data.
	dynamic bool
	// factor is the product of what each constructor can multiply a value by,
	// constructors their number; both stop at guardFactor and guardCount.
	factor, constructors int
	// assigns tells that a loop changes a variable that outlives its rounds.
	assigns bool
}

// findUses walks the tree.
func (b *body) findUses() {
	w := &useWalker{uses: uses{factor: 1}, markers: 2}
	w.list(b.tree.Root, 1, false)
	b.uses, b.nesting, b.markers = w.uses, w.nesting, w.markers
}

type useWalker struct {
	uses
	nesting, markers int
}

func (w *useWalker) list(list *parse.ListNode, depth int, loop bool) {
	if list == nil {
		return
	}
	w.nesting = max(w.nesting, depth)
	for _, node := range list.Nodes {
		if node.Type() != parse.NodeText {
			w.markers++
		}
		switch node := node.(type) {
		case *parse.ActionNode:
			w.pipe(node.Pipe, depth, loop)
		case *parse.TemplateNode:
			w.templates = append(w.templates, node.Name)
			w.pipe(node.Pipe, depth, loop)
		case *parse.IfNode:
			w.branch(&node.BranchNode, depth, loop, loop)
		case *parse.WithNode:
			w.branch(&node.BranchNode, depth, loop, loop)
		case *parse.RangeNode:
			w.markers++
			w.branch(&node.BranchNode, depth, loop, true)
		}
	}
}

func (w *useWalker) branch(branch *parse.BranchNode, depth int, loop, inside bool) {
	w.pipe(branch.Pipe, depth, inside)
	w.list(branch.List, depth+1, inside)
	w.list(branch.ElseList, depth+1, loop)
}

func (w *useWalker) pipe(pipe *parse.PipeNode, depth int, loop bool) {
	if pipe == nil {
		return
	}
	w.nesting = max(w.nesting, depth)
	w.assigns = w.assigns || loop && pipe.IsAssign
	for i, command := range pipe.Cmds {
		w.command(command, i > 0, depth, loop)
	}
}

func (w *useWalker) command(command *parse.CommandNode, piped bool, depth int, loop bool) {
	for i, argument := range command.Args {
		if identifier, ok := argument.(*parse.IdentifierNode); ok {
			w.identifiers = append(w.identifiers, identifier)
			if i == 0 {
				w.call(identifier.Ident, command.Args[1:], piped)
			} else {
				w.call(identifier.Ident, nil, false)
			}
			continue
		}
		w.argument(argument, depth, loop)
	}
}

func (w *useWalker) argument(node parse.Node, depth int, loop bool) {
	switch node := node.(type) {
	case *parse.PipeNode:
		w.pipe(node, depth+1, loop)
	case *parse.ChainNode:
		if identifier, ok := node.Node.(*parse.IdentifierNode); ok {
			w.identifiers = append(w.identifiers, identifier)
			w.call(identifier.Ident, nil, false)
			return
		}
		w.argument(node.Node, depth, loop)
	}
}

func (w *useWalker) call(name string, arguments []parse.Node, piped bool) {
	if name == "include" {
		if literal, ok := firstString(arguments); ok {
			w.templates = append(w.templates, literal)
		} else {
			w.dynamic = true
		}
	}
	if !slices.Contains(constructors, name) {
		return
	}
	values := 0
	if piped {
		values++
	}
	for _, argument := range arguments {
		switch argument.Type() {
		case parse.NodeString, parse.NodeNumber, parse.NodeBool, parse.NodeNil:
		default:
			values++
		}
	}
	w.constructors = min(w.constructors+1, guardCount+1)
	w.factor = min(w.factor*max(values, 1), guardFactor+1)
}

func firstString(arguments []parse.Node) (string, bool) {
	if len(arguments) == 0 {
		return "", false
	}
	literal, ok := arguments[0].(*parse.StringNode)
	if !ok {
		return "", false
	}
	return literal.Text, true
}

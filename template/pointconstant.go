package template

import "text/template/parse"

// constants are the variables of a body that have one value, by name: the
// pipeline that gives it to them. A variable that is declared twice, or assigned
// to, has none.
type constants map[string]*parse.PipeNode

func findConstants(b *body) constants {
	found := constants{}
	walkNodes(b.tree.Root, func(node parse.Node) {
		var pipe *parse.PipeNode
		loop := false
		switch node := node.(type) {
		case *parse.PipeNode:
			pipe = node
		case *parse.RangeNode:
			pipe, loop = node.Pipe, true
		default:
			return
		}
		for _, declared := range pipe.Decl {
			name := declared.Ident[0]
			if known, twice := found[name]; loop || twice && known != pipe {
				found[name] = nil
				continue
			}
			found[name] = pipe
		}
	})
	return found
}

// same reports whether a decision is the same at every render: its pipeline reads
// no data, or makes a list or map that is never empty.
func (c constants) same(pipe *parse.PipeNode) bool { return c.sameWithin(pipe, maxNesting) }

func (c constants) sameWithin(pipe *parse.PipeNode, depth int) bool {
	if pipe == nil || len(pipe.Cmds) == 0 || depth == 0 {
		return false
	}
	if c.neverEmpty(pipe, depth) {
		return true
	}
	same := true
	walkNodes(pipe, func(node parse.Node) {
		switch node := node.(type) {
		case *parse.DotNode, *parse.FieldNode, *parse.ChainNode:
			same = false
		case *parse.VariableNode:
			same = same && len(node.Ident) == 1 && c.sameWithin(c[node.Ident[0]], depth-1)
		case *parse.IdentifierNode:
			// Files and templates are the same at every render; only cel sees data
			// that it is not given.
			same = same && node.Ident != "cel"
		}
	})
	return same
}

// neverEmpty reports whether a pipeline makes a list or map with something in it.
func (c constants) neverEmpty(pipe *parse.PipeNode, depth int) bool {
	last := pipe.Cmds[len(pipe.Cmds)-1]
	alone := len(pipe.Cmds) == 1 && len(last.Args) == 1
	switch node := last.Args[0].(type) {
	case *parse.IdentifierNode:
		switch node.Ident {
		case "list", "tuple", "dict":
			return !alone
		}
	case *parse.PipeNode:
		return alone && len(node.Cmds) > 0 && c.neverEmpty(node, depth-1)
	case *parse.VariableNode:
		declared := c[node.Ident[0]]
		return alone && len(node.Ident) == 1 && declared != nil && depth > 0 && len(declared.Cmds) > 0 && c.neverEmpty(declared, depth-1)
	}
	return false
}

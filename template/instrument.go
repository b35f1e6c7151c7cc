package template

import (
	"text/template/parse"
)

// instrumenter puts markers into trees. Trees share no lists, so each is changed
// in place once.
type instrumenter struct {
	markers markers
	nodes   []*parse.TextNode
	body    *body
	// check makes an action pass its value to a function before it is printed;
	// nil leaves actions alone.
	check func(*body, *parse.ActionNode)
}

// instrument puts markers into the trees of bodies.
func instrument(bodies []*body, check func(*body, *parse.ActionNode)) *markers {
	in := &instrumenter{check: check}
	for _, b := range bodies {
		in.body = b
		root := b.tree.Root
		nodes := []parse.Node{in.mark(marker{kind: markEnter, body: b})}
		nodes = append(nodes, in.list(root.Nodes)...)
		root.Nodes = append(nodes, in.mark(marker{kind: markLeave, body: b}))
	}
	in.markers.seal(in.nodes)
	return &in.markers
}

func (in *instrumenter) mark(m marker) parse.Node {
	node := &parse.TextNode{NodeType: parse.NodeText}
	in.markers.list = append(in.markers.list, m)
	in.nodes = append(in.nodes, node)
	return node
}

func (in *instrumenter) list(nodes []parse.Node) []parse.Node {
	marked := make([]parse.Node, 0, 2*len(nodes)+2)
	for _, node := range nodes {
		if node.Type() == parse.NodeComment {
			continue
		}
		marked = append(marked, in.mark(marker{
			kind: markNode, text: node.Type() == parse.NodeText, body: in.body, offset: nodeOffset(in.body.file.source, node), node: node,
		}), node)
		switch node := node.(type) {
		case *parse.ActionNode:
			if in.check != nil && len(node.Pipe.Decl) == 0 {
				in.check(in.body, node)
			}
		case *parse.IfNode:
			in.branch(&node.BranchNode, false)
		case *parse.WithNode:
			in.branch(&node.BranchNode, false)
		case *parse.RangeNode:
			in.branch(&node.BranchNode, true)
		}
	}
	return marked
}

func (in *instrumenter) branch(branch *parse.BranchNode, loop bool) {
	var head []parse.Node
	if loop {
		head = []parse.Node{in.mark(marker{kind: markRound, body: in.body, offset: int(branch.Pos), node: branch})}
	}
	branch.List.Nodes = append(head, in.list(branch.List.Nodes)...)
	if branch.ElseList != nil {
		branch.ElseList.Nodes = in.list(branch.ElseList.Nodes)
	}
}

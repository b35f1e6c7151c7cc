package template

import (
	"text/template/parse"
)

// instrumenter puts markers into trees. Trees share no lists, so each is changed
// in place once.
type instrumenter struct {
	markers *markers
	// nodes holds the text nodes of all markers.
	nodes []parse.TextNode
	body  *body
	// check makes an action pass its value to a function before it is printed.
	check func(*body, *parse.ActionNode)
}

// instrument puts markers into the trees of bodies.
func instrument(bodies []*body, check func(*body, *parse.ActionNode)) *markers {
	count := 0
	for _, b := range bodies {
		count += b.markers
	}
	in := &instrumenter{markers: newMarkers(count), nodes: make([]parse.TextNode, 0, count), check: check}
	for _, b := range bodies {
		in.body = b
		root := b.tree.Root
		nodes := make([]parse.Node, 0, 2*len(root.Nodes)+2)
		nodes = append(nodes, in.mark(marker{kind: markEnter, body: b}))
		nodes = in.list(nodes, root.Nodes)
		root.Nodes = append(nodes, in.mark(marker{kind: markLeave, body: b}))
	}
	return in.markers
}

func (in *instrumenter) mark(m marker) parse.Node {
	in.nodes = append(in.nodes, parse.TextNode{NodeType: parse.NodeText, Text: in.markers.add(m)})
	return &in.nodes[len(in.nodes)-1]
}

// list appends nodes to marked, each with its marker before it.
func (in *instrumenter) list(marked, nodes []parse.Node) []parse.Node {
	for _, node := range nodes {
		if node.Type() == parse.NodeComment {
			continue
		}
		offset := nodeOffset(in.body.file.source, node)
		marked = append(marked, in.mark(marker{
			kind: markNode, text: node.Type() == parse.NodeText, body: in.body, offset: int32(offset), node: node,
		}), node)
		switch node := node.(type) {
		case *parse.ActionNode:
			if len(node.Pipe.Decl) == 0 {
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
	head := make([]parse.Node, 0, 2*len(branch.List.Nodes)+1)
	if loop {
		head = append(head, in.mark(marker{kind: markRound, body: in.body, offset: int32(branch.Pos), node: branch}))
	}
	branch.List.Nodes = in.list(head, branch.List.Nodes)
	if branch.ElseList != nil {
		branch.ElseList.Nodes = in.list(make([]parse.Node, 0, 2*len(branch.ElseList.Nodes)), branch.ElseList.Nodes)
	}
}

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
	// counted makes markers that executions count.
	counted bool
	// check makes an action pass its value to a function before it is printed.
	check func(*body, *parse.ActionNode)
}

// instrument puts markers into the trees of bodies; counted ones are also before
// each branch.
func instrument(bodies []*body, counted bool, check func(*body, *parse.ActionNode)) *markers {
	count := 0
	for _, b := range bodies {
		count += b.markers
		if counted {
			count += 2 * b.markers
		}
	}
	in := &instrumenter{markers: newMarkers(count), nodes: make([]parse.TextNode, 0, count), counted: counted, check: check}
	for _, b := range bodies {
		in.body = b
		root := b.tree.Root
		nodes := make([]parse.Node, 0, markedLength(root)+2)
		nodes = append(nodes, in.mark(marker{kind: in.kind(markEnter, markEnterPassed), body: b}))
		nodes = in.list(nodes, root.Nodes)
		root.Nodes = append(nodes, in.mark(marker{kind: markLeave, body: b}))
	}
	return in.markers
}

// kind returns the second kind where executions count.
func (in *instrumenter) kind(plain, counted markerKind) markerKind {
	if in.counted {
		return counted
	}
	return plain
}

func (in *instrumenter) mark(m marker) parse.Node {
	in.nodes = append(in.nodes, parse.TextNode{NodeType: parse.NodeText, Text: in.markers.add(m)})
	return &in.nodes[len(in.nodes)-1]
}

// list appends nodes to marked, each but text with its marker before it.
func (in *instrumenter) list(marked, nodes []parse.Node) []parse.Node {
	for _, node := range nodes {
		switch node := node.(type) {
		case *parse.CommentNode:
			continue
		case *parse.TextNode:
			in.body.file.adopt(node)
			marked = append(marked, node)
			continue
		}
		offset := nodeOffset(in.body.file.source, node)
		marked = append(marked, in.mark(marker{kind: in.kind(markNode, markPassed), body: in.body, offset: int32(offset), node: node}), node)
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
	extra := 0
	if loop || in.counted {
		extra = 1
	}
	head := make([]parse.Node, 0, markedLength(branch.List)+extra)
	switch at := (marker{body: in.body, offset: int32(branch.Pos), node: branch}); {
	case loop:
		at.kind = in.kind(markRound, markRoundPassed)
		head = append(head, in.mark(at))
	case in.counted:
		at.kind = markBranch
		head = append(head, in.mark(at))
	}
	branch.List.Nodes = in.list(head, branch.List.Nodes)
	if branch.ElseList == nil && !in.counted {
		return
	}
	if branch.ElseList == nil {
		branch.ElseList = &parse.ListNode{NodeType: parse.NodeList, Pos: branch.Pos}
	}
	marked := make([]parse.Node, 0, markedLength(branch.ElseList)+1)
	if in.counted {
		marked = append(marked, in.mark(marker{kind: markBranch, body: in.body, offset: int32(branch.Pos), node: branch, elses: true}))
	}
	branch.ElseList.Nodes = in.list(marked, branch.ElseList.Nodes)
}

// markedLength is how long a list gets by its markers.
func markedLength(list *parse.ListNode) int {
	length := 0
	for _, node := range list.Nodes {
		length++
		if node.Type() != parse.NodeText {
			length++
		}
	}
	return length
}

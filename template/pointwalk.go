package template

import (
	"sort"
	"text/template/parse"

	"github.com/packstage/packstage/diagnostic"
)

// pointWalker finds the points of one file.
type pointWalker struct {
	*pointIndex
	lines  *lineTable
	blocks *blocks
	body   *body
	// constants are the variables of the body that always have one value.
	constants constants
}

func (w *pointWalker) add(p Point) int {
	p.Template = w.body.name
	w.points = append(w.points, p)
	return len(w.points) - 1
}

// place is that of the first word of an action.
func (w *pointWalker) place(a action) diagnostic.Position {
	return w.lines.position(a.inside + leadingSpace(w.body.file.source[a.inside:a.end]))
}

func (w *pointWalker) definition(b *body) {
	action := w.blocks.definitionBefore(b.offset)
	region := w.blocks.regions[action.start]
	w.definitions[b] = w.add(Point{
		Kind: DefinitionPoint, Form: action.word, Position: w.place(action),
		Start: action.end, End: region.end,
	})
}

func (w *pointWalker) list(list *parse.ListNode) {
	if list == nil {
		return
	}
	for _, node := range list.Nodes {
		switch node := node.(type) {
		case *parse.ActionNode:
			form := "print"
			switch {
			case node.Pipe.IsAssign:
				form = "assignment"
			case len(node.Pipe.Decl) > 0:
				form = "declaration"
			}
			w.action(node, form)
		case *parse.TemplateNode:
			w.action(node, w.blocks.at(int(node.Pos)).word)
		case *parse.BreakNode:
			w.action(node, "break")
		case *parse.ContinueNode:
			w.action(node, "continue")
		case *parse.IfNode:
			w.branch(node, &node.BranchNode, "if")
		case *parse.WithNode:
			w.branch(node, &node.BranchNode, "with")
		case *parse.RangeNode:
			w.branch(node, &node.BranchNode, "range")
		}
	}
}

func (w *pointWalker) action(node parse.Node, form string) action {
	at := w.blocks.at(nodeOffset(w.body.file.source, node))
	w.actions[node] = w.add(Point{
		Kind: ActionPoint, Form: form, Position: w.place(at), Start: at.start, End: at.end,
	})
	return at
}

func (w *pointWalker) branch(node parse.Node, branch *parse.BranchNode, form string) {
	if w.blocks.at(int(branch.Pos)).word == "else" {
		form = "else " + form
	}
	at := w.action(node, form)
	region := w.blocks.regions[at.start]
	w.branches[branch] = w.add(Point{
		Kind: BranchPoint, Form: form, Position: w.place(at), Start: at.end, End: region.end,
	})
	w.list(branch.List)
	switch {
	case region.chained:
		// The else is the next decision, and that it was come to is its action.
	case region.hasElse:
		w.elses[branch] = w.add(Point{
			Kind: BranchPoint, Form: form, Else: true, Position: w.place(region.elseAction),
			Start: region.elseAction.end, End: region.elseEnd,
		})
	case !w.constants.same(branch.Pipe):
		w.elses[branch] = w.add(Point{
			Kind: BranchPoint, Form: form, Else: true, Implicit: true, Position: w.place(at),
			Start: at.end, End: at.end,
		})
	}
	w.list(branch.ElseList)
}

// blocks are the actions of a source and what they enclose.
type blocks struct {
	actions []action // by start
	regions map[int]blockRegion
}

// blockRegion is what belongs to an action that opens a block, by its start.
type blockRegion struct {
	// end is where else or end begins.
	end int
	// chained tells that else if or else with follows, hasElse that an else does.
	chained, hasElse bool
	elseAction       action
	elseEnd          int
}

// readBlocks finds out which else and end belong to which action. The source is
// one that parses.
func readBlocks(source string) *blocks {
	b := &blocks{regions: map[int]blockRegion{}}
	type open struct{ parts []action }
	var stack []open
	scanActions(source, func(a action) bool {
		b.actions = append(b.actions, a)
		switch a.word {
		case "if", "with", "range", "block", "define":
			stack = append(stack, open{parts: []action{a}})
		case "else":
			if n := len(stack); n > 0 {
				stack[n-1].parts = append(stack[n-1].parts, a)
			}
		case "end":
			if n := len(stack); n > 0 {
				b.close(append(stack[n-1].parts, a))
				stack = stack[:n-1]
			}
		}
		return true
	})
	return b
}

// close notes a block that is complete: the action that opens it, its elses, its
// end.
func (b *blocks) close(parts []action) {
	for i, part := range parts[:len(parts)-1] {
		next := parts[i+1]
		region := blockRegion{end: next.start}
		if next.word == "else" {
			region.chained = next.second != ""
			if !region.chained {
				region.hasElse, region.elseAction, region.elseEnd = true, next, parts[i+2].start
			}
		}
		b.regions[part.start] = region
	}
}

// at returns the action in which an offset lies.
func (b *blocks) at(offset int) action {
	i := sort.Search(len(b.actions), func(i int) bool { return b.actions[i].start > offset }) - 1
	if i < 0 {
		return action{}
	}
	return b.actions[i]
}

// definitionBefore returns the last define or block that ends at an offset or
// before.
func (b *blocks) definitionBefore(offset int) action {
	for i := sort.Search(len(b.actions), func(i int) bool { return b.actions[i].end > offset }) - 1; i >= 0; i-- {
		if a := b.actions[i]; a.word == "define" || a.word == "block" {
			return a
		}
	}
	return action{}
}

package template

import (
	"cmp"
	"slices"
	"text/template/parse"

	"github.com/packstage/packstage/diagnostic"
)

// PointKind is what a [Point] is.
type PointKind string

// The kinds of points.
const (
	// FilePoint is a file as a whole: that it was executed.
	FilePoint PointKind = "file"
	// DefinitionPoint is what define or block define: that it was used.
	DefinitionPoint PointKind = "definition"
	// ActionPoint is an action that does something. Its Form is "print",
	// "declaration", "assignment", "template", "block", "break", "continue" or,
	// where it decides, "if", "else if", "with", "else with" or "range".
	ActionPoint PointKind = "action"
	// BranchPoint is a branch of a decision, whose Form it has.
	BranchPoint PointKind = "branch"
)

// Point is a part of a template that an execution reaches or not.
type Point struct {
	Kind PointKind
	// Form says more of actions and branches; of a definition it is "define" or
	// "block", of a file it is empty.
	Form string
	// Else marks the branch that is taken where the decision is false, where with
	// finds nothing and where a loop has no round. Implicit tells that it is not
	// written; such a branch is a point only where data has a say in the decision.
	Else, Implicit bool
	// Template is the name of the file or define in which it stands.
	Template string
	// Position is that of the first word of the action, define or else.
	Position diagnostic.Position
	// Start and End are the offsets in the file of what it stands for: of an
	// action with its delimiters, of what is inside a branch or definition, of the
	// whole file. They are equal for an implicit branch.
	Start, End int
}

// Points returns the points of all templates: file by file, each file's own point
// first, then by the place in the source. The caller must not change the slice.
func (s *Set) Points() []Point { return s.analysed().points }

// pointIndex finds the point of a part of a tree.
type pointIndex struct {
	points []Point
	files  map[*sourceFile]int
	// definitions are those of bodies that are no file's own.
	definitions map[*body]int
	// actions are by node: of a list, but no text.
	actions map[parse.Node]int
	// branches are by branch node, elses those of its else.
	branches, elses map[*parse.BranchNode]int
}

func newPointIndex(files []*sourceFile, lines map[*sourceFile]*lineTable) *pointIndex {
	all := emptyPointIndex()
	for _, file := range files {
		all.files[file] = len(all.points)
		all.points = append(all.points, Point{
			Kind: FilePoint, Template: file.path, Position: diagnostic.Position{File: file.path, Line: 1, Column: 1}, End: len(file.source),
		})
		w := &pointWalker{pointIndex: emptyPointIndex(), lines: lines[file], blocks: readBlocks(file.source)}
		for _, b := range file.bodies {
			w.body, w.constants = b, findConstants(b)
			if b.name != file.path {
				w.definition(b)
			}
			w.list(b.tree.Root)
		}
		all.add(w.pointIndex)
	}
	return all
}

func emptyPointIndex() *pointIndex {
	return &pointIndex{
		files: map[*sourceFile]int{}, definitions: map[*body]int{}, actions: map[parse.Node]int{},
		branches: map[*parse.BranchNode]int{}, elses: map[*parse.BranchNode]int{},
	}
}

// add adds the points of a file in the order of the source.
func (index *pointIndex) add(file *pointIndex) {
	order := make([]int, len(file.points))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		a, b := file.points[i], file.points[j]
		return cmp.Or(a.Position.Compare(b.Position), cmp.Compare(a.Start, b.Start))
	})
	numbers := make([]int, len(order))
	for _, from := range order {
		numbers[from] = len(index.points)
		index.points = append(index.points, file.points[from])
	}
	renumber(index.definitions, file.definitions, numbers)
	renumber(index.actions, file.actions, numbers)
	renumber(index.branches, file.branches, numbers)
	renumber(index.elses, file.elses, numbers)
}

func renumber[K comparable](to, from map[K]int, numbers []int) {
	for key, number := range from {
		to[key] = numbers[number]
	}
}

// ofMarkers returns the point of each marker, -1 for those that stand for none.
func (index *pointIndex) ofMarkers(m *markers) []int32 {
	points := make([]int32, len(m.list))
	for i := range m.list {
		points[i] = -1
		if number, ok := index.ofMarker(&m.list[i]); ok {
			points[i] = int32(number)
		}
	}
	return points
}

func (index *pointIndex) ofMarker(m *marker) (int, bool) {
	switch m.kind {
	case markEnterPassed:
		if m.body.name == m.body.file.path {
			number, ok := index.files[m.body.file]
			return number, ok
		}
		number, ok := index.definitions[m.body]
		return number, ok
	case markPassed:
		number, ok := index.actions[m.node]
		return number, ok
	case markRoundPassed, markBranch:
		branches := index.branches
		if m.elses {
			branches = index.elses
		}
		branch, _ := m.node.(*parse.BranchNode)
		number, ok := branches[branch]
		return number, ok
	}
	return 0, false
}

package template

import (
	"encoding/binary"
	"text/template/parse"
)

// text/template has no hooks, but it writes each piece of text to the writer
// that it is given. So the trees hold extra text nodes whose bytes are markers:
// the writer knows them by their address and, instead of writing them, counts a
// step, keeps the stack of templates or remembers which node is about to write.
// This costs a few nanoseconds a node, where a function call would cost hundreds.
// Text needs no marker: it is a part of its file, and known by its own address.

type markerKind uint8

const (
	// markNode stands before each node of a list but text.
	markNode markerKind = iota
	// markRound stands at the head of each loop body.
	markRound
	// markEnter and markLeave stand around each template body.
	markEnter
	markLeave
	// Where executions count, markPassed stands before each action, in the place
	// of markNode, and before each branch. The other two stand for those above.
	markPassed
	markBranch
	markRoundPassed
	markEnterPassed
)

// marker is what one marker stands for.
type marker struct {
	// node is nil for markEnter and markLeave.
	node parse.Node
	body *body
	// offset in the source of the body's file.
	offset int32
	kind   markerKind
	// elses tells that markBranch stands before the else of a branch.
	elses bool
}

// markerSize is the length of a marker's bytes: its number.
const markerSize = 4

// markers are all markers of a set.
type markers struct {
	list  []marker
	arena []byte // the bytes of all markers, one after another
}

// newMarkers returns room for a number of markers.
func newMarkers(count int) *markers {
	return &markers{list: make([]marker, 0, count), arena: make([]byte, count*markerSize)}
}

// add adds a marker, for which there must be room, and returns its bytes.
func (m *markers) add(added marker) []byte {
	at := len(m.list) * markerSize
	binary.LittleEndian.PutUint32(m.arena[at:], uint32(len(m.list)))
	m.list = append(m.list, added)
	return m.arena[at : at+markerSize : at+markerSize]
}

// find returns the number of the marker whose bytes p is.
func (m *markers) find(p []byte) (int, bool) {
	if len(p) != markerSize {
		return 0, false
	}
	i := int(binary.LittleEndian.Uint32(p))
	if i >= len(m.list) || &m.arena[i*markerSize] != &p[0] {
		return 0, false
	}
	return i, true
}

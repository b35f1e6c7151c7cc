package template

import (
	"bytes"
	"slices"
	"sort"

	"github.com/packstage/packstage/diagnostic"
)

// SourceMap tells where in the templates the output of one execution comes
// from. It is immutable and safe for concurrent use.
type SourceMap struct {
	program *program
	marks   []mark
	lines   []int // offset of each line of the output
	size    int
}

func newSourceMap(p *program, output []byte, marks []mark) *SourceMap {
	m := &SourceMap{program: p, marks: slices.Clone(marks), lines: []int{0}, size: len(output)}
	for at := 0; ; {
		i := bytes.IndexByte(output[at:], '\n')
		if i < 0 {
			return m
		}
		at += i + 1
		m.lines = append(m.lines, at)
	}
}

// Position returns the place of the text or action that wrote a place of the
// output, both counted from 1, columns in bytes. A column of 0 is the first of
// its line; a place outside of the output is taken as the nearest inside. The
// position is zero where the output is empty.
func (m *SourceMap) Position(line, column int) diagnostic.Position {
	line = min(max(line, 1), len(m.lines))
	end := m.size
	if line < len(m.lines) {
		end = m.lines[line]
	}
	return m.At(min(m.lines[line-1]+max(column-1, 0), max(end-1, 0)))
}

// At is Position for an offset in the output.
func (m *SourceMap) At(offset int) diagnostic.Position {
	offset = min(max(offset, 0), m.size-1)
	i := sort.Search(len(m.marks), func(i int) bool { return m.marks[i].offset > offset }) - 1
	if i < 0 {
		return diagnostic.Position{}
	}
	piece := m.marks[i]
	file, at, text := m.program.place(piece.origin)
	if file == nil {
		return diagnostic.Position{}
	}
	if text {
		at += piece.shift + offset - piece.offset
	}
	return file.position(at)
}

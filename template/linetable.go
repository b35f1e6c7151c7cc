package template

import (
	"sort"

	"github.com/packstage/packstage/diagnostic"
)

// lineTable finds places of many offsets in a file.
type lineTable struct {
	file  *sourceFile
	lines []int // offset of each line
}

func newLineTable(file *sourceFile) *lineTable {
	t := &lineTable{file: file, lines: []int{0}}
	for i := range len(file.source) {
		if file.source[i] == '\n' {
			t.lines = append(t.lines, i+1)
		}
	}
	return t
}

// position is that of sourceFile.position.
func (t *lineTable) position(offset int) diagnostic.Position {
	offset = min(max(offset, 0), len(t.file.source))
	line := sort.SearchInts(t.lines, offset+1)
	return diagnostic.Position{File: t.file.path, Line: line, Column: offset - t.lines[line-1] + 1}
}

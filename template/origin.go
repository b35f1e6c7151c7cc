package template

import (
	"sort"
)

// origin is what wrote a piece of output: a marker, by its number; text, by the
// place of its first byte; or nothing that is known.
type origin int

const unknownOrigin origin = -1

// isMarker reports whether it is a marker.
func (o origin) isMarker() bool { return o >= 0 }

// textOrigin is that of text which begins at an offset in a file.
func textOrigin(file *sourceFile, offset int) origin {
	return unknownOrigin - 1 - origin(file.start+offset)
}

// place returns the file and the offset in which a piece begins, and whether it is
// text; the file is nil where nothing is known.
func (p *program) place(o origin) (file *sourceFile, offset int, text bool) {
	switch {
	case o.isMarker():
		m := &p.markers.list[o]
		return m.body.file, int(m.offset), false
	case o == unknownOrigin:
		return nil, 0, false
	}
	at := int(unknownOrigin - 1 - o)
	// The last one that begins there: empty files begin where the next one does.
	file = p.files[sort.Search(len(p.files), func(i int) bool { return p.files[i].start > at })-1]
	return file, at - file.start, true
}

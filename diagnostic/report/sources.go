package report

import (
	"bytes"

	"github.com/packstage/packstage/diagnostic"
)

// Sources returns the content of a file by the name that it has in
// [diagnostic.Position], and false where it is not to be had. The printers do
// not change the content. The method Read of packagetypes.Files is one.
//
// Lines of these files are printed as they are: a file that may hold secrets,
// such as the configuration of a user, is better left out.
type Sources func(file string) ([]byte, bool)

// lineReader finds lines. Sorted findings ask for lines in rising order, so it
// goes on from the last one: reading a file costs its size once, however many
// findings there are.
type lineReader struct {
	sources Sources
	file    string
	opened  bool // the fields below are those of file
	content []byte
	found   bool
	line    int // the number of the line that begins at offset
	offset  int
}

// read returns the line of a position without its end, and false where the line
// is not known or not there.
func (r *lineReader) read(position diagnostic.Position) ([]byte, bool) {
	if r.sources == nil || position.File == "" || position.Line < 1 {
		return nil, false
	}
	if !r.opened || r.file != position.File {
		r.content, r.found = r.sources(position.File)
		r.file, r.opened = position.File, true
		r.line, r.offset = 1, 0
	}
	if !r.found {
		return nil, false
	}
	if position.Line < r.line {
		r.line, r.offset = 1, 0
	}
	for r.line < position.Line {
		end := bytes.IndexByte(r.content[r.offset:], '\n')
		if end < 0 {
			return nil, false
		}
		r.offset += end + 1
		r.line++
	}
	line, _, ended := bytes.Cut(r.content[r.offset:], []byte("\n"))
	if len(line) == 0 && !ended {
		// The end of the file, behind the last line break: nothing to show.
		return nil, false
	}
	return bytes.TrimSuffix(line, []byte("\r")), true
}

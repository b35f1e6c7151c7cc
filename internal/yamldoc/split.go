package yamldoc

import (
	"bytes"
)

// Document is one YAML document of a stream.
type Document struct {
	// Number counts the documents of the stream from 1, empty ones included.
	Number int
	// Line is the line of the stream, counted from 1, in which the content
	// begins: the first that is not blank, a comment, a separator or a
	// directive. For a document without content it is FirstLine.
	Line int
	// FirstLine is the line of the stream, counted from 1, of Data's first byte.
	FirstLine int
	// Data is the document with its separator and directives, a part of the
	// stream that was split.
	Data []byte
}

const (
	byteOrderMark = "\uFEFF"
	startMarker   = "---"
	endMarker     = "..."
)

// Split cuts a stream into its documents. Joining the Data of all documents
// gives the stream back, byte for byte; an empty stream has none.
//
// A line that begins with "---" and white space or its end separates, wherever
// it stands; "..." ends a document. Comments, blank lines and directives before
// a separator belong to the document that it opens where none is open yet, so
// that they make no document of their own.
func Split(data []byte) []Document {
	if len(data) == 0 {
		return nil
	}
	s := splitter{data: data}
	markers := newMarkerScanner(data)
	for {
		at, isStart, ok := markers.next()
		if !ok {
			break
		}
		if isStart {
			s.startAt(at)
		} else {
			s.endAt(at)
		}
	}
	s.finish()
	return s.documents
}

// splitter holds what Split knows of the document that is open.
type splitter struct {
	data      []byte
	documents []Document
	begin     int  // first byte of the open document
	explicit  bool // its "---" has been seen
	line      int  // line breaks before begin
}

func (s *splitter) startAt(at int) {
	if !s.explicit && isPrefix(s.data[s.begin:at]) {
		s.explicit = true
		return
	}
	if end := at - trailingDirectives(s.data[s.begin:at]); end > s.begin {
		s.close(end)
	}
	s.explicit = true
}

func (s *splitter) endAt(at int) {
	end := at + lineLength(s.data[at:])
	if !s.explicit && len(s.documents) > 0 && isPrefix(s.data[s.begin:at]) {
		s.extend(end)
		return
	}
	s.close(end)
	s.explicit = false
}

func (s *splitter) finish() {
	if s.begin == len(s.data) {
		return
	}
	if !s.explicit && len(s.documents) > 0 && isPrefix(s.data[s.begin:]) {
		s.extend(len(s.data))
		return
	}
	s.close(len(s.data))
}

// close makes a document of everything up to end.
func (s *splitter) close(end int) {
	part := s.data[s.begin:end:end]
	d := Document{
		Number:    len(s.documents) + 1,
		FirstLine: s.line + 1,
		Data:      part,
	}
	d.Line = d.FirstLine
	if content := contentOffset(part); content >= 0 {
		d.Line += countBreaks(part[:content])
	}
	s.documents = append(s.documents, d)
	s.line += countBreaks(part)
	s.begin = end
}

// extend gives everything up to end to the document that was closed last.
func (s *splitter) extend(end int) {
	last := &s.documents[len(s.documents)-1]
	s.line += countBreaks(s.data[s.begin:end])
	from := s.begin - len(last.Data)
	last.Data = s.data[from:end:end]
	s.begin = end
}

// Empty reports whether the document holds nothing: only white space, comments,
// directives and separators, or a plain null, which kubectl skips too.
func (d Document) Empty() bool {
	at := contentOffset(d.Data)
	if at < 0 {
		return true
	}
	for _, null := range [...]string{"null", "Null", "NULL", "~"} {
		rest, ok := bytes.CutPrefix(d.Data[at:], []byte(null))
		if !ok {
			continue
		}
		text := bytes.TrimLeft(rest, " \t")
		ends := len(text) == 0 || breakLength(text) > 0
		comment := len(text) > 0 && len(text) < len(rest) && text[0] == '#'
		return (ends || comment) && contentOffset(rest[lineLength(rest):]) < 0
	}
	return false
}

// isPrefix reports whether part holds nothing but what may stand before the
// "---" of a document.
func isPrefix(part []byte) bool { return contentOffset(part) < 0 }

// contentOffset returns the offset of the first byte of content in a document,
// or -1 where there is none.
func contentOffset(part []byte) int {
	at, explicit := 0, false
	if bytes.HasPrefix(part, []byte(byteOrderMark)) {
		at = len(byteOrderMark)
	}
	for at < len(part) {
		rest := part[at:]
		skip := 0
		switch {
		case isMarker(rest, startMarker):
			skip, explicit = len(startMarker), true
		case isMarker(rest, endMarker):
			skip = len(endMarker)
		case rest[0] == '%' && !explicit:
			at += lineLength(rest)
			continue
		}
		for skip < len(rest) && isBlank(rest[skip]) {
			skip++
		}
		if skip < len(rest) && rest[skip] != '#' && breakLength(rest[skip:]) == 0 {
			return at + skip
		}
		at += lineLength(rest)
	}
	return -1
}

// trailingDirectives returns the length of the lines at the end of part that
// are directives of the document after it, comments in between included.
func trailingDirectives(part []byte) int {
	length := 0
	for end := len(part); end > 0; {
		begin := bytes.LastIndexByte(part[:end-1], '\n') + 1
		line := part[begin:end]
		switch trimmed := bytes.TrimSpace(line); {
		case bytes.HasPrefix(line, []byte("%YAML ")), bytes.HasPrefix(line, []byte("%TAG ")):
			length = len(part) - begin
		case len(trimmed) > 0 && trimmed[0] != '#':
			return length
		}
		end = begin
	}
	return length
}

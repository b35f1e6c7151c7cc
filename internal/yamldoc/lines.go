package yamldoc

import "bytes"

// YAML 1.1 knows more line breaks than "\n": all of them end a line for the
// parser, so all of them must count for positions and separators.
const (
	nextLine           = "\u0085"
	lineSeparator      = "\u2028"
	paragraphSeparator = "\u2029"
)

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// breakLength returns the length of the line break at the head of b, or 0.
func breakLength(b []byte) int {
	if len(b) == 0 {
		return 0
	}
	switch b[0] {
	case '\n':
		return 1
	case '\r':
		if len(b) > 1 && b[1] == '\n' {
			return 2
		}
		return 1
	case nextLine[0]:
		if bytes.HasPrefix(b, []byte(nextLine)) {
			return len(nextLine)
		}
	case lineSeparator[0]:
		if bytes.HasPrefix(b, []byte(lineSeparator)) || bytes.HasPrefix(b, []byte(paragraphSeparator)) {
			return len(lineSeparator)
		}
	}
	return 0
}

// lineLength returns the length of the first line of b with its line break.
func lineLength(b []byte) int {
	for i := range b {
		if n := breakLength(b[i:]); n > 0 {
			return i + n
		}
	}
	return len(b)
}

// afterBreak reports whether a line begins at offset at.
func afterBreak(b []byte, at int) bool {
	if at == 0 {
		return true
	}
	switch before := b[:at]; b[at-1] {
	case '\n', '\r':
		return true
	case nextLine[1]:
		return bytes.HasSuffix(before, []byte(nextLine))
	case lineSeparator[2], paragraphSeparator[2]:
		return bytes.HasSuffix(before, []byte(lineSeparator)) || bytes.HasSuffix(before, []byte(paragraphSeparator))
	case byteOrderMark[2]:
		return at == len(byteOrderMark) && bytes.HasPrefix(b, []byte(byteOrderMark))
	}
	return false
}

// countBreaks returns the number of line breaks in b.
func countBreaks(b []byte) int {
	n := bytes.Count(b, []byte{'\n'})
	if returns := bytes.Count(b, []byte{'\r'}); returns > 0 {
		n += returns - bytes.Count(b, []byte("\r\n"))
	}
	if bytes.IndexByte(b, nextLine[0]) >= 0 {
		n += bytes.Count(b, []byte(nextLine))
	}
	if bytes.IndexByte(b, lineSeparator[0]) >= 0 {
		n += bytes.Count(b, []byte(lineSeparator)) + bytes.Count(b, []byte(paragraphSeparator))
	}
	return n
}

// isMarker reports whether b begins with the document marker and after it has
// white space, a line break or its end.
func isMarker(b []byte, marker string) bool {
	if len(b) < len(marker) || string(b[:len(marker)]) != marker {
		return false
	}
	rest := b[len(marker):]
	return len(rest) == 0 || isBlank(rest[0]) || breakLength(rest) > 0
}

// markerScanner finds the document markers of a stream in order.
type markerScanner struct {
	data       []byte
	start, end int // offsets of the next markers, len(data) where there is none
}

func newMarkerScanner(data []byte) *markerScanner {
	m := &markerScanner{data: data}
	m.start = m.find(startMarker, 0)
	m.end = m.find(endMarker, 0)
	return m
}

func (m *markerScanner) next() (at int, isStart, ok bool) {
	switch {
	case m.start == len(m.data) && m.end == len(m.data):
		return 0, false, false
	case m.start < m.end:
		at = m.start
		m.start = m.find(startMarker, at+len(startMarker))
		return at, true, true
	default:
		at = m.end
		m.end = m.find(endMarker, at+len(endMarker))
		return at, false, true
	}
}

func (m *markerScanner) find(marker string, from int) int {
	for from < len(m.data) {
		i := bytes.Index(m.data[from:], []byte(marker))
		if i < 0 {
			break
		}
		from += i
		if afterBreak(m.data, from) && isMarker(m.data[from:], marker) {
			return from
		}
		from++
	}
	return len(m.data)
}

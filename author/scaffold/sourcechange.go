package scaffold

import (
	"bytes"
	"cmp"
	"slices"
)

// change replaces the bytes from begin to end.
type change struct {
	begin, end int
	text       string
}

// value puts text on one line in the place of a value.
func (e *sourceEdit) value(path []any, text string) bool {
	begin, ok := e.place(e.locator.Locate(path...))
	if !ok {
		return false
	}
	if end, ok := scalarEnd(e.text, begin); ok {
		e.changes = append(e.changes, change{begin, end, text})
		return true
	}
	return e.lines(path, begin, text)
}

// lines puts text in the place of a block of lines below a key.
func (e *sourceEdit) lines(path []any, begin int, text string) bool {
	key, ok := e.key(path)
	if !ok || key == begin {
		return false
	}
	start := bytes.LastIndexByte(e.text[:key], '\n') + 1
	indent := key - start
	colon := bytes.IndexByte(e.text[key:], ':')
	first := bytes.IndexByte(e.text[key:], '\n')
	if colon < 0 || first < 0 || len(bytes.TrimSpace(e.text[key+colon+1:key+first])) > 0 {
		return false
	}
	end := key + first + 1
	for end < len(e.text) {
		next := end + bytes.IndexByte(e.text[end:], '\n') + 1
		line := e.text[end:next]
		trimmed := bytes.TrimLeft(line, " ")
		if len(line)-len(trimmed) <= indent {
			break
		}
		end = next
	}
	if begin >= end {
		return false // a list at the indentation of its key
	}
	e.changes = append(e.changes, change{key + colon + 1, end, " " + text + "\n"})
	return true
}

// scalarEnd returns where the scalar on one line that begins at an offset ends.
func scalarEnd(text []byte, begin int) (int, bool) {
	line := text[begin:]
	if end := bytes.IndexByte(line, '\n'); end >= 0 {
		line = line[:end]
	}
	if len(line) == 0 {
		return 0, false
	}
	switch line[0] {
	case '"':
		for i := 1; i < len(line); i++ {
			switch line[i] {
			case '\\':
				i++
			case '"':
				return begin + i + 1, true
			}
		}
		return 0, false
	case '\'':
		for i := 1; i < len(line); i++ {
			if line[i] != '\'' {
				continue
			}
			if i+1 < len(line) && line[i+1] == '\'' {
				i++
				continue
			}
			return begin + i + 1, true
		}
		return 0, false
	case '|', '>', '[', '{', '&', '*', '!', '-':
		return 0, false
	}
	if comment := bytes.Index(line, []byte(" #")); comment >= 0 {
		line = line[:comment]
	}
	if before := text[bytes.LastIndexByte(text[:begin], '\n')+1 : begin]; bytes.ContainsAny(before, "{[") {
		// Perhaps inside of a mapping on one line: it ends there.
		if end := bytes.IndexAny(line, ",]}"); end >= 0 {
			line = line[:end]
		}
	}
	line = bytes.TrimRight(line, " ")
	if bytes.Contains(line, []byte(": ")) || bytes.HasSuffix(line, []byte(":")) {
		return 0, false // perhaps inside of a mapping on one line, or a mapping itself
	}
	return begin + len(line), true
}

func (e *sourceEdit) key(path []any) (int, bool) { return e.place(e.locator.LocateKey(path...)) }

// place turns line and column into an offset.
func (e *sourceEdit) place(line, column int, ok bool) (int, bool) {
	if !ok || column == 0 {
		return 0, false
	}
	at := 0
	for ; line > 1; line-- {
		next := bytes.IndexByte(e.text[at:], '\n')
		if next < 0 {
			return 0, false
		}
		at += next + 1
	}
	at += column - 1
	return at, at < len(e.text)
}

// apply makes the changes.
func (e *sourceEdit) apply() ([]byte, bool) {
	if e.failed {
		return nil, false
	}
	slices.SortStableFunc(e.changes, func(a, b change) int { return cmp.Compare(a.begin, b.begin) })
	var out bytes.Buffer
	at := 0
	for _, c := range e.changes {
		if c.begin < at {
			return nil, false
		}
		out.Write(e.text[at:c.begin])
		out.WriteString(c.text)
		at = c.end
	}
	out.Write(e.text[at:])
	return out.Bytes(), true
}

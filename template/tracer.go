package template

import (
	"bytes"
	"strings"
)

// tracer remembers what includes returned since the last action wrote, so that
// the output of the action can be led back to it.
type tracer struct {
	results []*includeResult
	bytes   int
}

// includeResult is what one include returned.
type includeResult struct {
	text  string
	marks []mark
	// next is the offset of the first line that is not used up.
	next int
}

const (
	// keptResults is how many bytes of include results are remembered.
	keptResults = 64 << 20
	// lineWindow is how many lines of a result are searched for a line.
	lineWindow = 200
)

// included remembers the result of an include.
func (t *tracer) included(text string, marks []mark) {
	if strings.TrimSpace(text) == "" || t.bytes+len(text) > keptResults {
		return
	}
	t.bytes += len(text)
	t.results = append(t.results, &includeResult{text: text, marks: append([]mark(nil), marks...)})
}

// align finds the lines of what an action writes among those of the results, and
// returns where its pieces come from: lines that stand in no result come from
// the action itself. It returns nil where there is no result, or where hardly a
// line is found.
func (t *tracer) align(p []byte, action origin) []mark {
	results := t.results
	t.results, t.bytes = nil, 0
	if len(results) == 0 {
		return nil
	}
	var pieces []mark
	found, lines := 0, 0
	for at := 0; at < len(p); {
		end := at + lineEnd(p[at:])
		content := bytes.TrimSpace(p[at:end])
		var place []mark
		if len(content) > 0 {
			lines++
			indent := bytes.Index(p[at:end], content)
			if place = findLine(results, content, at+indent); place != nil {
				found++
				if indent > 0 {
					first := place[0]
					first.offset = at
					place = append([]mark{first}, place...)
				}
			} else {
				place = []mark{{offset: at, origin: action}}
			}
		} else if at == 0 {
			place = []mark{{offset: 0, origin: action}}
		}
		pieces = append(pieces, place...)
		at = end
	}
	if 2*found < lines {
		return nil
	}
	return pieces
}

func lineEnd(p []byte) int {
	if i := bytes.IndexByte(p, '\n'); i >= 0 {
		return i + 1
	}
	return len(p)
}

// findLine finds the next line of a result with that content, whatever white
// space is around it, and returns its pieces for the output from offset at on.
func findLine(results []*includeResult, content []byte, at int) []mark {
	for _, result := range results {
		begin := result.next
		for range lineWindow {
			if begin >= len(result.text) {
				break
			}
			end := begin + lineEnd([]byte(result.text[begin:min(len(result.text), begin+4*len(content)+256)]))
			line := result.text[begin:end]
			if trimmed := strings.TrimSpace(line); trimmed == string(content) {
				from := begin + strings.Index(line, trimmed)
				result.next = end
				return result.pieces(from, from+len(content), at)
			}
			begin = end
		}
	}
	return nil
}

// pieces returns the marks of a part of the result, moved to offset at.
func (r *includeResult) pieces(from, to, at int) []mark {
	var pieces []mark
	for i, piece := range r.marks {
		end := len(r.text)
		if i+1 < len(r.marks) {
			end = r.marks[i+1].offset
		}
		if end <= from || piece.offset >= to {
			continue
		}
		begin := max(piece.offset, from)
		pieces = append(pieces, mark{
			offset: at + begin - from, origin: piece.origin, shift: piece.shift + begin - piece.offset,
		})
	}
	return pieces
}

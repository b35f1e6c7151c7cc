package docs

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/packstage/packstage/diagnostic"
)

// The marks between which a README has its section, each on a line of its own.
const (
	BeginMark = "<!-- packstage:begin -->"
	EndMark   = "<!-- packstage:end -->"
)

// ErrNoMarks is a README without the marks.
var ErrNoMarks = errors.New("the file has no marks for the section")

// Replace returns a README with the section between its marks; everything else stays
// as it is, byte for byte. Line breaks are those of the line with the first mark.
// Marks in blocks of code do not count.
//
// The error matches [ErrNoMarks] where there are none, and is a
// diagnostic.Diagnostics with code DocsMarks where they do not belong together; file
// names the README in it.
func Replace(file string, readme, section []byte) ([]byte, error) {
	begin, end, err := findMarks(file, readme)
	if err != nil {
		return nil, err
	}
	lineBreak := "\n"
	if bytes.HasSuffix(begin.line(readme), []byte("\r\n")) {
		lineBreak = "\r\n"
	}
	text := "\n" + strings.Trim(string(section), "\n") + "\n\n"
	var out bytes.Buffer
	out.Write(readme[:begin.end])
	out.WriteString(strings.ReplaceAll(text, "\n", lineBreak))
	out.Write(readme[end.start:])
	return out.Bytes(), nil
}

// Insert returns a README with the section, marks included, at its end. A README
// that is empty begins with the name of the package.
func Insert(readme, section []byte, name string) []byte {
	var out bytes.Buffer
	lineBreak := "\n"
	if bytes.Contains(readme, []byte("\r\n")) {
		lineBreak = "\r\n"
	}
	if len(bytes.TrimSpace(readme)) == 0 {
		out.WriteString("# " + mdText(name) + "\n\n")
	} else {
		out.Write(readme)
		if !bytes.HasSuffix(readme, []byte("\n")) {
			out.WriteString(lineBreak)
		}
		out.WriteString(lineBreak)
	}
	text := BeginMark + "\n\n" + strings.Trim(string(section), "\n") + "\n\n" + EndMark + "\n"
	out.WriteString(strings.ReplaceAll(text, "\n", lineBreak))
	return out.Bytes()
}

// mark is a line with a mark: its number, its first byte and the one after it.
type mark struct{ number, start, end int }

func (m mark) line(readme []byte) []byte { return readme[m.start:m.end] }

func findMarks(file string, readme []byte) (begin, end mark, err error) {
	var begins, ends []mark
	fence, at, number := "", 0, 0
	for line := range bytes.Lines(readme) {
		number++
		here := mark{number, at, at + len(line)}
		at += len(line)
		text, ok := unindented(string(line))
		if !ok {
			continue
		}
		if fence == "" {
			fence = opensFence(text)
		} else if closesFence(text, fence) {
			fence = ""
		}
		switch {
		case fence != "":
		case text == BeginMark:
			begins = append(begins, here)
		case text == EndMark:
			ends = append(ends, here)
		}
	}
	fault := func(at mark, message string) error {
		return diagnostic.Diagnostics{{
			Code: diagnostic.DocsMarks, Severity: diagnostic.Error, Position: diagnostic.Position{File: file, Line: at.number, Column: 1},
			Message: message, Hint: fmt.Sprintf("the section stands between one line %q and one line %q", BeginMark, EndMark),
		}}
	}
	switch {
	case len(begins) == 0 && len(ends) == 0:
		return mark{}, mark{}, fmt.Errorf("%s: %w", file, ErrNoMarks)
	case len(begins) == 0:
		return mark{}, mark{}, fault(ends[0], "the section ends here and begins nowhere")
	case len(begins) > 1:
		return mark{}, mark{}, fault(begins[1], "the section begins a second time")
	case len(ends) == 0:
		return mark{}, mark{}, fault(begins[0], "the section begins here and ends nowhere")
	case len(ends) > 1:
		return mark{}, mark{}, fault(ends[1], "the section ends a second time")
	case ends[0].start < begins[0].start:
		return mark{}, mark{}, fault(ends[0], "the section ends before it begins")
	}
	return begins[0], ends[0], nil
}

// unindented returns a line without the white space around it; a line that is
// indented like a block of code has none of the things that are looked for.
func unindented(line string) (string, bool) {
	line = strings.TrimPrefix(line, "\ufeff")
	text := strings.TrimLeft(line, " ")
	if len(line)-len(text) > 3 || strings.HasPrefix(text, "\t") {
		return "", false
	}
	return strings.TrimSpace(text), true
}

// opensFence returns what a block of code began with.
func opensFence(line string) string {
	for _, mark := range []string{"`", "~"} {
		if strings.HasPrefix(line, strings.Repeat(mark, 3)) {
			fence := line[:len(line)-len(strings.TrimLeft(line, mark))]
			if mark == "`" && strings.Contains(line[len(fence):], mark) {
				return "" // code in a line
			}
			return fence
		}
	}
	return ""
}

func closesFence(line, fence string) bool {
	return strings.HasPrefix(line, fence) && strings.Trim(line, fence[:1]) == ""
}

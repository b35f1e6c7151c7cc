package docs

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// mdText writes text so that Markdown shows it as it is, on one line and in a cell
// of a table. What stands between single backticks is code, as people who write
// descriptions mean it.
func mdText(text string) string {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	var paragraphs []string
	for _, paragraph := range strings.Split(text, "\n\n") {
		if paragraph = strings.Join(strings.Fields(paragraph), " "); paragraph != "" {
			paragraphs = append(paragraphs, mdLineStart(mdLine(paragraph)))
		}
	}
	return strings.Join(paragraphs, "<br><br>")
}

// lineMarker begins an item of a list, a rule or the line below a heading, where it
// stands at the beginning of a line.
var lineMarker = regexp.MustCompile(`^(?:([-+]|[0-9]{1,9}[.)])(?: |$)|(-{2,}|=+)$)`)

// mdLineStart takes the meaning from what begins a line.
func mdLineStart(line string) string {
	marker := strings.TrimSuffix(lineMarker.FindString(line), " ")
	if marker == "" {
		return line
	}
	last := len(marker) - 1
	return line[:last] + `\` + line[last:]
}

func mdLine(line string) string {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(line, codeMark)
		inside, after, closed := strings.Cut(rest, codeMark)
		if !found || !closed || inside == "" {
			out.WriteString(mdEscape(line))
			return out.String()
		}
		out.WriteString(mdEscape(before) + mdCode(inside))
		line = after
	}
}

// mdEscape takes the meaning from everything that Markdown or HTML would read.
func mdEscape(text string) string {
	var out strings.Builder
	runes := []rune(text)
	for i, r := range runes {
		switch {
		case r == '_' && i > 0 && i < len(runes)-1 && isWord(runes[i-1]) && isWord(runes[i+1]):
			out.WriteRune(r) // inside a word or an address it means nothing
		case strings.ContainsRune("\\`*_[]~#$", r):
			out.WriteString(`\` + string(r))
		case strings.ContainsRune("<&|", r), isControl(r), r == '>' && i == 0:
			fmt.Fprintf(&out, "&#%d;", r)
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}

func isWord(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

// mdCode writes code. Where a code span in a table could end too early, or would
// swallow white space, it is an element of HTML, in which nothing means anything.
func mdCode(text string) string {
	if text == "" {
		return ""
	}
	if !strings.ContainsFunc(text, endsCode) && strings.TrimSpace(text) == text {
		return codeMark + text + codeMark
	}
	var out strings.Builder
	out.WriteString("<code>")
	for _, r := range text {
		if isControl(r) || strings.ContainsRune("*_[]\\`<>&|~!#$", r) {
			fmt.Fprintf(&out, "&#%d;", r)
		} else {
			out.WriteRune(r)
		}
	}
	out.WriteString("</code>")
	return out.String()
}

// endsCode tells what a code span in a table cannot hold, or not as it is.
func endsCode(r rune) bool { return isControl(r) || r == '|' || r == '`' }

// isControl tells whether a character says something to the terminal that Markdown is
// printed on: a control character, or one that turns the direction of text around.
func isControl(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }

// mdTable is a table with a heading.
type mdTable struct {
	heading []string
	rows    [][]string
}

// write writes the table; columns in which no row has anything are left out.
func (t mdTable) write(out *strings.Builder) {
	var columns []int
	for i := range t.heading {
		for _, row := range t.rows {
			if row[i] != "" {
				columns = append(columns, i)
				break
			}
		}
	}
	line := func(cells []string) {
		for _, i := range columns {
			out.WriteString("| " + cells[i] + " ")
		}
		out.WriteString("|\n")
	}
	line(t.heading)
	for range columns {
		out.WriteString("|---")
	}
	out.WriteString("|\n")
	for _, row := range t.rows {
		line(row)
	}
	out.WriteString("\n")
}

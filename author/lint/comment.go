package lint

import (
	"strings"

	"github.com/packstage/packstage/diagnostic"
)

// marker begins a comment that silences findings.
const marker = "packstage:ignore"

// comment silences findings in its file: those of its line, of the line behind it
// where it stands alone, of the whole document or file where it stands at the head.
type comment struct {
	position    diagnostic.Position
	codes       []string
	first, last int // lines; last is 0 for the whole file
	used        map[string]bool
	// start and end of its line, where it stands alone on it.
	start, end int
}

// remove returns the removal of a comment that silences nothing at all, where it
// stands alone on its line.
func (c *comment) remove() *Fix {
	if c.end == 0 || len(c.used) > 0 {
		return nil
	}
	return &Fix{Message: "remove the comment", Edits: []Edit{{File: c.position.File, Start: c.start, End: c.end}}}
}

// findComments finds the comments of a YAML file or template.
func findComments(file string, data []byte) []*comment {
	name := strings.TrimSuffix(file, templateSuffix)
	isYAML := strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml")
	isTemplate := name != file
	if !isYAML && !isTemplate || !strings.Contains(string(data), marker) {
		return nil
	}
	var found []*comment
	lines := strings.Split(string(data), "\n")
	head, documentHead := true, false
	offset := 0
	for i, line := range lines {
		start := offset
		offset += len(line) + 1
		before, after, ok := strings.Cut(line, marker)
		alone := isComment(line)
		if ok && (isYAML && opensComment(before) || isTemplate && strings.HasSuffix(strings.TrimRight(before, " \t"), "/*")) {
			if codes := codesIn(after); len(codes) > 0 {
				c := &comment{
					position: diagnostic.Position{File: file, Line: i + 1, Column: len(before) + 1},
					codes:    codes, first: i + 1, last: i + 1, used: map[string]bool{},
				}
				if alone {
					c.start, c.end = start, min(offset, len(data))
				}
				switch {
				case head && alone:
					c.last = 0
				case documentHead && alone:
					c.last = documentEnd(lines, i) + 1
				case alone:
					c.last = nextContent(lines, i) + 1
				}
				found = append(found, c)
			}
		}
		switch {
		case isSeparator(line):
			documentHead = true
		case !alone && strings.TrimSpace(line) != "":
			head, documentHead = false, false
		}
	}
	return found
}

// isSeparator tells whether a line begins a document.
func isSeparator(line string) bool {
	rest, ok := strings.CutPrefix(line, "---")
	return ok && (strings.TrimSpace(rest) == "" || strings.HasPrefix(rest, " ") && isComment(rest))
}

// documentEnd returns the index of the last line of the document that a line is in.
func documentEnd(lines []string, i int) int {
	for i+1 < len(lines) && !isSeparator(lines[i+1]) {
		i++
	}
	return i
}

// nextContent returns the index of the line behind a comment, other comments between
// them skipped.
func nextContent(lines []string, i int) int {
	for i++; i < len(lines) && isComment(lines[i]); i++ {
	}
	return min(i, len(lines)-1)
}

// isComment tells whether a line holds a comment and nothing else.
func isComment(line string) bool {
	line = strings.TrimSpace(line)
	if strings.HasPrefix(line, "#") {
		return true
	}
	inside, ok := strings.CutPrefix(line, "{{")
	inside = strings.TrimSpace(strings.TrimPrefix(inside, "-"))
	return ok && strings.HasPrefix(inside, "/*") && strings.HasSuffix(line, "}}") && strings.Count(line, "{{") == 1
}

// codesIn returns the codes behind a marker: words that commas separate. What follows
// is the reason.
func codesIn(text string) []string {
	var codes []string
	for _, word := range strings.Fields(strings.NewReplacer("*/", " ", "-}}", " ", "}}", " ").Replace(text)) {
		for code := range strings.SplitSeq(word, ",") {
			if code != "" {
				codes = append(codes, code)
			}
		}
		if !strings.HasSuffix(word, ",") {
			break
		}
	}
	return codes
}

// opensComment tells whether a text ends with the beginning of a comment of YAML.
func opensComment(before string) bool {
	before = strings.TrimRight(before, " \t")
	at := len(before) - 1
	if at < 0 || before[at] != '#' {
		return false
	}
	return at == 0 || before[at-1] == ' ' || before[at-1] == '\t'
}

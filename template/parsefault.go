package template

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/packstage/packstage/diagnostic"
)

// maxParseFaults is how many faults of one file are looked for.
const maxParseFaults = 20

// parseFaults turns the parser's error into findings. The parser stops at the
// first fault; where that stands inside a plain action, the action is blanked
// out and the file parsed again for the next one.
func parseFaults(file *sourceFile, err error) diagnostic.Diagnostics {
	var found diagnostic.Diagnostics
	source := file.source
	for err != nil && len(found) < maxParseFaults {
		current := &sourceFile{path: file.path, source: source}
		d, at, plain := parseFault(current, err)
		found = append(found, d)
		if !plain {
			break
		}
		source = source[:at.start] + blank(source[at.start:at.end]) + source[at.end:]
		_, err = parseTrees(file.path, source)
	}
	return found
}

// blank returns text of the same length and lines without an action.
func blank(text string) string {
	blanked := []byte(text)
	for i, c := range blanked {
		if c != '\n' {
			blanked[i] = ' '
		}
	}
	return string(blanked)
}

var quotedToken = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

// parseFault finds the column of a parse error. It returns the action that is at
// fault, and whether the file can be parsed without it.
func parseFault(file *sourceFile, err error) (diagnostic.Diagnostic, action, bool) {
	line, message := splitParseError(file.path, err.Error())
	d := diagnostic.Diagnostic{Code: diagnostic.TemplateParse, Message: message}
	from := file.offset(line, 1)
	to := file.offset(line+1, 1)
	if message == "unexpected EOF" {
		return unclosedBlock(file, d)
	}
	var candidates []action
	scanActions(file.source, func(a action) bool {
		if !a.closed && (strings.HasPrefix(message, "unclosed action") || strings.HasPrefix(message, "unterminated")) {
			candidates, from = []action{a}, a.start
			return false
		}
		if a.start < to && a.end > from {
			candidates = append(candidates, a)
		}
		return true
	})
	if len(candidates) == 0 {
		d.Position = file.position(from + leadingSpace(file.source[from:to]))
		return d, action{}, false
	}
	at, offset := blame(file.source, message, candidates, from, to)
	d.Position = file.position(offset)
	d.Hint = parseHint(message)
	text := file.source[at.start:at.end]
	plain := at.closed && !isKeyword(at.word) && !strings.Contains(text, ":=")
	return d, at, plain
}

// blame chooses the action that a message is about among those of its line, and
// the place in it: that of the token which the message quotes, or the first.
func blame(source, message string, candidates []action, from, to int) (action, int) {
	at := candidates[len(candidates)-1]
	if token, err := strconv.Unquote(quotedToken.FindString(message)); err == nil && token != "" {
		for _, a := range slices.Backward(candidates) {
			begin := max(a.inside, from)
			if i := strings.Index(source[begin:max(begin, min(a.end, to))], token); i >= 0 {
				return a, begin + i
			}
		}
	}
	if word, ok := strings.CutPrefix(message, "missing value for "); ok {
		for _, a := range candidates {
			if a.word == word {
				at = a
				break
			}
		}
	}
	return at, at.inside + leadingSpace(source[at.inside:at.end])
}

// splitParseError cuts "template: name:line: message" into its parts.
func splitParseError(path, text string) (line int, message string) {
	rest := strings.TrimPrefix(text, "template: "+path+":")
	number, message, _ := strings.Cut(rest, ": ")
	line, err := strconv.Atoi(number)
	if err != nil {
		return 1, text
	}
	message = strings.TrimPrefix(message, "template: ")
	if before, _, ok := strings.Cut(message, " started at "); ok {
		message = before
	}
	return line, message
}

// unclosedBlock places "unexpected EOF" at the block that has no end.
func unclosedBlock(file *sourceFile, d diagnostic.Diagnostic) (diagnostic.Diagnostic, action, bool) {
	var open []action
	scanActions(file.source, func(a action) bool {
		switch a.word {
		case "if", "with", "range", "block", "define":
			open = append(open, a)
		case "end":
			if len(open) > 0 {
				open = open[:len(open)-1]
			}
		}
		return true
	})
	d.Position = file.position(len(file.source))
	if len(open) > 0 {
		last := open[len(open)-1]
		d.Position = file.position(last.inside + leadingSpace(file.source[last.inside:last.end]))
		d.Message = "{{ " + last.word + " }} has no {{ end }}"
		d.Hint = "the file ends before it"
	}
	return d, action{}, false
}

func isKeyword(word string) bool {
	switch word {
	case "if", "else", "end", "range", "with", "block", "define", "template", "break", "continue":
		return true
	}
	return false
}

// parseHint returns what to do about common parse errors.
func parseHint(message string) string {
	switch {
	case strings.HasPrefix(message, "undefined variable"):
		return "a variable is known from where it is declared with := to the end of its block"
	case strings.HasPrefix(message, `unexpected "-"`), strings.Contains(message, `bad character U+002D`):
		return "a trim marker needs a space: {{- x -}}; a key with a dash is read by index"
	case strings.Contains(message, "unexpected {{end}}"):
		return "there is no block that it could close"
	}
	return ""
}

func quoted(s string) string { return strconv.Quote(s) }

package template

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// action is one {{ … }} of a source, comments left out.
type action struct {
	// start is the offset of the left delimiter, inside that of what follows
	// it and its trim marker, end that after the right delimiter.
	start, inside, end int
	// word is the identifier that the action begins with, if any, and second
	// the one after it.
	word, second string
	// parens is how deep its parentheses nest.
	parens int
	// closed is false for the last action of a source that breaks off in it.
	closed bool
}

// scanActions walks the actions of a source in the way text/template's lexer
// does, until walk returns false. The parser tells neither the columns of its
// errors nor bounds how deep it recurses; this does.
func scanActions(source string, walk func(action) bool) {
	at := 0
	for {
		i := strings.Index(source[at:], "{{")
		if i < 0 {
			return
		}
		a := action{start: at + i}
		at = a.start + 2
		if rest := source[at:]; len(rest) >= 2 && rest[0] == '-' && isSpace(rest[1]) {
			at += 2
		}
		if strings.HasPrefix(source[at:], "/*") {
			j := strings.Index(source[at+2:], "*/")
			if j < 0 {
				return
			}
			at += 2 + j + 2
			width := rightDelimiter(source[at:])
			if width == 0 {
				return
			}
			at += width
			continue
		}
		a.inside = at
		a.scan(source)
		if !walk(a) || !a.closed {
			return
		}
		at = a.end
	}
}

// scan reads the inside of an action up to its right delimiter.
func (a *action) scan(source string) {
	at, parens, words := a.inside, 0, 0
	a.end = len(source)
	for at < len(source) {
		if width := rightDelimiter(source[at:]); width > 0 {
			a.end, a.closed = at+width, true
			return
		}
		switch c := source[at]; {
		case c == '"' || c == '\'':
			width := quotedLength(source[at:])
			if width == 0 {
				return
			}
			at += width
			words += 2
		case c == '`':
			i := strings.IndexByte(source[at+1:], '`')
			if i < 0 {
				return
			}
			at += i + 2
			words += 2
		case c == '(':
			parens++
			a.parens = max(a.parens, parens)
			at++
			words += 2
		case c == ')':
			parens--
			at++
		case isSpace(c):
			at++
		default:
			width := wordLength(source[at:])
			switch word := source[at : at+max(width, 1)]; {
			case width == 0:
				_, width = utf8.DecodeRuneInString(source[at:])
				words += 2
			case words == 0:
				a.word = word
			case words == 1:
				a.second = word
			}
			at += width
			words++
		}
	}
}

// rightDelimiter returns the length of the right delimiter at the head of s,
// with its trim marker, or 0.
func rightDelimiter(s string) int {
	switch {
	case strings.HasPrefix(s, "}}"):
		return 2
	case len(s) >= 4 && isSpace(s[0]) && s[1] == '-' && s[2:4] == "}}":
		return 4
	}
	return 0
}

// quotedLength returns the length of the quoted string or character at the head
// of s, or 0 where it does not end in its line.
func quotedLength(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case s[0]:
			return i + 1
		case '\n':
			return 0
		case '\\':
			i++
			if i == len(s) || s[i] == '\n' {
				return 0
			}
		}
	}
	return 0
}

func wordLength(s string) int {
	for i, r := range s {
		if r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return i
		}
	}
	return len(s)
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// maxNesting is how deep blocks and parentheses may nest in one source. The
// parser and the executor recurse for each level, and a stack that overflows
// ends the process.
const maxNesting = 500

// nesting returns the first action that nests deeper than maxNesting.
func nesting(source string) (action, bool) {
	var found action
	var chains []int // for each open block, the blocks that its `else if`s add
	depth, deep := 0, false
	scanActions(source, func(a action) bool {
		switch a.word {
		case "if", "with", "range", "block", "define":
			chains = append(chains, 1)
			depth++
		case "else":
			if a.second != "" && len(chains) > 0 {
				chains[len(chains)-1]++
				depth++
			}
		case "end":
			if len(chains) > 0 {
				depth -= chains[len(chains)-1]
				chains = chains[:len(chains)-1]
			}
		}
		if depth+a.parens > maxNesting {
			found, deep = a, true
		}
		return !deep
	})
	return found, deep
}

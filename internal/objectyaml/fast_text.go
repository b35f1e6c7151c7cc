package objectyaml

import (
	"strings"
	"unicode/utf8"
)

// foldWidth is the column behind which the library breaks a line at the next space.
const foldWidth = 80

// textShape is what decides the style of a text.
type textShape struct {
	// escapes: it holds characters that need a backslash; quotes: it begins or goes
	// on like something else than text.
	escapes, quotes bool
	// spaces: it holds any; spaceBreak: one of them ends a line.
	spaces, breaks, spaceBreak bool
	// doubts leaves it to the library.
	doubts bool
}

// shapeOf looks at a text that is not empty.
func shapeOf(text string) textShape {
	last := len(text) - 1
	shape := textShape{quotes: beginsLikeSyntax(text) || text[0] == ' ' || text[last] == ' '}
	for i := 0; i <= last; i++ {
		c := text[i]
		switch {
		case c > ':' && c < 0x7F, c > '#' && c < ':':
		case c == ' ':
			shape.spaces = true
			shape.spaceBreak = shape.spaceBreak || i < last && text[i+1] == '\n'
		case c == '\n':
			shape.breaks = true
		case c == ':':
			shape.quotes = shape.quotes || i == last || isBlank(text[i+1])
		case c == '#':
			shape.quotes = shape.quotes || i > 0 && isBlank(text[i-1])
		case c < ' ' || c == 0x7F:
			shape.escapes = true
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(text[i:])
			if r == utf8.RuneError && size == 1 || r == 0x2028 || r == 0x2029 || r == 0xFEFF && i == 0 {
				shape.doubts = true
				return shape
			}
			shape.escapes = shape.escapes || !isPrintable(r)
			i += size - 1
		}
	}
	return shape
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// beginsLikeSyntax tells whether YAML takes what a text begins with for something else.
func beginsLikeSyntax(text string) bool {
	switch text[0] {
	case '#', ',', '[', ']', '{', '}', '&', '*', '!', '|', '>', '\'', '"', '%', '@', '`':
		return true
	case '?', ':':
		return len(text) == 1 || isBlank(text[1])
	case '-':
		return len(text) == 1 || isBlank(text[1]) || strings.HasPrefix(text, "---")
	case '.':
		return strings.HasPrefix(text, "...")
	}
	return false
}

// isPrintable tells whether the library writes a character beyond ASCII as it is.
func isPrintable(r rune) bool {
	return r >= 0xA0 && r <= 0xFFFD && r != 0xFEFF
}

// key writes a key, which stays on its line.
func (w *fastWriter) key(text string) bool {
	if text == "" {
		w.out = append(w.out, `""`...)
		return true
	}
	shape := shapeOf(text)
	if shape.doubts || shape.breaks || shape.escapes {
		return false
	}
	shape.spaces = false // there is nothing to fold at
	w.oneLine(text, shape, 0)
	return true
}

// text writes a text whose further lines have this indent.
func (w *fastWriter) text(text string, indent int) bool {
	if text == "" {
		w.out = append(w.out, `""`...)
		return true
	}
	shape := shapeOf(text)
	switch {
	case shape.doubts:
		return false
	case !shape.breaks:
		w.oneLine(text, shape, indent)
	case shape.escapes || shape.spaceBreak || text[len(text)-1] == ' ':
		w.doubleQuoted(text, shape, indent)
	default:
		w.literal(text, indent)
	}
	return true
}

// oneLine writes a text without line breaks.
func (w *fastWriter) oneLine(text string, shape textShape, indent int) {
	switch {
	case shape.escapes || !readsAsText(text):
		w.doubleQuoted(text, shape, indent)
	case !shape.quotes:
		w.folded(text, shape, indent)
	default:
		w.out = append(w.out, '\'')
		w.folded(strings.ReplaceAll(text, "'", "''"), shape, indent)
		w.out = append(w.out, '\'')
	}
}

// column is the number of characters in the last line.
func (w *fastWriter) column() int { return utf8.RuneCount(w.out[w.line:]) }

// folded writes a text that needs no backslashes.
func (w *fastWriter) folded(text string, shape textShape, indent int) {
	if !shape.spaces || len(w.out)-w.line+len(text) <= foldWidth {
		w.out = append(w.out, text...)
		return
	}
	column := w.column()
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c == ' ' && column > foldWidth && i > 0 && text[i-1] != ' ' && i+1 < len(text) && text[i+1] != ' ' {
			w.newLine(indent)
			column = indent
			continue
		}
		w.out = append(w.out, c)
		if utf8.RuneStart(c) {
			column++
		}
	}
}

// literal writes a text of several lines as it is.
func (w *fastWriter) literal(text string, indent int) {
	w.out = append(w.out, '|')
	if text[0] == ' ' || text[0] == '\n' {
		w.out = append(w.out, '0'+indentStep)
	}
	switch {
	case text[len(text)-1] != '\n':
		w.out = append(w.out, '-')
	case len(text) == 1 || text[len(text)-2] == '\n':
		w.out = append(w.out, '+')
	}
	w.out = append(w.out, '\n')
	w.line = len(w.out)
	for text != "" {
		line, rest, broken := strings.Cut(text, "\n")
		if line != "" {
			w.pad(indent)
			w.out = append(w.out, line...)
		}
		if broken {
			w.out = append(w.out, '\n')
			w.line = len(w.out)
		}
		text = rest
	}
}

// doubleQuoted writes a text that needs backslashes, or would be something else
// without quotes.
func (w *fastWriter) doubleQuoted(text string, shape textShape, indent int) {
	w.out = append(w.out, '"')
	column := w.column()
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == ' ' && shape.spaces && column > foldWidth && i > 0 && i+1 < len(text) && text[i-1] != ' ':
			w.newLine(indent)
			column = indent
			if text[i+1] == ' ' {
				w.out = append(w.out, '\\')
				column++
			}
			i++
		case c >= ' ' && c < 0x7F && c != '"' && c != '\\':
			w.out = append(w.out, c)
			column++
			i++
		default:
			r, size := utf8.DecodeRuneInString(text[i:])
			before := len(w.out)
			if r >= utf8.RuneSelf && isPrintable(r) {
				w.out = append(w.out, text[i:i+size]...)
				column++
			} else {
				w.out = appendEscape(w.out, r)
				column += len(w.out) - before
			}
			i += size
		}
	}
	w.out = append(w.out, '"')
}

func appendEscape(out []byte, r rune) []byte {
	const short = "\x00\a\b\t\n\v\f\r\x1b\"\\\u0085"
	const names = `0abtnvfre"\N`
	out = append(out, '\\')
	if i := strings.IndexRune(short, r); i >= 0 {
		return append(out, names[i])
	}
	digits := 2
	switch {
	case r > 0xFFFF:
		out, digits = append(out, 'U'), 8
	case r > 0xFF:
		out, digits = append(out, 'u'), 4
	default:
		out = append(out, 'x')
	}
	for shift := (digits - 1) * 4; shift >= 0; shift -= 4 {
		out = append(out, "0123456789ABCDEF"[r>>shift&0xF])
	}
	return out
}

package yamldoc

import (
	"strconv"
	"unicode"
	"unicode/utf8"
)

// quotedLines is quotedText for scalars with escapes or over several lines.
func (r *fastReader) quotedLines(i int, quote byte) (string, bool) {
	s, b := r.text, r.scratch[:0]
	for i < len(s) {
		c := s[i]
		switch {
		case c == quote:
			if quote == '"' || i+1 == len(s) || s[i+1] != '\'' {
				r.pos, r.scratch = i+1, b
				return string(b), true
			}
			b = append(b, '\'')
			i += 2
		case c == '\\' && quote == '"':
			var ok bool
			if b, i, ok = r.escape(b, i); !ok {
				return "", false
			}
		case c == '\t':
			return "", false
		case c == ' ' || c == '\n':
			var ok bool
			if b, i, ok = r.quotedSpace(b, i); !ok {
				return "", false
			}
		default:
			b = append(b, c)
			i++
		}
	}
	return "", false
}

// quotedSpace appends the white space at i inside a quoted scalar: as it is, or
// folded where there are line breaks in it.
func (r *fastReader) quotedSpace(b []byte, i int) ([]byte, int, bool) {
	s, begin, breaks, line := r.text, i, 0, 0
	for ; i < len(s) && (s[i] == ' ' || s[i] == '\n'); i++ {
		if s[i] == '\n' {
			breaks++
			line = i + 1
		}
	}
	if breaks == 0 {
		return append(b, s[begin:i]...), i, true
	}
	if i == line || i < len(s) && s[i] == '\t' { // maybe a document marker
		return b, i, false
	}
	return appendFold(b, breaks), i, true
}

// escape appends what the escape at i stands for.
func (r *fastReader) escape(b []byte, i int) ([]byte, int, bool) {
	s := r.text
	if i+1 == len(s) {
		return b, i, false
	}
	digits := 0
	switch c := s[i+1]; c {
	case '\n': // the line goes on, without a space
		folded, end, ok := r.quotedSpace(nil, i+1)
		if len(folded) == 1 && folded[0] == ' ' {
			return b, end, ok
		}
		return append(b, folded...), end, ok
	case 'n':
		return append(b, '\n'), i + 2, true
	case 't':
		return append(b, '\t'), i + 2, true
	case 'r':
		return append(b, '\r'), i + 2, true
	case '"', '\\', '\'', ' ':
		return append(b, c), i + 2, true
	case 'x':
		digits = 2
	case 'u':
		digits = 4
	case 'U':
		digits = 8
	default:
		return b, i, false
	}
	end := i + 2 + digits
	if end > len(s) {
		return b, i, false
	}
	char, err := strconv.ParseUint(s[i+2:end], 16, 32)
	if err != nil || char > unicode.MaxRune || !utf8.ValidRune(rune(char)) {
		return b, i, false
	}
	return utf8.AppendRune(b, rune(char)), end, true
}

package yamldoc

import "strings"

// maxFastKey leaves keys that are nearly too long to the library, which counts
// characters and white space.
const maxFastKey = maxKey - 24

// lineStop is what ends the text of a plain scalar on a line.
type lineStop int

const (
	stopBreak lineStop = iota
	stopComment
	stopColon
	stopUnknown
)

// startsPlain reports whether a plain scalar may begin at pos. Of the
// indicators only "-" before something else is taken.
func (r *fastReader) startsPlain(i int) bool {
	switch r.text[i] {
	case '-':
		return !r.endsToken(i + 1)
	case '?', ':', ',', '[', ']', '{', '}', '#', '&', '*', '!', '|', '>', '\'', '"', '%', '@', '`', '\t':
		return false
	}
	return true
}

// plainEnd returns the end of the text that begins at i on this line and what
// stands there: the line break, the "#" after white space, or the ":".
func (r *fastReader) plainEnd(i int) (end, at int, stop lineStop) {
	s, begin := r.text, i
	stop, at = stopBreak, len(s)
scan:
	for ; i < len(s); i++ {
		c := s[i]
		if c > ':' || c > '#' && c < ':' {
			continue
		}
		switch c {
		case '\n':
			at = i
			break scan
		case '\t':
			return 0, 0, stopUnknown
		case '#':
			if i > begin && s[i-1] == ' ' {
				stop, at = stopComment, i
				break scan
			}
		case ':':
			if r.endsToken(i + 1) {
				stop, at = stopColon, i
				break scan
			}
			if s[i+1] == '\t' {
				return 0, 0, stopUnknown
			}
		}
	}
	end = at
	for end > begin && s[end-1] == ' ' {
		end--
	}
	return end, at, stop
}

// atKey reports whether a key and its ":" stand at pos.
func (r *fastReader) atKey() bool {
	begin := r.pos
	if c := r.text[begin]; c == '"' || c == '\'' {
		_, ok := r.quotedKey()
		ok = ok && r.endsToken(r.pos)
		r.pos = begin
		return ok
	}
	if !r.startsPlain(begin) {
		return false
	}
	_, _, stop := r.plainEnd(begin)
	return stop == stopColon
}

// key reads a key as the string that it becomes, and its ":".
func (r *fastReader) key() (string, bool) {
	begin := r.pos
	if c := r.text[begin]; c == '"' || c == '\'' {
		text, ok := r.quotedKey()
		return text, ok && r.endsToken(r.pos)
	}
	if !r.startsPlain(begin) {
		return "", false
	}
	end, at, stop := r.plainEnd(begin)
	if stop != stopColon || at-begin > maxFastKey {
		return "", false
	}
	r.pos = at + 1
	text := r.text[begin:end]
	if isText(text) {
		return text, text != "<<"
	}
	return keyText(resolvePlain(text))
}

// isText reports whether a plain scalar is surely read as the text that it is.
func isText(text string) bool {
	switch c := text[0]; {
	case c >= '0' && c <= '9', c == '+', c == '-', c == '.':
		return false
	case c == '~', c == 'n', c == 'N', c == 'y', c == 'Y', c == 't', c == 'T', c == 'f', c == 'F', c == 'o', c == 'O':
		return len(text) > len("false")
	}
	return true
}

// quotedKey reads a quoted key and its ":", whatever follows.
func (r *fastReader) quotedKey() (string, bool) {
	begin := r.pos
	text, ok := r.quotedText()
	if !ok || r.pos-begin > maxFastKey || strings.IndexByte(r.text[begin:r.pos], '\n') >= 0 {
		return "", false
	}
	if r.pos == len(r.text) || r.text[r.pos] != ':' {
		return "", false
	}
	r.pos++
	return text, true
}

// plain reads a plain scalar, which may go on over lines that are indented
// deeper than indent.
func (r *fastReader) plain(indent int) (any, bool) {
	if !r.startsPlain(r.pos) {
		return nil, false
	}
	begin := r.pos
	end, at, stop := r.plainEnd(begin)
	if stop >= stopColon {
		return nil, false
	}
	text := r.text[begin:end]
	r.pos = end
	if stop == stopBreak {
		if breaks, i := r.continuation(at, indent); i >= 0 {
			var ok bool
			if text, ok = r.plainLines(text, breaks, i, indent); !ok {
				return nil, false
			}
		}
	}
	if !r.next() {
		return nil, false
	}
	return plainValue(text)
}

// plainLines reads the further lines of a plain scalar, of which the next
// begins at i after this many line breaks.
func (r *fastReader) plainLines(first string, breaks, i, indent int) (string, bool) {
	b := append(r.scratch[:0], first...)
	for i >= 0 {
		b = appendFold(b, breaks)
		end, at, stop := r.plainEnd(i)
		if stop >= stopColon {
			return "", false
		}
		b = append(b, r.text[i:end]...)
		r.pos = end
		if stop == stopComment {
			break
		}
		breaks, i = r.continuation(at, indent)
	}
	r.scratch = b
	return string(b), true
}

// continuation returns how many line breaks there are from the one at i to the
// next text, and where that begins; -1 where it does not belong to the scalar.
func (r *fastReader) continuation(i, indent int) (breaks, begin int) {
	s := r.text
	for i < len(s) && s[i] == '\n' {
		breaks++
		i++
		line := i
		for i < len(s) && s[i] == ' ' {
			i++
		}
		if i < len(s) && s[i] != '\n' {
			if i-line <= indent || s[i] == '#' {
				return 0, -1
			}
			return breaks, i
		}
	}
	return 0, -1
}

// appendFold joins two lines with these many line breaks between them.
func appendFold(b []byte, breaks int) []byte {
	if breaks == 1 {
		return append(b, ' ')
	}
	for ; breaks > 1; breaks-- {
		b = append(b, '\n')
	}
	return b
}

// plainValue resolves a plain scalar; it gives up on what JSON cannot hold.
func plainValue(text string) (any, bool) {
	if isText(text) {
		return text, true
	}
	switch v := resolvePlain(text).(type) {
	case float64:
		return jsonFloat(v)
	case uint64:
		return jsonUint(v), true
	default:
		return v, true
	}
}

func (r *fastReader) quoted() (any, bool) {
	text, ok := r.quotedText()
	return text, ok
}

// quotedText reads a quoted scalar; pos is then after its closing quote.
func (r *fastReader) quotedText() (string, bool) {
	s, quote := r.text, r.text[r.pos]
	begin := r.pos + 1
	n := strings.IndexByte(s[begin:], quote)
	if n < 0 {
		return "", false
	}
	end := begin + n
	text := s[begin:end]
	doubled := quote == '\'' && end+1 < len(s) && s[end+1] == '\''
	if !doubled && strings.IndexByte(text, '\n') < 0 && (quote == '\'' || strings.IndexByte(text, '\\') < 0) {
		r.pos = end + 1
		return text, true
	}
	return r.quotedLines(begin, quote)
}

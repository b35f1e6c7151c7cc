package yamldoc

// blockScalar reads a literal or folded scalar inside a collection at column
// indent and goes on to the token after it.
func (r *fastReader) blockScalar(indent int) (any, bool) {
	folded := r.text[r.pos] == '>'
	r.pos++
	chomp := byte(0)
	if r.pos < len(r.text) && (r.text[r.pos] == '-' || r.text[r.pos] == '+') {
		chomp = r.text[r.pos]
		r.pos++
	}
	i := r.pos
	for i < len(r.text) && r.text[i] == ' ' {
		i++
	}
	if i < len(r.text) && r.text[i] != '\n' { // an indentation indicator, a comment
		return nil, false
	}
	lines := blockLines{text: r.text, pos: min(i+1, len(r.text))}
	if !lines.open(indent) {
		return nil, false
	}
	b, last, ok := lines.read(r.scratch[:0], folded)
	if !ok {
		return nil, false
	}
	if chomp != '-' && last {
		b = append(b, '\n')
	}
	if chomp == '+' {
		for range lines.breaks {
			b = append(b, '\n')
		}
	}
	r.scratch = b
	// What follows begins on a line of its own: step back to its line break.
	r.pos = lines.pos
	if r.pos < len(r.text) || r.text[r.pos-1] == '\n' {
		r.pos--
	}
	return string(b), r.next()
}

// blockLines goes over the lines of a block scalar.
type blockLines struct {
	text   string
	pos    int // begin of the next line that is not blank
	indent int // column in which the text of a line begins
	breaks int // blank lines before pos that have not been written
}

// open finds the indentation: that of the first line that is not blank.
func (l *blockLines) open(parent int) bool {
	s, widest := l.text, 0
	for i := l.pos; ; {
		begin := i
		for i < len(s) && s[i] == ' ' {
			i++
		}
		column := i - begin
		if i < len(s) && s[i] == '\n' {
			widest = max(widest, column)
			i++
			continue
		}
		if i < len(s) && s[i] == '\t' || widest > column {
			return false // as are blank lines wider than the first line of text
		}
		l.indent = max(column, parent+1, 1)
		return l.skipBlank()
	}
}

// skipBlank goes over lines that hold nothing but the indentation.
func (l *blockLines) skipBlank() bool {
	s := l.text
	for l.pos < len(s) {
		i := l.pos
		for i < len(s) && i-l.pos < l.indent && s[i] == ' ' {
			i++
		}
		if i == len(s) {
			l.pos = i
			return true
		}
		if s[i] != '\n' {
			return s[i] != '\t' || i-l.pos == l.indent
		}
		l.breaks++
		l.pos = i + 1
	}
	return true
}

// line returns the text of the line at pos and reports whether it belongs to
// the scalar; ended is whether it has a line break.
func (l *blockLines) line() (text string, ended, ok bool) {
	s := l.text
	for i := range l.indent {
		if l.pos+i >= len(s) || s[l.pos+i] != ' ' {
			return "", false, false
		}
	}
	begin := l.pos + l.indent
	if begin >= len(s) {
		return "", false, false
	}
	end := lineEnd(s, begin)
	l.pos = min(end+1, len(s))
	return s[begin:end], end < len(s), true
}

// read appends the text to b, without the last line break; last is whether
// there is one.
func (l *blockLines) read(b []byte, folded bool) (_ []byte, last, ok bool) {
	blankBefore := false // the line before begins with white space
	for {
		text, ended, more := l.line()
		if !more {
			return b, last, true
		}
		blank := isBlank(text[0])
		switch {
		case last && folded && !blank && !blankBefore:
			if l.breaks == 0 {
				b = append(b, ' ')
			}
		case last:
			b = append(b, '\n')
		}
		for range l.breaks {
			b = append(b, '\n')
		}
		l.breaks = 0
		b = append(b, text...)
		last, blankBefore = ended, blank
		if !l.skipBlank() {
			return nil, false, false
		}
	}
}

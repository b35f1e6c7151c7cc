package yamldoc

// flow reads a flow collection; pos is then after its closing bracket.
func (r *fastReader) flow(depth int) (any, bool) {
	if depth > r.limit {
		return nil, false
	}
	if r.text[r.pos] == '{' {
		return r.flowMapping(depth)
	}
	return r.flowSequence(depth)
}

func (r *fastReader) flowSequence(depth int) (any, bool) {
	base := len(r.items)
	for r.pos++; ; r.pos++ {
		c, ok := r.flowToken()
		if !ok {
			return nil, false
		}
		if c == ']' {
			break
		}
		item, ok := r.flowNode(c, depth)
		if !ok {
			return nil, false
		}
		r.items = append(r.items, item)
		if c, ok = r.flowToken(); !ok || c != ',' && c != ']' {
			return nil, false
		}
		if c == ']' {
			break
		}
	}
	r.pos++
	return r.closeList(base), true
}

func (r *fastReader) flowMapping(depth int) (any, bool) {
	base := len(r.entries)
	for r.pos++; ; r.pos++ {
		c, ok := r.flowToken()
		if !ok {
			return nil, false
		}
		if c == '}' {
			break
		}
		key, ok := r.flowKey(c)
		if !ok {
			return nil, false
		}
		if c, ok = r.flowToken(); !ok {
			return nil, false
		}
		value, ok := r.flowNode(c, depth)
		if !ok {
			return nil, false
		}
		r.entries = append(r.entries, entry{key, value})
		if c, ok = r.flowToken(); !ok || c != ',' && c != '}' {
			return nil, false
		}
		if c == '}' {
			break
		}
	}
	r.pos++
	return r.closeMap(base)
}

// flowToken goes to the next token and returns its first byte. It gives up on
// comments and on lines without indentation that may be markers.
func (r *fastReader) flowToken() (byte, bool) {
	for ; r.pos < len(r.text); r.pos++ {
		switch c := r.text[r.pos]; c {
		case ' ', '\t', '\n':
			continue
		case '#':
			return 0, false
		case '-', '.', '%':
			return c, r.pos == 0 || r.text[r.pos-1] != '\n'
		default:
			return c, true
		}
	}
	return 0, false
}

func (r *fastReader) flowNode(c byte, depth int) (any, bool) {
	switch c {
	case '{', '[':
		return r.flow(depth + 1)
	case '"', '\'':
		return r.quoted()
	}
	text, ok := r.flowPlain()
	if !ok {
		return nil, false
	}
	return plainValue(text)
}

// flowKey reads a key and its ":", which white space must follow where the key
// is plain.
func (r *fastReader) flowKey(c byte) (string, bool) {
	if c == '"' || c == '\'' {
		return r.quotedKey()
	}
	begin := r.pos
	text, ok := r.flowPlain()
	if !ok || r.pos-begin > maxFastKey || text == "<<" {
		return "", false
	}
	if r.pos == len(r.text) || r.text[r.pos] != ':' || !r.endsToken(r.pos+1) {
		return "", false
	}
	r.pos++
	if isText(text) {
		return text, true
	}
	return keyText(resolvePlain(text))
}

// flowPlain reads a plain scalar on one line.
func (r *fastReader) flowPlain() (string, bool) {
	s, begin, i := r.text, r.pos, r.pos
	if !r.startsPlain(i) {
		return "", false
	}
scan:
	for ; i < len(s); i++ {
		switch c := s[i]; c {
		case ',', ']', '}':
			break scan
		case ':':
			if r.endsToken(i + 1) {
				break scan
			}
			return "", false
		case '\n', '\t', '#', '?', '[', '{', '"', '\'':
			return "", false
		}
	}
	end := i
	for end > begin && s[end-1] == ' ' {
		end--
	}
	if end < i && i < len(s) && s[i] == ':' {
		return "", false
	}
	r.pos = i
	return s[begin:end], end > begin
}

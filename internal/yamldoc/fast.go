package yamldoc

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf8"

	"github.com/packstage/packstage/internal/sharedtext"
)

// The fast reader understands the YAML that Kubernetes objects are written in:
// block collections, scalars of all styles, flow collections of simple scalars.
// It reads that as the library does, or gives up: on anchors, tags, merge and
// duplicate keys, complex keys, tabs as white space, directives, and on
// everything that is wrong. A document that it gives up on is read again by the
// library, which has the last word on what is valid; FuzzFast checks that the
// two never differ.

// readFast reads a document, or reports false where it gave up.
func readFast(data []byte, o Options) (any, bool) {
	shared := o.ReadOnly
	if bytes.IndexByte(data, '\r') >= 0 {
		// The library reads both line ends alike, in scalars too.
		data, shared = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")), true
	}
	if !isSimpleText(data) {
		return nil, false
	}
	at := contentOffset(data)
	if at < 0 {
		return nil, false
	}
	if !shared {
		data = bytes.Clone(data)
	}
	var entries [24]entry
	var items [16]any
	r := fastReader{
		text:    sharedtext.Of(data),
		pos:     at,
		limit:   int(o.depth()),
		entries: entries[:0],
		items:   items[:0],
	}
	column, ok := openingColumn(r.text[:at])
	if !ok {
		return nil, false
	}
	r.column = column
	if c := r.text[at]; c != '{' && c != '[' && !r.atItem() && !r.atKey() { // a scalar
		return nil, false
	}
	v, ok := r.node(-1, 0)
	if !ok || r.column >= 0 { // something follows the root
		return nil, false
	}
	return v, true
}

// fastReader is the state of readFast. Values are parts of text wherever they
// stand in it as they are.
type fastReader struct {
	text   string
	pos    int // next byte to read
	column int // column of pos where a node begins, -1 at the end
	limit  int // levels of collections allowed

	// Stacks of what the open collections hold so far: the maps and lists are
	// made when their size is known.
	entries []entry
	items   []any
	scratch []byte
}

type entry struct {
	key   string
	value any
}

// isSimpleText reports whether data is UTF-8 with no line break but "\n" and no
// character that the library refuses or treats specially.
func isSimpleText(data []byte) bool {
	const (
		ones  = 0x0101010101010101
		highs = 0x8080808080808080
	)
	for i := 0; i < len(data); {
		if i+8 <= len(data) {
			// Eight bytes at a time: none above 0x7E, none below 0x20.
			word := binary.LittleEndian.Uint64(data[i:])
			if (word|(word-ones*0x20)|(word+ones))&highs == 0 {
				i += 8
				continue
			}
		}
		c := data[i]
		switch {
		case c >= ' ' && c < 0x7F, c == '\n', c == '\t':
			i++
		case c < utf8.RuneSelf:
			return false
		default:
			char, size := utf8.DecodeRune(data[i:])
			switch {
			case char == utf8.RuneError && size == 1, !isPrintable(char):
				return false
			case char == 0x85, char == 0x2028, char == 0x2029, char == 0xFEFF:
				return false
			}
			i += size
		}
	}
	return true
}

// openingColumn returns the column in which the content after prefix begins. It
// reports false where the prefix holds more than comments and one separator on
// a line of its own.
func openingColumn(prefix string) (int, bool) {
	separators := 0
	for {
		line, rest, found := strings.Cut(prefix, "\n")
		if !found {
			return len(line), strings.Trim(line, " ") == ""
		}
		trimmed := strings.TrimLeft(line, " ")
		switch {
		case strings.HasPrefix(line, startMarker):
			separators++
			if after := strings.TrimLeft(line[len(startMarker):], " "); separators > 1 || after != "" && after[0] != '#' {
				return 0, false
			}
		case trimmed != "" && trimmed[0] != '#':
			return 0, false
		}
		prefix = rest
	}
}

// next goes from the end of a token to the next one on a later line, across
// comments and blank lines.
func (r *fastReader) next() bool {
	s, i := r.text, r.pos
	for i < len(s) && s[i] == ' ' {
		i++
	}
	if i < len(s) && s[i] != '\n' {
		if s[i] != '#' || i == r.pos {
			return false
		}
		i = lineEnd(s, i)
	}
	for i < len(s) {
		i++
		begin := i
		for i < len(s) && s[i] == ' ' {
			i++
		}
		if i == len(s) {
			break
		}
		switch s[i] {
		case '\n':
			continue
		case '#':
			i = lineEnd(s, i)
			continue
		case '\t':
			return false
		}
		r.pos, r.column = i, i-begin
		return r.column > 0 || !strings.HasPrefix(s[i:], startMarker) && !strings.HasPrefix(s[i:], endMarker) && s[i] != '%'
	}
	r.pos, r.column = len(s), -1
	return true
}

func lineEnd(s string, i int) int {
	if n := strings.IndexByte(s[i:], '\n'); n >= 0 {
		return i + n
	}
	return len(s)
}

// endsToken reports whether the byte at i is a space, a line break or the end.
func (r *fastReader) endsToken(i int) bool {
	return i >= len(r.text) || r.text[i] == ' ' || r.text[i] == '\n'
}

// atItem reports whether the "-" of a list's item stands at pos.
func (r *fastReader) atItem() bool {
	return r.text[r.pos] == '-' && r.endsToken(r.pos+1)
}

// node reads the node that begins at pos, inside a collection at column indent,
// and goes on to the token after it.
func (r *fastReader) node(indent, depth int) (any, bool) {
	switch c := r.text[r.pos]; {
	case r.atItem():
		return r.sequence(r.column, depth+1)
	case c != '|' && c != '>' && c != '{' && c != '[' && r.atKey():
		return r.mapping(r.column, depth+1)
	}
	return r.scalar(indent, depth)
}

func (r *fastReader) mapping(column, depth int) (any, bool) {
	if depth > r.limit {
		return nil, false
	}
	base := len(r.entries)
	for {
		key, ok := r.key()
		if !ok {
			return nil, false
		}
		value, ok := r.fieldValue(column, depth)
		if !ok {
			return nil, false
		}
		r.entries = append(r.entries, entry{key, value})
		if r.column < column {
			break
		}
		if r.column > column {
			return nil, false
		}
	}
	return r.closeMap(base)
}

// closeMap makes a map of the entries above base; it gives up where two have
// one key.
func (r *fastReader) closeMap(base int) (any, bool) {
	top := r.entries[base:]
	m := make(map[string]any, len(top))
	for i := range top {
		m[top[i].key] = top[i].value
	}
	ok := len(m) == len(top)
	clear(top)
	r.entries = r.entries[:base]
	return m, ok
}

func (r *fastReader) closeList(base int) any {
	list := make([]any, len(r.items)-base)
	copy(list, r.items[base:])
	clear(r.items[base:])
	r.items = r.items[:base]
	return list
}

// fieldValue reads what follows the ":" of a field of the mapping at column.
func (r *fastReader) fieldValue(column, depth int) (any, bool) {
	if !r.skipSpaces() {
		return r.scalar(column, depth)
	}
	if !r.next() {
		return nil, false
	}
	switch {
	case r.column > column:
		return r.node(column, depth)
	case r.column == column && r.atItem():
		return r.sequence(column, depth+1)
	}
	return nil, true
}

func (r *fastReader) sequence(column, depth int) (any, bool) {
	if depth > r.limit {
		return nil, false
	}
	base := len(r.items)
	for {
		dash := r.pos
		r.pos++
		var item any
		var ok bool
		if r.skipSpaces() {
			if ok = r.next(); ok && r.column > column {
				item, ok = r.node(column, depth)
			}
		} else {
			r.column = column + r.pos - dash
			item, ok = r.node(column, depth)
		}
		if !ok {
			return nil, false
		}
		r.items = append(r.items, item)
		if r.column != column || !r.atItem() {
			break
		}
	}
	if r.column > column {
		return nil, false
	}
	return r.closeList(base), true
}

// skipSpaces goes to the next token on this line and reports whether there is
// none; then pos stays before the white space.
func (r *fastReader) skipSpaces() (none bool) {
	i := r.pos
	for i < len(r.text) && r.text[i] == ' ' {
		i++
	}
	if i == len(r.text) || r.text[i] == '\n' || r.text[i] == '#' && i > r.pos {
		return true
	}
	r.pos = i
	return false
}

// scalar reads a scalar or a flow collection and goes on to the token after it.
func (r *fastReader) scalar(indent, depth int) (v any, ok bool) {
	switch r.text[r.pos] {
	case '|', '>':
		return r.blockScalar(indent)
	case '{', '[':
		v, ok = r.flow(depth + 1)
	case '"', '\'':
		v, ok = r.quoted()
	default:
		return r.plain(indent)
	}
	return v, ok && r.next()
}

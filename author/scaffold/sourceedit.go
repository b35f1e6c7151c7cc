package scaffold

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/packstage/packstage/internal/yamldoc"
)

// edit is the source's own text with what the package needs put into it: the
// annotations that steer, and holes for templates. It reports false where that is not
// possible without writing more anew, or where the text would not be read as the
// object; then the object is written from its values.
func (d *draft) edit(source []byte) ([]byte, bool) {
	text := withoutMarkers(source)
	documents := yamldoc.Split(text)
	if len(documents) != 1 || bytes.ContainsRune(text, '\r') || bytes.ContainsRune(text, '\t') {
		return nil, false
	}
	e := &sourceEdit{text: text, locator: yamldoc.NewLocator(documents[0])}
	for i, s := range d.object.Substitutions {
		put := e.value
		if _, there := e.place(e.locator.Locate(s.Path...)); !there {
			put = e.field
		}
		if d.edits[i] == "" || !put(s.Path, d.edits[i]) {
			return nil, false
		}
	}
	e.annotations(d)
	edited, ok := e.apply()
	if !ok || !d.reads(edited) {
		return nil, false
	}
	return edited, true
}

// withoutMarkers takes the lines "---" and "..." away from around a document.
func withoutMarkers(source []byte) []byte {
	lines := bytes.SplitAfter(source, []byte("\n"))
	var kept [][]byte
	for i, line := range lines {
		trimmed := bytes.TrimRight(line, " \r\n")
		if bytes.Equal(trimmed, []byte("---")) && onlyComments(lines[:i]) || bytes.Equal(trimmed, []byte("...")) {
			continue
		}
		kept = append(kept, line)
	}
	for len(kept) > 0 && len(bytes.TrimSpace(kept[0])) == 0 {
		kept = kept[1:]
	}
	for len(kept) > 0 && len(bytes.TrimSpace(kept[len(kept)-1])) == 0 {
		kept = kept[:len(kept)-1]
	}
	return withLineBreak(slices.Concat(kept...))
}

func onlyComments(lines [][]byte) bool {
	return !slices.ContainsFunc(lines, func(line []byte) bool {
		line = bytes.TrimSpace(line)
		return len(line) > 0 && line[0] != '#'
	})
}

// sourceEdit collects changes of a text.
type sourceEdit struct {
	text    []byte
	locator *yamldoc.Locator
	changes []change
	failed  bool
}

// change replaces the bytes from begin to end.
type change struct {
	begin, end int
	text       string
}

// annotations puts the annotations that steer into the metadata.
func (e *sourceEdit) annotations(d *draft) {
	steering := [][2]string{{phaseAnnotation, d.object.phase}}
	if d.object.Condition != "" {
		steering = append(steering, [2]string{conditionAnnotation, d.object.Condition})
	}
	existing, _ := lookup(d.object.Content, "metadata", "annotations")
	annotations, _ := existing.(map[string]any)
	var lines []string
	for _, annotation := range steering {
		if _, ok := annotations[annotation[0]]; ok {
			e.failed = true // to be replaced; written anew
			return
		}
		lines = append(lines, annotation[0]+": "+yamlText(annotation[1]))
	}
	if len(annotations) > 0 {
		e.beforeFirst([]any{"metadata", "annotations"}, annotations, lines)
		return
	}
	if existing != nil {
		e.failed = true
		return
	}
	for i, line := range lines {
		lines[i] = "  " + line
	}
	e.afterName(append([]string{"annotations:"}, lines...))
}

// beforeFirst inserts lines before the key of a mapping that stands first in the text.
func (e *sourceEdit) beforeFirst(path []any, mapping map[string]any, lines []string) {
	first := -1
	for _, key := range slices.Sorted(maps.Keys(mapping)) {
		if at, ok := e.key(append(slices.Clone(path), key)); ok && (first < 0 || at < first) {
			first = at
		}
	}
	if first < 0 {
		e.failed = true
		return
	}
	e.insertLines(first, first, lines)
}

// afterName inserts lines into the metadata, below the name, or the namespace where
// that follows it.
func (e *sourceEdit) afterName(lines []string) {
	below := -1
	for _, field := range []string{"name", "generateName", "namespace"} {
		if at, ok := e.key([]any{"metadata", field}); ok && at > below {
			below = at
		}
	}
	if below < 0 {
		e.failed = true
		return
	}
	end := bytes.IndexByte(e.text[below:], '\n')
	e.insertLines(below, below+end+1, lines)
}

// insertLines inserts lines at an offset, with the indentation of the key at another.
func (e *sourceEdit) insertLines(key, at int, lines []string) {
	start := bytes.LastIndexByte(e.text[:key], '\n') + 1
	indentation := e.text[start:key]
	if len(bytes.Trim(indentation, " ")) > 0 {
		e.insertInline(key, lines)
		return
	}
	begin := at
	if at == key {
		begin = start
	}
	var text strings.Builder
	for _, line := range lines {
		text.Write(indentation)
		text.WriteString(line + "\n")
	}
	e.changes = append(e.changes, change{begin, begin, text.String()})
}

// insertInline inserts fields before the first key of a mapping in braces.
func (e *sourceEdit) insertInline(key int, lines []string) {
	open := bytes.TrimRight(e.text[:key], " \n")
	for len(open) > 0 && open[len(open)-1] != '{' && !e.failed {
		// Not the first key: the mapping begins where its braces do.
		brace := bytes.LastIndexByte(open, '{')
		e.failed = brace < 0 || bytes.ContainsAny(open[brace+1:], "{}[]\"'#\n")
		open = open[:brace+1]
	}
	if e.failed || len(open) == 0 {
		e.failed = true
		return
	}
	var text strings.Builder
	for i, line := range lines {
		if strings.HasSuffix(line, ":") { // a group of the lines below it
			text.WriteString(line + " {" + strings.TrimSpace(strings.Join(trimmed(lines[i+1:]), ", ")) + "}, ")
			break
		}
		text.WriteString(line + ", ")
	}
	e.changes = append(e.changes, change{len(open), len(open), text.String()})
}

func trimmed(lines []string) []string {
	out := make([]string, len(lines))
	for i, line := range lines {
		out[i] = strings.TrimSpace(line)
	}
	return out
}

// field inserts a field into a mapping, below its name where it is in metadata.
func (e *sourceEdit) field(path []any, text string) bool {
	if len(path) != 2 || path[0] != "metadata" {
		return false
	}
	e.afterName([]string{path[1].(string) + ": " + text})
	return !e.failed
}

// value puts text on one line in the place of a value.
func (e *sourceEdit) value(path []any, text string) bool {
	begin, ok := e.place(e.locator.Locate(path...))
	if !ok {
		return false
	}
	if end, ok := scalarEnd(e.text, begin); ok {
		e.changes = append(e.changes, change{begin, end, text})
		return true
	}
	return e.lines(path, begin, text)
}

// lines puts text in the place of a block of lines below a key.
func (e *sourceEdit) lines(path []any, begin int, text string) bool {
	key, ok := e.key(path)
	if !ok || key == begin {
		return false
	}
	start := bytes.LastIndexByte(e.text[:key], '\n') + 1
	indent := key - start
	colon := bytes.IndexByte(e.text[key:], ':')
	first := bytes.IndexByte(e.text[key:], '\n')
	if colon < 0 || first < 0 || len(bytes.TrimSpace(e.text[key+colon+1:key+first])) > 0 {
		return false
	}
	end := key + first + 1
	for end < len(e.text) {
		next := end + bytes.IndexByte(e.text[end:], '\n') + 1
		line := e.text[end:next]
		trimmed := bytes.TrimLeft(line, " ")
		if len(line)-len(trimmed) <= indent {
			break
		}
		end = next
	}
	if begin >= end {
		return false // a list at the indentation of its key
	}
	e.changes = append(e.changes, change{key + colon + 1, end, " " + text + "\n"})
	return true
}

// scalarEnd returns where the scalar on one line that begins at an offset ends.
func scalarEnd(text []byte, begin int) (int, bool) {
	line := text[begin:]
	if end := bytes.IndexByte(line, '\n'); end >= 0 {
		line = line[:end]
	}
	if len(line) == 0 {
		return 0, false
	}
	switch line[0] {
	case '"':
		for i := 1; i < len(line); i++ {
			switch line[i] {
			case '\\':
				i++
			case '"':
				return begin + i + 1, true
			}
		}
		return 0, false
	case '\'':
		for i := 1; i < len(line); i++ {
			if line[i] != '\'' {
				continue
			}
			if i+1 < len(line) && line[i+1] == '\'' {
				i++
				continue
			}
			return begin + i + 1, true
		}
		return 0, false
	case '|', '>', '[', '{', '&', '*', '!', '-':
		return 0, false
	}
	if comment := bytes.Index(line, []byte(" #")); comment >= 0 {
		line = line[:comment]
	}
	if before := text[bytes.LastIndexByte(text[:begin], '\n')+1 : begin]; bytes.ContainsAny(before, "{[") {
		// Perhaps inside of a mapping on one line: it ends there.
		if end := bytes.IndexAny(line, ",]}"); end >= 0 {
			line = line[:end]
		}
	}
	line = bytes.TrimRight(line, " ")
	if bytes.Contains(line, []byte(": ")) || bytes.HasSuffix(line, []byte(":")) {
		return 0, false // perhaps inside of a mapping on one line, or a mapping itself
	}
	return begin + len(line), true
}

func (e *sourceEdit) key(path []any) (int, bool) { return e.place(e.locator.LocateKey(path...)) }

// place turns line and column into an offset.
func (e *sourceEdit) place(line, column int, ok bool) (int, bool) {
	if !ok || column == 0 {
		return 0, false
	}
	at := 0
	for ; line > 1; line-- {
		next := bytes.IndexByte(e.text[at:], '\n')
		if next < 0 {
			return 0, false
		}
		at += next + 1
	}
	at += column - 1
	return at, at < len(e.text)
}

// apply makes the changes.
func (e *sourceEdit) apply() ([]byte, bool) {
	if e.failed {
		return nil, false
	}
	slices.SortStableFunc(e.changes, func(a, b change) int { return cmp.Compare(a.begin, b.begin) })
	var out bytes.Buffer
	at := 0
	for _, c := range e.changes {
		if c.begin < at {
			return nil, false
		}
		out.Write(e.text[at:c.begin])
		out.WriteString(c.text)
		at = c.end
	}
	out.Write(e.text[at:])
	return out.Bytes(), true
}

package scaffold

import (
	"bytes"
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
	text := withoutMarkers(bytes.ReplaceAll(source, []byte("\r\n"), []byte("\n")))
	documents := yamldoc.Split(text)
	if len(documents) != 1 || bytes.ContainsRune(text, '\r') {
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

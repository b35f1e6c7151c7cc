package scaffold

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/packstage/packstage/internal/schema"
	"github.com/packstage/packstage/internal/yamldoc"
)

// Annotations of the format that steer.
const (
	phaseAnnotation     = "package-operator.run/phase"
	conditionAnnotation = "package-operator.run/condition"
)

// document writes the text of one object. Template tells whether it must be executed,
// rewritten whether comments of the source are lost.
func (o *object) document() (text []byte, template, rewritten bool) {
	if o.Template != nil {
		return withLineBreak(o.Template), true, false
	}
	d := newDraft(o)
	if o.Source != nil && !o.isOptional() {
		if edited, ok := d.edit(o.Source); ok {
			return d.finish(edited), len(d.holes) > 0, false
		}
	}
	return d.finish(MarshalObject(d.written)), len(d.holes) > 0, hasComments(o.Source)
}

// hasComments reports whether a text has something that is lost when it is written anew.
func hasComments(text []byte) bool {
	for line := range bytes.Lines(text) {
		line = bytes.TrimSpace(line)
		if bytes.HasPrefix(line, []byte("#")) || bytes.Contains(line, []byte(" #")) {
			return true
		}
	}
	return false
}

// draft is a document with holes: tokens in the place of what will be template actions.
// The tokens are plain words, so that the draft is YAML and can be read back.
type draft struct {
	object *object
	// written is what the writer writes, read is what a reader of that gets.
	written, read map[string]any
	holes         []hole
	// edits are the values of the substitutions as text on one line, in the order of the
	// substitutions; an empty one cannot stand in the place of text of the source.
	edits []string
	token string
}

func newDraft(o *object) *draft {
	d := &draft{object: o, written: schema.DeepCopy(o.Content).(map[string]any), read: schema.DeepCopy(o.Content).(map[string]any)}
	for _, content := range []map[string]any{d.written, d.read} {
		annotate(content, phaseAnnotation, o.phase)
		if o.Condition != "" {
			annotate(content, conditionAnnotation, o.Condition)
		}
	}
	d.token = "packstage"
	for containsToken(o, d.token) {
		d.token += "x"
	}
	for _, s := range o.Substitutions {
		written, read := d.fill(s)
		replace(d.written, s.Path, written)
		replace(d.read, s.Path, read)
		edit := ""
		switch written := written.(type) {
		case verbatim:
			edit = string(written)
		case string:
			if !isBlock(written) {
				edit = yamlText(written)
			}
		}
		d.edits = append(d.edits, edit)
	}
	d.guard()
	return d
}

// annotate sets an annotation, whatever stood in its place.
func annotate(content map[string]any, key, value string) {
	metadata, ok := content["metadata"].(map[string]any)
	if !ok {
		metadata = map[string]any{}
		content["metadata"] = metadata
	}
	annotations, ok := metadata["annotations"].(map[string]any)
	if !ok {
		annotations = map[string]any{}
		metadata["annotations"] = annotations
	}
	annotations[key] = value
}

func containsToken(o *object, token string) bool {
	if bytes.Contains(o.Source, []byte(token)) {
		return true
	}
	found := false
	walkText(o.Content, nil, func(_ []any, text string) { found = found || strings.Contains(text, token) })
	for _, s := range o.Substitutions {
		for _, part := range s.Parts {
			found = found || strings.Contains(part.Literal, token)
		}
	}
	return found || bytes.Contains(MarshalObject(o.Content), []byte(token))
}

// pieces writes text with holes. Whole lines that are there under a condition stand between
// two lines of template.
func (d *draft) pieces(parts []Part) string {
	var text strings.Builder
	for len(parts) > 0 {
		end := 1
		for end < len(parts) && parts[end].When == parts[0].When {
			end++
		}
		var piece strings.Builder
		for _, part := range parts[:end] {
			if part.Expression == "" {
				piece.WriteString(part.Literal)
			} else {
				piece.WriteString(d.hole("{{ "+part.Expression+" }}", false))
			}
		}
		before, when := text.String(), parts[0].When
		switch {
		case when == "":
			text.WriteString(piece.String())
		case (before == "" || strings.HasSuffix(before, "\n")) && strings.HasSuffix(piece.String(), "\n"):
			text.WriteString(d.hole("{{- if "+when+" }}", false) + "\n" + piece.String() + d.hole("{{- end }}", false) + "\n")
		default:
			text.WriteString(d.hole("{{ if "+when+" }}", false) + piece.String() + d.hole("{{ end }}", false))
		}
		parts = parts[end:]
	}
	return text.String()
}

// finish turns a draft into the text of the file.
func (d *draft) finish(text []byte) []byte {
	text = withLineBreak(text)
	if len(d.holes) == 0 {
		return text
	}
	// Backwards, so that "…1hole" is not looked for before "…11hole" is gone.
	finished := escapeActions(string(text))
	for _, hole := range slices.Backward(d.holes) {
		at := strings.Index(finished, hole.token)
		if at < 0 {
			continue
		}
		before, after := finished[:at], finished[at+len(hole.token):]
		action := hole.action
		if hole.block {
			indent := keyIndent(before) + 2
			before = strings.TrimRight(before, " ") + "\n" + strings.Repeat(" ", indent)
			action = fmt.Sprintf(action, indent)
		}
		if hole.line {
			action = strings.ReplaceAll(action, "%d", strconv.Itoa(at-strings.LastIndexByte(before, '\n')-1))
		}
		if strings.HasPrefix(action, "{{") {
			before = closedBraces(before)
		}
		finished = before + action + after
	}
	return []byte(finished)
}

// closedBraces writes a brace that text ends with as an action, so that it does not become
// one with those of the action that follows.
func closedBraces(text string) string {
	if text, found := strings.CutSuffix(text, "{"); found {
		return text + `{{ "{" }}`
	}
	return text
}

// keyIndent returns the column of the key that the last line begins with.
func keyIndent(before string) int {
	line := before[strings.LastIndexByte(before, '\n')+1:]
	return len(line) - len(strings.TrimLeft(line, " -"))
}

// escapeActions writes text so that a template gives it back.
func escapeActions(text string) string {
	return strings.ReplaceAll(text, "{{", `{{ "{{" }}`)
}

func withLineBreak(text []byte) []byte {
	if len(text) == 0 || text[len(text)-1] == '\n' {
		return text
	}
	return append(slices.Clone(text), '\n')
}

// reads reports whether a draft is read as what it should be.
func (d *draft) reads(text []byte) bool {
	documents := yamldoc.Split(text)
	if len(documents) != 1 {
		return false
	}
	got, err := yamldoc.DecodeMap(documents[0], yamldoc.Options{})
	return err == nil && reflect.DeepEqual(got, d.read)
}

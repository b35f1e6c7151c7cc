package lint

import (
	"bytes"
	"sort"
	"strings"
	"text/template/parse"

	"github.com/packstage/packstage/diagnostic"
)

// plainScalar is a value in a file that is written without quotes.
type plainScalar struct {
	start, end int
	text       string
	// action is set where all of it is one action of a template.
	action *templateAction
}

// scalarAt returns the plain scalar that begins at a position: one of a line, all
// text, or a single action.
func (s *Subject) scalarAt(position diagnostic.Position) (plainScalar, bool) {
	data, ok := s.Package.Files.Read(position.File)
	offset, there := offsetOf(data, position)
	if !ok || !there || offset >= len(data) {
		return plainScalar{}, false
	}
	action, inAction := s.actionAt(position)
	if inAction {
		offset = action.start
	}
	line := data[offset:]
	if end := bytes.IndexByte(line, '\n'); end >= 0 {
		line = line[:end]
	}
	text := strings.TrimRight(string(line), " \t\r")
	from := 0 // where a comment may begin
	if inAction {
		from = min(action.end-offset, len(text))
	}
	for at := max(from, 1); at < len(text); at++ {
		if text[at] == '#' && (text[at-1] == ' ' || text[at-1] == '\t') {
			text = strings.TrimRight(text[:at], " \t")
		}
	}
	if inAction {
		if action.comment || action.end-action.start != len(text) {
			return plainScalar{}, false
		}
		return plainScalar{action.start, action.end, text, &action}, true
	}
	if inFlow(data, offset) {
		if at := strings.IndexAny(text, ",]}"); at >= 0 {
			text = strings.TrimRight(text[:at], " \t")
		}
	}
	if text == "" || strings.ContainsAny(text, "\"'{}[],&*!|>%@`") || strings.Contains(text, ": ") {
		return plainScalar{}, false
	}
	return plainScalar{offset, offset + len(text), text, nil}, true
}

// inFlow tells whether a line opens a flow collection before an offset that it does
// not close.
func inFlow(data []byte, offset int) bool {
	start := bytes.LastIndexByte(data[:offset], '\n') + 1
	before := strings.NewReplacer("{{", "", "}}", "").Replace(string(data[start:offset]))
	return strings.Count(before, "{")+strings.Count(before, "[") > strings.Count(before, "}")+strings.Count(before, "]")
}

// quoteAt returns the fix that quotes the scalar at a position, or nil.
func (s *Subject) quoteAt(position diagnostic.Position) *Fix {
	scalar, ok := s.scalarAt(position)
	if !ok {
		return nil
	}
	if scalar.action == nil {
		return &Fix{Message: "quote the value", Changes: true, Edits: []Edit{{File: position.File, Start: scalar.start, End: scalar.end, Text: quote(scalar.text)}}}
	}
	pipe := s.pipeOf(position.File, *scalar.action)
	if pipe == nil || len(pipe.Decl) > 0 || !quotable(pipe) {
		return nil
	}
	text := scalar.text
	end := strings.LastIndex(text, "}}")
	if strings.HasSuffix(text[:end], " -") {
		end -= 2
	}
	end = len(strings.TrimRight(text[:end], " \t"))
	return &Fix{Message: "quote the value", Changes: true, Edits: []Edit{{File: position.File, Start: scalar.start + end, End: scalar.start + end, Text: " | quote"}}}
}

// actionAt returns the action of a template that a position is in.
func (s *Subject) actionAt(position diagnostic.Position) (templateAction, bool) {
	file := s.templates.file(position.File)
	if file == nil {
		return templateAction{}, false
	}
	offset, ok := file.offset(position)
	actions := file.actions()
	k := sort.Search(len(actions), func(k int) bool { return offset < actions[k].end })
	if !ok || k == len(actions) || offset < actions[k].start {
		return templateAction{}, false
	}
	return actions[k], true
}

// pipeOf returns the pipeline of an action that prints.
func (s *Subject) pipeOf(path string, action templateAction) *parse.PipeNode {
	file := s.templates.file(path)
	if file == nil {
		return nil
	}
	pipes := file.outputs()
	k := sort.Search(len(pipes), func(k int) bool { return action.start < int(pipes[k].Pos) })
	if k == len(pipes) || int(pipes[k].Pos) >= action.end {
		return nil
	}
	return pipes[k]
}

// quotable tells whether what a pipeline gives is a scalar that was not quoted yet.
func quotable(pipe *parse.PipeNode) bool {
	for _, command := range pipe.Cmds {
		name, _ := call(command)
		switch name {
		case "quote", "squote", "toJson", "toRawJson", "toPrettyJson", "toYAML", "indent", "nindent", "include", "getFile", "template":
			return false
		}
	}
	return true
}

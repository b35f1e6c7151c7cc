package packageloader

import (
	"strings"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/yamldoc"
	"github.com/packstage/packstage/validate"
)

// writtenCondition is a condition that stands in the text of a template.
type writtenCondition struct {
	// known tells that the expression is plain text; otherwise the template works
	// it out.
	known      bool
	expression string
	position   diagnostic.Position
}

// writtenConditions finds the conditions that the text of a template has for its
// objects, as far as this can be seen without running it.
func writtenConditions(path, source string) []writtenCondition {
	var all []writtenCondition
	for at := 0; ; {
		i := strings.Index(source[at:], validate.ConditionAnnotation)
		if i < 0 {
			return all
		}
		begin := at + i
		at = begin + len(validate.ConditionAnnotation)
		rest := strings.TrimLeft(source[at:], `"'`)
		if strings.HasPrefix(rest, "-") {
			continue // another annotation: condition-map
		}
		written := writtenCondition{position: diagnostic.Position{
			File: path, Line: 1 + strings.Count(source[:begin], "\n"), Column: begin - strings.LastIndexByte(source[:begin], '\n'),
		}}
		action := strings.LastIndex(source[:begin], "{{")
		inAction := action > strings.LastIndex(source[:begin], "}}")
		if inAction && strings.HasPrefix(strings.TrimLeft(source[action+2:begin], "- \t\r\n"), "/*") || inComment(source[:begin]) {
			continue
		}
		if value, ok := strings.CutPrefix(strings.TrimLeft(rest, " "), ":"); ok && !inAction {
			written.expression, written.known = scalar(value, indentation(source[:begin]))
		}
		all = append(all, written)
	}
}

// inComment reports whether the line that text ends in is a comment of YAML.
func inComment(text string) bool {
	line := text[strings.LastIndexByte(text, '\n')+1:]
	return strings.HasPrefix(strings.TrimLeft(line, " \t"), "#")
}

// indentation returns that of the line that text ends in.
func indentation(text string) int {
	line := text[strings.LastIndexByte(text, '\n')+1:]
	return len(line) - len(strings.TrimLeft(line, " "))
}

// scalar reads the YAML scalar at the head of text, which is the value of a key
// that is indented so far.
func scalar(text string, indent int) (string, bool) {
	lines := strings.SplitAfter(text, "\n")
	end := 1
	for ; end < len(lines); end++ {
		line := lines[end]
		content := strings.TrimLeft(line, " ")
		if strings.TrimSpace(content) != "" && len(line)-len(content) <= indent || strings.HasPrefix(content, "{{") {
			break
		}
	}
	snippet := strings.Join(lines[:end], "")
	if strings.Contains(snippet, "{{") {
		return "", false
	}
	documents := yamldoc.Split([]byte("condition:" + snippet))
	if len(documents) == 0 {
		return "", false
	}
	content, err := yamldoc.DecodeMap(documents[0], yamldoc.Options{MaxAliasNodes: 100, MaxDepth: 10})
	if err != nil {
		return "", false
	}
	value, ok := content["condition"].(string)
	return value, ok
}

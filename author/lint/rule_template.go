package lint

import (
	"fmt"
	"slices"
	"strings"
	"text/template/parse"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/template"
)

// templateRules are about templates themselves.
func templateRules() []Rule {
	return []Rule{{
		Code: "define-unused", Severity: warningSeverity,
		Summary:     "a define that no template uses",
		Explanation: "A left-over, or a misspelled name in an include that stands in no branch that runs.",
		Example:     "{{ define \"labels\" }}app: shop{{ end }}  # and nothing includes \"labels\"",
		Cure:        "{{ include \"labels\" . }}",
		Fixes:       "The define is removed, with the comment right above it.",
		Check:       defineUnused,
	}, {
		Code: "function-pointless", Severity: infoSeverity,
		Summary: "a call of a function that changes nothing",
		Explanation: "Calling the same function twice, printing what is printed anyway, adding nothing, a default for a " +
			"value that is never empty: readers look for a meaning that there is not.",
		Example: "name: {{ .package.metadata.name | lower | lower | toString }}",
		Cure:    "name: {{ .package.metadata.name | lower }}",
		Check:   functionPointless,
	}}
}

func defineUnused(s *Subject) []Finding {
	references := s.references()
	if references == nil {
		return nil
	}
	var found []Finding
	if slices.ContainsFunc(references.Templates.Inclusions, func(inclusion template.Inclusion) bool { return inclusion.Dynamic }) {
		return nil
	}
	for _, definition := range references.Templates.Definitions {
		if definition.Included || definition.Block {
			continue
		}
		finding := Finding{Diagnostic: diagnostic.Diagnostic{
			Position: definition.Position, Message: fmt.Sprintf("no template uses %q", definition.Name), Hint: "remove it, or include it",
		}}
		if file := s.templates.file(definition.Position.File); file != nil {
			finding.Fix = file.removeDefine(definition.Name)
		}
		found = append(found, finding)
	}
	return found
}

// removeDefine returns the removal of a define with the lines that it is on, and the
// comment above it.
func (f *templateFile) removeDefine(name string) *Fix {
	actions := f.actions()
	for k, action := range actions {
		if action.word != "define" || !strings.Contains(action.inside, quote(name)) && !strings.Contains(action.inside, "`"+name+"`") {
			continue
		}
		last := closing(actions, k)
		if last < 0 {
			return nil
		}
		start, end := action.start, actions[last].end
		if k > 0 && actions[k-1].comment && strings.TrimSpace(f.source[actions[k-1].end:start]) == "" &&
			strings.Count(f.source[actions[k-1].end:start], "\n") == 1 && !strings.Contains(actions[k-1].inside, marker) {
			start = actions[k-1].start
		}
		lineStart := strings.LastIndexByte(f.source[:start], '\n') + 1
		lineEnd := len(f.source)
		if at := strings.IndexByte(f.source[end:], '\n'); at >= 0 {
			lineEnd = end + at + 1
		}
		if strings.TrimSpace(f.source[lineStart:start]) == "" && strings.TrimSpace(f.source[end:lineEnd]) == "" {
			start, end = lineStart, lineEnd
		}
		return &Fix{Message: fmt.Sprintf("remove the define %q", name), Edits: []Edit{{File: f.path, Start: start, End: end}}}
	}
	return nil
}

// idempotent are the functions that change nothing where they are called again.
var idempotent = []string{"trim", "lower", "upper", "nospace", "toString", "int", "int64", "float64", "uniq", "compact", "sortAlpha", "deepCopy", "toStrings"}

func functionPointless(s *Subject) []Finding {
	var found []Finding
	report := func(file *templateFile, node parse.Node, message, hint string) {
		found = append(found, Finding{Diagnostic: diagnostic.Diagnostic{Position: file.position(int(node.Position())), Message: message, Hint: hint}})
	}
	for _, file := range s.templates.files {
		file.pipes(func(pipe *parse.PipeNode, output bool, branch string) {
			for i, command := range pipe.Cmds {
				name, arguments := call(command)
				if name == "" {
					continue
				}
				piped := i > 0
				if piped && len(arguments) == 0 && slices.Contains(idempotent, name) {
					if before, more := call(pipe.Cmds[i-1]); before == name && (len(more) == 0 || i == 1 && len(more) == 1) {
						report(file, command, fmt.Sprintf("%s after %s changes nothing", name, name), "remove one")
						continue
					}
				}
				if output && i == len(pipe.Cmds)-1 && isPrinting(name, arguments, piped) {
					report(file, command, fmt.Sprintf("%s changes nothing: what an action gives is printed anyway", name), "remove it")
					continue
				}
				if why := neutral(name, arguments, piped); why != "" {
					report(file, command, why, "remove it")
				}
			}
			if branch != "" && len(pipe.Cmds) == 1 && isDoubleNot(pipe.Cmds[0]) {
				report(file, pipe.Cmds[0], "not of not changes nothing in a condition", "remove both")
			}
		})
	}
	for _, use := range s.templates.defaults() {
		schema, ok, _ := s.property(use.keys)
		if !ok || len(use.keys) == 0 || mayBeEmpty(schema) || schema["default"] == nil && !s.isRequired(use.keys) || len(use.keys) > 1 {
			continue
		}
		found = append(found, Finding{Diagnostic: diagnostic.Diagnostic{
			Position: use.position, Message: fmt.Sprintf("default changes nothing: config.%s is never empty", strings.Join(use.keys, ".")),
			Hint: "the schema gives it a value, or requires one; remove the call",
		}})
	}
	return found
}

// isRequired tells whether a property at the top of the configuration must be there.
func (s *Subject) isRequired(keys []string) bool {
	return len(keys) == 1 && slices.Contains(textsAt(s.Package.Manifest.Spec.Config.OpenAPIV3Schema, "required"), keys[0])
}

// isPrinting tells whether a call gives the text that would be printed without it.
func isPrinting(name string, arguments []parse.Node, piped bool) bool {
	switch name {
	case "toString":
		return piped && len(arguments) == 0 || !piped && len(arguments) == 1
	case "print":
		return piped && len(arguments) == 0 || !piped && len(arguments) == 1
	case "printf":
		if len(arguments) == 0 || len(arguments) == 1 != piped || len(arguments) > 2 {
			return false
		}
		text, ok := arguments[0].(*parse.StringNode)
		return ok && (text.Text == "%s" || text.Text == "%v")
	}
	return false
}

// neutral says why a call changes nothing because of what it is given, or "".
func neutral(name string, arguments []parse.Node, piped bool) string {
	all := len(arguments)
	if piped {
		all++
	}
	isText := func(k int, text string) bool {
		node, ok := arguments[k].(*parse.StringNode)
		return ok && node.Text == text
	}
	isNumber := func(k int, text string) bool {
		node, ok := arguments[k].(*parse.NumberNode)
		return ok && node.Text == text
	}
	switch {
	case (name == "and" || name == "or") && all == 1:
		return fmt.Sprintf("%s of one value changes nothing", name)
	case (name == "trimPrefix" || name == "trimSuffix") && all == 2 && isText(0, ""):
		return name + " of nothing changes nothing"
	case name == "replace" && all == 3 && len(arguments) >= 2 && arguments[0].String() == arguments[1].String() && arguments[0].Type() == parse.NodeString:
		return "replace by the same text changes nothing"
	case name == "indent" && all == 2 && isNumber(0, "0"):
		return "indent by 0 changes nothing"
	}
	return ""
}

func isDoubleNot(command *parse.CommandNode) bool {
	name, arguments := call(command)
	if name != "not" || len(arguments) != 1 {
		return false
	}
	inner, ok := arguments[0].(*parse.PipeNode)
	if !ok || len(inner.Cmds) != 1 {
		return false
	}
	name, _ = call(inner.Cmds[0])
	return name == "not"
}

package lint

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/yamldoc"
)

// yamlRules are about texts that YAML takes for something else.
func yamlRules() []Rule {
	return []Rule{{
		Code: "yaml-not-text", Severity: errorSeverity,
		Summary: "an unquoted value that YAML reads as a boolean or number, where only text is allowed",
		Explanation: "`yes`, `on`, `n`, `1.10` and `0755` are no texts in YAML as Kubernetes reads it, and labels, " +
			"annotations, variables, arguments, node selectors and the data of ConfigMaps are texts: the API server refuses the object.",
		Example: "data:\n  verbose: yes\n  version: 1.10",
		Cure:    "data:\n  verbose: \"yes\"\n  version: \"1.10\"",
		Fixes:   "The value is quoted as it is written; an action gets `| quote`.",
		Check:   yamlNotText,
	}, {
		Code: "yaml-unquoted-text", Severity: warningSeverity,
		Summary: "an unquoted configuration value where only text is allowed",
		Explanation: "The property is a string, and the schema lets users give `yes` or `123`: written without quotes, that " +
			"becomes a boolean or number, and the object is refused. Quote it, or restrict the property with enum or pattern.",
		Example: "value: {{ .config.mode }}",
		Cure:    "value: {{ .config.mode | quote }}",
		Fixes:   "The action gets `| quote`.",
		Check:   EachInstance(yamlUnquoted),
	}}
}

// textFields visits the fields of an object that must be texts, with what is there.
func textFields(object Object, visit func(path []any, value any)) {
	entries := func(path ...any) {
		fields := mapAt(object.Content(), path...)
		for _, key := range slices.Sorted(maps.Keys(fields)) {
			visit(join(path, key), fields[key])
		}
	}
	entries("metadata", "labels")
	entries("metadata", "annotations")
	switch {
	case object.Is("", "ConfigMap"):
		entries("data")
	case object.Is("", "Secret"):
		entries("stringData")
		entries("data")
	case object.Is("", "Service"):
		entries("spec", "selector")
	}
	for _, w := range findWorkloads([]Object{object}) {
		entries(w.field("metadata", "labels")...)
		entries(w.field("metadata", "annotations")...)
		entries(w.field("spec", "nodeSelector")...)
		if len(w.path) > 0 {
			entries("spec", "selector", "matchLabels")
		}
		for _, c := range w.containers {
			for _, list := range []string{"command", "args"} {
				for k, item := range listAt(c.fields, list) {
					visit(c.field(list, k), item)
				}
			}
			for k := range listAt(c.fields, "env") {
				if value, ok := mapAt(c.fields, "env", k)["value"]; ok {
					visit(c.field("env", k, "value"), value)
				}
			}
		}
	}
}

func yamlNotText(s *Subject) []Finding {
	found := EachInstance(func(i *Instance) []Finding {
		var found []Finding
		for _, object := range i.Objects {
			textFields(object, func(path []any, value any) {
				if kind := notText(value); kind != "" {
					finding := i.Find(object, fmt.Sprintf("the value is %s, and must be text", kind), "quote it", path...)
					finding.Fix = s.quoteAt(finding.Position)
					found = append(found, finding)
				}
			})
		}
		return found
	})(s)
	// Labels and annotations that are no texts keep a case from rendering, so that no
	// object shows them.
	for _, fault := range s.Faults {
		if fault.Code != diagnostic.ObjectInvalidMetadata && fault.Code != diagnostic.AnnotationInvalid {
			continue
		}
		scalar, ok := s.scalarAt(fault.Position)
		if !ok || !strings.HasPrefix(fault.Field, "metadata.") && !strings.Contains(fault.Field, ".metadata.") {
			continue
		}
		value, err := decodeScalar(scalar.text)
		if kind := notText(value); err == nil && kind != "" || scalar.action != nil && strings.Contains(fault.Message, "string") {
			if kind == "" {
				kind = "no text"
			}
			found = append(found, Finding{Fix: s.quoteAt(fault.Position), Diagnostic: diagnostic.Diagnostic{
				Position: diagnostic.Position{File: fault.Position.File, Line: fault.Position.Line, Column: fault.Position.Column},
				Field:    fault.Field, Message: fmt.Sprintf("the value is %s, and must be text", kind), Hint: "quote it",
			}})
		}
	}
	return found
}

// notText says what a value is that is no text; nulls are no concern.
func notText(value any) string {
	switch value.(type) {
	case bool:
		return "a boolean"
	case int64, float64:
		return "a number"
	}
	return ""
}

// traps are texts that YAML reads as something else.
var traps = []string{"yes", "true", "123", "1", "10", "1.5", "1e3", "0x1f", "null", "off", "n"}

// trapOf returns a text that the schema of a string allows and YAML reads as something
// else, and what that is.
func trapOf(schema map[string]any) (text, becomes string) {
	texts := traps
	if enum := textsAt(schema, "enum"); len(enum) > 0 {
		texts = enum
	}
	for _, text := range texts {
		if value, err := decodeScalar(text); err == nil && admits(schema, text) {
			if kind := notText(value); kind != "" {
				return text, kind
			}
			if value == nil && text != "" {
				return text, "null"
			}
		}
	}
	return "", ""
}

// decodeScalar reads a text as YAML does where it is not quoted.
func decodeScalar(text string) (any, error) {
	return yamldoc.Decode(yamldoc.Document{Number: 1, Line: 1, FirstLine: 1, Data: []byte(text)}, yamldoc.Options{})
}

func yamlUnquoted(i *Instance) []Finding {
	var found []Finding
	given := map[string]bool{}
	walk(i.AdmittedConfig, nil, func(_ []any, text string) { given[text] = true })
	for _, object := range i.Objects {
		textFields(object, func(path []any, value any) {
			// Only what the configuration gives is looked for in the templates: that is work.
			if text, isText := value.(string); !isText || !given[text] {
				return
			}
			finding := i.Find(object, "", "quote it, or restrict the property with enum or pattern", path...)
			scalar, ok := i.subject.scalarAt(finding.Position)
			if !ok || scalar.action == nil {
				return
			}
			pipe := i.subject.pipeOf(finding.Position.File, *scalar.action)
			if pipe == nil || len(pipe.Cmds) != 1 || len(pipe.Cmds[0].Args) != 1 {
				return
			}
			keys, ok := configKeys(pipe.Cmds[0].Args[0])
			if !ok || len(keys) == 0 {
				return
			}
			schema, ok, _ := i.subject.property(keys)
			if !ok {
				return
			}
			trap, becomes := trapOf(schema)
			if trap == "" {
				return
			}
			finding.Message = fmt.Sprintf("%s: config.%s is not quoted; %q would become %s", object, strings.Join(keys, "."), trap, becomes)
			finding.Fix = i.subject.quoteAt(finding.Position)
			if finding.Fix != nil {
				finding.Fix.Changes = false
			}
			found = append(found, finding)
		})
	}
	return found
}

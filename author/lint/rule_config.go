package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/template"
)

// configRules are about the configuration schema.
func configRules() []Rule {
	return []Rule{{
		Code: "config-unused", Severity: warningSeverity,
		Summary: "a configuration property that neither templates nor conditions read",
		Explanation: "Users set it, and nothing happens. Remove it, or use it. Packages that read the configuration in ways " +
			"that cannot be followed have no findings, nor have properties that a validation rule of the schema is about.",
		Example: "properties:\n  replica: {type: integer}  # the template reads .config.replicas",
		Cure:    "properties:\n  replicas: {type: integer}",
		Check:   configUnused,
	}, {
		Code: "config-undeclared", Severity: warningSeverity,
		Summary: "a template or condition that reads a configuration property that the schema does not have",
		Explanation: "Nobody can set it: keys that the schema does not have are refused or dropped. Reading it without a " +
			"guard such as hasKey ends the render, perhaps only in a branch that no test case reaches.",
		Example: "replicas: {{ .config.replica }}  # the schema has replicas",
		Cure:    "replicas: {{ .config.replicas }}",
		Check:   configUndeclared,
	}, {
		Code: "config-undescribed", Severity: infoSeverity,
		Summary: "a configuration property without a description",
		Explanation: "The description is what users see in `packstage inspect`, in the documentation and in forms. " +
			"A group needs none where its properties have one.",
		Example: "properties:\n  replicas: {type: integer}",
		Cure:    "properties:\n  replicas: {type: integer, description: Number of pods.}",
		Check:   configUndescribed,
	}, {
		Code: "config-default-placeholder", Severity: warningSeverity,
		Summary: "a default that means that there is none, such as None",
		Explanation: "YAML has null, not None: the default is the text, and it ends up in the objects. Leave `default` out, " +
			"and list the property in `required` if users have to give it.",
		Example: "image: {type: string, default: None}",
		Cure:    "image: {type: string}  # and required: [image]",
		Check:   configPlaceholder,
	}, {
		Code: "config-string-as-boolean", Severity: warningSeverity,
		Summary: "a condition on a string that is meant as a boolean",
		Explanation: "Every text that is not empty is true in a template: \"false\" too. Make the property a boolean, or " +
			"compare it: `eq .config.x \"true\"`.",
		Example: "{{ if .config.enabled }}  # enabled: {type: string, default: \"false\"}",
		Cure:    "{{ if eq .config.enabled \"true\" }}",
		Check:   stringAsBoolean,
	}, {
		Code: "config-false-hidden", Severity: warningSeverity,
		Summary: "a boolean property whose false becomes true",
		Explanation: "The function default replaces what is empty, and false is: `.config.enabled | default true` is always " +
			"true. Put the default into the schema.",
		Example: "enabled: {{ .config.enabled | default true }}",
		Cure:    "enabled: {{ .config.enabled }}  # with default: true in the schema",
		Check:   falseHidden,
	}}
}

func configUnused(s *Subject) []Finding {
	references := s.references()
	if references == nil || len(references.Unknown) > 0 {
		return nil
	}
	var found []Finding
	s.declared(func(path []any, place template.Path, _ map[string]any) bool {
		if references.Uses(place) || s.isValidated(place) {
			return true
		}
		found = append(found, s.Find(fmt.Sprintf("nothing reads %s", place), "remove it, or use it", path...))
		return false
	})
	return found
}

// isValidated tells whether a rule of the schema, at the property or around it, may be
// about it: users may have to accept something that nothing else asks for.
func (s *Subject) isValidated(place template.Path) bool {
	name := place[len(place)-1]
	for n := 1; n <= len(place); n++ {
		schema, _, _ := s.property(place[1:n])
		for _, rule := range listAt(schema, "x-kubernetes-validations") {
			if n == len(place) || strings.Contains(textAt(rule, "rule"), name) {
				return true
			}
		}
	}
	return false
}

func configUndeclared(s *Subject) []Finding {
	references := s.references()
	if references == nil {
		return nil
	}
	var found []Finding
	seen := map[string]bool{}
	for _, read := range references.Reads() {
		if len(read.Path) < 2 || read.Path[0] != "config" || read.Uncertain {
			continue
		}
		for n := 2; n <= len(read.Path); n++ {
			_, declared, open := s.property(read.Path[1:n])
			if open {
				break
			}
			if declared {
				continue
			}
			parent, _, _ := s.property(read.Path[1 : n-1])
			if isScalar(parent) {
				break // a method or a part of a text
			}
			key := fmt.Sprint(read.Position, read.Path[:n])
			if !seen[key] {
				seen[key] = true
				found = append(found, Finding{Diagnostic: diagnostic.Diagnostic{
					Position: read.Position, Message: fmt.Sprintf("the schema of the configuration does not have %s", read.Path[:n]),
					Hint: undeclaredHint(read.Path[n-1], parent),
				}})
			}
			break
		}
	}
	return found
}

func isScalar(schema map[string]any) bool {
	kind := textAt(schema, "type")
	return kind != "" && kind != "object" && kind != "array"
}

func undeclaredHint(name string, parent map[string]any) string {
	var names []string
	for key := range mapAt(parent, "properties") {
		names = append(names, key)
	}
	slices.Sort(names)
	if hint := diagnostic.DidYouMean(name, names); hint != "" {
		return hint
	}
	return "declare it in spec.config.openAPIV3Schema"
}

func configUndescribed(s *Subject) []Finding {
	var found []Finding
	s.declared(func(path []any, place template.Path, schema map[string]any) bool {
		if describesAnything(schema) {
			return true
		}
		found = append(found, s.Find(fmt.Sprintf("%s has no description", place), "", path...))
		return false
	})
	return found
}

// describesAnything tells whether a schema has a text for people: its own, or in groups
// that of a property.
func describesAnything(schema map[string]any) bool {
	if textAt(schema, "description") != "" || textAt(schema, "title") != "" {
		return true
	}
	properties := mapAt(schema, "properties")
	for key := range properties {
		if describesAnything(mapAt(properties, key)) {
			return true
		}
	}
	return false
}

// placeholders are texts that are no values; "none" in lower case may be one.
var placeholders = []string{"None", "NONE", "nil", "null", "Null", "NULL", "undefined", "<none>", "TODO", "changeme", "change-me", "CHANGEME"}

func configPlaceholder(s *Subject) []Finding {
	var found []Finding
	s.properties(func(path []any, schema map[string]any) {
		text, _ := schema["default"].(string)
		if slices.Contains(placeholders, text) && schema["enum"] == nil {
			found = append(found, s.Find(fmt.Sprintf("the default is the text %q", text),
				"leave the default out; where users have to give a value, list the property in required", join(path, "default")...))
		}
	})
	return found
}

// booleanText tells whether a string property holds true or false.
func booleanText(schema map[string]any) bool {
	text, _ := schema["default"].(string)
	isBoolean := text == "true" || text == "false"
	enum := listAt(schema, "enum")
	if enum != nil {
		isBoolean = slices.Contains(enum, any("false")) && slices.Contains(enum, any("true")) && !slices.Contains(enum, any(""))
	}
	return textAt(schema, "type") == "string" && isBoolean
}

func stringAsBoolean(s *Subject) []Finding {
	var found []Finding
	for _, condition := range s.templates.conditions() {
		schema, ok, _ := s.property(condition.keys)
		if ok && len(condition.keys) > 0 && booleanText(schema) {
			name := "config." + strings.Join(condition.keys, ".")
			found = append(found, Finding{Diagnostic: diagnostic.Diagnostic{
				Position: condition.position, Message: fmt.Sprintf("%s is a string: the condition holds for \"false\", too", name),
				Hint: fmt.Sprintf("make it a boolean, or write eq .%s \"true\"", name),
			}})
		}
	}
	return found
}

func falseHidden(s *Subject) []Finding {
	var found []Finding
	for _, use := range s.templates.defaults() {
		schema, ok, _ := s.property(use.keys)
		if ok && len(use.keys) > 0 && textAt(schema, "type") == "boolean" && use.text == "true" {
			found = append(found, Finding{Diagnostic: diagnostic.Diagnostic{
				Position: use.position, Message: fmt.Sprintf("false in config.%s becomes true here", strings.Join(use.keys, ".")),
				Hint: "put default: true into the schema, and leave the function out",
			}})
		}
	}
	return found
}

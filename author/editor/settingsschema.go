package editor

import (
	"encoding/json"

	"github.com/packstage/packstage/manifest"
)

// The files in which authors write how their package is tested and looked at, and
// their schemas in [Folder].
const (
	testSettings   = ".packstage/test.yaml"
	lintSettings   = ".packstage/lint.yaml"
	TestSchemaFile = "test.schema.json"
	LintSchemaFile = "lint.schema.json"
)

// TestSchema returns the JSON Schema (draft 7) of .packstage/test.yaml. What a test
// case is rendered with is described as in the manifest.
func TestSchema() ([]byte, error) {
	of, err := manifest.JSONSchema(manifest.PackageManifestKind)
	if err != nil {
		return nil, err
	}
	var described struct {
		Definitions map[string]any `json:"definitions"`
	}
	if err := json.Unmarshal(of, &described); err != nil {
		return nil, err
	}
	definitions := map[string]any{}
	for _, name := range referenced(described.Definitions, "TemplateContext", "Environment") {
		definitions[name] = described.Definitions[name]
	}
	definitions["assertions"] = arrayOf("What must hold.", object([]any{"that"}, map[string]any{
		"that":    text("CEL over objects, phases and config."),
		"message": text("What is wrong where it does not hold."),
	}))
	assertions := map[string]any{"$ref": "#/definitions/assertions"}
	schema := object(nil, map[string]any{
		"environments": arrayOf("Every case is rendered in each of them, beside once as it is written.", object([]any{"name"}, map[string]any{
			"name": text("Name of the environment."), "environment": map[string]any{"$ref": "#/definitions/Environment"},
		})),
		"assert": assertions,
		"cases": arrayOf("Cases beside those of the manifest.", object([]any{"name"}, map[string]any{
			"name":         text("Name of the case."),
			"scope":        map[string]any{"enum": []any{"Cluster", "Namespaced"}},
			"context":      map[string]any{"$ref": "#/definitions/TemplateContext"},
			"environments": arrayOf("These in place of all; none where the list is empty.", text("Name of an environment.")),
			"golden":       map[string]any{"type": "boolean", "description": "The case has golden files, in .packstage/golden."},
			"error": describedAs("How the render must fail.", object(nil, map[string]any{
				"code": text("Code of a finding."), "contains": text("A part of its message, hint or field."),
			})),
			"assert": assertions,
		})),
	})
	schema["$schema"], schema["title"], schema["definitions"] = draft7, "Tests of a package", definitions
	return indented(schema)
}

// LintSchema returns the JSON Schema (draft 7) of .packstage/lint.yaml.
func LintSchema() ([]byte, error) {
	schema := object(nil, map[string]any{
		"rules": map[string]any{
			"type": "object", "description": "Severity of rules, by their codes.",
			"additionalProperties": map[string]any{"enum": []any{"off", false, "info", "warning", "error"}},
		},
		"ignore": arrayOf("Findings that are left out.", object(nil, map[string]any{
			"codes":   arrayOf("Codes of rules.", text("Code of a rule.")),
			"paths":   arrayOf("Globs of files.", text("Glob of files.")),
			"objects": arrayOf("Globs of objects.", text("Glob of objects.")),
			"reason":  text("Why they are left out."),
		})),
	})
	schema["$schema"], schema["title"] = draft7, "How lint looks at a package"
	return indented(schema)
}

func object(required []any, properties map[string]any) map[string]any {
	schema := map[string]any{"type": []any{"object", "null"}, "additionalProperties": false, "properties": properties}
	if len(required) > 0 {
		schema["type"], schema["required"] = "object", required
	}
	return schema
}

func arrayOf(description string, items map[string]any) map[string]any {
	return map[string]any{"type": []any{"array", "null"}, "description": description, "items": items}
}

func text(description string) map[string]any {
	return map[string]any{"type": "string", "description": description}
}

func describedAs(description string, schema map[string]any) map[string]any {
	schema["description"] = description
	return schema
}

// referenced returns the names of definitions, and of those that they refer to.
func referenced(definitions map[string]any, names ...string) []string {
	seen := map[string]bool{}
	var all []string
	var visit func(value any)
	add := func(name string) {
		if definitions[name] == nil || seen[name] {
			return
		}
		seen[name] = true
		all = append(all, name)
		visit(definitions[name])
	}
	visit = func(value any) {
		switch value := value.(type) {
		case map[string]any:
			if to, ok := value["$ref"].(string); ok && len(to) > len("#/definitions/") {
				add(to[len("#/definitions/"):])
			}
			for _, child := range value {
				visit(child)
			}
		case []any:
			for _, child := range value {
				visit(child)
			}
		}
	}
	for _, name := range names {
		add(name)
	}
	return all
}

package lint_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"

	"github.com/packstage/packstage/author/lint"
	"github.com/packstage/packstage/diagnostic"
)

// quoteManifest has properties of several kinds.
const quoteManifest = usualManifest + `  config:
    openAPIV3Schema:
      type: object
      properties:
        text: {type: string, default: x}
        number: {type: integer, default: 3}
        truth: {type: boolean, default: true}
test:
  template:
  - name: default
    context: {}
`

// What --fix quotes is what it says, and the rest of the line stays.
func TestQuoting(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ before, after string }{
		"plain":                        {"  a: yes", `  a: "yes"`},
		"number":                       {"  a: 1.10", `  a: "1.10"`},
		"octal":                        {"  a: 0755", `  a: "0755"`},
		"hexadecimal":                  {"  a: 0x1F", `  a: "0x1F"`},
		"sign":                         {"  a: -1", `  a: "-1"`},
		"comment":                      {"  a: yes # why", `  a: "yes" # why`},
		"comment in a comment":         {"  a: yes # why # not", `  a: "yes" # why # not`},
		"comment behind a tab":         {"  a: yes\t# why", "  a: \"yes\"\t# why"},
		"many blanks":                  {"  a:    yes   ", `  a:    "yes"   `},
		"line breaks of Windows":       {"  a: yes\r\n  b: no\r", "  a: \"yes\"\r\n  b: \"no\"\r"},
		"flow":                         {"  {a: yes, b: [x], c: 1}", "  {a: \"yes\", b: [x], c: \"1\"}"},
		"quoted":                       {"  a: \"yes\"\n  b: 'no'", "  a: \"yes\"\n  b: 'no'"},
		"block":                        {"  a: |\n    x: yes\n    y: 1", "  a: |\n    x: yes\n    y: 1"},
		"below":                        {"  a:\n    yes", "  a:\n    \"yes\""},
		"anchor":                       {"  a: &x yes\n  b: *x", "  a: &x yes\n  b: *x"},
		"tag":                          {"  a: !!bool yes", "  a: !!bool yes"},
		"action":                       {"  a: {{ .config.number }}", "  a: {{ .config.number | quote }}"},
		"action with trim markers":     {"  a: {{- \" \" }}{{ .config.number -}}", "  a: {{- \" \" }}{{ .config.number | quote -}}"},
		"action that trims":            {"  a: {{ .config.truth -}}\n", "  a: {{ .config.truth | quote -}}\n"},
		"action with a comment behind": {"  a: {{ .config.truth }} # x # y", "  a: {{ .config.truth | quote }} # x # y"},
		"action with a choice":         {"  a: {{ if .config.truth }}yes{{ else }}no{{ end }}", "  a: {{ if .config.truth }}yes{{ else }}no{{ end }}"},
		"action in quotes":             {"  a: \"{{ .config.truth }}\"", "  a: \"{{ .config.truth }}\""},
		"two actions":                  {"  a: {{ .config.number }}{{ .config.number }}", "  a: {{ .config.number }}{{ .config.number }}"},
		"text and action":              {"  a: 1{{ .config.number }}", "  a: 1{{ .config.number }}"},
		"variable":                     {"  {{- $x := .config.number }}\n  a: {{ $x }}", "  {{- $x := .config.number }}\n  a: {{ $x | quote }}"},
		"pipe with or":                 {"  a: {{ .config.number | default 1 }}", "  a: {{ .config.number | default 1 | quote }}"},
		"comment in an action":         {"  a: {{ .config.number }}{{/* x */}}", "  a: {{ .config.number }}{{/* x */}}"},
		"text that may be a number":    {"  a: {{ .config.text }}", "  a: {{ .config.text | quote }}"},
		"strange text":                 {"  a: {{ \"yes\" }}", "  a: {{ \"yes\" | quote }}"},
		"document behind":              {"  a: yes\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: d, namespace: shop, annotations: {package-operator.run/phase: first}}\ndata: {b: no}", "  a: \"yes\"\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: d, namespace: shop, annotations: {package-operator.run/phase: first}}\ndata: {b: \"no\"}"},
		"text beyond ASCII before":     {"  é日: x\n  a: yes # é", "  é日: x\n  a: \"yes\" # é"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: shop, annotations: {package-operator.run/phase: first}}\ndata:\n"
			files := fstest.MapFS{"manifest.yaml": {Data: []byte(quoteManifest)}, "c.yaml.gotmpl": {Data: []byte(head + c.before)}}
			fixed := fix(t, files, lint.Options{Only: []diagnostic.Code{"yaml-not-text", "yaml-unquoted-text"}})
			after := c.before
			if len(fixed.Changes) > 0 {
				after = strings.TrimPrefix(string(fixed.Changes[0].After), head)
			}
			assert.Equal(t, c.after, after, "%v", fixed.Result.Diagnostics())
		})
	}
}

package pages

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const oddDefaults = `apiVersion: manifests.package-operator.run/v1alpha1
kind: PackageManifest
metadata: {name: odd}
spec:
  scopes: [Namespaced]
  phases: [{name: deploy}]
  config:
    openAPIV3Schema:
      type: object
      properties:
        lines: {type: string, maxLength: 100, default: "a\r\nb\n"}
        large: {type: integer, default: 9007199254740993}
        choice: {type: integer, enum: [1, 9007199254740993]}
        steps: {type: integer, multipleOf: 3}
        free: {type: object, x-kubernetes-preserve-unknown-fields: true, default: {n: 9007199254740993}}
        more: {type: object, x-kubernetes-preserve-unknown-fields: true, default: {a: x, other: [1]}, properties: {a: {type: string}}}
        nothing: {type: object}
        key: {type: string, format: password}
        map: {type: object, additionalProperties: {type: string}}
        maps: {type: object, additionalProperties: {type: object, additionalProperties: {type: integer}}}
test:
  template:
  - {name: default}
`

// What a form shows and nobody changed is no change, and what is changed keeps
// everything around it.
func TestFormIsExact(t *testing.T) {
	folder := writePackage(t, map[string]string{"manifest.yaml": oddDefaults, "a.yaml": object})
	o := openForm(t, browserOf(t), pageOf(t, folder), desktop)
	assert.Equal(t, "# Every value is the default.\n", eval[string](o, `file()`))
	assert.Equal(t, "9007199254740993", eval[string](o, `within(["large"]).querySelector("input").value`))
	o.do(chromedp.Evaluate(`
fill(["choice"], "9007199254740993"); fill(["steps"], "9007199254740993");
fill(["free"], '{"n": 9223372036854775807, "f": 1.5}'); fill(["more", "a"], "y");
fill(["key"], "-----BEGIN KEY-----\nabc\n-----END KEY-----\n");
{ const outer = add(["maps"]); type(outer.querySelector(".key"), "a.b: c"); outer.querySelectorAll("button").forEach(button => { if (button.textContent === "Add key") button.click(); }); const inner = outer.querySelector(".entry"); type(inner.querySelector(".key"), "1"); type(inner.querySelector(":scope > .field input"), "7"); }
section().querySelector("[data-reveal]").click()`, nil))
	require.Equal(t, []string{}, eval[[]string](o, `problems()`))
	got := admitted(t, folder, eval[string](o, `file()`))
	assert.Equal(t, map[string]any{
		"lines": "a\r\nb\n", "large": json.Number("9007199254740993"), "choice": json.Number("9007199254740993"), "steps": json.Number("9007199254740993"),
		"free": map[string]any{"n": json.Number("9223372036854775807"), "f": json.Number("1.5")},
		"more": map[string]any{"a": "y", "other": []any{json.Number("1")}},
		"key":  "-----BEGIN KEY-----\nabc\n-----END KEY-----\n",
		"maps": map[string]any{"a.b: c": map[string]any{"1": json.Number("7")}},
	}, got)
	assert.True(t, eval[bool](o, `getComputedStyle(within(["key"]).querySelector("textarea")).webkitTextSecurity === "disc"`))

	o.do(chromedp.Evaluate(`fill(["nothing"], '{"a": 1}'); fill(["steps"], "9007199254740994")`, nil))
	assert.Equal(t, []string{"steps must be a multiple of 3", "nothing.a is a key that the package does not know"}, eval[[]string](o, `problems()`))
	o.quiet()
}

// oddTexts mean something else in YAML where they are not quoted.
var oddTexts = []string{
	"yes", "No", "on", "OFF", "y", "N", "true", "False", "null", "Null", "~", "", "0", "0644", "0o7", "0x1F", "0b1", "1_000", "1e3", "1.", ".5", "+1", "-1", "-", "--- a",
	"12:30:45", "2026-11-21", "2026-11-21T10:00:00Z", ".inf", "-.Inf", ".nan", "NaN", "1Gi", "500m", "1e", "e1", "_1", "=", "<<", "<<: *a",
	"- a", "# a", "a #b", "a: b", "a:", ": a", "'", "\"", "'a'", "\"a\"", "\\", "!a", "&a", "*a", "%a", "@a", "`a`", "?", "? a", "|", ">", "[", "[a]", "{", "{a: b}", ",",
	" a", "a ", "\ta", "a\tb", "a\nb", "a\nb\n", "a\n\n", "\na", "a\n  b\n\nc", "  a\nb", "a \nb", "#\na", "---\na", "a\n...", "key: |", "{{ .config }}",
	"é", "日本", "🎉\n🎉", "a\u00a0b", "a\u0085b", "a\u2028b", "\u200f", "\ufeffa", "\ufffe", "\x7f", "a.b/c", "/etc/a", strings.Repeat("a ", 400),
}

func TestFormWritesAnyText(t *testing.T) {
	folder := writePackage(t, map[string]string{"manifest.yaml": oddDefaults, "a.yaml": object})
	o := openForm(t, browserOf(t), pageOf(t, folder), desktop)
	texts, err := json.Marshal(oddTexts)
	require.NoError(t, err)
	want := map[string]any{}
	for i, text := range oddTexts {
		key := text
		if key == "" || strings.ContainsAny(key, "\n") {
			key = string(rune('A' + i))
		}
		want[key] = text
	}
	// Keys are of one line, as the form has them.
	o.do(chromedp.Evaluate(`
`+string(texts)+`.forEach((text, i) => {
  const entry = add(["map"]);
  type(entry.querySelector(".key"), text === "" || text.includes("\n") ? String.fromCharCode(65 + i) : text);
  const control = entry.querySelector(":scope > .field input, :scope > .field textarea");
  if (!text.includes("\n")) return type(control, text);
  type(control, "lines " + i);
})`, nil))
	for i, text := range oddTexts {
		if strings.Contains(text, "\n") {
			want[string(rune('A'+i))] = "lines " + string(rune('0'+i/10)) + string(rune('0'+i%10))
		}
	}
	require.Equal(t, []string{}, eval[[]string](o, `problems()`))
	assert.Equal(t, want, admitted(t, folder, eval[string](o, `file()`))["map"])

	// A text of several lines has a control that holds them.
	for _, text := range oddTexts {
		if !strings.Contains(text, "\n") {
			continue
		}
		encoded, err := json.Marshal(text)
		require.NoError(t, err)
		o.do(chromedp.Evaluate(`fill(["key"], `+string(encoded)+`); { const box = section().querySelector("[data-reveal]"); if (!box.checked) box.click(); }`, nil))
		assert.Equal(t, text, admitted(t, folder, eval[string](o, `file()`))["key"], "%q", text)
	}
	o.quiet()
}

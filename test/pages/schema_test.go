package pages

import (
	"encoding/json"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// everything has a property of each kind that a form knows.
const everything = `apiVersion: manifests.package-operator.run/v1alpha1
kind: PackageManifest
metadata: {name: everything}
spec:
  scopes: [Namespaced]
  phases: [{name: deploy}]
  config:
    openAPIV3Schema:
      type: object
      required: [must]
      properties:
        must: {type: string}
        text: {type: string}
        empty: {type: string, default: full}
        integer: {type: integer}
        large: {type: integer, format: int64}
        number: {type: number, minimum: 0, exclusiveMinimum: true, multipleOf: 0.5}
        either: {x-kubernetes-int-or-string: true}
        maybe: {type: boolean}
        switch: {type: boolean, default: true}
        level: {type: integer, enum: [1, 2, 3]}
        nothing: {type: string, nullable: true, default: something}
        labels: {type: object, additionalProperties: {type: string}}
        free: {type: object, x-kubernetes-preserve-unknown-fields: true}
        servers:
          type: array
          minItems: 1
          x-kubernetes-list-type: map
          x-kubernetes-list-map-keys: [name]
          items:
            type: object
            required: [name]
            properties:
              name: {type: string}
              port: {type: integer, default: 80, minimum: 1, maximum: 65535}
              tags: {type: array, items: {type: string}}
        nested:
          type: object
          default: {a: {b: 5}}
          properties:
            a:
              type: object
              properties:
                b: {type: integer, default: 1}
                c: {type: string, default: see}
        matrix: {type: array, items: {type: array, items: {type: integer}}}
        secret: {type: string, x-packstage-sensitive: true}
test:
  template:
  - {name: default, context: {config: {must: x}}}
`

const object = `apiVersion: v1
kind: ConfigMap
metadata: {name: a, annotations: {package-operator.run/phase: deploy}}
`

func TestFormOfEverything(t *testing.T) {
	b := browserOf(t)
	folder := writePackage(t, map[string]string{"manifest.yaml": everything, "a.yaml": object})
	o := openForm(t, b, pageOf(t, folder), desktop)
	assert.Empty(t, eval[[]string](o, faults))
	assert.Equal(t, []string{"must is required"}, eval[[]string](o, `problems()`))
	o.do(chromedp.Evaluate(`
fill(["must"], "on");
fill(["text"], "first line\n  second: \"line\" # with marks\n\nlast line\n");
fill(["empty"], "");
fill(["integer"], "-7"); fill(["large"], "9223372036854775807"); fill(["number"], "2.5");
fill(["either"], "0755"); fill(["maybe"], "false"); fill(["switch"], false); fill(["level"], "2");
within(["nothing"]).querySelector(".switch input").click();
for (const [key, value] of [["a.example.com/b", "null"], ["true", "1e3"], ["__proto__", "x"], ["", "removed"]]) { const entry = add(["labels"]); type(entry.querySelector(".key"), key); type(entry.querySelector(":scope > .field input, :scope > .field textarea"), value); if (key === "") entry.querySelector(":scope > button").click(); }
fill(["free"], '{"any": [1, {"thing": "\\u2028~"}], "y": "n"}');
{ const entry = add(["servers"]); const inputs = entry.querySelectorAll("input, textarea"); type(inputs[0], "- a: b"); }
fill(["nested", "a", "b"], "1");
fill(["secret"], " spaces ");
`, nil))
	o.do(chromedp.Evaluate(`section().querySelector("[data-reveal]").click()`, nil))
	require.Equal(t, []string{}, eval[[]string](o, `problems()`))
	file := eval[string](o, `file()`)
	got := admitted(t, folder, file)
	assert.Equal(t, map[string]any{
		"must": "on", "text": "first line\n  second: \"line\" # with marks\n\nlast line\n", "empty": "",
		"integer": json.Number("-7"), "large": json.Number("9223372036854775807"), "number": json.Number("2.5"),
		"either": "0755", "maybe": false, "switch": false, "level": json.Number("2"), "nothing": nil,
		"labels": map[string]any{"a.example.com/b": "null", "true": "1e3", "__proto__": "x"},
		"free":   map[string]any{"any": []any{json.Number("1"), map[string]any{"thing": "\u2028~"}}, "y": "n"},
		// The default of a port is not in the file and is in the result.
		"servers": []any{map[string]any{"name": "- a: b", "port": json.Number("80")}},
		"nested":  map[string]any{"a": map[string]any{"b": json.Number("1"), "c": "see"}},
		"secret":  " spaces ",
	}, got)
	assert.NotContains(t, file, "port")
	assert.NotContains(t, file, "matrix")

	// What packstage refuses, the form does too.
	for _, wrong := range []struct{ change, problem string }{
		{`fill(["number"], "0")`, "number must be more than 0"},
		{`fill(["number"], "0.3")`, "number must be a multiple of 0.5"},
		{`fill(["number"], "1e999")`, "number must be a number"},
		{`fill(["number"], "2.5"); fill(["integer"], "1.5")`, "integer must be a whole number"},
		{`fill(["integer"], "9223372036854775808")`, "integer must fit into 64 bits"},
		{`fill(["integer"], "1"); fill(["free"], "{")`, "free is no JSON"},
		{`fill(["free"], ""); { const entry = add(["servers"]); type(entry.querySelector("input, textarea"), "- a: b"); }`, "servers[1] has the same name as another item"},
	} {
		o.do(chromedp.Evaluate(wrong.change, nil))
		problems := eval[[]string](o, `problems()`)
		require.Len(t, problems, 1, wrong.change)
		assert.Contains(t, problems[0], wrong.problem)
	}
	o.quiet()
}

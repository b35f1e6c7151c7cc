package pages

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/validate"
)

// paritySchemas are properties whose values the browser and packstage both judge. Of
// formats, the browser knows a few only, and rules it does not run.
var paritySchemas = []string{
	`{type: string}`, `{type: string, minLength: 2, maxLength: 3}`, `{type: string, pattern: "^a+$"}`, `{type: string, pattern: "(?i)^A"}`,
	`{type: string, pattern: "[[:digit:]]"}`, `{type: string, enum: [a, "1", ""]}`, `{type: string, nullable: true}`, `{type: string, nullable: true, enum: [a, b]}`,
	`{type: string, format: ipv4}`, `{type: string, format: uuid}`, `{type: string, format: date}`, `{type: string, format: byte}`,
	`{type: integer}`, `{type: integer, minimum: 1, maximum: 5}`, `{type: integer, minimum: 1, exclusiveMinimum: true}`, `{type: integer, enum: [1, 2.0]}`,
	`{type: integer, format: int32}`, `{type: number, maximum: 1.5, exclusiveMaximum: true}`, `{type: number, multipleOf: 0.5}`, `{type: boolean}`,
	`{x-kubernetes-int-or-string: true}`, `{type: array, items: {type: string}, minItems: 1, maxItems: 2}`,
	`{type: array, x-kubernetes-list-type: set, items: {type: integer}}`,
	`{type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [a], items: {type: object, required: [a], properties: {a: {type: string}, b: {type: integer, default: 1}}}}`,
	`{type: object, required: [a], properties: {a: {type: string}, b: {type: integer, default: 1}}}`,
	`{type: object, default: {b: 5}, properties: {a: {type: string, default: x}, b: {type: integer, default: 1}}}`,
	`{type: object, minProperties: 1, maxProperties: 2, additionalProperties: {type: integer, maximum: 3}}`,
	`{type: object, properties: {a: {type: string}, b: {type: integer}}, oneOf: [{required: [a]}, {required: [b]}]}`,
	`{type: object, properties: {a: {type: string}, b: {type: integer}}, anyOf: [{required: [a]}, {properties: {b: {minimum: 2}}, required: [b]}]}`,
	`{type: integer, not: {enum: [5]}, allOf: [{minimum: 2}, {maximum: 6}]}`,
	`{type: object, x-kubernetes-preserve-unknown-fields: true}`, `{type: object}`, `{type: object, properties: {a: {type: object, properties: {b: {type: string}}}}}`, `{type: array, items: {type: array, items: {type: integer}}}`,
}

var parityValues = []string{
	`null`, `true`, `false`, `0`, `1`, `2`, `5`, `7`, `-1`, `1.5`, `0.25`, `2147483647`, `2147483648`, `9007199254740991`,
	`""`, `"a"`, `"aa"`, `"A"`, `"b"`, `"1"`, `"äöü"`, `"😀😀"`, `"10.0.0.1"`, `"10.0.0.256"`, `"10.0.0.01"`, `"2026-11-21"`, `"2026-13-21"`,
	`"123e4567-e89b-12d3-a456-426614174000"`, `"YQ=="`, `"YQ"`,
	`[]`, `["a"]`, `["a","a"]`, `["a","b","c"]`, `[1,2]`, `[1,1]`, `[1,"a"]`, `[[1],[2]]`, `[{"a":"x"}]`, `[{"a":"x"},{"a":"x","b":2}]`, `[{"a":"x"},{"a":"y"}]`,
	`{}`, `{"a":"x"}`, `{"b":1}`, `{"b":3}`, `{"a":"x","b":2}`, `{"a":"x","b":1}`, `{"a":1}`, `{"b":5}`, `{"a":{"b":"x"}}`, `{"a":{"c":"x"}}`, `{"a":{}}`,
}

// verdict is what packstage says of a configuration, and then the browser.
type verdict struct {
	Schema int            `json:"schema"`
	Config map[string]any `json:"config"`
	whole  map[string]any
	faults diagnostic.Diagnostics
	text   string
}

// TestBrowserAndAdmissionAgree compares what a page says of values with what packstage
// says, and checks that what a form writes of a configuration gives all of it again.
func TestBrowserAndAdmissionAgree(t *testing.T) {
	admissions, page := parityPage(t)
	var verdicts []verdict
	for i, text := range paritySchemas {
		for _, value := range parityValues {
			given := map[string]any{}
			require.NoError(t, json.Unmarshal([]byte(`{"p":`+value+`}`), &given))
			if given["p"] == nil && !strings.Contains(text, "nullable") {
				continue // packstage drops the key, and no form makes it
			}
			whole, faults := admissions[i].Admit(given, packagetypes.RejectUnknownConfig)
			verdicts = append(verdicts, verdict{i, given, whole, faults, text + ": " + value})
		}
	}
	encoded, err := json.Marshal(verdicts)
	require.NoError(t, err)
	judged := eval[[]struct {
		Problems  []string
		Essential map[string]any
	}](page, `judge(`+string(encoded)+`)`)
	require.Len(t, judged, len(verdicts))
	valid := 0
	for i, v := range verdicts {
		assert.Equal(t, !v.faults.HasErrors(), len(judged[i].Problems) == 0, "%s: packstage: %v, the browser: %v", v.text, v.faults, judged[i].Problems)
		if v.faults.HasErrors() {
			continue
		}
		valid++
		again, faults := admissions[v.Schema].Admit(judged[i].Essential, packagetypes.RejectUnknownConfig)
		require.False(t, faults.HasErrors(), "%s: %v", v.text, faults)
		assert.Equal(t, v.whole, again, v.text)
	}
	t.Logf("%d values compared, %d of them valid", len(verdicts), valid)
	assert.Greater(t, len(verdicts), 1000)
	assert.Greater(t, valid, 150)
}

// parityPage opens a page with all the schemas, each as one property, and gives it the
// function judge.
func parityPage(t *testing.T) ([]*validate.ConfigSchema, *tab) {
	t.Helper()
	program := ""
	for _, name := range []string{"common.js", "schema.js"} {
		content, err := os.ReadFile(filepath.Join("..", "..", "author", "page", "assets", name))
		require.NoError(t, err)
		program += string(content) + "\n"
	}
	var admissions []*validate.ConfigSchema
	properties := ""
	for i, text := range paritySchemas {
		var property map[string]any
		require.NoError(t, yaml.UnmarshalStrict([]byte(text), &property))
		content := map[string]any{"type": "object", "properties": map[string]any{"p": property}}
		admission, found := validate.CompileConfigSchema(content, validate.ConfigSchemaOptions{})
		require.NotNil(t, admission, "%s: %v", text, found)
		admissions = append(admissions, admission)
		encoded, err := json.Marshal(content)
		require.NoError(t, err)
		properties += fmt.Sprintf("        s%d: %s\n", i, encoded)
	}
	folder := writePackage(t, map[string]string{"manifest.yaml": `apiVersion: manifests.package-operator.run/v1alpha1
kind: PackageManifest
metadata: {name: parity}
spec:
  scopes: [Cluster]
  phases: [{name: deploy}]
  config:
    openAPIV3Schema:
      type: object
      properties:
` + properties})
	o := open(t, browserOf(t), pageOf(t, folder), desktop)
	o.do(chromedp.Evaluate("{\n"+program+`
const schemas = JSON.parse(document.getElementById("data").textContent).packages[0].schema.properties;
window.judge = verdicts => verdicts.map(({schema, config}) => {
  const of = schemas["s" + schema], found = [], whole = withDefaults(of, config);
  check(of, whole, [], found);
  return {problems: found.map(one => one.path.join(".") + " " + one.message), essential: essential(of, whole)};
});
}; true`, nil))
	return admissions, o
}

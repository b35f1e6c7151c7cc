package pages

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
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
	`{type: object, x-kubernetes-preserve-unknown-fields: true}`, `{type: array, items: {type: array, items: {type: integer}}}`,
}

var parityValues = []string{
	`null`, `true`, `false`, `0`, `1`, `2`, `5`, `7`, `-1`, `1.5`, `0.25`, `2147483647`, `2147483648`, `9007199254740991`,
	`""`, `"a"`, `"aa"`, `"A"`, `"b"`, `"1"`, `"äöü"`, `"😀😀"`, `"10.0.0.1"`, `"10.0.0.256"`, `"10.0.0.01"`, `"2026-11-21"`, `"2026-13-21"`,
	`"123e4567-e89b-12d3-a456-426614174000"`, `"YQ=="`, `"YQ"`,
	`[]`, `["a"]`, `["a","a"]`, `["a","b","c"]`, `[1,2]`, `[1,1]`, `[1,"a"]`, `[[1],[2]]`, `[{"a":"x"}]`, `[{"a":"x"},{"a":"x","b":2}]`, `[{"a":"x"},{"a":"y"}]`,
	`{}`, `{"a":"x"}`, `{"b":1}`, `{"b":3}`, `{"a":"x","b":2}`, `{"a":"x","b":1}`, `{"a":1}`, `{"b":5}`,
}

// TestBrowserAndAdmissionAgree compares what a page says of values with what packstage
// says, and checks that what a form writes of a configuration gives all of it again.
func TestBrowserAndAdmissionAgree(t *testing.T) {
	b := newBrowser(t)
	program := ""
	for _, name := range []string{"common.js", "schema.js"} {
		content, err := os.ReadFile(filepath.Join("..", "..", "author", "page", "assets", name))
		require.NoError(t, err)
		program += string(content) + "\n"
	}
	compared, valid := 0, 0
	for _, text := range paritySchemas {
		var property map[string]any
		require.NoError(t, yaml.UnmarshalStrict([]byte(text), &property))
		content := map[string]any{"type": "object", "properties": map[string]any{"p": property}}
		admission, found := validate.CompileConfigSchema(content, validate.ConfigSchemaOptions{})
		require.NotNil(t, admission, "%s: %v", text, found)
		encoded, err := json.Marshal(content)
		require.NoError(t, err)
		folder := writePackage(t, map[string]string{"manifest.yaml": `apiVersion: manifests.package-operator.run/v1alpha1
kind: PackageManifest
metadata: {name: parity}
spec:
  scopes: [Cluster]
  phases: [{name: deploy}]
  config: {openAPIV3Schema: ` + string(encoded) + `}
`})
		o := open(t, b, pageOf(t, folder), desktop)
		o.do(chromedp.Evaluate("{\n"+program+`
const schema = JSON.parse(document.getElementById("data").textContent).packages[0].schema;
window.judge = config => { const found = []; check(schema, withDefaults(schema, config), [], found); return found.map(one => one.path.join(".") + " " + one.message); };
window.shorten = config => essential(schema, config);
}; true`, nil))
		for _, value := range parityValues {
			config := `{"p":` + value + `}`
			var given map[string]any
			require.NoError(t, json.Unmarshal([]byte(config), &given))
			if given["p"] == nil && property["nullable"] == nil {
				continue // packstage drops the key, and no form makes it
			}
			admitted, faults := admission.Admit(given, packagetypes.RejectUnknownConfig)
			if errors.Is(faults, diagnostic.ConfigUnknownKey) {
				continue // no form makes such keys
			}
			compared++
			problems := eval[[]string](o, "judge("+config+")")
			assert.Equal(t, !faults.HasErrors(), len(problems) == 0, "%s: %s: packstage: %v, the browser: %v", text, config, faults, problems)
			if faults.HasErrors() {
				continue
			}
			valid++
			whole, err := json.Marshal(admitted)
			require.NoError(t, err)
			again, faults := admission.Admit(eval[map[string]any](o, "shorten("+string(whole)+")"), packagetypes.RejectUnknownConfig)
			require.False(t, faults.HasErrors(), "%s: %s: %v", text, config, faults)
			assert.Equal(t, admitted, again, "%s: %s", text, config)
		}
	}
	t.Logf("%d values compared, %d of them valid", compared, valid)
	assert.Greater(t, compared, 800)
	assert.Greater(t, valid, 150)
}

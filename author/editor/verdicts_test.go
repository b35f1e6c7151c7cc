package editor_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/validate"
)

var verdictSchemas = []string{
	`{type: string}`, `{type: string, minLength: 2, maxLength: 3}`, `{type: string, pattern: "^a+$"}`, `{type: string, enum: [a, "1", ""]}`,
	`{type: string, nullable: true}`, `{type: string, nullable: true, default: a}`, `{type: string, nullable: true, enum: [a, b]}`, `{enum: [a, 1, true], type: string}`,
	`{type: integer}`, `{type: integer, minimum: 1, maximum: 5}`, `{type: integer, minimum: 1, exclusiveMinimum: true}`, `{type: integer, enum: [1, 2]}`, `{type: integer, multipleOf: 5}`,
	`{type: number, maximum: 1.5, exclusiveMaximum: true}`, `{type: number, multipleOf: 0.5}`, `{type: number, enum: [1, 1.5]}`, `{type: boolean}`, `{type: boolean, nullable: true}`,
	`{x-kubernetes-int-or-string: true}`, `{x-kubernetes-int-or-string: true, nullable: true}`, `{x-kubernetes-int-or-string: true, minimum: 2, pattern: "^a"}`,
	`{x-kubernetes-int-or-string: true, anyOf: [{type: integer}, {type: string}], pattern: "^a"}`,
	`{type: array, items: {type: string}, minItems: 1, maxItems: 2}`, `{type: array, nullable: true, items: {type: string, nullable: true}}`, `{type: array, items: {type: string}}`,
	`{type: array, x-kubernetes-list-type: set, items: {type: integer}}`,
	`{type: object, required: [a], properties: {a: {type: string}, b: {type: integer, default: 1}}}`, `{type: object, required: [b], properties: {a: {type: string}, b: {type: integer, default: 1}}}`,
	`{type: object, nullable: true, properties: {a: {type: string}}}`, `{type: object}`, `{type: object, properties: {a: {type: string}}, x-kubernetes-preserve-unknown-fields: true}`,
	`{x-kubernetes-preserve-unknown-fields: true}`, `{x-kubernetes-preserve-unknown-fields: true, nullable: true}`,
	`{type: object, minProperties: 1, maxProperties: 2, additionalProperties: {type: integer, maximum: 3}}`, `{type: object, additionalProperties: {type: integer, nullable: true}}`,
	`{type: object, additionalProperties: {type: object, properties: {a: {type: string}}}}`,
	`{type: object, properties: {a: {type: string}, b: {type: integer}}, oneOf: [{required: [a]}, {required: [b]}]}`,
	`{type: object, properties: {a: {type: string}, b: {type: integer}}, anyOf: [{required: [a]}, {properties: {b: {minimum: 2}}, required: [b]}]}`,
	`{type: object, properties: {a: {type: string}, b: {type: integer}}, not: {required: [a, b]}}`,
	`{type: object, properties: {a: {type: object, properties: {b: {type: string}}}}, allOf: [{properties: {a: {required: [b]}}}]}`,
	`{type: integer, not: {enum: [5]}, allOf: [{minimum: 2}, {maximum: 6}]}`, `{type: array, items: {type: array, items: {type: integer}}}`,
}

var verdictValues = []string{
	`null`, `true`, `false`, `0`, `1`, `2`, `5`, `7`, `-1`, `1.0`, `1.5`, `0.25`, `10000000000`, `9007199254740993`,
	`""`, `"a"`, `"aa"`, `"A"`, `"b"`, `"1"`, `"true"`, `"äöü"`, `"😀😀"`,
	`[]`, `["a"]`, `["a","a"]`, `["a","b","c"]`, `[1,2]`, `[1,1]`, `[1,"a"]`, `[[1],[2]]`, `["a", null]`,
	`{}`, `{"a":"x"}`, `{"b":1}`, `{"b":3}`, `{"a":"x","b":2}`, `{"a":1}`, `{"b":5}`, `{"a":{"b":"x"}}`, `{"a":{"c":"x"}}`, `{"a":{}}`, `{"b": null}`, `{"c": true}`,
}

// TestVerdictsOverManyValues compares verdicts over every schema and value. An editor
// may refuse a null where packstage drops the key; all else is the same. Only forms
// (oneOf and the like) that ask for a key with a default are not here: what packstage
// fills in, an editor does not see.
func TestVerdictsOverManyValues(t *testing.T) {
	t.Parallel()
	compared := 0
	for _, text := range verdictSchemas {
		var property map[string]any
		require.NoError(t, yaml.UnmarshalStrict([]byte(text), &property))
		content := map[string]any{"type": "object", "properties": map[string]any{"p": property}}
		admission, found := validate.CompileConfigSchema(content, validate.ConfigSchemaOptions{})
		if admission == nil {
			t.Errorf("%s: %v", text, found)
			continue
		}
		schema := compiled(t, content)
		for _, value := range verdictValues {
			var config map[string]any
			decoder := json.NewDecoder(bytes.NewReader([]byte(`{"p":` + value + `}`)))
			decoder.UseNumber()
			require.NoError(t, decoder.Decode(&config))
			_, faults := admission.Admit(config, packagetypes.RejectUnknownConfig)
			verdict := schema.Validate(config)
			if strings.Contains(value, "null") && verdict != nil && !faults.HasErrors() {
				continue
			}
			compared++
			assert.Equal(t, !faults.HasErrors(), verdict == nil, "%s: %s\npackstage: %v\njsonschema: %v", text, value, faults, verdict)
		}
	}
	assert.Greater(t, compared, 1500)
}

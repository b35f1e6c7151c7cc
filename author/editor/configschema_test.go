package editor_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/editor"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/validate"
)

// compiled compiles the schema of a configuration with a tool that reads JSON Schema.
func compiled(t *testing.T, content map[string]any) *jsonschema.Schema {
	t.Helper()
	pkg := &packagetypes.Package{Name: "shop", Manifest: &manifest.PackageManifest{}}
	pkg.Manifest.Spec.Config.OpenAPIV3Schema = content
	written, err := editor.ConfigSchema(pkg)
	require.NoError(t, err)
	compiler := jsonschema.NewCompiler()
	require.NoError(t, compiler.AddResource("config.json", bytes.NewReader(written)))
	schema, err := compiler.Compile("config.json")
	require.NoError(t, err, string(written))
	return schema
}

// TestVerdictsAreThoseOfAdmission compares what an editor says of a configuration with
// what packstage says.
func TestVerdictsAreThoseOfAdmission(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		property map[string]any
		required bool
		values   []string
	}{
		"text":            {map[string]any{"type": "string", "minLength": int64(2), "pattern": "^a"}, false, []string{`"ab"`, `"a"`, `"bb"`, `1`, `null`}},
		"number":          {map[string]any{"type": "number", "minimum": int64(1), "exclusiveMinimum": true, "maximum": int64(3)}, false, []string{`1`, `1.5`, `3`, `3.1`, `"2"`}},
		"integer":         {map[string]any{"type": "integer", "maximum": int64(3), "exclusiveMaximum": true, "multipleOf": int64(2)}, false, []string{`2`, `3`, `1`, `2.5`}},
		"nullable":        {map[string]any{"type": "string", "nullable": true, "enum": []any{"a", "b", nil}}, false, []string{`"a"`, `"c"`, `null`}},
		"int or string":   {map[string]any{"x-kubernetes-int-or-string": true}, false, []string{`1`, `"1"`, `1.5`, `true`}},
		"set":             {map[string]any{"type": "array", "x-kubernetes-list-type": "set", "items": map[string]any{"type": "string"}}, false, []string{`["a","b"]`, `["a","a"]`, `[1]`}},
		"map":             {map[string]any{"type": "object", "additionalProperties": map[string]any{"type": "integer"}, "minProperties": int64(1)}, false, []string{`{"a":1}`, `{"a":"b"}`, `{}`}},
		"object":          {map[string]any{"type": "object", "required": []any{"a"}, "properties": map[string]any{"a": map[string]any{"type": "string"}}}, false, []string{`{"a":"b"}`, `{}`, `{"a":"b","c":1}`}},
		"any keys":        {map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true}, false, []string{`{"a":{"b":[1]}}`, `[]`}},
		"required":        {map[string]any{"type": "string"}, true, []string{`"a"`, ``}},
		"default":         {map[string]any{"type": "string", "default": "a"}, true, []string{`"a"`, ``}},
		"one of":          {map[string]any{"type": "object", "properties": map[string]any{"a": map[string]any{"type": "string"}, "b": map[string]any{"type": "string"}}, "oneOf": []any{map[string]any{"required": []any{"a"}}, map[string]any{"required": []any{"b"}}}}, false, []string{`{"a":"x"}`, `{"b":"x"}`, `{}`, `{"a":"x","b":"x"}`}},
		"all of with not": {map[string]any{"type": "integer", "allOf": []any{map[string]any{"minimum": int64(3)}}, "not": map[string]any{"enum": []any{int64(5)}}}, false, []string{`3`, `2`, `5`}},
		"pattern of RE2":  {map[string]any{"type": "string", "pattern": `(?i)^A`}, false, []string{`"abc"`}},
		"formats":         {map[string]any{"type": "string", "format": "ipv4"}, false, []string{`"10.0.0.1"`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			content := map[string]any{"type": "object", "properties": map[string]any{"p": test.property}}
			if test.required {
				content["required"] = []any{"p"}
			}
			admission, found := validate.CompileConfigSchema(content, validate.ConfigSchemaOptions{})
			require.NotNil(t, admission, found)
			schema := compiled(t, content)
			for _, value := range test.values {
				text := `{"p":` + value + `}`
				if value == "" {
					text = `{}`
				}
				var config map[string]any
				decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
				decoder.UseNumber()
				require.NoError(t, decoder.Decode(&config))
				_, faults := admission.Admit(config, packagetypes.RejectUnknownConfig)
				if value == "null" && test.property["nullable"] == nil {
					continue // packstage drops the key; an editor may well complain
				}
				assert.Equal(t, !faults.HasErrors(), schema.Validate(config) == nil, "%s: %v", text, faults)
			}
		})
	}
}

func TestConfigSchemaOfAPackageWithoutOne(t *testing.T) {
	t.Parallel()
	schema := compiled(t, nil)
	require.NoError(t, schema.Validate(map[string]any{}))
	require.Error(t, schema.Validate(map[string]any{"a": json.Number("1")}))
}

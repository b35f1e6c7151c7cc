package editor_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/packstage/packstage/author/editor"
)

func compiledText(t *testing.T, written []byte, err error) *jsonschema.Schema {
	t.Helper()
	require.NoError(t, err)
	compiler := jsonschema.NewCompiler()
	require.NoError(t, compiler.AddResource("schema.json", bytes.NewReader(written)))
	schema, err := compiler.Compile("schema.json")
	require.NoError(t, err)
	return schema
}

func plain(t *testing.T, text []byte) any {
	t.Helper()
	converted, err := yaml.YAMLToJSON(text)
	require.NoError(t, err)
	var value any
	require.NoError(t, json.Unmarshal(converted, &value))
	return value
}

func TestSettingsOfExamplesFitTheirSchemas(t *testing.T) {
	t.Parallel()
	written, err := editor.TestSchema()
	tests := compiledText(t, written, err)
	written, err = editor.LintSchema()
	lint := compiledText(t, written, err)
	for name, schema := range map[string]*jsonschema.Schema{"test.yaml": tests, "lint.yaml": lint} {
		files, err := filepath.Glob("../../examples/packages/*/.packstage/" + name)
		require.NoError(t, err)
		require.NotEmpty(t, files)
		for _, file := range files {
			content, err := os.ReadFile(file)
			require.NoError(t, err)
			assert.NoError(t, schema.Validate(plain(t, content)), file)
		}
	}
}

func TestSettingsThatAreWrongDoNotFit(t *testing.T) {
	t.Parallel()
	written, err := editor.TestSchema()
	tests := compiledText(t, written, err)
	for _, text := range []string{
		"case: []", "cases: [{context: {}}]", "cases: [{name: a, golden: maybe}]", "cases: [{name: a, scope: cluster}]",
		"assert: [{message: a}]", "environments: [{name: a, environment: {kubernets: {}}}]", "cases: [{name: a, context: {package: {metadata: {nme: a}}}}]",
	} {
		assert.Error(t, tests.Validate(plain(t, []byte(text))), text)
	}
	written, err = editor.LintSchema()
	lint := compiledText(t, written, err)
	require.NoError(t, lint.Validate(plain(t, []byte("rules: {a: off, b: warning}\nignore: [{codes: [a], reason: b}]"))))
	for _, text := range []string{"rules: {a: never}", "ignored: []", "ignore: [{code: a}]"} {
		assert.Error(t, lint.Validate(plain(t, []byte(text))), text)
	}
}

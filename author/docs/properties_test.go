package docs_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/packstage/packstage/author/docs"
	"github.com/packstage/packstage/author/matrix"
	"github.com/packstage/packstage/packageloader"
)

func TestConstraintsInWords(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		schema map[string]any
		want   []string
	}{
		{map[string]any{"minimum": int64(1), "maximum": int64(20)}, []string{"1 to 20"}},
		{map[string]any{"minimum": int64(1), "exclusiveMinimum": true, "maximum": 2.5}, []string{"more than 1, at most 2.5"}},
		{map[string]any{"maximum": int64(9), "exclusiveMaximum": true}, []string{"less than 9"}},
		{map[string]any{"minimum": int64(0)}, []string{"at least 0"}},
		{map[string]any{"multipleOf": 0.5}, []string{"a multiple of 0.5"}},
		{map[string]any{"minLength": int64(1), "maxLength": int64(80)}, []string{"1 to 80 characters"}},
		{map[string]any{"minLength": int64(1)}, []string{"at least 1 character"}},
		{map[string]any{"minLength": int64(5), "maxLength": int64(5)}, []string{"exactly 5 characters"}},
		{map[string]any{"maxItems": int64(3), "x-kubernetes-list-type": "set"}, []string{"at most 3 items", "no item twice"}},
		{map[string]any{"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": []any{"name", "port"}}, []string{"items differ in name, port"}},
		{map[string]any{"maxProperties": int64(1)}, []string{"at most 1 key"}},
		{map[string]any{"pattern": "^a|b$"}, []string{"matches `^a|b$`"}},
		{map[string]any{}, nil},
	} {
		got := docs.Properties(map[string]any{"properties": map[string]any{"a": test.schema}})
		assert.Equal(t, test.want, got[0].Constraints)
	}
}

func TestPropertiesOfAnySchema(t *testing.T) {
	t.Parallel()
	for _, schema := range []map[string]any{
		nil, {}, {"properties": "x"}, {"properties": map[string]any{"a": "x"}}, {"items": []any{}, "properties": map[string]any{"a": map[string]any{"enum": "x", "required": true, "x-kubernetes-validations": []any{nil}}}},
	} {
		assert.NotPanics(t, func() { docs.Properties(schema) })
	}
}

func TestPropertiesComeInTheOrderOfTheManifest(t *testing.T) {
	t.Parallel()
	manifest := `apiVersion: manifests.package-operator.run/v1alpha1
kind: PackageManifest
metadata: {name: a}
spec:
  scopes: [Cluster]
  phases: [{name: a}]
  config:
    openAPIV3Schema:
      type: object
      properties:
        zebra: {type: string, format: password}
        "with.dot":
          type: object
          properties: {z: {type: string}, a: {type: integer}}
        list: {type: array, items: {type: object, properties: {second: {type: string}, first: {type: string}}}}
        apple: {type: object, x-packstage-sensitive: true, additionalProperties: {type: string, minLength: 1}}
`
	root := document(t, packageloader.FromFiles(map[string][]byte{"manifest.yaml": []byte(manifest)}), matrix.Options{}).Root()
	var paths, sensitive []string
	for _, property := range root.Properties {
		paths = append(paths, property.Path)
		if property.Sensitive {
			sensitive = append(sensitive, property.Path)
		}
	}
	assert.Equal(t, []string{"zebra", "with.dot", "with.dot.z", "with.dot.a", "list", "list[].second", "list[].first", "apple", "apple.*"}, paths)
	assert.Equal(t, []string{"zebra", "apple", "apple.*"}, sensitive)
	assert.Equal(t, "map of string", root.Properties[7].Type)
}

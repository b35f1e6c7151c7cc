package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/openapischema"
)

// module is the part of the module of a release that is read.
var module = map[string]string{
	"api/openapi-spec/v3/apis__example.com__v1_openapi.json": `{
  "paths": {
    "/apis/example.com/v1/things": {"post": {"x-kubernetes-action": "post",
      "x-kubernetes-group-version-kind": {"group": "example.com", "version": "v1", "kind": "Thing"},
      "requestBody": {"content": {"*/*": {"schema": {"$ref": "#/components/schemas/io.k8s.api.example.v1.Thing"}}}}}},
    "/apis/example.com/v1/namespaces/{namespace}/parts": {"post": {"x-kubernetes-action": "post",
      "x-kubernetes-group-version-kind": {"group": "example.com", "version": "v1", "kind": "Part"},
      "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/io.k8s.api.example.v1.Part"}}}}}},
    "/apis/example.com/v1/namespaces/{namespace}/parts/{name}/status": {"post": {"x-kubernetes-action": "post"}},
    "/apis/example.com/v1/": {"get": {}}
  },
  "components": {"schemas": {
    "io.k8s.api.example.v1.Thing": {"type": "object", "description": "dropped", "required": ["parts"], "properties": {
      "mode": {"type": "string", "default": "A"},
      "parts": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name", "mode"], "items": {"default": {}, "allOf": [{"$ref": "#/components/schemas/io.k8s.api.example.v1.Part"}]}},
      "size": {"$ref": "#/components/schemas/io.k8s.apimachinery.pkg.api.resource.Quantity"}}},
    "io.k8s.api.example.v1.Part": {"type": "object", "properties": {"name": {"type": "string", "default": ""}, "mode": {"type": "string", "default": "A"}}},
    "io.k8s.api.example.v1.ThingList": {"type": "object"},
    "io.k8s.apimachinery.pkg.api.resource.Quantity": {"oneOf": [{"type": "string"}, {"type": "number"}]}
  }}}`,
	"pkg/generated/openapi/zz_generated.openapi.go": `package openapi

func schema_k8sio_api_example_v1_Thing(ref any) any {
	return Definition{Schema: Schema{Properties: map[string]Schema{
		"mode": {SchemaProps: SchemaProps{Type: []string{"string"}, Enum: []interface{}{"B", "A"}}},
		"parts": {SchemaProps: SchemaProps{Items: &Items{Schema: &Schema{Enum: []interface{}{"x"}}}}},
	}}}
}
`,
}

func writeModule(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for path, content := range files {
		path = filepath.Join(folder, filepath.FromSlash(path))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o750))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	}
	return folder
}

func TestReadRelease(t *testing.T) {
	t.Parallel()
	release, err := readRelease(writeModule(t, module), "1.1.0")
	require.NoError(t, err)
	kinds, definitions, err := openapischema.Pack([]openapischema.Release{release})
	require.NoError(t, err)
	require.Equal(t, `1.1.0
1 example.com v1 Part parts + io.k8s.api.example.v1.Part
1 example.com v1 Thing things - io.k8s.api.example.v1.Thing
`, string(kinds))
	require.Equal(t, `1.1.0
1 io.k8s.api.example.v1.Part {"t":"object","p":{"mode":{"t":"string","d":"A"},"name":{"t":"string"}}}
1 io.k8s.api.example.v1.Thing {"t":"object","p":{"mode":{"t":"string","e":["A","B"]},"parts":{"t":"array","i":{"r":"io.k8s.api.example.v1.Part"},"l":"map","k":["name","mode"]},"size":{"r":"io.k8s.apimachinery.pkg.api.resource.Quantity"}},"q":["parts"]}
1 io.k8s.apimachinery.pkg.api.resource.Quantity {"f":"quantity"}
`, string(definitions))
}

func TestReadReleaseRefuses(t *testing.T) {
	t.Parallel()
	_, err := readRelease(t.TempDir(), "1.1.0")
	require.ErrorContains(t, err, "no documents")
	for text, want := range map[string]string{
		`{"pattern": "x"}`:                          "a keyword that this program does not know",
		`{"oneOf": [{}]}`:                           "a keyword that this program does not know",
		`{"properties": {"a": {"minimum": 1}}}`:     "a: has a keyword",
		`{"items": {"not": {}}}`:                    "items: has a keyword",
		`{"allOf": [{"$ref": "a"}, {"$ref": "b"}]}`: "an allOf that is more than a reference",
	} {
		var s schema
		require.NoError(t, json.Unmarshal([]byte(text), &s))
		_, err := s.node("")
		require.ErrorContains(t, err, want, text)
	}
}

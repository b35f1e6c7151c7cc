package manifest_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/packstage/packstage/manifest"
)

var update = flag.Bool("update", false, "write the schemas")

// object is a JSON object; encoding sorts its keys.
type object = map[string]any

// schemaWriter makes the schema of a Go type, with the comments of its fields.
type schemaWriter struct {
	comments    map[string]string // by "Type" and "Type.Field"
	definitions object
}

// What the types do not say: docs/format.md, section 3.
var (
	optional = map[string]bool{
		"Kubeconform.kubernetesVersion": true, "ProbeFieldValue.value": true, "ProbeCEL.message": true,
		"ProbeSelectorKind.group": true, "AvailabilityProbe.selector": true,
		"PackageManifestLock.spec": true,
		// A test case says as much of the context as it needs.
		"Environment.kubernetes": true, "KubernetesEnvironment.version": true, "OpenShiftEnvironment.version": true,
		"ManagedOpenShift.data": true, "HostedCluster.metadata": true, "HostedCluster.hostedClusterNamespace": true,
		"HostedClusterMetadata.name": true, "HostedClusterMetadata.namespace": true,
		"HostedClusterMetadata.labels": true, "HostedClusterMetadata.annotations": true,
	}
	values = map[string][]any{
		"Scope":    {manifest.ScopeCluster, manifest.ScopeNamespaced},
		"Platform": {manifest.PlatformKubernetes, manifest.PlatformOpenShift},
	}
	patterns = map[string]string{
		"RepositoryEntryData.digest": "^(sha256:)?[0-9a-f]{64}$",
		"RepositoryEntryData.image":  "^[^@]+$",
		"LockedImage.digest":         "^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$",
		"LockedDependency.digest":    "^((sha256:)?[0-9a-f]{64}|sha512:[0-9a-f]{128})$",
		"DependencyImage.package":    "^[^.]+\\..+$",
	}
)

const versionPattern = `^v?(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$`

func newSchemaWriter(t *testing.T) *schemaWriter {
	t.Helper()
	w := &schemaWriter{comments: map[string]string{}, definitions: object{}}
	files := token.NewFileSet()
	for _, name := range []string{"types.go", "repository.go", "context.go"} {
		file, err := parser.ParseFile(files, name, nil, parser.ParseComments)
		require.NoError(t, err)
		ast.Inspect(file, func(node ast.Node) bool {
			declaration, ok := node.(*ast.GenDecl)
			if !ok || declaration.Tok != token.TYPE {
				return true
			}
			for _, spec := range declaration.Specs {
				named := spec.(*ast.TypeSpec)
				w.comments[named.Name.Name] = declaration.Doc.Text()
				structure, ok := named.Type.(*ast.StructType)
				if !ok {
					continue
				}
				for _, field := range structure.Fields.List {
					for _, name := range field.Names {
						w.comments[named.Name.Name+"."+name.Name] = field.Doc.Text()
					}
				}
			}
			return false
		})
	}
	return w
}

func (w *schemaWriter) describe(schema object, name string) object {
	text := strings.NewReplacer("[", "", "]", "").Replace(w.comments[name])
	if text = strings.Join(strings.Fields(text), " "); text != "" {
		schema["description"] = text
	}
	return schema
}

func (w *schemaWriter) schema(t reflect.Type) object {
	switch t.Kind() {
	case reflect.Pointer:
		return w.schema(t.Elem())
	case reflect.Struct:
		if _, known := w.definitions[t.Name()]; !known {
			w.definitions[t.Name()] = object{} // types may hold themselves
			w.definitions[t.Name()] = w.describe(w.structure(t), t.Name())
		}
		return object{"$ref": "#/definitions/" + t.Name()}
	case reflect.Slice:
		return object{"type": "array", "items": w.schema(t.Elem())}
	case reflect.Map:
		if t.Elem().Kind() == reflect.Interface {
			return object{"type": "object"}
		}
		return object{"type": "object", "additionalProperties": w.schema(t.Elem())}
	case reflect.String:
		if allowed, ok := values[t.Name()]; ok {
			return object{"type": "string", "enum": allowed}
		}
		return object{"type": "string"}
	default:
		return object{}
	}
}

func (w *schemaWriter) structure(t reflect.Type) object {
	properties, required := object{}, []any{}
	w.fields(t, properties, &required)
	schema := object{"type": "object", "properties": properties}
	if len(required) > 0 {
		schema["required"] = required
	}
	if len(properties) > 0 {
		schema["additionalProperties"] = false
	}
	return schema
}

func (w *schemaWriter) fields(t reflect.Type, properties object, required *[]any) {
	for i := range t.NumField() {
		field := t.Field(i)
		if field.Anonymous {
			w.fields(field.Type, properties, required)
			continue
		}
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		schema := w.schema(field.Type)
		at := t.Name() + "." + name
		if pattern, ok := patterns[at]; ok {
			schema["pattern"] = pattern
		}
		if at == "RepositoryEntryData.versions" {
			schema["items"] = object{"type": "string", "pattern": versionPattern}
		}
		if options == "" && !optional[at] {
			*required = append(*required, name)
			switch schema["type"] {
			case "array":
				schema["minItems"] = 1
			case "string":
				schema["minLength"] = 1
			}
		} else { // null is as good as absent
			schema = object{"anyOf": []any{schema, object{"type": "null"}}}
		}
		if ref, ok := schema["$ref"]; ok { // draft 7 reads nothing beside $ref
			schema = object{"allOf": []any{object{"$ref": ref}}}
		}
		properties[name] = w.describe(schema, t.Name()+"."+field.Name)
	}
}

func makeSchema(t *testing.T, kind string, document any) []byte {
	t.Helper()
	w := newSchemaWriter(t)
	typed := reflect.TypeOf(document)
	schema := w.structure(typed)
	properties := schema["properties"].(object)
	properties["apiVersion"] = object{"const": manifest.APIVersion}
	properties["kind"] = object{"const": kind}
	if kind == manifest.RepositoryKind || kind == manifest.PackageManifestKind {
		properties["metadata"].(object)["required"] = []any{"name"}
	}
	w.describe(schema, kind)
	schema["$schema"] = "http://json-schema.org/draft-07/schema#"
	schema["title"] = kind
	schema["definitions"] = w.definitions
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	require.NoError(t, encoder.Encode(schema))
	return out.Bytes()
}

func TestSchemas(t *testing.T) {
	t.Parallel()
	for kind, document := range map[string]any{
		manifest.PackageManifestKind:     manifest.PackageManifest{},
		manifest.PackageManifestLockKind: manifest.PackageManifestLock{},
		manifest.RepositoryKind:          manifest.Repository{},
		manifest.RepositoryEntryKind:     manifest.RepositoryEntry{},
	} {
		want := makeSchema(t, kind, document)
		for _, path := range []string{"schemas/" + kind + ".json", "../docs/schemas/" + kind + ".json"} {
			if *update {
				require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
				require.NoError(t, os.WriteFile(path, want, 0o644))
			}
			got, err := os.ReadFile(path)
			require.NoError(t, err)
			assert.Equal(t, string(want), string(got), "run: go test ./manifest -run TestSchemas -update")
		}
		if !*update { // what was embedded is older
			got, err := manifest.JSONSchema(kind)
			require.NoError(t, err)
			assert.Equal(t, string(want), string(got))
		}
	}
	_, err := manifest.JSONSchema("ConfigMap")
	assert.ErrorContains(t, err, `"ConfigMap"`)
}

func compileSchema(t *testing.T, kind string) *jsonschema.Schema {
	t.Helper()
	raw, err := manifest.JSONSchema(kind)
	require.NoError(t, err)
	compiled, err := jsonschema.CompileString(kind+".json", string(raw))
	require.NoError(t, err)
	return compiled
}

func validateYAML(t *testing.T, schema *jsonschema.Schema, data []byte) error {
	t.Helper()
	asJSON, err := yaml.YAMLToJSON(data)
	require.NoError(t, err)
	var value any
	decoder := json.NewDecoder(bytes.NewReader(asJSON))
	decoder.UseNumber()
	require.NoError(t, decoder.Decode(&value))
	return schema.Validate(value)
}

// TestSchemasTakeTheExamples: the packages of this repository are valid.
func TestSchemasTakeTheExamples(t *testing.T) {
	t.Parallel()
	schemas := map[string]*jsonschema.Schema{
		"manifest.yaml":      compileSchema(t, manifest.PackageManifestKind),
		"manifest.lock.yaml": compileSchema(t, manifest.PackageManifestLockKind),
	}
	seen := 0
	require.NoError(t, filepath.WalkDir("../examples/packages", func(path string, entry fs.DirEntry, err error) error {
		schema, ok := schemas[filepath.Base(path)]
		if err != nil || !ok {
			return err
		}
		data, err := os.ReadFile(path)
		if err == nil {
			seen++
			assert.NoError(t, validateYAML(t, schema, data), path)
		}
		return err
	}))
	assert.Greater(t, seen, 3)
}

// TestSchemasAgreeWithTheDecoder: what one finds fault with, so does the other.
func TestSchemasAgreeWithTheDecoder(t *testing.T) {
	t.Parallel()
	schema := compileSchema(t, manifest.PackageManifestKind)
	entrySchema := compileSchema(t, manifest.RepositoryEntryKind)
	repositorySchema := compileSchema(t, manifest.RepositoryKind)
	lockSchema := compileSchema(t, manifest.PackageManifestLockKind)
	const good = header + "metadata: {name: a}\nspec:\n  scopes: [Cluster]\n  phases: [{name: a}]\n"
	for _, addition := range []string{
		"", "  components: {}\n", "  filter: null\n", "  constraints: [{platform: [OpenShift], uniqueInScope: {}}]\n",
		"  config: {openAPIV3Schema: {type: object, properties: {a: {type: string, x: 1}}}}\n",
		"  availabilityProbes:\n  - probes: [{condition: {type: Available, status: 'True'}}]\n    selector: {kind: {group: apps, kind: Deployment}}\n",
		"  availabilityProbes:\n  - probes: [{cel: {rule: 'true'}}]\n    selector: {selector: {matchLabels: {a: b}}}\n",
		"  repositories: [{file: a.yaml}, {image: b}]\n  dependencies: [{image: {name: a, package: a.b, range: ^1}}]\n",
		"test:\n  template: [{name: a, context: {config: {a: 1}}}]\n  kubeconform: {kubernetesVersion: v1.34.0}\n",
		// And bad ones.
		"  scope: [Cluster]\n", "  images: {}\n", "  images: [a]\n", "  filter: {condition: []}\n", "  constraints: [{platforms: []}]\n",
		"  config: []\n", "  availabilityProbes: [{probe: []}]\n", "  repositories: [{url: a}]\n", "test: {template: {}}\n", "unknown: 1\n",
		"  dependencies: [{image: {name: [], package: a.b, range: ^1}}]\n",
	} {
		data := []byte(good + addition)
		_, found := manifest.Decode("m.yaml", data)
		err := validateYAML(t, schema, data)
		assert.Equal(t, len(found) > 0, err != nil, "%q\ndecoder: %v\nschema: %v", addition, found, err)
	}
	require.NoError(t, validateYAML(t, lockSchema, []byte("apiVersion: "+manifest.APIVersion+"\nkind: PackageManifestLock\nspec:\n  images: [{name: a, image: b, digest: 'sha256:"+digestA+"'}]\n")))
	require.Error(t, validateYAML(t, lockSchema, []byte("apiVersion: "+manifest.APIVersion+"\nkind: PackageManifestLock\nspec:\n  images: [{name: a, image: b, digest: 'sha256:12'}]\n")))
	for _, entry := range []string{
		entryYAML("shop", digestA, "v1.0.0"), entryYAML("shop", "sha256:"+digestA, "1.0.0-rc.1+b"),
		// And bad ones.
		entryYAML("shop", "12345", "v1.0.0"), entryYAML("shop", digestA), entryYAML("shop", digestA, "v1"), entryYAML(`""`, digestA, "v1.0.0"),
		entryYAML("shop", digestA, "v1.0.0") + "  more: 1\n", entryYAML("shop", digestA, "v01.0.0"),
	} {
		_, found := manifest.DecodeRepository("i.yaml", []byte(repositoryHeader+entry), manifest.RepositoryLimits{})
		err := validateYAML(t, entrySchema, []byte(entry))
		assert.Equal(t, len(found) > 0, err != nil, "%q\ndecoder: %v\nschema: %v", entry, found, err)
	}
	assert.NoError(t, validateYAML(t, repositorySchema, []byte(repositoryHeader)))
	assert.Error(t, validateYAML(t, repositorySchema, []byte(strings.Replace(repositoryHeader, "name: demo", "labels: {}", 1))))
	assert.NoError(t, validateYAML(t, entrySchema, []byte(written[strings.LastIndex(written, "---\n"):])), "as Package Operator writes it")
}

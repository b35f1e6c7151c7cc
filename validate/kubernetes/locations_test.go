package kubernetes_test

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/validate"
	"github.com/packstage/packstage/validate/kubernetes"
	"github.com/packstage/packstage/validate/kubernetes/builtin"
)

// gadget is a JSON Schema as tools make them from CustomResourceDefinitions.
const gadget = `{
  "$schema": "http://json-schema.org/draft-07/schema#",
  "type": "object",
  "required": ["spec"],
  "properties": {
    "apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"type": "object"},
    "spec": {"type": "object", "required": ["level"], "properties": {"level": {"type": "integer", "maximum": 3}, "to": {"$ref": "parts.json#/to"}}, "additionalProperties": false}
  }
}`

func schemaFolder() fstest.MapFS {
	return fstest.MapFS{
		"crds/all.yaml":               {Data: []byte(widgets)},
		"crds/broken.yaml":            {Data: []byte("kind: CustomResourceDefinition\n  wrong: indent\n")},
		"crds/chart.yaml":             {Data: []byte("{{ not yaml")},
		"json/gadget-example-v1.json": {Data: []byte(gadget)},
		"json/parts.json":             {Data: []byte(`{"to": {"type": "string", "minLength": 2}}`)},
		"json/deep-example-v1.json":   {Data: []byte(strings.Repeat(`{"items":`, 5000) + "{}" + strings.Repeat("}", 5000))},
		"json/many-example-v1.json":   {Data: []byte(endless(40))},
		"json/remote-example-v1.json": {Data: []byte(`{"$ref": "https://schemas.example.com/x.json"}`)},
		"README.md":                   {Data: []byte("CustomResourceDefinition")},
	}
}

// endless is a schema that checks a value two to the power of n times.
func endless(n int) string {
	var text strings.Builder
	text.WriteString(`{"properties": {"spec": {"$ref": "#/definitions/d0"}}, "definitions": {`)
	for i := range n {
		fmt.Fprintf(&text, `"d%d": {"allOf": [{"$ref": "#/definitions/d%d"}, {"$ref": "#/definitions/d%d"}]}, `, i, i+1, i+1)
	}
	fmt.Fprintf(&text, `"d%d": {"type": "object"}}}`, n)
	return text.String()
}

func TestSchemaFolder(t *testing.T) {
	t.Parallel()
	schemas, found, err := kubernetes.ReadSchemas(t.Context(), schemaFolder(), ".", "schemas", packagetypes.Limits{})
	require.NoError(t, err)
	require.Equal(t, "schemas/crds/broken.yaml:2:8 warning schema-unusable: a \":\" cannot stand here (put text that holds \": \" in quotes, or check the indentation)\n", lines(found))
	for _, test := range []struct{ name, object, want string }{
		{"custom resource", object("example.com/v1", "Widget", "spec: {size: 3, colur: red}\n"), `x.yaml:6:17 error unknown-field: Widget "x": unknown field "colur" (did you mean "colour"?)`},
		{"valid", object("example.com/v1", "Gadget", "spec: {level: 1, to: ab}\n"), ``},
		{"unknown field", object("example.com/v1", "Gadget", "spec: {level: 1, lvl: 2}\n"), `x.yaml:6:18 error unknown-field: Gadget "x": unknown field "lvl"`},
		{"missing", object("example.com/v1", "Gadget", "spec: {}\n"), `x.yaml:6:1 error required-field: Gadget "x": level is required`},
		{"too large", object("example.com/v1", "Gadget", "spec: {level: 4}\n"), `x.yaml:6:15 error invalid-field: Gadget "x": must be <= 3 but found 4`},
		{"by reference", object("example.com/v1", "Gadget", "spec: {level: 1, to: a}\n"), `x.yaml:6:22 error invalid-field: Gadget "x": length must be >= 2, but got 1`},
		{"nothing is fetched", object("example.com/v1", "Remote", ""), `x.yaml:1:1 warning schema-unusable: Remote "x": was not checked: its schema in schemas/json/remote-example-v1.json cannot be used: jsonschema schema:///json/remote-example-v1.json compilation failed: https://schemas.example.com/x.json is not fetched`},
		{"deep", object("example.com/v1", "Deep", ""), `x.yaml:1:1 warning schema-unusable: Deep "x": was not checked: its schema in schemas/json/deep-example-v1.json cannot be used: jsonschema schema:///json/deep-example-v1.json compilation failed: more than 200 lists and mappings lie in one another`},
		{"endless", object("example.com/v1", "Many", "spec: {}\n"), `x.yaml:1:1 warning schema-unusable: Many "x": was not checked: its schema in schemas/json/many-example-v1.json cannot be used: one value is checked more than 100000 times`},
		{"no schema", object("example.com/v2", "Gadget", ""), `x.yaml:2:7 warning schema-missing: there is no schema of example.com/v2 Gadget; its objects are not checked (put its CustomResourceDefinition into .packstage/schemas, or name where it is with --schema)`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			found := check(t, kubernetes.Options{Schemas: []*kubernetes.Schemas{schemas}}, map[string]string{"x.yaml": test.object})
			require.Equal(t, test.want, oneFinding(lines(found)))
		})
	}
}

func TestSchemaFile(t *testing.T) {
	t.Parallel()
	schemas, found, err := kubernetes.ReadSchemas(t.Context(), schemaFolder(), "crds/all.yaml", "./all.yaml", packagetypes.Limits{})
	require.NoError(t, err)
	require.Empty(t, found)
	wrong := check(t, kubernetes.Options{Schemas: []*kubernetes.Schemas{schemas}}, map[string]string{"x.yaml": object("example.com/v1", "Widget", "spec: {}\n")})
	require.Len(t, wrong, 1)
	_, found, err = kubernetes.ReadSchemas(t.Context(), schemaFolder(), "README.md", "README.md", packagetypes.Limits{})
	require.NoError(t, err)
	require.Equal(t, "README.md warning schema-unusable: there are no schemas here (schemas are CustomResourceDefinitions in YAML or JSON, and JSON Schemas named {kind}-{group}-{version}.json)\n", lines(found))
	_, _, err = kubernetes.ReadSchemas(t.Context(), schemaFolder(), "none", "none", packagetypes.Limits{})
	require.ErrorContains(t, err, "none")
}

const removed = "apiVersion: flowcontrol.apiserver.k8s.io/v1beta3\nkind: FlowSchema\nmetadata:\n  name: x\n  annotations: {package-operator.run/phase: deploy}\n"

func TestVersions(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, option, manifest string
		want                   string
	}{
		{"newest", "", "", "x.yaml:1:13 warning schema-missing: Kubernetes 1.37 does not serve flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema (Kubernetes 1.28 to 1.31 do; here it is flowcontrol.apiserver.k8s.io/v1)\n"},
		{"option", "v1.29", "", ""},
		{"manifest", "", "test:\n  kubeconform: {kubernetesVersion: v1.30.1}\n", ""},
		{"option wins", "1.31.0", "test:\n  kubeconform: {kubernetesVersion: v1.36.1}\n", ""},
		{"constraint", "", "  constraints:\n  - platformVersion: {name: Kubernetes, range: '>=1.28 <1.31'}\n", ""},
		{"constraint that allows none", "", "  constraints:\n  - platformVersion: {name: Kubernetes, range: '>=2'}\n", "x.yaml:1:13 warning schema-missing: Kubernetes 1.37 does not serve flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema (Kubernetes 1.28 to 1.31 do; here it is flowcontrol.apiserver.k8s.io/v1)\n"},
		{"too old", "", "test:\n  kubeconform:\n    kubernetesVersion: v1.20.0\n", "manifest.yaml:11:24 warning schema-version: there are no schemas of Kubernetes v1.20.0; objects are checked against 1.28.2 (there are 1.28 to 1.37)\n"},
		{"too new", "1.99", "", " warning schema-version: there are no schemas of Kubernetes 1.99; objects are checked against 1.37.1 (there are 1.28 to 1.37)\nx.yaml:1:13 warning schema-missing: Kubernetes 1.37 does not serve flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema (Kubernetes 1.28 to 1.31 do; here it is flowcontrol.apiserver.k8s.io/v1)\n"},
		{"no version", "", "test:\n  kubeconform:\n    kubernetesVersion: soon\n", "manifest.yaml:11:24 warning schema-version: there are no schemas of Kubernetes soon; objects are checked against 1.37.1 (there are 1.28 to 1.37)\nx.yaml:1:13 warning schema-missing: Kubernetes 1.37 does not serve flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema (Kubernetes 1.28 to 1.31 do; here it is flowcontrol.apiserver.k8s.io/v1)\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			object := removed + "spec: {priorityLevelConfiguration: {name: a}}\n"
			found := check(t, kubernetes.Options{Version: test.option}, map[string]string{"manifest.yaml": manifestHead + test.manifest, "x.yaml": object})
			require.Equal(t, test.want, lines(found))
		})
	}
}

// Where nobody asks for a version, it is the one that the render is for.
func TestVersionOfTheEnvironment(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ environment, manifest, want string }{
		{"v1.29.3", "", ""},
		{"v1.36.0", "", "Kubernetes 1.36 does not serve"},
		{"v1.12.0", "", "Kubernetes 1.37 does not serve"},
		{"", "", "Kubernetes 1.37 does not serve"},
		{"v1.29.3", "test:\n  kubeconform: {kubernetesVersion: v1.35.0}\n", "Kubernetes 1.35 does not serve"},
	} {
		pkg, err := packageloader.Load(t.Context(), packageloader.FromFiles(map[string][]byte{
			"manifest.yaml": []byte(manifestHead + test.manifest), "x.yaml": []byte(removed + "spec: {priorityLevelConfiguration: {name: a}}\n"),
		}), packageloader.LoadOptions{})
		require.NoError(t, err)
		checker := kubernetes.New(kubernetes.Options{Builtin: builtin.Catalog()})
		var c packagetypes.Context
		c.Environment.Kubernetes.Version = test.environment
		instance, err := packageloader.Render(t.Context(), pkg, c, packageloader.Options{Rules: []validate.Rule{checker}})
		require.NoError(t, err)
		if test.want == "" {
			require.Empty(t, instance.Warnings)
			continue
		}
		require.Contains(t, lines(instance.Warnings), test.want)
	}
}

func TestSchemaLocations(t *testing.T) {
	t.Parallel()
	located := func(locations string) string {
		return manifestHead + "test:\n  kubeconform:\n    kubernetesVersion: v1.36.0\n    schemaLocations:\n" + locations
	}
	const missing = "x.yaml:2:7 warning schema-missing: there is no schema of example.com/v1 Gadget; its objects are not checked (put its CustomResourceDefinition into .packstage/schemas, or name where it is with --schema)\n"
	const wrong = "x.yaml:6:15 error invalid-field: Gadget \"x\": must be <= 3 but found 4\n"
	for _, test := range []struct{ name, locations, want string }{
		{"default", "    - default\n", missing},
		{"URL", "    - https://schemas.example.com/{{ .ResourceKind }}.json\n", "manifest.yaml:13:7 info schema-unusable: is a URL, and nothing is fetched (keep the schemas in a folder and name it here or with --schema)\n" + missing},
		{"folder", "    - default\n    - schemas\n", wrong},
		{"pattern", "    - 'schemas/{{ .ResourceKind }}{{.KindSuffix}}.json'\n", wrong},
		{"catalogue", "    - 'catalogue/{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json'\n", wrong},
		{"version", "    - 'versions/{{ .NormalizedKubernetesVersion }}-standalone{{ .StrictSuffix }}/{{ .ResourceKind }}{{ .KindSuffix }}.json'\n", wrong},
		{"outside", "    - ../schemas\n", "manifest.yaml:13:7 warning schema-unusable: lies outside of the package's folder (name the folder with --schema)\n" + missing},
		{"absolute", "    - file:///schemas\n", "manifest.yaml:13:7 warning schema-unusable: lies outside of the package's folder (name the folder with --schema)\n" + missing},
		{"unknown variable", "    - 'x/{{ .Kind }}.json'\n", "manifest.yaml:13:7 warning schema-unusable: uses {{ .Kind }}, which is no variable of a location (there are Group, KindSuffix, NormalizedKubernetesVersion, ResourceAPIVersion, ResourceKind, StrictSuffix)\n" + missing},
		{"not there", "    - elsewhere\n", "manifest.yaml:13:7 warning schema-unusable: cannot be read: read schemas: open elsewhere: file does not exist (paths are relative to the package's folder)\n" + missing},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			found := check(t, kubernetes.Options{}, map[string]string{
				"manifest.yaml":                        located(test.locations),
				"x.yaml":                               object("example.com/v1", "Gadget", "spec: {level: 4}\n"),
				"schemas/gadget-example-v1.json":       gadget,
				"schemas/parts.json":                   `{"to": {}}`,
				"catalogue/parts.json":                 `{"to": {}}`,
				"catalogue/example.com/gadget_v1.json": `{"properties": {"spec": {"properties": {"level": {"maximum": 3}}}}}`,
				"versions/v1.36.3-standalone/gadget-example-v1.json": `{"properties": {"spec": {"properties": {"level": {"maximum": 3}}}}}`,
			})
			require.Equal(t, test.want, lines(found))
		})
	}
}

// What lies in the folder of the package counts without being named: the
// CustomResourceDefinitions of other components, say.
func TestSchemasNearby(t *testing.T) {
	t.Parallel()
	folder := fstest.MapFS{".schemas/widgets.yaml": {Data: []byte(widgets)}}
	found := check(t, kubernetes.Options{Files: folder}, map[string]string{"x.yaml": object("example.com/v1", "Widget", "spec: {size: 11}\n")})
	require.Equal(t, "x.yaml:6:14 error invalid-field: Widget \"x\": must be at most 10, is 11\n", lines(found))
}

// Nobody asked for what lies nearby: what cannot be read there keeps nothing else
// from being read. Golden files define nothing.
func TestSchemasNearbyAreReadAsFarAsTheyCan(t *testing.T) {
	t.Parallel()
	folder := fstest.MapFS{
		".a/pipe.yaml":                      {Mode: fs.ModeNamedPipe},
		".a/link.yaml":                      {Mode: fs.ModeSymlink, Data: []byte("nowhere")},
		".a/large.json":                     {Data: make([]byte, 10_001)},
		"x.yaml":                            {Data: []byte(object("example.com/v1", "Widget", "spec: {size: 11}\n"))},
		".test-fixtures/plain/widgets.yaml": {Data: []byte(widgets)},
		"components/a/.packstage/golden/a/gad.yaml": {Data: []byte(widgets)},
	}
	options := kubernetes.Options{Files: folder, Limits: packagetypes.Limits{File: 10_000}}
	files := map[string]string{"x.yaml": string(folder["x.yaml"].Data)}
	require.Contains(t, lines(check(t, options, files)), "there is no schema of example.com/v1 Widget")
	folder["z.yaml"] = &fstest.MapFile{Data: []byte(widgets)}
	require.Contains(t, lines(check(t, options, files)), "must be at most 10, is 11")

	// What was asked for is a fault where it cannot be read; a pipe holds no schemas.
	_, _, err := kubernetes.ReadSchemas(t.Context(), folder, ".", "schemas", options.Limits)
	require.ErrorContains(t, err, "large.json")
	delete(folder, ".a/large.json")
	_, _, err = kubernetes.ReadSchemas(t.Context(), folder, ".", "schemas", options.Limits)
	require.ErrorIs(t, err, fs.ErrNotExist, "the link")
	delete(folder, ".a/link.yaml")
	_, found, err := kubernetes.ReadSchemas(t.Context(), folder, ".", "schemas", options.Limits)
	require.NoError(t, err)
	require.Empty(t, found)
}

// Packages without test cases are rendered for the newest version that there is.
func TestNewestVersionIsTheDefault(t *testing.T) {
	t.Parallel()
	pkg, err := packageloader.Load(t.Context(), packageloader.FromFiles(map[string][]byte{"manifest.yaml": []byte(manifestHead)}), packageloader.LoadOptions{})
	require.NoError(t, err)
	renderer, err := packageloader.Compile(pkg, packageloader.Options{})
	require.NoError(t, err)
	contexts, found := renderer.DefaultContexts()
	require.Empty(t, found)
	versions := builtin.Versions()
	newest := versions[len(versions)-1]
	require.Equal(t, "v"+newest[:strings.LastIndex(newest, ".")]+".0", contexts[0].Environment.Kubernetes.Version)
}

package scaffold_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/scaffold"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/yamldoc"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

// read returns the objects of a YAML stream, with their text.
func read(t *testing.T, text string) []scaffold.InputObject {
	t.Helper()
	var objects []scaffold.InputObject
	for _, document := range yamldoc.Split([]byte(text)) {
		if document.Empty() {
			continue
		}
		content, err := yamldoc.DecodeMap(document, yamldoc.Options{})
		require.NoError(t, err)
		objects = append(objects, scaffold.InputObject{Content: content, Source: document.Data})
	}
	return objects
}

// render renders a package that was made, in scope and with a configuration.
func render(t *testing.T, made *scaffold.Result, c packagetypes.Context) (*packagetypes.Instance, error) {
	t.Helper()
	files := maps.Clone(made.Files)
	maps.DeleteFunc(files, func(path string, _ []byte) bool { return strings.HasPrefix(path, ".") })
	pkg, err := packageloader.Load(t.Context(), packageloader.FromFiles(files), packageloader.LoadOptions{})
	require.NoError(t, err)
	return packageloader.Render(t.Context(), pkg, c, packageloader.Options{})
}

func configMap(data map[string]any) map[string]any {
	return map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "a", "namespace": "shop"}, "data": data,
	}
}

// A converter hands over values that are templates, in every form.
func TestSubstitutions(t *testing.T) {
	t.Parallel()
	content := configMap(map[string]any{
		"text": "Hello", "joined": "100% of Hello {{ x }}", "block": "a: Hello\nb: {{ x }}\n", "quoted": "say-Hello", "bare": "v1.Hello", "brace": "a\n%{Hello}\n",
	})
	content["number"], content["flag"] = int64(3), true
	content["map"], content["list"] = map[string]any{"a": "b"}, []any{map[string]any{"c": []any{"d"}}, []any{int64(1)}}
	greeting := scaffold.Part{Expression: ".config.greeting"}
	at := func(key string) []any { return []any{"data", key} }
	input := scaffold.Input{
		Name: "x",
		Config: []scaffold.Property{
			{Path: []string{"greeting"}, Schema: map[string]any{"type": "string"}, Default: "Hello"},
			{Path: []string{"number"}, Schema: map[string]any{"type": "integer"}, Default: int64(3)},
			{Path: []string{"flag"}, Schema: map[string]any{"type": "boolean"}, Default: true},
			{Path: []string{"odd-name", "map"}, Schema: map[string]any{"type": "object", "additionalProperties": map[string]any{"type": "string"}}, Default: map[string]any{"a": "b"}},
			{Path: []string{"items"}, Schema: map[string]any{"type": "array", "items": map[string]any{"type": "string"}}, Default: []any{"d"}},
		},
		Objects: []scaffold.InputObject{{Content: content, Substitutions: []scaffold.Substitution{
			{Path: at("text"), Parts: []scaffold.Part{greeting}},
			{Path: at("joined"), Parts: []scaffold.Part{{Literal: "100% of "}, greeting, {Literal: " {{ x }}"}}},
			{Path: at("block"), Parts: []scaffold.Part{{Literal: "a: "}, greeting, {Literal: "\nb: {{ x }}\n"}}},
			{Path: at("quoted"), Parts: []scaffold.Part{{Literal: "say-"}, greeting}, Form: scaffold.FormQuoted},
			{Path: at("brace"), Parts: []scaffold.Part{{Literal: "a\n%{"}, greeting, {Literal: "}\n"}}},
			{Path: at("bare"), Parts: []scaffold.Part{{Literal: "v1."}, greeting}, Form: scaffold.FormBare},
			{Path: []any{"number"}, Parts: []scaffold.Part{{Expression: ".config.number"}}},
			{Path: []any{"flag"}, Parts: []scaffold.Part{{Expression: ".config.flag"}}},
			{Path: []any{"map"}, Parts: []scaffold.Part{{Expression: scaffold.ConfigExpression("odd-name", "map")}}},
			{Path: []any{"list", 0, "c"}, Parts: []scaffold.Part{{Expression: ".config.items"}}},
			{Path: []any{"list", 1}, Parts: []scaffold.Part{{Expression: "list .config.number 1 | first | list | uniq | len | list"}}},
		}}},
	}
	made, err := scaffold.Make(t.Context(), input, scaffold.Options{})
	require.NoError(t, err)
	assert.Equal(t, `apiVersion: v1
kind: ConfigMap
metadata:
  name: a
  namespace: "{{ .package.metadata.namespace }}"
  annotations:
    package-operator.run/phase: configuration
data:
  bare: v1.{{ .config.greeting }}
  block: |
    a: {{ .config.greeting }}
    b: {{ "{{" }} x }}
  brace: |
    a
    %{{ "{" }}{{ .config.greeting }}}
  joined: {{ printf "100%% of %v {{ x }}" .config.greeting | toJson }}
  quoted: "say-{{ .config.greeting }}"
  text: {{ .config.greeting | toJson }}
flag: {{ .config.flag }}
list:
- c:
    {{- .config.items | toYAML | nindent 4 }}
- {{ list .config.number 1 | first | list | uniq | len | list | toJson }}
map:
  {{- (index .config "odd-name" "map") | toYAML | nindent 2 }}
number: {{ .config.number }}
`, string(made.Files["configuration/configmap-a.yaml.gotmpl"]))

	_, err = render(t, made, packagetypes.Context{Config: map[string]any{
		"greeting": "it's: #1", "number": int64(-4), "flag": false, "odd-name": map[string]any{"map": map[string]any{}}, "items": []any{},
	}})
	require.Error(t, err, "bare text is for text that cannot be read as anything else")
	instance, err := render(t, made, packagetypes.Context{Config: map[string]any{
		"greeting": "yes", "number": int64(-4), "flag": false, "odd-name": map[string]any{"map": map[string]any{}}, "items": []any{},
	}})
	require.NoError(t, err)
	got := instance.Phases[0].Objects[0].Content()
	assert.Equal(t, map[string]any{
		"text": "yes", "joined": "100% of yes {{ x }}", "block": "a: yes\nb: {{ x }}\n", "quoted": "say-yes", "bare": "v1.yes", "brace": "a\n%{yes}\n",
	}, got["data"])
	assert.Equal(t, map[string]any{}, got["map"])
	assert.Equal(t, []any{map[string]any{"c": []any{}}, []any{int64(1)}}, got["list"])
	assert.Equal(t, int64(-4), got["number"])
	assert.Equal(t, false, got["flag"])
}

// What does not render to what it was made of is found before anyone else finds it.
func TestDifferencesAreFound(t *testing.T) {
	t.Parallel()
	_, err := scaffold.Make(t.Context(), scaffold.Input{
		Name:   "x",
		Config: []scaffold.Property{{Path: []string{"n"}, Schema: map[string]any{"type": "integer"}, Default: int64(4)}},
		Objects: []scaffold.InputObject{{
			Content: map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "a"}, "n": int64(3)}, Origin: "a.yaml:7",
			Substitutions: []scaffold.Substitution{{Path: []any{"n"}, Parts: []scaffold.Part{{Expression: ".config.n"}}}},
		}},
	}, scaffold.Options{})
	found, ok := diagnostic.From(err)
	require.True(t, ok, "%v", err)
	require.Len(t, found, 1)
	assert.Equal(t, diagnostic.ImportDiffers, found[0].Code)
	assert.Equal(t, diagnostic.Position{File: "a.yaml", Line: 7}, found[0].Position)
	assert.Contains(t, found[0].Message, "n is 4, not 3")
}

func TestInputThatDoesNotFit(t *testing.T) {
	t.Parallel()
	object := scaffold.InputObject{Content: configMap(nil), Origin: "a.yaml:1"}
	with := func(change func(*scaffold.InputObject)) scaffold.Input {
		changed := object
		change(&changed)
		return scaffold.Input{Objects: []scaffold.InputObject{changed}}
	}
	for name, test := range map[string]struct {
		input scaffold.Input
		code  diagnostic.Code
		want  string
	}{
		"nothing": {scaffold.Input{}, diagnostic.ImportEmpty, "no objects"},
		"a path that leads nowhere": {with(func(o *scaffold.InputObject) {
			o.Substitutions = []scaffold.Substitution{{Path: []any{"data", "x"}, Parts: []scaffold.Part{{Literal: "a"}}}}
		}), diagnostic.ObjectInvalid, "no field data.x to substitute"},
		"a template without a phase": {with(func(o *scaffold.InputObject) { o.Template = []byte("a") }), diagnostic.ObjectInvalid, "says no phase"},
		"a template that fails":      {with(func(o *scaffold.InputObject) { o.Template, o.Phase = []byte("{{ .x }}"), "deploy" }), diagnostic.TemplateExecute, "a.yaml:1"},
		"a condition that is none":   {with(func(o *scaffold.InputObject) { o.Condition = "1 +" }), diagnostic.ConditionInvalid, "a.yaml:1"},
		"a property twice": {scaffold.Input{Objects: []scaffold.InputObject{object}, Config: []scaffold.Property{
			{Path: []string{"a"}, Schema: map[string]any{"type": "string"}}, {Path: []string{"a", "b"}, Schema: map[string]any{"type": "string"}},
		}}, diagnostic.SchemaInvalid, "a.b is inside of a"},
		"a label that is none": {with(func(o *scaffold.InputObject) {
			o.Content = map[string]any{"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": "a", "labels": map[string]any{"a b": "c"}}}
		}), diagnostic.ObjectInvalidMetadata, "a.yaml:1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := scaffold.Make(t.Context(), test.input, scaffold.Options{})
			found, ok := diagnostic.From(err)
			require.True(t, ok, "%v", err)
			assert.Equal(t, test.code, found[0].Code, "%v", err)
			assert.Contains(t, found[0].Position.String()+found[0].Message+found[0].Hint, test.want)
		})
	}
}

func TestConditionsAndCases(t *testing.T) {
	t.Parallel()
	made, err := scaffold.Make(t.Context(), scaffold.Input{
		Name:       "x",
		Config:     []scaffold.Property{{Path: []string{"on"}, Schema: map[string]any{"type": "boolean"}, Default: false}},
		Conditions: []manifest.NamedCondition{{Name: "on", Expression: "config.on"}},
		Objects:    []scaffold.InputObject{{Content: configMap(nil), Condition: "cond.on"}},
		Cases:      []scaffold.InputCase{{Name: "on", Config: map[string]any{"on": true}}},
	}, scaffold.Options{})
	require.NoError(t, err)
	assert.Equal(t, 1, made.Objects)
	assert.Zero(t, made.Compared, "with the defaults it is not there")
	assert.NotContains(t, made.Files, ".test-fixtures/default/configuration/configmap-a.yaml")
	assert.Contains(t, made.Files, ".test-fixtures/on/configuration/configmap-a.yaml")
}

// The same input gives the same bytes, and stays as it was.
func TestMakeIsDeterministic(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join("testdata", "make", "cluster.txtar"))
	require.NoError(t, err)
	_, text, _ := strings.Cut(string(data), "-- input.yaml --\n")
	text, _, _ = strings.Cut(text, "-- ")
	input := scaffold.Input{Name: "shop", Objects: read(t, text)}
	before := fmt.Sprint(input)
	first, err := scaffold.Make(t.Context(), input, scaffold.Options{Parameters: scaffold.Parameters(), Images: scaffold.ImagesAll})
	require.NoError(t, err)
	for range 5 {
		again, err := scaffold.Make(t.Context(), input, scaffold.Options{Parameters: scaffold.Parameters(), Images: scaffold.ImagesAll})
		require.NoError(t, err)
		require.Equal(t, first.Decisions, again.Decisions)
		require.Equal(t, first.Paths(), again.Paths())
		for _, path := range first.Paths() {
			require.Equal(t, string(first.Files[path]), string(again.Files[path]), path)
		}
	}
	assert.Equal(t, before, fmt.Sprint(input))
}

// The examples of this repository become packages again that render to the same.
func TestExamplesComeBack(t *testing.T) {
	t.Parallel()
	folders, err := filepath.Glob(filepath.Join("..", "..", "examples", "packages", "*", "manifest.yaml"))
	require.NoError(t, err)
	require.NotEmpty(t, folders)
	for _, path := range folders {
		folder := filepath.Dir(path)
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			source := packageloader.FromFolder(folder, packageloader.FolderOptions{})
			packages, err := packageloader.LoadAll(t.Context(), source, packageloader.LoadOptions{})
			require.NoError(t, err)
			for _, pkg := range packages {
				renderer, err := packageloader.Compile(pkg, packageloader.Options{})
				require.NoError(t, err)
				for _, test := range pkg.Manifest.Test.Template {
					instance, err := renderer.Render(t.Context(), renderer.TestContext(test.Context))
					require.NoError(t, err)
					comesBack(t, instance)
				}
			}
		})
	}
}

func comesBack(t *testing.T, instance *packagetypes.Instance) {
	t.Helper()
	input := scaffold.Input{Name: instance.Name}
	for _, object := range instance.Objects() {
		input.Objects = append(input.Objects, scaffold.InputObject{Content: object.DeepCopy()})
	}
	for _, options := range []scaffold.Options{{}, {Parameters: scaffold.Parameters(), Images: scaffold.ImagesNone}, {Scope: scaffold.ScopeCluster, Images: scaffold.ImagesAll}} {
		made, err := scaffold.Make(t.Context(), input, options)
		require.NoError(t, err)
		assert.Equal(t, len(input.Objects), made.Compared)
	}
}

func TestNameThatIsANumber(t *testing.T) {
	t.Parallel()
	_, err := scaffold.Make(t.Context(), scaffold.Input{Objects: read(t, "apiVersion: v1\nkind: Secret\nmetadata: {name: 12}\n")}, scaffold.Options{})
	require.ErrorContains(t, err, "the name of the Secret is no text: 12 needs quotes")
}

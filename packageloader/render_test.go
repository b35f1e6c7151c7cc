package packageloader_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/template"
	"github.com/packstage/packstage/validate"
)

const testManifest = `apiVersion: manifests.package-operator.run/v1alpha1
kind: PackageManifest
metadata:
  name: demo
spec:
  scopes: [Cluster, Namespaced]
  phases:
  - name: prepare
  - name: deploy
  - name: after
    class: hosted
`

// configMap is a ConfigMap in a phase; more lines may follow.
func configMap(name, phase string) string {
	return "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: " + name +
		"\n  annotations:\n    package-operator.run/phase: " + phase + "\n"
}

func source(files map[string]string) packageloader.Source {
	contents := map[string][]byte{"manifest.yaml": []byte(testManifest)}
	for path, content := range files {
		contents[path] = []byte(content)
	}
	return packageloader.FromFiles(contents)
}

func load(t testing.TB, files map[string]string) *packagetypes.Package {
	t.Helper()
	pkg, err := packageloader.Load(t.Context(), source(files), packageloader.LoadOptions{})
	require.NoError(t, err)
	return pkg
}

// outline is one line for each object: phase/name.
func outline(instance *packagetypes.Instance) []string {
	var lines []string
	for phase, object := range instance.Objects() {
		lines = append(lines, phase.Name+"/"+object.Name())
	}
	return lines
}

// lines is one line for each finding.
func lines(err error) []string {
	found, ok := diagnostic.From(err)
	if !ok {
		return []string{fmt.Sprint(err)}
	}
	var texts []string
	for _, d := range found {
		texts = append(texts, fmt.Sprintf("%s [%s]", d.Position, d.Code))
	}
	return texts
}

func TestRenderOrder(t *testing.T) {
	t.Parallel()
	pkg := load(t, map[string]string{
		"a-b.yaml":         configMap("a-b", "deploy"),
		"a/x.yaml.gotmpl":  configMap("a-x", "deploy") + "---\n" + configMap("first", "prepare"),
		"b.yaml":           configMap("b", "deploy") + "--- # two\r\n" + configMap("b2", "after"),
		"list.yaml":        "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: A\n  metadata: {name: l1, annotations: {package-operator.run/phase: deploy}}\n- apiVersion: v1\n  kind: List\n  items:\n  - apiVersion: v1\n    kind: A\n    metadata: {name: l2, annotations: {package-operator.run/phase: deploy}}\n",
		"over.yaml":        configMap("static", "deploy"),
		"over.yaml.gotmpl": configMap("template-wins", "deploy"),
		"_helper.yaml":     "not: an object",
		"README.md":        "# text",
		"empty.yaml":       "# nothing\n---\n",
	})
	instance, err := packageloader.Render(t.Context(), pkg, packagetypes.Context{}, packageloader.Options{})
	require.NoError(t, err)
	require.Equal(t, []string{
		"prepare/first", "deploy/a-x", "deploy/a-b", "deploy/b", "deploy/l1", "deploy/l2", "deploy/template-wins", "after/b2",
	}, outline(instance))
	require.Equal(t, "hosted", instance.Phases[2].Class)
	var reversed []string
	for _, phase := range instance.Reverse() {
		for _, object := range phase.Objects {
			reversed = append(reversed, object.Name())
		}
	}
	require.Equal(t, []string{"b2", "template-wins", "l2", "l1", "b", "a-b", "a-x", "first"}, reversed)
	require.Equal(t, "demo", instance.Name)
	require.Equal(t, manifest.ScopeCluster, instance.Scope)
	require.Empty(t, instance.Namespace)
}

func TestRenderDefaultsOfNamespacedScope(t *testing.T) {
	t.Parallel()
	pkg := load(t, map[string]string{"a.yaml.gotmpl": configMap("{{ .package.metadata.name }}-{{ .package.metadata.namespace }}", "deploy")})
	instance, err := packageloader.Render(t.Context(), pkg, packagetypes.Context{Scope: manifest.ScopeNamespaced}, packageloader.Options{})
	require.NoError(t, err)
	require.Equal(t, []string{"deploy/demo-default"}, outline(instance))
}

func TestRenderFindings(t *testing.T) {
	t.Parallel()
	include := "{{- define \"broken\" -}}\nx: {{ .config.nope }}\n{{- end -}}\n"
	for name, test := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"error inside an include in another file": {
			map[string]string{"_h.gotmpl": include, "a.yaml.gotmpl": configMap("a", "deploy") + "data:\n  {{ include \"broken\" . }}\n"},
			[]string{"_h.gotmpl:2:7 [template-execute]"},
		},
		"rendered YAML that does not parse": {
			map[string]string{"a.yaml.gotmpl": "# {{ .package.metadata.name }}\n" + configMap("a", "deploy") + "data:\n  {{- range until 2 }}\n  k{{ . }}: v: w\n  {{- end }}\n"},
			[]string{"a.yaml.gotmpl:10:14 [yaml-invalid]"},
		},
		"object fault in rendered output": {
			map[string]string{"a.yaml.gotmpl": "{{ if true }}\n" + configMap("a", "{{ .package.metadata.name }}") + "{{ end }}\n"},
			[]string{"a.yaml.gotmpl:7:36 [phase-unknown]"},
		},
		"several files at once": {
			map[string]string{
				"a.yaml": "just text\n", "b.yaml": configMap("b", "nope"), "c.yaml": "a: [\n",
				"d.yaml": configMap("d", "deploy") + "---\n" + configMap("d", "deploy"),
				"e.yaml": configMap("e", "deploy") + "data: {a: 1, a: 2}\n",
			},
			[]string{
				"a.yaml:1:1 [object-invalid]", "b.yaml:6:33 [phase-unknown]", "c.yaml:1:1 [yaml-invalid]",
				"d.yaml:8:1 [object-duplicate]", "e.yaml:7:14 [yaml-duplicate-key]",
			},
		},
		"duplicate of a static object": {
			map[string]string{"a.yaml": configMap("a", "deploy"), "b.yaml.gotmpl": configMap("{{ \"a\" }}", "deploy")},
			[]string{"b.yaml.gotmpl:1:1 [object-duplicate]"},
		},
		"condition that is no boolean": {
			map[string]string{"a.yaml": strings.Replace(configMap("a", "deploy"), "annotations:\n", "annotations:\n    package-operator.run/condition: \"1 + 1\"\n", 1)},
			[]string{"a.yaml:6:37 [condition-invalid]"},
		},
		"condition that nobody declares": {
			map[string]string{"a.yaml": strings.Replace(configMap("a", "deploy"), "annotations:\n", "annotations:\n    package-operator.run/condition: cond.nope\n", 1)},
			[]string{"a.yaml:6:37 [condition-invalid]"},
		},
		"condition in a template that fails": {
			map[string]string{"a.yaml.gotmpl": "# {{ .package.metadata.name }}\n" + strings.Replace(configMap("a", "deploy"), "annotations:\n", "annotations:\n    package-operator.run/condition: \"config.{{ \"nope\" }} == 1\"\n", 1)},
			[]string{"a.yaml.gotmpl:7:37 [condition-failed]"},
		},
		"alias bomb": {
			map[string]string{"a.yaml": aliasBomb()},
			[]string{"a.yaml:5:34 [limit-exceeded]"},
		},
		"endless loop":             {endless("{{ range 1000000000000 }}{{ end }}"), []string{"a.yaml.gotmpl:1:10 [limit-exceeded]"}},
		"recursion":                {endless(`{{ define "r" }}{{ include "r" . }}{{ end }}{{ include "r" . }}`), []string{"a.yaml.gotmpl:1:20 [limit-exceeded]"}},
		"map tied to itself":       {endless(`{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ $d }}`), []string{"a.yaml.gotmpl:1:26 [template-execute]"}},
		"gigabytes from repeat":    {endless(`{{ repeat 1000000000 "xxxxxxxxxx" }}`), []string{"a.yaml.gotmpl:1:4 [limit-exceeded]"}},
		"gigabytes from until":     {endless(`{{ until 1000000000 | len }}`), []string{"a.yaml.gotmpl:1:4 [limit-exceeded]"}},
		"gigabytes from seq":       {endless(`{{ seq 1000000000 }}`), []string{"a.yaml.gotmpl:1:4 [limit-exceeded]"}},
		"gigabytes from indent":    {endless(`{{ indent 2000000000 "x" }}`), []string{"a.yaml.gotmpl:1:4 [limit-exceeded]"}},
		"unknown template":         {endless(`{{ include "nope" . }}`), []string{"a.yaml.gotmpl:1:4 [template-execute]"}},
		"template that is cut off": {endless("a\nb {{ if true }}"), []string{"a.yaml.gotmpl:2:6 [template-parse]"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			instance, err := packageloader.Render(t.Context(), load(t, test.files), packagetypes.Context{}, packageloader.Options{})
			require.Nil(t, instance)
			require.Equal(t, test.want, lines(err), "%v", err)
			require.Less(t, time.Since(start), 2*time.Minute)
		})
	}
}

func endless(text string) map[string]string { return map[string]string{"a.yaml.gotmpl": text} }

func aliasBomb() string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x]\n")
	for i := range 30 {
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i+1, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i), 20), ","))
	}
	return b.String()
}

func TestConfigurationFindings(t *testing.T) {
	t.Parallel()
	pkg := load(t, map[string]string{
		"manifest.yaml": testManifest + `  config:
    openAPIV3Schema:
      type: object
      required: [password]
      properties:
        password: {type: string, format: password, pattern: "^[a-z]+$"}
        replicas: {type: integer, minimum: 1, default: 2}
`,
		"a.yaml.gotmpl": configMap("a", "deploy") + "data:\n  p: {{ fail (printf \"bad %s\" (.config.password | b64enc)) }}\n",
	})
	renderer, err := packageloader.Compile(pkg, packageloader.Options{})
	require.NoError(t, err)
	render := func(config map[string]any) error {
		_, err := renderer.Render(t.Context(), packagetypes.Context{Config: config})
		return err
	}
	err = render(map[string]any{"password": "hunter2-SECRET", "replica": 3})
	require.ErrorIs(t, err, diagnostic.ConfigUnknownKey)
	require.ErrorIs(t, err, diagnostic.ConfigInvalid)
	require.Contains(t, err.Error(), `did you mean "replicas"?`)
	require.NotContains(t, err.Error(), "hunter2")

	err = render(map[string]any{"password": "hunterxyz"})
	require.ErrorIs(t, err, diagnostic.TemplateExecute)
	require.NotContains(t, err.Error(), "hunterxyz")
	require.NotContains(t, err.Error(), "aHVudGVyeHl6")
	require.Contains(t, err.Error(), "bad ***")
}

func TestRenderChangesNothingOfTheCaller(t *testing.T) {
	t.Parallel()
	pkg := load(t, map[string]string{
		"manifest.yaml": testManifest + "  config: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}\n",
		"a.yaml.gotmpl": `{{ $_ := set .config "leak" "x" }}{{ $_ := set .config.nested "leak" "x" }}` + configMap("a", "deploy"),
		"b.yaml.gotmpl": configMap("b-{{ hasKey .config \"leak\" }}", "deploy"),
	})
	config := map[string]any{"nested": map[string]any{"a": 1}, "n": 1}
	instance, err := packageloader.Render(t.Context(), pkg, packagetypes.Context{Config: config}, packageloader.Options{})
	require.NoError(t, err)
	require.Equal(t, map[string]any{"nested": map[string]any{"a": 1}, "n": 1}, config)
	require.Equal(t, []string{"deploy/a", "deploy/b-false"}, outline(instance))
	require.NotContains(t, instance.AdmittedConfig, "leak")
}

func TestSourceLines(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"_h.gotmpl":     "{{ define \"cm\" }}\n" + configMap("{{ . }}", "deploy") + "{{ end }}",
		"a.yaml.gotmpl": "# comment\n{{- range list \"p\" \"q\" }}\n---\n" + configMap("{{ . }}", "deploy") + "{{- end }}\n---\n{{ include \"cm\" \"z\" }}\n",
		"b.yaml":        "---\n# comment\n---\n" + configMap("b", "deploy"),
	}
	instance, err := packageloader.Render(t.Context(), load(t, files), packagetypes.Context{}, packageloader.Options{})
	require.NoError(t, err)
	var sources []string
	for _, object := range instance.Phases[0].Objects {
		position := object.Source()
		sources = append(sources, fmt.Sprintf("%s %s:%d document %d", object.Name(), position.File, position.Line, position.Document))
	}
	require.Equal(t, []string{
		"p a.yaml.gotmpl:4 document 1", "q a.yaml.gotmpl:4 document 2", "z a.yaml.gotmpl:12 document 3", "b b.yaml:4 document 2",
	}, sources)
}

// The same package and context make one digest, whatever the order of the
// files, the number of processors and of goroutines.
func TestRenderIsAFunction(t *testing.T) {
	files := map[string]string{
		"manifest.yaml": testManifest + `  config:
    openAPIV3Schema: {type: object, properties: {m: {type: object, additionalProperties: {type: integer}}}}
  filter:
    conditions: [{name: some, expression: size(config.m) > 3}]
    paths: [{glob: "x*", expression: cond.some}]
`,
		"_h.gotmpl": `{{ define "data" }}{{ range $k, $v := . }}{{ $k }}: {{ $v | quote }}
  {{ end }}{{ end }}`,
	}
	config := map[string]any{}
	for i := range 8 {
		config[fmt.Sprintf("k%d", i)] = i
		files[fmt.Sprintf("x%d.yaml.gotmpl", i)] = configMap(fmt.Sprintf("x%d", i), "deploy") +
			"data:\n  keys: {{ keys .config.m | join \",\" }}\n  {{ include \"data\" .config.m }}\n"
		files[fmt.Sprintf("s%d.yaml", i)] = configMap(fmt.Sprintf("s%d", i), "after")
	}
	c := packagetypes.Context{Config: map[string]any{"m": config}}
	before := runtime.GOMAXPROCS(0)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
	digests := map[string]int{}
	for round := range 1000 {
		runtime.GOMAXPROCS([]int{1, 8}[round%2])
		contents := map[string][]byte{}
		paths := slices.Sorted(maps.Keys(files))
		rand.New(rand.NewPCG(uint64(round), 1)).Shuffle(len(paths), func(i, j int) { paths[i], paths[j] = paths[j], paths[i] })
		for _, path := range paths {
			contents[path] = []byte(files[path])
		}
		pkg, err := packageloader.Load(t.Context(), packageloader.FromFiles(contents), packageloader.LoadOptions{})
		require.NoError(t, err)
		instance, err := packageloader.Render(t.Context(), pkg, c, packageloader.Options{Parallelism: 1 + round%8})
		require.NoError(t, err)
		digests[pkg.ContentDigest+" "+instance.Digest()]++
	}
	require.Len(t, digests, 1)
	const golden = "sha256:" + renderedDigest
	for digest := range digests {
		require.Equal(t, golden, strings.Fields(digest)[1], "the digest of rendered content must never change")
	}
}

func TestRenderIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	renderer, err := packageloader.Compile(load(t, map[string]string{
		"manifest.yaml": testManifest + "  config: {openAPIV3Schema: {type: object, properties: {name: {type: string}}}}\n",
		"a.yaml.gotmpl": `{{ $_ := set .config "x" "y" }}` + configMap("{{ .config.name }}", "deploy"),
		"b.yaml":        configMap("b", "deploy"),
	}), packageloader.Options{})
	require.NoError(t, err)
	results := make(chan error, 64)
	for i := range 64 {
		go func() {
			name := fmt.Sprintf("n%d", i)
			instance, err := renderer.Render(context.WithoutCancel(t.Context()), packagetypes.Context{Config: map[string]any{"name": name}})
			if err == nil && instance.Phases[0].Objects[0].Name() != name {
				err = fmt.Errorf("rendered %s for %s", instance.Phases[0].Objects[0].Name(), name)
			}
			results <- err
		}()
	}
	for range 64 {
		require.NoError(t, <-results)
	}
}

func TestRenderEndsWithItsContext(t *testing.T) {
	t.Parallel()
	renderer, err := packageloader.Compile(load(t, endless("{{ range 1000000000000 }}{{ end }}")),
		packageloader.Options{Limits: packagetypes.Limits{TemplateSteps: 1 << 60}})
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err = renderer.Render(ctx, packagetypes.Context{})
	require.ErrorIs(t, err, context.DeadlineExceeded)
	var found diagnostic.Diagnostics
	require.False(t, errors.As(err, &found))
	require.Less(t, time.Since(start), time.Minute)
}

func TestSharedLimitNamesTheSameFileEachTime(t *testing.T) {
	t.Parallel()
	files := map[string]string{}
	for i := range 20 {
		files[fmt.Sprintf("f%02d.yaml.gotmpl", i)] = "{{ range 100 }}{{ end }}"
	}
	pkg := load(t, files)
	seen := map[string]bool{}
	for range 20 {
		_, err := packageloader.Render(t.Context(), pkg, packagetypes.Context{},
			packageloader.Options{Parallelism: 8, Limits: packagetypes.Limits{TemplateSteps: 550}})
		require.ErrorIs(t, err, diagnostic.LimitExceeded)
		seen[fmt.Sprint(lines(err))] = true
	}
	require.Len(t, seen, 1)
}

func TestObjectLimit(t *testing.T) {
	t.Parallel()
	limits := packagetypes.Limits{Objects: 2}
	three := configMap("a", "deploy") + "---\n" + configMap("b", "deploy") + "---\n" + configMap("c", "deploy")
	for _, path := range []string{"a.yaml", "a.yaml.gotmpl"} {
		_, err := packageloader.Render(t.Context(), load(t, map[string]string{path: three}), packagetypes.Context{}, packageloader.Options{Limits: limits})
		var limit *packagetypes.LimitError
		require.ErrorAs(t, err, &limit)
		require.Equal(t, packagetypes.LimitError{Limit: "Objects", Value: 3, Max: 2}, *limit)
	}
}

func TestRulesSeePackageAndInstance(t *testing.T) {
	t.Parallel()
	rule := validate.RuleFunc(func(subject validate.Subject) diagnostic.Diagnostics {
		if subject.Instance == nil {
			return diagnostic.Diagnostics{{Code: "test/package", Severity: diagnostic.Warning, Message: "package"}}
		}
		return diagnostic.Diagnostics{{Code: "test/instance", Severity: diagnostic.Warning, Message: "instance"}}
	})
	instance, err := packageloader.Render(t.Context(), load(t, map[string]string{"a.yaml": configMap("a", "deploy")}),
		packagetypes.Context{}, packageloader.Options{Rules: []validate.Rule{rule}})
	require.NoError(t, err)
	require.Len(t, instance.Warnings, 2)
}

func TestFunctionsCanBeAdded(t *testing.T) {
	t.Parallel()
	pkg := load(t, map[string]string{"a.yaml.gotmpl": configMap(`{{ shout "a" | lower }}`, "deploy")})
	function := template.Function{Name: "shout", Implementation: strings.ToUpper, Deterministic: true}
	instance, err := packageloader.Render(t.Context(), pkg, packagetypes.Context{}, packageloader.Options{Functions: []template.Function{function}})
	require.NoError(t, err)
	require.Equal(t, []string{"deploy/a"}, outline(instance))
	function.Deterministic = false
	_, err = packageloader.Render(t.Context(), pkg, packagetypes.Context{}, packageloader.Options{Functions: []template.Function{function}})
	require.Error(t, err)
}

func TestComponents(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"manifest.yaml":                testManifest + "  components: {}\n",
		"a.yaml":                       configMap("root", "deploy"),
		"components/ok/manifest.yaml":  strings.Replace(testManifest, "name: demo", "name: whatever", 1),
		"components/ok/b.yaml":         configMap("ok", "deploy"),
		"components/bad/manifest.yaml": "broken: [",
		"components/stray":             "x",
	}
	render := func(component string) (*packagetypes.Instance, error) {
		pkg, err := packageloader.Load(t.Context(), source(files), packageloader.LoadOptions{Component: component})
		if err != nil {
			return nil, err
		}
		return packageloader.Render(t.Context(), pkg, packagetypes.Context{}, packageloader.Options{})
	}
	instance, err := render("")
	require.NoError(t, err)
	require.Equal(t, []string{"deploy/root"}, outline(instance))
	instance, err = render("ok")
	require.NoError(t, err)
	require.Equal(t, "ok", instance.PackageName)
	require.Equal(t, "ok", instance.Phases[0].Objects[0].DeepCopy()["metadata"].(map[string]any)["labels"].(map[string]any)[validate.PackageLabel])
	require.Equal(t, "whatever", instance.Name)
	_, err = render("bad")
	require.ErrorIs(t, err, diagnostic.YAMLInvalid)
	_, err = render("okk")
	require.ErrorIs(t, err, diagnostic.ComponentNotFound)
	require.Contains(t, err.Error(), `did you mean "ok"?`)

	found, err := packageloader.Validate(t.Context(), source(files), packageloader.Options{})
	require.NoError(t, err)
	require.True(t, found.HasErrors())
	require.Equal(t, "bad", found.WithSeverity(diagnostic.Error)[0].Component)
}

func TestValidate(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"fine": {map[string]string{"a.yaml": configMap("a", "deploy")}, nil},
		"unknown field is an error for the author": {
			map[string]string{"manifest.yaml": testManifest + "  phase: []\n"},
			[]string{"manifest.yaml:12:3 [manifest-unknown-field]"},
		},
		"a test case that fails": {
			map[string]string{
				"manifest.yaml": testManifest + "test:\n  template:\n  - name: broken\n    context: {config: {x: 1}}\n",
			},
			[]string{" [config-unknown-key]"},
		},
		"required configuration without a test case": {
			map[string]string{"manifest.yaml": testManifest + "  config: {openAPIV3Schema: {type: object, required: [a], properties: {a: {type: string}}}}\n"},
			[]string{"manifest.yaml:12:29 [templates-not-rendered]"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found, err := packageloader.Validate(t.Context(), source(test.files), packageloader.Options{})
			require.NoError(t, err)
			var got []string
			for _, d := range found {
				got = append(got, fmt.Sprintf("%s [%s]", d.Position, d.Code))
			}
			require.Equal(t, test.want, got)
		})
	}
}

func TestLoadFromFS(t *testing.T) {
	t.Parallel()
	fsys := fstest.MapFS{
		"manifest.yaml":              {Data: []byte(testManifest)},
		"a.yaml":                     {Data: []byte(configMap("a", "deploy"))},
		".test-fixtures/x/a.yaml":    {Data: []byte("not read")},
		"folder/.hidden/broken.yaml": {Data: []byte("[")},
	}
	pkg, err := packageloader.Load(t.Context(), packageloader.FromFS(fsys), packageloader.LoadOptions{})
	require.NoError(t, err)
	require.Equal(t, []string{"a.yaml", "manifest.yaml"}, pkg.Files.Paths())
}

// Of the rendered content of TestRenderIsAFunction.
const renderedDigest = "cf59f81d8121e0da18bb3d6d91f1855b99267af0d2c6f3aaf87979be5bfe3321"

package packageloader_test

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/template"
)

const referencesManifest = `apiVersion: manifests.package-operator.run/v1alpha1
kind: PackageManifest
metadata:
  name: shop
spec:
  scopes: [Namespaced]
  phases:
  - name: deploy
  config:
    openAPIV3Schema:
      type: object
      properties:
        web: {type: object, default: {}, properties: {enabled: {type: boolean, default: true}, port: {type: integer, default: 80}}}
        named: {type: boolean, default: true}
        path: {type: boolean, default: true}
        static: {type: boolean, default: true}
        written: {type: boolean, default: true}
        folded: {type: boolean, default: true}
        function: {type: boolean, default: true}
        unused: {type: string, default: ""}
  filter:
    conditions:
    - name: a
      expression: config.named
    - {name: b, expression: "cond.a && has(environment.openShift)"}
    paths:
    - glob: static.yaml
      expression: cond.b || config.path
  availabilityProbes:
  - probes:
    - condition: {type: Available, status: "True"}
    selector:
      kind: {group: apps, kind: Deployment}
`

func referencesRenderer(t testing.TB, files map[string]string) *packageloader.Renderer {
	t.Helper()
	folder := fstest.MapFS{}
	for path, content := range files {
		folder[path] = &fstest.MapFile{Data: []byte(content)}
	}
	pkg, err := packageloader.Load(context.Background(), packageloader.FromFS(folder), packageloader.LoadOptions{})
	require.NoError(t, err)
	renderer, err := packageloader.Compile(pkg, packageloader.Options{})
	require.NoError(t, err)
	return renderer
}

func conditioned(name, condition string) string {
	return "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: " + name + "\n  annotations:\n" +
		"    package-operator.run/phase: deploy\n    package-operator.run/condition" + condition + "\n"
}

func TestReferencesOfAPackage(t *testing.T) {
	t.Parallel()
	renderer := referencesRenderer(t, map[string]string{
		"manifest.yaml": referencesManifest,
		"static.yaml":   conditioned("one", ": config.static") + "---\n" + conditioned("two", ": 'true'"),
		"a.yaml.gotmpl": conditioned("three", ": config.written") + "---\n" +
			conditioned("four", ": >-\n      config.folded ||\n      cond.a\n    {{- if cel \"config.function\" }}\n    x: y\n    {{- end }}"),
		"_h.gotmpl": "{{/* package-operator.run/condition: config.unused */}}\n# package-operator.run/condition: config.unused\n",
	})
	references := renderer.References()
	var conditions []string
	for _, c := range references.Conditions {
		text := c.Position.String() + " " + string(c.Origin) + " " + c.Name + ":"
		for _, read := range c.Reads {
			text += " " + read.Path.String()
		}
		conditions = append(conditions, text+" "+strings.Join(c.Uses, ","))
	}
	require.Equal(t, []string{
		"a.yaml.gotmpl:7:5 annotation : config.written ",
		"a.yaml.gotmpl:15:5 annotation : config.folded a",
		"a.yaml.gotmpl:18:12 function : config.function ",
		"manifest.yaml:24:19 named a: config.named ",
		"manifest.yaml:25:29 named b: environment.openShift a",
		"manifest.yaml:28:19 path static.yaml: config.path b",
		"static.yaml:7:37 annotation : config.static ",
		"static.yaml:15:37 annotation : ",
	}, trimDocuments(conditions))
	require.Empty(t, references.Unknown)
	for property, want := range map[string]bool{
		"named": true, "path": true, "static": true, "written": true, "folded": true, "function": true, "unused": false, "web": false,
	} {
		require.Equal(t, want, references.Uses(template.Path{"config", property}), property)
	}
	require.Len(t, references.Reads(), 7)
}

// trimDocuments leaves the numbers of documents out of positions.
func trimDocuments(texts []string) []string {
	for i := range texts {
		if before, after, ok := strings.Cut(texts[i], " (document"); ok {
			_, after, _ = strings.Cut(after, ")")
			texts[i] = before + after
		}
	}
	return texts
}

func TestReferencesOfConditionsThatTemplatesWrite(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		condition string
		unknown   int
	}{
		"plain":        {": config.named", 0},
		"quoted":       {": \"config.named\" # really", 0},
		"literal":      {": |\n      config.named\n      && true", 0},
		"action":       {": {{ .config.web.enabled | quote }}", 1},
		"in a block":   {": |\n      config.{{ \"named\" }}", 1},
		"not CEL":      {": \"config.named &&\"", 1},
		"map":          {"-map: A => example.com/B", 0},
		"from a value": {"-map: A => example.com/B\n    {{- toYAML (dict \"package-operator.run/condition\" \"true\") | nindent 4 }}", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			references := referencesRenderer(t, map[string]string{
				"manifest.yaml": referencesManifest, "a.yaml.gotmpl": conditioned("one", test.condition),
			}).References()
			require.Len(t, references.Unknown, test.unknown)
			for _, unknown := range references.Unknown {
				require.Equal(t, "a.yaml.gotmpl", unknown.Position.File)
				require.NotZero(t, unknown.Position.Line)
			}
		})
	}
}

package testrun_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/testrun"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/template"
)

const webManifest = `apiVersion: manifests.package-operator.run/v1alpha1
kind: PackageManifest
metadata: {name: web}
spec:
  scopes: [Namespaced]
  phases: [{name: settings}, {name: deploy}]
  config:
    openAPIV3Schema:
      type: object
      properties:
        replicas: {type: integer, default: 1, minimum: 0}
        password: {type: string, format: password, default: ""}
`

const webTests = `test:
  template:
  - name: plain
    context: {package: {metadata: {name: web, namespace: web}}}
  - name: large
    context: {package: {metadata: {name: web, namespace: web}}, config: {replicas: 5}}
`

// configMap is a template of a ConfigMap.
func configMap(name, phase, more string) string {
	return "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: " + name +
		"\n  annotations: {package-operator.run/phase: " + phase + "}\n" + more
}

// folder writes a package.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	top := t.TempDir()
	for path, content := range files {
		file := filepath.Join(top, filepath.FromSlash(path))
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o700))
		require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
	}
	return top
}

func web(more map[string]string) map[string]string {
	files := map[string]string{
		"manifest.yaml":      webManifest + webTests,
		"web.yaml.gotmpl":    configMap("web", "deploy", "data: {replicas: \"{{ .config.replicas }}\", password: \"{{ .config.password }}\"}\n"),
		"settings.yaml":      configMap("settings", "settings", ""),
		"empty.yaml.gotmpl":  "{{- if gt (int .config.replicas) 3 }}\n" + configMap("extra", "deploy", "") + "{{- end }}\n",
		"components/.ignore": "",
	}
	for path, content := range more {
		files[path] = content
	}
	return files
}

func run(t testing.TB, top string, options testrun.Options) *testrun.Report {
	t.Helper()
	options.Author = os.DirFS(top)
	report, err := testrun.Run(t.Context(), packageloader.FromFolder(top, packageloader.FolderOptions{}), options)
	require.NoError(t, err)
	return report
}

// outline is what a report says, in short.
func outline(report *testrun.Report) []string {
	lines := []string{}
	for _, suite := range report.Suites {
		for _, c := range suite.Cases {
			var codes []string
			for _, d := range c.Findings {
				codes = append(codes, fmt.Sprintf("%s@%d", d.Code, d.Position.Line))
			}
			lines = append(lines, strings.TrimSpace(suite.Component+" "+c.Name+": "+strings.Join(codes, " ")))
		}
	}
	for _, d := range report.Findings {
		lines = append(lines, fmt.Sprintf("%s %s %s", d.Severity, d.Code, d.Position.File))
	}
	return lines
}

func TestGoldenFiles(t *testing.T) {
	t.Parallel()
	top := folder(t, web(nil))
	assert.Equal(t, []string{"plain: golden-missing@15", "large: golden-missing@17"}, outline(run(t, top, testrun.Options{})))

	report := run(t, top, testrun.Options{UpdateFolder: top})
	assert.False(t, report.Failed())
	assert.Equal(t, testrun.Totals{Suites: 1, Cases: 2, GoldenFiles: 5, Updated: 5}, report.Totals())
	content, err := os.ReadFile(filepath.Join(top, ".test-fixtures", "large", "web.yaml"))
	require.NoError(t, err)
	assert.Equal(t, configMap("web", "deploy", "data: {replicas: \"5\", password: \"\"}\n"), string(content))

	report = run(t, top, testrun.Options{UpdateFolder: top})
	assert.Equal(t, testrun.Totals{Suites: 1, Cases: 2, GoldenFiles: 5}, report.Totals())

	// A file that changes, one that is new, and one that goes.
	require.NoError(t, os.WriteFile(filepath.Join(top, "web.yaml.gotmpl"), []byte(configMap("web", "deploy", "data: {}\n")), 0o600))
	require.NoError(t, os.Rename(filepath.Join(top, "settings.yaml"), filepath.Join(top, "config.yaml")))
	require.NoError(t, os.MkdirAll(filepath.Join(top, ".test-fixtures", "renamed"), 0o700))
	report = run(t, top, testrun.Options{Only: regexp.MustCompile("pl")})
	assert.Equal(t, []string{
		"plain: golden-changed@15 golden-missing@15 golden-superfluous@15",
		"warning golden-superfluous .test-fixtures/renamed",
	}, outline(report))
	differences := report.Suites[0].Cases[0].Differences
	require.Len(t, differences, 3)
	assert.Contains(t, differences[2].Unified(), "\n-data: {replicas: \"1\", password: \"\"}\n+data: {}\n")

	report = run(t, top, testrun.Options{UpdateFolder: top, Only: regexp.MustCompile("pl")})
	assert.Equal(t, testrun.Totals{Suites: 1, Cases: 1, GoldenFiles: 2, Updated: 2, Removed: 1}, report.Totals())
	assert.NoFileExists(t, filepath.Join(top, ".test-fixtures", "plain", "settings.yaml"))
	assert.FileExists(t, filepath.Join(top, ".test-fixtures", "large", "settings.yaml"))
}

func TestGoldenFilesOfCasesInTheFile(t *testing.T) {
	t.Parallel()
	top := folder(t, map[string]string{
		"manifest.yaml":        webManifest,
		"settings.yaml.gotmpl": "# {{ .package.metadata.namespace }}/{{ .package.metadata.name }}\n" + configMap("settings", "settings", ""),
		".packstage/test.yaml": "environments: [{name: new, environment: {kubernetes: {version: v1.36.0}}}]\ncases: [{name: one, golden: true}]\n",
	})
	report := run(t, top, testrun.Options{UpdateFolder: top})
	assert.Equal(t, []string{"one:", "one/new:"}, outline(report))
	content, err := os.ReadFile(filepath.Join(top, ".packstage", "golden", "one", "settings.yaml"))
	require.NoError(t, err)
	// These are no golden files of the format: name and namespace have their defaults.
	assert.Contains(t, string(content), "# default/web\n")
}

func TestAssertions(t *testing.T) {
	t.Parallel()
	top := folder(t, map[string]string{
		"manifest.yaml":   webManifest,
		"web.yaml.gotmpl": configMap("web", "deploy", "data: {replicas: \"{{ .config.replicas }}\"}\n"),
		"settings.yaml":   configMap("settings", "settings", ""),
		".packstage/test.yaml": `assert:
- that: size(objects) == 2
- that: phases.map(p, p.name) == ["settings", "deploy"] && phases[0].class == ""
cases:
- name: one
  context: {config: {password: topsecret}}
  assert:
  - that: objects.all(o, has(o.data))
    message: every object has data
  - that: config.replicas == 1 && config.password == "x"
  - that: object.size() == 2
  - that: objects.all(o, o.data.replicas == "1")
  - that: config
  - that: config.replicas == 1
`,
	})
	report := run(t, top, testrun.Options{})
	found := report.Suites[0].Cases[0].Findings
	var texts []string
	for _, d := range found {
		texts = append(texts, fmt.Sprintf("%s %s: %s (%s)", d.Position, d.Code, d.Message, d.Hint))
	}
	assert.Equal(t, []string{
		".packstage/test.yaml:8:11 test-assertion-failed: every object has data: `objects.all(o, has(o.data))` is false" +
			" (for o = ConfigMap \"settings\" of settings.yaml (objects[0]), has(o.data) is false\no has apiVersion, kind, metadata)",
		".packstage/test.yaml:10:11 test-assertion-failed: the assertion `config.replicas == 1 && config.password == \"x\"` is false" +
			" (config.password == \"x\" is false\nconfig.password is \"***\")",
		".packstage/test.yaml:11:11 test-assertion-invalid: the assertion `object.size() == 2` does not compile, column 1: " +
			"undeclared reference to 'object' (variables: config, objects, phases)",
		".packstage/test.yaml:12:11 test-assertion-failed: the assertion `objects.all(o, o.data.replicas == \"1\")` fails" +
			" (for o = ConfigMap \"settings\" of settings.yaml (objects[0]), o.data.replicas == \"1\" is an error: no such key: data\n" +
			"o.data.replicas is an error: no such key: data)",
		".packstage/test.yaml:13:11 test-assertion-failed: the assertion `config` fails" +
			" (config is {\"password\":\"***\",\"replicas\":1}\nmust be true or false, is map)",
	}, texts)
	assert.Equal(t, 8, report.Totals().Assertions)
	assert.Equal(t, 2, report.Suites[0].Cases[0].Objects)
}

func TestExpectedErrors(t *testing.T) {
	t.Parallel()
	top := folder(t, map[string]string{
		"manifest.yaml": webManifest,
		"web.yaml.gotmpl": `{{ if eq .config.password "no" }}{{ fail "the password is too simple" }}{{ end }}` +
			configMap("web", "deploy", ""),
		".packstage/test.yaml": `cases:
- {name: a, context: {config: {replicas: -1}}, error: {code: config-invalid, contains: config.replicas}}
- {name: b, context: {config: {password: "no"}}, error: {contains: too simple}}
- {name: c, context: {config: {password: "no"}}, error: {code: template-execute}}
- {name: d, context: {config: {password: "no"}}, error: {code: config-invalid}}
- {name: e, error: {code: config-invalid}}
- {name: f, context: {config: {replicas: -1}}, error: {code: config-invalid, contains: password}}
- {name: g, context: {config: {replicas: -1}}}
`,
	})
	report := run(t, top, testrun.Options{})
	assert.Equal(t, []string{
		"a:", "b:", "c:", "d: test-error-expected@5 template-execute@1", "e: test-error-expected@6",
		"f: test-error-expected@7 config-invalid@7", "g: config-invalid@8",
	}, outline(report))
	assert.Equal(t, "the case is to fail with config-invalid, and it renders", report.Suites[0].Cases[4].Findings[0].Message)
}

func TestEachCaseIsRenderedInTwoOrders(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	options := testrun.Options{Parallelism: 1, Compile: packageloader.Options{Functions: []template.Function{{
		Name: "count", Deterministic: true, Implementation: func() int64 { return calls.Add(1) },
	}}}}
	top := folder(t, map[string]string{
		"manifest.yaml": webManifest, "a.yaml.gotmpl": configMap("a", "deploy", "data: {n: \"{{ count }}\"}\n"),
	})
	report := run(t, top, options)
	require.Equal(t, []string{"defaults: test-unstable@0", "info tests-missing manifest.yaml"}, outline(report))
	assert.Contains(t, report.Suites[0].Cases[0].Findings[0].Message, `ConfigMap "a" of a.yaml.gotmpl`)

	top = folder(t, map[string]string{
		"manifest.yaml": webManifest,
		"a.yaml.gotmpl": `{{ if gt (count) 1 }}{{ fail "more than one" }}{{ end }}` + configMap("a", "deploy", ""),
	})
	calls.Store(0)
	assert.Equal(t, "defaults: template-execute@1 test-unstable@0", outline(run(t, top, options))[0])

	top = folder(t, map[string]string{
		"manifest.yaml": webManifest + webTests, "a.yaml.gotmpl": configMap("a", "deploy", "data: {n: \"{{ count }}\"}\n"),
	})
	options.UpdateFolder = top
	assert.True(t, run(t, top, options).Failed())
	assert.NoDirExists(t, filepath.Join(top, ".test-fixtures"), "no golden file holds what changes from render to render")
}

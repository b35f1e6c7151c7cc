package matrix_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/matrix"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packageloader"
)

const webManifest = `apiVersion: manifests.package-operator.run/v1alpha1
kind: PackageManifest
metadata: {name: web}
spec:
  scopes: [Namespaced, Cluster]
  phases: [{name: deploy}]
  config:
    openAPIV3Schema:
      type: object
      properties: {replicas: {type: integer, minimum: 0, default: 1}}
`

const webTests = `test:
  template:
  - name: plain
    context: {package: {metadata: {name: web, namespace: web}}, config: {replicas: 2}}
`

const webTemplate = `apiVersion: v1
kind: ConfigMap
metadata: {name: web, annotations: {package-operator.run/phase: deploy}}
data: {replicas: "{{ .config.replicas }}", version: "{{ .environment.kubernetes.version }}"}
`

func folder(files map[string]string) (packageloader.Source, fstest.MapFS) {
	content, author := map[string][]byte{}, fstest.MapFS{}
	for path, text := range files {
		author[path] = &fstest.MapFile{Data: []byte(text)}
		if !strings.HasPrefix(path, ".") && !strings.Contains(path, "/.") {
			content[path] = []byte(text)
		}
	}
	return packageloader.FromFiles(content), author
}

func openOne(t *testing.T, files map[string]string) (*matrix.Suite, diagnostic.Diagnostics) {
	t.Helper()
	source, author := folder(files)
	suites, found, err := matrix.Open(t.Context(), source, matrix.Options{Author: author})
	require.NoError(t, err)
	require.Len(t, suites, 1)
	return suites[0], found
}

func names(suite *matrix.Suite) []string {
	var names []string
	for _, c := range suite.Cases {
		names = append(names, c.Name)
	}
	return names
}

func TestCasesTimesEnvironments(t *testing.T) {
	t.Parallel()
	suite, found := openOne(t, map[string]string{
		"manifest.yaml": webManifest + webTests, "web.yaml.gotmpl": webTemplate,
		".packstage/test.yaml": `environments:
- {name: old, environment: {kubernetes: {version: v1.30.0}}}
- {name: new, environment: {kubernetes: {version: v1.36.0}}}
assert:
- that: objects.size() == 1
cases:
- name: many
  scope: Cluster
  context: {config: {replicas: 5}}
  environments: [new]
  golden: true
  assert:
  - {that: config.replicas == 5, message: five}
- name: refused
  environments: []
  context: {config: {replicas: -1}}
  error: {code: config-invalid}
`,
	})
	require.Empty(t, found)
	require.Equal(t, []string{"plain", "plain/old", "plain/new", "many", "many/new", "refused"}, names(suite))
	require.Equal(t, ".packstage/test.yaml", suite.TestFile)

	plain, inNew, many, refused := suite.Cases[0], suite.Cases[2], suite.Cases[3], suite.Cases[5]
	assert.Equal(t, ".test-fixtures/plain", plain.Golden)
	assert.Equal(t, manifest.ScopeNamespaced, plain.Context.Scope)
	assert.Equal(t, 13, plain.Position.Line)
	assert.Equal(t, "manifest.yaml", plain.Position.File)
	assert.Empty(t, inNew.Golden)
	assert.Equal(t, "v1.36.0", inNew.Context.Environment.Kubernetes.Version)
	assert.Equal(t, ".packstage/golden/many", many.Golden)
	assert.Equal(t, manifest.ScopeCluster, many.Context.Scope)
	require.Len(t, many.Assertions, 2)
	assert.Equal(t, diagnostic.Position{File: ".packstage/test.yaml", Line: 13, Column: 12}, many.Assertions[1].Position)
	assert.Equal(t, &matrix.ExpectedError{Code: diagnostic.ConfigInvalid}, refused.Error)
	assert.Empty(t, refused.Assertions)

	rendered, found, err := suite.RenderAll(t.Context())
	require.NoError(t, err)
	require.Empty(t, found)
	require.Len(t, rendered, 5)
	for i, one := range rendered {
		require.Equal(t, names(suite)[i], one.Case.Name)
	}
	for _, object := range rendered[4].Instance.Objects() {
		require.Equal(t, map[string]any{"replicas": "5", "version": "v1.36.0"}, object.Content()["data"])
	}
	_, err = suite.Render(t.Context(), refused)
	require.ErrorIs(t, err, diagnostic.ConfigInvalid)
}

func TestWithoutCases(t *testing.T) {
	t.Parallel()
	suite, found := openOne(t, map[string]string{"manifest.yaml": webManifest, "web.yaml.gotmpl": webTemplate})
	require.Empty(t, found)
	require.Equal(t, []string{"defaults-namespaced", "defaults-cluster"}, names(suite))
	require.Equal(t, matrix.FromDefaults, suite.Cases[0].Origin)

	required := strings.Replace(webManifest, "type: object\n", "type: object\n      required: [host]\n", 1)
	required = strings.Replace(required, "properties: {", "properties: {host: {type: string}, ", 1)
	suite, found = openOne(t, map[string]string{"manifest.yaml": required, "web.yaml.gotmpl": webTemplate})
	require.ErrorIs(t, found, diagnostic.TemplatesNotRendered)
	require.Empty(t, suite.Cases)
}

func TestComponentsHaveTheirOwnFile(t *testing.T) {
	t.Parallel()
	root := strings.Replace(webManifest, "spec:\n", "spec:\n  components: {}\n", 1)
	source, author := folder(map[string]string{
		"manifest.yaml": root, "components/db/manifest.yaml": webManifest,
		"components/db/db.yaml.gotmpl":         webTemplate,
		"components/db/.packstage/test.yaml":   "cases:\n- {name: one}\n",
		"components/bad/manifest.yaml":         webManifest,
		"components/bad/bad.yaml.gotmpl":       "{{ nothing }}",
		"components/file/manifest.yaml":        webManifest,
		"components/file/.packstage/test.yaml": "case:\n- {name: one}\n",
	})
	suites, found, err := matrix.Open(t.Context(), source, matrix.Options{Author: author})
	require.NoError(t, err)
	var components []string
	for _, suite := range suites {
		components = append(components, suite.Package.Component)
	}
	require.Equal(t, []string{"", "db", "file"}, components)
	require.Equal(t, []string{"one"}, names(suites[1]))
	require.Equal(t, "components/db/.packstage/test.yaml", suites[1].TestFile)
	require.Equal(t, []string{"defaults-namespaced", "defaults-cluster"}, names(suites[2]))
	require.Len(t, found, 2)
	require.ErrorIs(t, found, diagnostic.TemplateParse)
	require.ErrorIs(t, found, diagnostic.TestFileInvalid)
	require.Equal(t, `unknown field "case"`, found[1].Message)
	require.Equal(t, "file", found[1].Component)
	require.Contains(t, found[1].Hint, "cases")
}

func TestFindingsOfTheFile(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ file, field, message string }{
		"no YAML":             {"a: [", "", ""},
		"a list":              {"- a", "", ""},
		"wrong type":          {"cases: many", "cases", "must be a list, is a string"},
		"duplicate":           {"cases: [{name: a}, {name: a}]", "cases[1].name", `there is another "a"`},
		"that of a manifest":  {"cases: [{name: plain}]", "cases[0].name", `there is another "plain"`},
		"no name":             {"cases: [{}]", "cases[0].name", "name is missing"},
		"a path":              {"cases: [{name: ../a}]", "cases[0].name", `"../a" cannot be a name`},
		"hidden":              {"cases: [{name: .a}]", "cases[0].name", `".a" cannot be a name`},
		"unknown environment": {"environments: [{name: new}]\ncases: [{name: a, environments: [now]}]", "cases[0].environments[0]", `there is no environment "now"`},
		"empty error":         {"cases: [{name: a, error: {}}]", "cases[0].error", "says nothing about the error"},
		"error and assert":    {"cases: [{name: a, error: {contains: x}, assert: [{that: a}]}]", "cases[0].assert", "nothing is rendered that assertions could be about"},
		"error and golden":    {"cases: [{name: a, error: {contains: x}, golden: true}]", "cases[0].golden", "nothing is rendered that golden files could be compared with"},
		"no condition":        {"assert: [{message: x}]", "assert[0].that", "that is missing"},
		"deep":                {"cases: [{name: a, context: {environment: {kubernetes: {versio: v1}}}}]", "cases[0].context.environment.kubernetes.versio", `unknown field "versio"`},
		"scope":               {"cases: [{name: a, scope: World}]", "cases[0].scope", `the package does not support the scope "World"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			suite, found := openOne(t, map[string]string{
				"manifest.yaml": webManifest + webTests, "web.yaml.gotmpl": webTemplate, ".packstage/test.yaml": test.file,
			})
			require.Len(t, found, 1)
			require.Equal(t, ".packstage/test.yaml", found[0].Position.File)
			require.Equal(t, test.field, found[0].Field)
			if test.message != "" {
				require.Equal(t, test.message, found[0].Message)
			}
			require.Positive(t, found[0].Position.Line)
			require.Equal(t, []string{"plain"}, names(suite), "the manifest's cases are still there")
		})
	}
}

func TestCasesThatFail(t *testing.T) {
	t.Parallel()
	tests := webTests + "  - name: wrong\n    context: {config: {replicas: -1}}\n"
	suite, found := openOne(t, map[string]string{"manifest.yaml": webManifest + tests, "web.yaml.gotmpl": webTemplate})
	require.Empty(t, found)
	rendered, found, err := suite.RenderAll(t.Context())
	require.NoError(t, err)
	require.Len(t, rendered, 1)
	require.Len(t, found, 1)
	require.Equal(t, 15, found[0].Position.Line)
	require.Contains(t, found[0].Message, `test case "wrong"`)
}

func FuzzFile(f *testing.F) {
	f.Add("cases: [{name: a, error: {code: x}}]")
	f.Add("environments: [{name: a, environment: {kubernetes: {version: 1}}}]\nassert: [{that: a}]")
	f.Fuzz(func(t *testing.T, file string) {
		source, author := folder(map[string]string{"manifest.yaml": webManifest, ".packstage/test.yaml": file})
		suites, _, err := matrix.Open(t.Context(), source, matrix.Options{Author: author})
		require.NoError(t, err)
		require.Len(t, suites, 1)
		seen := map[string]bool{}
		for _, c := range suites[0].Cases {
			require.False(t, seen[c.Name], c.Name)
			seen[c.Name] = true
		}
	})
}

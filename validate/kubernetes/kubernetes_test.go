package kubernetes_test

import (
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/validate"
	"github.com/packstage/packstage/validate/kubernetes"
	"github.com/packstage/packstage/validate/kubernetes/builtin"
)

const manifestHead = `apiVersion: manifests.package-operator.run/v1alpha1
kind: PackageManifest
metadata:
  name: demo
spec:
  scopes: [Cluster, Namespaced]
  phases:
  - name: deploy
`

// check renders a package with the options' rule and returns all findings of it,
// those about the package included.
func check(t testing.TB, options kubernetes.Options, files map[string]string) diagnostic.Diagnostics {
	t.Helper()
	contents := map[string][]byte{"manifest.yaml": []byte(manifestHead)}
	for path, content := range files {
		contents[path] = []byte(content)
	}
	if options.Builtin == nil {
		options.Builtin = builtin.Catalog()
	}
	pkg, err := packageloader.Load(t.Context(), packageloader.FromFiles(contents), packageloader.LoadOptions{})
	require.NoError(t, err)
	renderer, err := packageloader.Compile(pkg, packageloader.Options{Rules: []validate.Rule{kubernetes.New(options)}})
	require.NoError(t, err)
	instance, err := renderer.Render(t.Context(), packagetypes.Context{})
	if err != nil {
		found, ok := diagnostic.From(err)
		require.True(t, ok, "%v", err)
		return append(renderer.Warnings(), found...).Sorted()
	}
	return instance.Warnings
}

// lines is one line for each finding: position, severity, code, message, hint.
func lines(found diagnostic.Diagnostics) string {
	var b strings.Builder
	for _, d := range found {
		fmt.Fprintf(&b, "%s %s %s: %s", d.Position, d.Severity, strings.TrimPrefix(string(d.Code), "object-"), d.Message)
		if d.Hint != "" {
			fmt.Fprintf(&b, " (%s)", d.Hint)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// object is an object in the phase of the package. Its fields begin in line 6.
func object(apiVersion, kind, fields string) string {
	return "apiVersion: " + apiVersion + "\nkind: " + kind + "\nmetadata:\n  name: x\n  annotations: {package-operator.run/phase: deploy}\n" + fields
}

// deployment is a Deployment with more fields in the only container, which begin
// in line 15, and more in the specification, behind it.
func deployment(container, spec string) string {
	return object("apps/v1", "Deployment", `spec:
  selector: {matchLabels: {app: x}}
  template:
    metadata:
      labels: {app: x}
    spec:
      containers:
      - name: main
        image: registry.example.com/x:v1
`+container+spec)
}

func TestEmptyPackageHasNoFindings(t *testing.T) {
	t.Parallel()
	require.Empty(t, check(t, kubernetes.Options{}, map[string]string{"x.yaml": deployment("", "")}))
}

func TestNothingIsCheckedWithoutSchemas(t *testing.T) {
	t.Parallel()
	files := map[string][]byte{"manifest.yaml": []byte(manifestHead), "x.yaml": []byte(deployment("", ""))}
	pkg, err := packageloader.Load(t.Context(), packageloader.FromFiles(files), packageloader.LoadOptions{})
	require.NoError(t, err)
	instance, err := packageloader.Render(t.Context(), pkg, packagetypes.Context{}, packageloader.Options{
		Rules: []validate.Rule{kubernetes.New(kubernetes.Options{})},
	})
	require.NoError(t, err)
	require.Equal(t, `x.yaml:2:7 warning schema-missing: there is no schema of apps/v1 Deployment; its objects are not checked (put its CustomResourceDefinition into .packstage/schemas, or name where it is with --schema)
`, lines(instance.Warnings))
}

func TestAsWarnings(t *testing.T) {
	t.Parallel()
	found := check(t, kubernetes.Options{AsWarnings: true}, map[string]string{"x.yaml": object("v1", "ConfigMap", "data: {a: 1}\n")})
	require.Len(t, found, 1)
	require.Equal(t, diagnostic.Warning, found[0].Severity)
}

// splitLines gives the lines of a text that is not empty.
func splitLines(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for line := range strings.SplitSeq(text, "\n") {
			if line != "" && !yield(line) {
				return
			}
		}
	}
}

// oneFinding is the text of a single finding.
func oneFinding(text string) string { return strings.TrimSuffix(text, "\n") }

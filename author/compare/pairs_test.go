package compare_test

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/packstage/packstage/author/compare"
	"github.com/packstage/packstage/packageloader"
)

var update = flag.Bool("update", false, "write the wanted results anew")

// pair is an entry of the tables in testdata/pairs: two versions, and the verdict.
type pair struct {
	name       string
	a, b, want []byte
	lockA      []byte
	lockB      []byte
}

func readPairs(t testing.TB, path string) (*txtar.Archive, []*pair) {
	t.Helper()
	archive, err := txtar.ParseFile(path)
	require.NoError(t, err)
	var pairs []*pair
	byName := map[string]*pair{}
	for _, file := range archive.Files {
		name, kind, ok := strings.Cut(file.Name, "/")
		require.True(t, ok, file.Name)
		one := byName[name]
		if one == nil {
			one = &pair{name: name}
			byName[name] = one
			pairs = append(pairs, one)
		}
		switch kind {
		case "a":
			one.a = file.Data
		case "b":
			one.b = file.Data
		case "a.lock":
			one.lockA = file.Data
		case "b.lock":
			one.lockB = file.Data
		case "want":
			one.want = file.Data
		default:
			t.Fatalf("%s: unknown part %s", path, file.Name)
		}
	}
	return archive, pairs
}

const baseManifest = `
apiVersion: manifests.package-operator.run/v1alpha1
kind: PackageManifest
metadata: {name: shop}
spec:
  scopes: [Namespaced]
  phases: [{name: prepare}, {name: deploy}]
test:
  template:
  - name: only
    context: {package: {metadata: {name: shop, namespace: shop}}}
`

// packageOf makes a package of one side of a pair: its schema, its manifest or its
// objects.
func packageOf(t testing.TB, table string, content, lock []byte) packageloader.Source {
	t.Helper()
	var manifest map[string]any
	require.NoError(t, yaml.Unmarshal([]byte(baseManifest), &manifest))
	spec := manifest["spec"].(map[string]any)
	files := map[string][]byte{}
	switch table {
	case "config":
		var schema map[string]any
		require.NoError(t, yaml.Unmarshal(content, &schema))
		if schema != nil {
			if schema["type"] == nil {
				schema["type"] = "object"
			}
			spec["config"] = map[string]any{"openAPIV3Schema": schema}
		}
		delete(manifest, "test")
	case "manifest":
		var overlay map[string]any
		require.NoError(t, yaml.Unmarshal(content, &overlay))
		merge(manifest, overlay)
		if lock != nil {
			files["manifest.lock.yaml"] = lock
		}
		if spec["components"] != nil {
			files["components/web/manifest.yaml"] = []byte(baseManifest)
		}
	default:
		for i, document := range bytes.Split(content, []byte("\n---\n")) {
			var object map[string]any
			require.NoError(t, yaml.Unmarshal(document, &object), "%s", document)
			if object == nil {
				continue
			}
			annotate(object)
			data, err := yaml.Marshal(object)
			require.NoError(t, err)
			files[fmt.Sprintf("object-%03d.yaml", i)] = data
		}
	}
	data, err := yaml.Marshal(manifest)
	require.NoError(t, err)
	files["manifest.yaml"] = data
	return packageloader.FromFiles(files)
}

func merge(into, from map[string]any) {
	for key, value := range from {
		fields, ok := value.(map[string]any)
		if below, isMap := into[key].(map[string]any); ok && isMap {
			merge(below, fields)
			continue
		}
		into[key] = value
	}
}

// annotate puts an object into the phase deploy, where it does not say another.
func annotate(object map[string]any) {
	metadata := object["metadata"].(map[string]any)
	annotations, _ := metadata["annotations"].(map[string]any)
	annotations = maps.Clone(annotations)
	if annotations == nil {
		annotations = map[string]any{}
	}
	if annotations["package-operator.run/phase"] == nil {
		annotations["package-operator.run/phase"] = "deploy"
	}
	metadata["annotations"] = annotations
}

// summary is what the tables want: the verdict, and a line for each change.
func summary(report *compare.Report) string {
	var b strings.Builder
	verdict := string(report.Verdict)
	if verdict == "" {
		verdict = "none"
	}
	fmt.Fprintf(&b, "%s %s\n", verdict, report.Rise)
	for _, change := range report.Changes {
		object := ""
		if change.Object != nil {
			object = " " + change.Object.String()
		}
		fmt.Fprintf(&b, "%s %s%s %s: %s\n", change.Effect, change.Code, object, change.Field, change.Message)
	}
	return b.String()
}

func TestPairs(t *testing.T) {
	t.Parallel()
	tables, err := filepath.Glob(filepath.Join("testdata", "pairs", "*.txtar"))
	require.NoError(t, err)
	count := 0
	for _, path := range tables {
		table := strings.TrimSuffix(filepath.Base(path), ".txtar")
		archive, pairs := readPairs(t, path)
		count += len(pairs)
		t.Run(table, func(t *testing.T) {
			t.Parallel()
			results := map[string]string{}
			for _, one := range pairs {
				results[one.name] = checkPair(t, table, one)
			}
			if *update {
				writeResults(t, path, archive, results)
			}
		})
	}
	require.GreaterOrEqual(t, count, 60)
}

// checkPair compares the two sides of a pair and returns the result.
func checkPair(t *testing.T, table string, one *pair) string {
	t.Helper()
	a, b := packageOf(t, table, one.a, one.lockA), packageOf(t, table, one.b, one.lockB)
	report, err := compare.Compare(t.Context(), a, b, compare.Options{})
	require.NoError(t, err, one.name)
	got := summary(report)
	if !*update {
		require.Equal(t, string(one.want), got, one.name)
	}
	for _, change := range report.Changes {
		require.Contains(t, compare.Codes(), change.Code, one.name)
		require.NotEmpty(t, change.Message)
		require.False(t, change.Position.IsZero(), "%s: %v", one.name, change)
	}
	// A difference is one in both directions, and what is the same is none.
	back, err := compare.Compare(t.Context(), b, a, compare.Options{})
	require.NoError(t, err)
	require.Equal(t, report.Different(), back.Different(), one.name)
	same, err := compare.Compare(t.Context(), b, b, compare.Options{})
	require.NoError(t, err)
	require.Empty(t, same.Changes, one.name)
	require.Equal(t, compare.RiseNone, same.Rise)
	return got
}

// writeResults puts the results behind their pairs.
func writeResults(t *testing.T, path string, archive *txtar.Archive, results map[string]string) {
	t.Helper()
	old := slices.DeleteFunc(archive.Files, func(f txtar.File) bool { return strings.HasSuffix(f.Name, "/want") })
	var files []txtar.File
	for i, file := range old {
		files = append(files, file)
		name, _, _ := strings.Cut(file.Name, "/")
		if i+1 == len(old) || !strings.HasPrefix(old[i+1].Name, name+"/") {
			files = append(files, txtar.File{Name: name + "/want", Data: []byte(results[name])})
		}
	}
	archive.Files = files
	require.NoError(t, os.WriteFile(path, txtar.Format(archive), 0o600))
}

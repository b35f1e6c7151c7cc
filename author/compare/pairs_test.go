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
		results := map[string]string{}
		for _, one := range pairs {
			count++
			report, err := compare.Compare(t.Context(), packageOf(t, table, one.a, one.lockA), packageOf(t, table, one.b, one.lockB), compare.Options{})
			require.NoError(t, err, "%s/%s", table, one.name)
			got := summary(report)
			results[one.name] = got
			if !*update {
				require.Equal(t, string(one.want), got, "%s/%s", table, one.name)
			}
			for _, change := range report.Changes {
				require.Contains(t, compare.Codes(), change.Code, "%s/%s", table, one.name)
				require.NotEmpty(t, change.Message)
				require.False(t, change.Position.IsZero(), "%s/%s: %v", table, one.name, change)
			}
			// A difference is one in both directions.
			back, err := compare.Compare(t.Context(), packageOf(t, table, one.b, one.lockB), packageOf(t, table, one.a, one.lockA), compare.Options{})
			require.NoError(t, err)
			require.Equal(t, report.Different(), back.Different(), "%s/%s", table, one.name)
			// What is the same is no change, on either side.
			for _, side := range [][2][]byte{{one.a, one.lockA}, {one.b, one.lockB}} {
				same, err := compare.Compare(t.Context(), packageOf(t, table, side[0], side[1]), packageOf(t, table, side[0], side[1]), compare.Options{})
				require.NoError(t, err)
				require.Empty(t, same.Changes, "%s/%s", table, one.name)
				require.Equal(t, compare.RiseNone, same.Rise)
			}
		}
		if *update {
			archive.Files = slices.DeleteFunc(archive.Files, func(f txtar.File) bool { return strings.HasSuffix(f.Name, "/want") })
			var files []txtar.File
			for i, file := range archive.Files {
				files = append(files, file)
				name, _, _ := strings.Cut(file.Name, "/")
				if i+1 == len(archive.Files) || !strings.HasPrefix(archive.Files[i+1].Name, name+"/") {
					files = append(files, txtar.File{Name: name + "/want", Data: []byte(results[name])})
				}
			}
			archive.Files = files
			require.NoError(t, os.WriteFile(path, txtar.Format(archive), 0o600))
		}
	}
	require.GreaterOrEqual(t, count, 60)
}

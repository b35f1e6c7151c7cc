package scaffold

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/packstage/packstage/author/scaffold"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

// objects are those of a stream, by kind, namespace and name, read by another YAML library
// than ours.
func objects(t *testing.T, stream []byte) map[string]map[string]any {
	t.Helper()
	result := map[string]map[string]any{}
	for document := range bytes.SplitSeq(stream, []byte("\n---")) {
		var object map[string]any
		require.NoError(t, yaml.Unmarshal(bytes.TrimPrefix(document, []byte("---")), &object))
		if len(object) > 0 {
			result[title(object)] = object
		}
	}
	return result
}

func title(object map[string]any) string {
	metadata, _ := object["metadata"].(map[string]any)
	return fmt.Sprintf("%v %v/%v", object["kind"], metadata["namespace"], metadata["name"])
}

// plain is an object without labels of tools, nulls, and with the namespace that it
// would be applied in.
func plain(t *testing.T, object map[string]any, namespace string) map[string]any {
	t.Helper()
	encoded, err := json.Marshal(object)
	require.NoError(t, err)
	var copied map[string]any
	require.NoError(t, json.Unmarshal(encoded, &copied))
	metadata, _ := copied["metadata"].(map[string]any)
	if metadata["namespace"] == nil && namespaced(copied) {
		metadata["namespace"] = namespace
	}
	if secret, ok := copied["stringData"].(map[string]any); ok && len(fmt.Sprint(secret["key"])) == 32 {
		secret["key"] = "made up anew each time"
	}
	scrub(copied)
	return copied
}

func namespaced(object map[string]any) bool {
	switch object["kind"] {
	case "CustomResourceDefinition", "ClusterRole", "ClusterRoleBinding", "Namespace", "ValidatingWebhookConfiguration":
		return false
	}
	return true
}

// scrub takes away what belongs to the tools.
func scrub(value any) {
	switch value := value.(type) {
	case map[string]any:
		for key, below := range value {
			if below == nil {
				delete(value, key)
			}
		}
		if metadata, ok := value["metadata"].(map[string]any); ok {
			labels, _ := metadata["labels"].(map[string]any)
			delete(labels, "helm.sh/chart")
			if labels["app.kubernetes.io/managed-by"] == "Helm" {
				delete(labels, "app.kubernetes.io/managed-by")
			}
			delete(labels, "package-operator.run/package")
			delete(labels, "package-operator.run/instance")
			annotations, _ := metadata["annotations"].(map[string]any)
			for _, key := range []string{"helm.sh/hook", "helm.sh/hook-weight", "helm.sh/hook-delete-policy", "helm.sh/resource-policy", "checksum/config"} {
				delete(annotations, key)
			}
			for _, field := range []string{"labels", "annotations"} {
				if entries, ok := metadata[field].(map[string]any); ok && len(entries) == 0 {
					delete(metadata, field)
				}
			}
		}
		for _, below := range value {
			scrub(below)
		}
	case []any:
		for _, item := range value {
			scrub(item)
		}
	}
}

// written writes a package and reads it back as its author would: it must be valid.
func written(t *testing.T, result *scaffold.Result) *packageloader.Renderer {
	t.Helper()
	folder := filepath.Join(t.TempDir(), result.Name)
	require.NoError(t, result.Write(folder))
	source := packageloader.FromFolder(folder, packageloader.FolderOptions{})
	found, err := packageloader.Validate(t.Context(), source, packageloader.Options{})
	require.NoError(t, err)
	require.Empty(t, found.WithSeverity(diagnostic.Error))
	pkg, err := packageloader.Load(t.Context(), source, packageloader.LoadOptions{})
	require.NoError(t, err)
	renderer, err := packageloader.Compile(pkg, packageloader.Options{})
	require.NoError(t, err)
	requireGolden(t, folder, renderer)
	return renderer
}

// requireGolden wants the test cases to render to their golden files.
func requireGolden(t *testing.T, folder string, renderer *packageloader.Renderer) {
	t.Helper()
	cases := renderer.Package().Manifest.Test.Template
	require.NotEmpty(t, cases)
	for _, test := range cases {
		rendered, err := renderer.RenderFiles(t.Context(), renderer.TestContext(test.Context))
		require.NoError(t, err)
		for _, file := range rendered {
			golden, err := os.ReadFile(filepath.Join(folder, ".test-fixtures", test.Name, file.Path))
			require.NoError(t, err)
			require.Equal(t, string(golden), string(file.Content), "%s of %s", file.Path, test.Name)
		}
	}
}

// requireSame wants an instance to have exactly the objects of another tool.
func requireSame(t *testing.T, want map[string]map[string]any, renderer *packageloader.Renderer, c packagetypes.Context, namespace string) {
	t.Helper()
	instance, err := renderer.Render(t.Context(), c)
	require.NoError(t, err)
	expected, rendered := map[string]any{}, map[string]any{}
	for _, object := range want {
		object = plain(t, object, namespace)
		expected[title(object)] = object
	}
	for _, object := range instance.Objects() {
		content := plain(t, object.DeepCopy(), namespace)
		rendered[title(content)] = content
	}
	assert.Equal(t, slices.Sorted(maps.Keys(expected)), slices.Sorted(maps.Keys(rendered)))
	for title, object := range expected {
		assert.Equal(t, object, rendered[title], title)
	}
}

func replaceOnce(t *testing.T, text, old, with string) string {
	t.Helper()
	require.Equal(t, 1, strings.Count(text, old), "%q in %s", old, text)
	return strings.Replace(text, old, with, 1)
}

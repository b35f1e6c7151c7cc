package editor_test

import (
	"context"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/editor"
	"github.com/packstage/packstage/packageloader"
)

func TestWithSchemaLine(t *testing.T) {
	t.Parallel()
	const line = "# yaml-language-server: $schema=a.json\n"
	for before, want := range map[string]string{
		"":                  line,
		"a: b\n":            line + "a: b\n",
		"# about\na: b\n":   line + "# about\na: b\n",
		"a: b\r\nc: d\r\n":  "# yaml-language-server: $schema=a.json\r\na: b\r\nc: d\r\n",
		line + "a: b\n":     line + "a: b\n",
		"---\n# x\n" + line: "---\n# x\n" + line,
		"\ufeffa: b\n":      "\ufeff" + line + "a: b\n",
		"#yaml-language-server: $schema = b.json\na: b\n": "#yaml-language-server: $schema = b.json\na: b\n",
		"a: b\n" + line: line + "a: b\n" + line,
		"# yaml-language-server: $schema=https://example.com/mine.json\na: b\n": "# yaml-language-server: $schema=https://example.com/mine.json\na: b\n",
	} {
		got := editor.WithSchemaLine([]byte(before), "a.json")
		assert.Equal(t, want, string(got))
		assert.Equal(t, want, string(editor.WithSchemaLine(got, "a.json")), "a second time changes nothing")
	}
}

func TestWriteTouchesWhatDiffersOnly(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	require.NoError(t, os.CopyFS(folder, os.DirFS("../../examples/packages/shop")))
	require.NoError(t, os.RemoveAll(filepath.Join(folder, filepath.FromSlash(editor.Folder)))) // where it was written before
	own := filepath.Join(folder, "components", "backend", "manifest.yaml")
	require.NoError(t, os.Chmod(own, 0o600))
	source := packageloader.FromFolder(folder, packageloader.FolderOptions{})
	packages, err := packageloader.LoadAll(t.Context(), source, packageloader.LoadOptions{})
	require.NoError(t, err)
	changed, err := editor.Write(folder, packages...)
	require.NoError(t, err)
	assert.Contains(t, changed, ".packstage/schemas/config.schema.json")
	assert.Contains(t, changed, "components/cache/.packstage/schemas/manifest.lock.schema.json")
	assert.Contains(t, changed, "components/backend/manifest.yaml")
	if info, err := os.Stat(own); assert.NoError(t, err) && runtime.GOOS != "windows" {
		assert.Equal(t, fs.FileMode(0o600), info.Mode().Perm(), "who may read a file stays")
	}
	again, err := packageloader.LoadAll(t.Context(), source, packageloader.LoadOptions{})
	require.NoError(t, err)
	assert.Equal(t, packages[0].Manifest, again[0].Manifest)
	changed, err = editor.Write(folder, again...)
	require.NoError(t, err)
	assert.Empty(t, changed)
	require.NoError(t, os.Remove(filepath.Join(folder, editor.Folder, editor.LockFile)))
	changed, err = editor.Write(folder, again...)
	require.NoError(t, err)
	assert.Equal(t, []string{".packstage/schemas/manifest.lock.schema.json"}, changed)
}

func ExampleConfigSchema() {
	pkg, err := packageloader.Load(context.Background(), packageloader.FromFiles(map[string][]byte{"manifest.yaml": []byte(`
apiVersion: manifests.package-operator.run/v1alpha1
kind: PackageManifest
metadata: {name: shop}
spec:
  scopes: [Cluster]
  phases: [{name: deploy}]
  config:
    openAPIV3Schema: {type: object, properties: {replicas: {type: integer, minimum: 1, default: 1}}}
`)}), packageloader.LoadOptions{})
	if err != nil {
		log.Fatal(err)
	}
	schema, err := editor.ConfigSchema(pkg)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s", schema)
	// Output:
	// {
	//   "$schema": "http://json-schema.org/draft-07/schema#",
	//   "additionalProperties": false,
	//   "properties": {
	//     "replicas": {
	//       "default": 1,
	//       "minimum": 1,
	//       "type": "integer"
	//     }
	//   },
	//   "title": "Configuration of shop",
	//   "type": "object"
	// }
}

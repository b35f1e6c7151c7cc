package cli_test

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A package that somebody else wrote says nothing to the terminal, whatever looks at it.
func TestPackagesDoNotSpeakToTheTerminal(t *testing.T) {
	t.Parallel()
	const spoof = "a\x1b[31mb\x1b]0;title\a\u009b2J\u202e\u2067\r\nspoofed"
	text := strconv.QuoteToASCII(spoof) // which is a string of YAML as well
	write := func(folder string, files map[string]string) {
		for name, content := range files {
			path := filepath.Join(folder, name)
			require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
			require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		}
	}
	object := func(name, field string) string {
		return "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: " + name + "\n" +
			"  annotations: {package-operator.run/phase: " + text + "}\n" + field
	}
	before, after, broken := t.TempDir(), t.TempDir(), t.TempDir()
	manifest := "apiVersion: manifests.package-operator.run/v1alpha1\nkind: PackageManifest\n" +
		"metadata: {name: shop, annotations: {note: " + text + "}}\n" +
		"spec:\n  scopes: [Cluster]\n  phases: [{name: " + text + ", class: " + text + "}]\n" +
		"  constraints: [{platformVersion: {name: Kubernetes, range: '>=1.20'}}]\n" +
		"  config:\n    openAPIV3Schema:\n      type: object\n      description: " + text + "\n      properties:\n" +
		"        " + text + ": {type: string, description: " + text + ", default: " + text + ", enum: [" + text + "]}\n"
	write(before, map[string]string{"manifest.yaml": manifest, "page.yaml": object("page", "data: {a: "+text+"}\n")})
	write(after, map[string]string{
		"manifest.yaml": manifest, "page.yaml": object("page", "data: {a: b}\n"),
		"name.yaml": object(text, ""), "template.yaml.gotmpl": object("other", "data: {a: {{ .config | toYAML | quote }}}\n"),
	})
	write(broken, map[string]string{
		"manifest.yaml":      manifest + "  " + text + ": unknown\n",
		"page.yaml":          "apiVersion: " + text + "\nkind: " + text + "\nmetadata: {name: page, annotations: {" + text + ": " + text + "}}\n",
		"a.yaml.gotmpl":      "{{ fail " + text + " }}",
		"b.yaml.gotmpl":      "a: {{ " + text + " }}\n: [",
		"sub/\x1b[31mc.yaml": "a: b",
	})
	for name, args := range map[string][]string{
		"tree": {"tree", before}, "tree of names": {"tree", after}, "tree of a broken one": {"tree", broken},
		"inspect": {"inspect", before}, "validate": {"validate", before}, "validate a broken one": {"validate", broken},
		"render to a tree": {"render", after, "--output", "tree"}, "render": {"render", broken},
		"test": {"test", before}, "test a broken one": {"test", broken}, "lint": {"lint", before}, "lint a broken one": {"lint", broken},
		"diff": {"diff", before, after}, "diff of a broken one": {"diff", before, broken}, "graph": {"graph", before},
		"docs": {"docs", before}, "build": {"build", broken, "--output", filepath.Join(t.TempDir(), "layout")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := run(t, args...)
			require.NotEmpty(t, got.stdout+got.stderr)
			for _, stream := range []string{got.stdout, got.stderr} {
				for _, control := range []string{"\x1b", "\a", "\u009b", "\u202e", "\u2067", "\r", "\nspoofed"} {
					assert.NotContains(t, stream, control)
				}
			}
		})
	}
}

package page_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/docs"
	"github.com/packstage/packstage/author/page"
)

// What stands where, and under which name, does not depend on how things are called.
func TestIdentifiersAreUnique(t *testing.T) {
	t.Parallel()
	property := func(names ...string) map[string]any {
		properties := map[string]any{}
		for _, name := range names {
			properties[name] = map[string]any{"type": "string"}
		}
		return map[string]any{"type": "object", "properties": properties}
	}
	root := property("ä", "ö", "ü", "a.b", "a-b", "a_b")
	document := &docs.Document{Packages: []docs.Package{
		{Name: "root", Schema: root, Properties: docs.Properties(root), Images: []docs.Image{{Name: "s"}, {Name: "ß"}}},
		{Name: "a", Component: "a", Properties: docs.Properties(root), Schema: root},
		{Name: "b", Component: "a-configuration"}, {Name: "c", Component: "a-name"}, {Name: "d", Component: "a-property-a-b"},
	}}
	text := written(t, func(w io.Writer) error { return page.Package(w, document, page.Options{}) })
	seen := map[string]bool{}
	for _, found := range regexp.MustCompile(`\sid="([^"]*)"`).FindAllStringSubmatch(text, -1) {
		assert.False(t, seen[found[1]], found[1])
		seen[found[1]] = true
	}
	for _, found := range regexp.MustCompile(`(?:href="#|labelledby=")([^"]*)"`).FindAllStringSubmatch(text, -1) {
		assert.True(t, seen[found[1]], found[1])
	}
	assert.True(t, seen["package-configuration"])
}

// A page is for everybody: what test cases put into secrets is not in it.
func TestPagesHoldNoSecrets(t *testing.T) {
	t.Parallel()
	document := documentOf(t, "../../examples/packages/webapp")
	text := written(t, func(w io.Writer) error { return page.Package(w, document, page.Options{}) })
	values := 0
	for _, c := range document.Root().Cases {
		for _, object := range c.Instance.Objects() {
			if object.GroupVersionKind().Kind != "Secret" {
				continue
			}
			for _, field := range []string{"data", "stringData"} {
				held, _ := object.Content()[field].(map[string]any)
				for _, value := range held {
					values++
					assert.NotContains(t, text, value)
				}
			}
		}
	}
	assert.Positive(t, values)
}

func TestDescriptionsKeepTheirParagraphs(t *testing.T) {
	t.Parallel()
	schema := map[string]any{"type": "object", "properties": map[string]any{"a": map[string]any{"type": "string", "description": "One\nline.\n\nAnother `one`.\r\n\r\n\r\n"}}}
	document := &docs.Document{Packages: []docs.Package{{Name: "a", Schema: schema, Properties: docs.Properties(schema)}}}
	text := written(t, func(w io.Writer) error { return page.Package(w, document, page.Options{}) })
	assert.Contains(t, text, "<p>One\nline.</p><p>Another <code>one</code>.</p>")
}

// A picture of very many objects is none, and what the page says is still whole.
func TestPicturesHaveAnEnd(t *testing.T) {
	t.Parallel()
	objects := func(count int) string {
		var out strings.Builder
		for i := range count {
			fmt.Fprintf(&out, "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c%d, annotations: {package-operator.run/phase: deploy}}\n", i)
		}
		return out.String()
	}
	for count, drawn := range map[int]bool{600: true, 601: false} {
		folder := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(folder, "objects.yaml"), []byte(objects(count)), 0o600))
		require.NoError(t, os.WriteFile(filepath.Join(folder, "manifest.yaml"), []byte(`apiVersion: manifests.package-operator.run/v1alpha1
kind: PackageManifest
metadata: {name: many}
spec: {scopes: [Namespaced], phases: [{name: deploy}]}
`), 0o600))
		text := written(t, func(w io.Writer) error { return page.Package(w, documentOf(t, folder), page.Options{}) })
		assert.Equal(t, drawn, strings.Contains(text, `class="ps-graph"`), count)
		assert.NotEqual(t, drawn, strings.Contains(text, "Too many objects"), count)
		assert.True(t, strings.Contains(text, fmt.Sprintf("<code>c%d</code>", count-1)), count)
	}
}

// A package that only has components shows nothing empty, and no command that prints
// nothing; its components show theirs.
func TestOnlyComponents(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	component := filepath.Join(folder, "components", "web")
	require.NoError(t, os.MkdirAll(component, 0o700))
	for path, content := range map[string]string{
		filepath.Join(folder, "manifest.yaml"): `apiVersion: manifests.package-operator.run/v1alpha1
kind: PackageManifest
metadata: {name: parts}
spec: {scopes: [Namespaced], phases: [{name: components}], components: {}}
`,
		filepath.Join(component, "manifest.yaml"): `apiVersion: manifests.package-operator.run/v1alpha1
kind: PackageManifest
metadata: {name: web}
spec: {scopes: [Namespaced], phases: [{name: deploy}]}
`,
		filepath.Join(component, "object.yaml"): "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, annotations: {package-operator.run/phase: deploy}}\n",
	} {
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	}
	text := written(t, func(w io.Writer) error {
		return page.Package(w, documentOf(t, folder), page.Options{Target: "./parts"})
	})
	assert.Contains(t, text, "The objects are in its components.")
	assert.Equal(t, 1, strings.Count(text, `class="ps-graph"`))
	assert.Equal(t, 1, strings.Count(text, "<h2>Rendered objects</h2>"))
	assert.Contains(t, text, "packstage render ./parts --component web")
	assert.NotContains(t, text, "packstage render ./parts<")
}

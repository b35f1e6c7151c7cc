package page_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
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
	"github.com/packstage/packstage/author/matrix"
	"github.com/packstage/packstage/author/page"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packageloader/repository"
)

func documentOf(t *testing.T, folder string) *docs.Document {
	t.Helper()
	suites, found, err := matrix.Open(t.Context(), packageloader.FromFolder(folder, packageloader.FolderOptions{}), matrix.Options{Author: os.DirFS(folder)})
	require.NoError(t, err)
	require.False(t, found.HasErrors(), found)
	document, _, err := docs.New(t.Context(), suites)
	require.NoError(t, err)
	return document
}

func written(t *testing.T, write func(io.Writer) error) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, write(&out))
	return out.String()
}

var (
	styles  = regexp.MustCompile(`(?s)<style>(.*?)</style>`)
	scripts = regexp.MustCompile(`(?s)<script>(.*?)</script>`)
	data    = regexp.MustCompile(`(?s)<script type="application/json" id="data">(.*?)</script>`)
)

// TestPolicyNamesWhatIsInThePage checks that the digests of the policy are those of the
// only style and the only program.
func TestPolicyNamesWhatIsInThePage(t *testing.T) {
	t.Parallel()
	document := documentOf(t, "../../examples/packages/shop")
	for _, text := range []string{
		written(t, func(w io.Writer) error { return page.Package(w, document, page.Options{}) }),
		written(t, func(w io.Writer) error { return page.Catalogue(w, nil, page.CatalogueOptions{}) }),
	} {
		policy := regexp.MustCompile(`Content-Security-Policy" content="([^"]*)"`).FindStringSubmatch(text)[1]
		for directive, found := range map[string][][]string{"style-src": styles.FindAllStringSubmatch(text, -1), "script-src": scripts.FindAllStringSubmatch(text, -1)} {
			require.Len(t, found, 1, directive)
			sum := sha256.Sum256([]byte(found[0][1]))
			assert.Contains(t, policy, directive+" 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"';")
		}
		assert.True(t, strings.HasPrefix(policy, "default-src 'none';"))
		assert.NotContains(t, policy, "unsafe")
		assert.NotRegexp(t, `(src|href)="(https?:)?//`, text)
		assert.NotRegexp(t, `\sstyle="`, text)
	}
}

func TestPagesAreDeterministic(t *testing.T) {
	t.Parallel()
	var pages []string
	for range 3 {
		document := documentOf(t, "../../examples/packages/operator")
		pages = append(pages, written(t, func(w io.Writer) error { return page.Package(w, document, page.Options{Target: "x"}) }))
	}
	assert.Equal(t, pages[0], pages[1])
	assert.Equal(t, pages[0], pages[2])
}

// The data of a page is one element that nothing in it can end.
func TestDataOfHostilePackages(t *testing.T) {
	t.Parallel()
	hostile := "</script><script>alert(1)</script><!--\u2028\u2029&\"'"
	document := &docs.Document{Packages: []docs.Package{{
		Name: hostile, Title: hostile, Description: hostile, Source: "javascript:alert(1)", URL: "https://example.com/\"x",
		Schema:     map[string]any{"type": "object", "properties": map[string]any{hostile: map[string]any{"type": "string", "default": hostile}}},
		Properties: docs.Properties(map[string]any{"properties": map[string]any{hostile: map[string]any{"type": "string", "default": hostile}}}),
		Images:     []docs.Image{{Name: hostile, Image: hostile}},
	}, {Name: hostile, Component: hostile}}}
	text := written(t, func(w io.Writer) error {
		return page.Package(w, document, page.Options{Target: hostile, Versions: []page.Version{{Version: hostile, Reference: hostile, Created: hostile, Constraints: []string{hostile}}}})
	})
	assert.NotContains(t, text, "<script>alert")
	assert.NotContains(t, text, `href="javascript`)
	assert.Len(t, regexp.MustCompile(`(?i)</script`).FindAllString(text, -1), 2)
	found := data.FindStringSubmatch(text)[1]
	assert.NotContains(t, found, "\u2028")
	var decoded struct {
		Packages []struct {
			Schema struct {
				Properties map[string]struct{ Default string }
			}
		}
	}
	require.NoError(t, json.Unmarshal([]byte(found), &decoded))
	assert.Equal(t, hostile, decoded.Packages[0].Schema.Properties[hostile].Default)
}

func TestIndexEntries(t *testing.T) {
	t.Parallel()
	index, err := repository.New("demo")
	require.NoError(t, err)
	for i, versions := range [][]string{{"v1.0.0"}, {"v1.2.0", "v1.1.0"}} {
		_, err = index.Add(repository.Entry{
			Name: "shop", Image: "registry.example.com/shop", Digest: "sha256:" + strings.Repeat(fmt.Sprint(i+1), 64), Versions: versions,
			Constraints: []manifest.Constraint{{Platform: []manifest.Platform{manifest.PlatformOpenShift}}},
		}, repository.AddOptions{})
		require.NoError(t, err)
	}
	entries := page.IndexEntries(index, map[string]string{"shop": "Sells things"})
	require.Len(t, entries, 1)
	assert.Equal(t, "v1.2.0", entries[0].Version)
	assert.Equal(t, "Sells things", entries[0].Description)
	assert.Equal(t, "registry.example.com/shop@sha256:"+strings.Repeat("2", 64), entries[0].Target)
	var versions []string
	for _, version := range entries[0].Versions {
		versions = append(versions, version.Version)
	}
	assert.Equal(t, []string{"v1.2.0", "v1.1.0", "v1.0.0"}, versions)
	text := written(t, func(w io.Writer) error { return page.Catalogue(w, entries, page.CatalogueOptions{Name: "demo"}) })
	assert.Contains(t, text, `data-platforms="OpenShift"`)
	assert.Contains(t, text, "3 versions")
}

func TestErrorsOfTheWriterComeBack(t *testing.T) {
	t.Parallel()
	full := errors.New("no space")
	assert.ErrorIs(t, page.Catalogue(failing{full}, nil, page.CatalogueOptions{}), full)
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func ExampleCatalogue() {
	entries := []page.CatalogueEntry{{Name: "shop", Description: "Sells things", Version: "v1.2.0", Target: "registry.example.com/shop:v1.2.0"}}
	var out bytes.Buffer
	if err := page.Catalogue(&out, entries, page.CatalogueOptions{Name: "Our packages"}); err != nil {
		fmt.Println(err)
	}
	fmt.Println(strings.Count(out.String(), `class="card"`), strings.Contains(out.String(), "packstage render registry.example.com/shop:v1.2.0"))
	// Output: 1 true
}

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
	text := written(t, func(w io.Writer) error { return page.Package(w, documentOf(t, folder), page.Options{Target: "./parts"}) })
	assert.Contains(t, text, "The objects are in its components.")
	assert.Equal(t, 1, strings.Count(text, `class="ps-graph"`))
	assert.Equal(t, 1, strings.Count(text, "<h2>Rendered objects</h2>"))
	assert.Contains(t, text, "packstage render ./parts --component web")
	assert.NotContains(t, text, "packstage render ./parts<")
}

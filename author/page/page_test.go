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

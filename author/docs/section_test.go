package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/docs"
	"github.com/packstage/packstage/author/matrix"
	"github.com/packstage/packstage/packageloader"
)

// TestSections compares sections with golden files: each archive is a package, with
// what its section is to be in the file "want.md".
func TestSections(t *testing.T) {
	t.Parallel()
	archives, err := filepath.Glob("testdata/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, archives)
	for _, path := range archives {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(path)
			require.NoError(t, err)
			files := map[string][]byte{}
			for _, file := range archive.Files {
				if file.Name != wantFile {
					files[file.Name] = file.Data
				}
			}
			got := docs.Section(document(t, packageloader.FromFiles(files), matrix.Options{}), docs.SectionOptions{})
			if *update {
				archive.Files = append(withoutWanted(archive.Files), txtar.File{Name: wantFile, Data: got})
				require.NoError(t, os.WriteFile(path, txtar.Format(archive), 0o644))
			}
			for _, file := range archive.Files {
				if file.Name == wantFile {
					assert.Equal(t, string(file.Data), string(got), "go test ./author/docs -update writes it")
					return
				}
			}
			t.Fatal("there is no " + wantFile)
		})
	}
}

var codeSpan = regexp.MustCompile("`[^`]*`")

const wantFile = "want.md"

func withoutWanted(files []txtar.File) []txtar.File {
	var kept []txtar.File
	for _, file := range files {
		if file.Name != wantFile {
			kept = append(kept, file)
		}
	}
	return kept
}

// Rows of tables have as many cells as their headings, whatever the package says.
func TestTablesOfHostilePackagesHoldTogether(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"a|b", `a\|b`, "a`|`b", "``|`", "a\nb", "a\r\n\r\nb", "| a | b |", "\\", "`", "`\\`|", "<!-- packstage:end -->", "</td></table>", "**", "a\u2028b", "# a", "![x](javascript:alert)", "- a", "1. a", "---", "$a$", "\x1b[1m",
	} {
		content := map[string]any{
			"type": "object", "properties": map[string]any{
				text: map[string]any{
					"type": "string", "title": text, "description": text, "default": text, "pattern": text,
					"enum": []any{text}, "x-kubernetes-validations": []any{map[string]any{"rule": text, "message": text}},
				},
			},
		}
		pkg := docs.Package{
			Name: text, Schema: content, Properties: docs.Properties(content), Phases: []docs.Phase{{Name: text, Class: text}},
			Images:       []docs.Image{{Name: text, Image: text, Digest: text}},
			Dependencies: []docs.Dependency{{Name: text, Package: text, Range: text, Version: text}},
			Probes:       []docs.Probe{{Selects: text, Checks: []string{text, text}}},
			Permissions:  []docs.Permission{{Subjects: []string{text}, Where: text, May: text, Remark: text}},
			Objects:      []docs.Object{{Phase: text, Kind: text, Group: text, Name: text, Namespace: text, Condition: text}},
			Cases:        make([]matrix.Rendered, 1),
		}
		section := string(docs.Section(&docs.Document{Packages: []docs.Package{pkg}}, docs.SectionOptions{}))
		columns := 0
		for line := range strings.Lines(section) {
			if !strings.HasPrefix(line, "|") {
				columns = 0
				continue
			}
			cells := strings.Count(line, "|")
			assert.NotRegexp(t, `[^\\]\]\(`, codeSpan.ReplaceAllString(line, ""), "%q", text)
			if columns == 0 {
				columns = cells
			}
			assert.Equal(t, columns, cells, "%q: %s", text, line)
		}
		assert.NotContains(t, "\n"+section, "\n"+docs.EndMark)
		assert.NotContains(t, strings.ReplaceAll(strings.ReplaceAll(section, "<br>", ""), "<code>", ""), "<td")
	}
}

func TestSentencesEnd(t *testing.T) {
	t.Parallel()
	content := map[string]any{"type": "object", "properties": map[string]any{
		"a": map[string]any{"type": "string", "description": "Without an end", "maxLength": int64(5), "x-kubernetes-validations": []any{map[string]any{"rule": "true", "message": "must be so"}}},
		"b": map[string]any{"type": "string", "description": "Alone"},
		"c": map[string]any{"type": "string", "description": "With one!", "enum": []any{"x"}},
	}}
	section := string(docs.Section(&docs.Document{Packages: []docs.Package{{Name: "a", Schema: content, Properties: docs.Properties(content)}}}, docs.SectionOptions{}))
	assert.Contains(t, section, "| Without an end. At most 5 characters. Rule: must be so. |")
	assert.Contains(t, section, "| Alone |")
	assert.Contains(t, section, "| With one! One of `\"x\"`. |")
}

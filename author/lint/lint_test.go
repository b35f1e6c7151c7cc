package lint_test

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/lint"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packageloader"
)

var update = flag.Bool("update", false, "write golden findings and generated documentation")

// archive is a txtar file whose files lie in folders.
type archive struct {
	*txtar.Archive
	path string
}

func readArchive(t *testing.T, path string) archive {
	t.Helper()
	parsed, err := txtar.ParseFile(path)
	require.NoError(t, err)
	return archive{parsed, path}
}

// folder returns the files below a folder, with a manifest if they have none.
func (a archive) folder(name string) fstest.MapFS {
	files := fstest.MapFS{}
	for _, file := range a.Files {
		if below, ok := strings.CutPrefix(file.Name, name+"/"); ok {
			files[below] = &fstest.MapFile{Data: file.Data}
		}
	}
	if _, ok := files["manifest.yaml"]; !ok && len(files) > 0 {
		files["manifest.yaml"] = &fstest.MapFile{Data: []byte(usualManifest)}
	}
	return files
}

// usualManifest is that of packages which are not about the manifest.
const usualManifest = `apiVersion: manifests.package-operator.run/v1alpha1
kind: PackageManifest
metadata:
  name: shop
spec:
  scopes: [Cluster]
  phases:
  - name: first
  - name: second
  - name: third
  availabilityProbes:
  - selector: {kind: {group: apps, kind: Deployment}}
    probes:
    - condition: {type: Available, status: "True"}
`

func (a *archive) set(name string, data []byte) {
	for i := range a.Files {
		if a.Files[i].Name == name {
			a.Files[i].Data = data
			return
		}
	}
	a.Files = append(a.Files, txtar.File{Name: name, Data: data})
}

func run(t *testing.T, files fs.FS, options lint.Options) *lint.Result {
	t.Helper()
	options.Author = files
	result, err := lint.Run(t.Context(), packageloader.FromFS(files), options)
	require.NoError(t, err)
	return result
}

// text is how golden files have findings.
func text(found diagnostic.Diagnostics) string {
	var lines []string
	for _, d := range found {
		lines = append(lines, strings.TrimPrefix(d.Error(), "component "))
	}
	if len(lines) == 0 {
		return ""
	}
	return strings.Join(lines, "\n") + "\n"
}

// Each rule has a file with a package that breaks it and one that does not, beside
// the findings. Where the rule mends, the file has the package after it, too.
func TestRules(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, rule := range lint.Rules() {
		known[string(rule.Code)+".txtar"] = true
		t.Run(string(rule.Code), func(t *testing.T) {
			t.Parallel()
			a := readArchive(t, filepath.Join("testdata", "rules", string(rule.Code)+".txtar"))
			before := string(txtar.Format(a.Archive))
			only := lint.Options{Only: []diagnostic.Code{rule.Code}}
			if strings.HasPrefix(string(rule.Code), "ignore-") {
				only = lint.Options{}
			}
			bad := run(t, a.folder("bad"), only)
			require.NotEmpty(t, bad.Findings, "the rule finds nothing")
			for _, finding := range bad.Findings {
				assert.Equal(t, rule.Code, finding.Code)
				assert.Equal(t, rule.Severity, finding.Severity)
				assert.NotZero(t, finding.Position.Line, "%v", finding)
			}
			good := run(t, a.folder("good"), only)
			assert.Empty(t, text(good.Diagnostics()))
			parts := run(t, a.folder("parts"), only) // a further package that is good, where there is one
			assert.True(t, len(a.folder("parts")) == 0 || len(parts.Diagnostics()) == 0, "%v", parts.Diagnostics())
			a.set("want", []byte(text(bad.Diagnostics())))
			fixed := fix(t, a.folder("bad"), only)
			assert.Equal(t, rule.Fixes != "", len(fixed.Mended) > 0, "the rule says %q about its fix", rule.Fixes)
			if len(fixed.Mended) > 0 {
				var diffs strings.Builder
				for _, change := range fixed.Changes {
					diffs.WriteString(change.Diff())
				}
				a.set("fixed", []byte(diffs.String()))
				a.set("left", []byte(text(fixed.Result.Diagnostics())))
			}
			after := txtar.Format(a.Archive)
			if *update {
				require.NoError(t, os.WriteFile(a.path, after, 0o644))
				return
			}
			assert.Equal(t, before, string(after), "go test ./author/lint -update writes it")
		})
	}
	entries, err := os.ReadDir(filepath.Join("testdata", "rules"))
	require.NoError(t, err)
	for _, entry := range entries {
		assert.True(t, known[entry.Name()], "%s is of no rule", entry.Name())
	}
}

func fix(t *testing.T, files fs.FS, options lint.Options) *lint.Fixed {
	t.Helper()
	options.Author = files
	fixed, err := lint.FindFixes(t.Context(), packageloader.FromFS(files), options)
	require.NoError(t, err)
	return fixed
}

func TestRulesAreDocumentedAndApart(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "diagnostics.md"))
	require.NoError(t, err)
	seen := map[diagnostic.Code]bool{}
	for _, rule := range lint.Rules() {
		assert.False(t, seen[rule.Code], "%s is there twice", rule.Code)
		seen[rule.Code] = true
		assert.NotContains(t, string(page), "### "+string(rule.Code)+"\n", "the code is taken")
		assert.Regexp(t, `^[a-z]+(-[a-z]+)*$`, string(rule.Code))
		for _, part := range []string{rule.Summary, rule.Explanation, rule.Example, rule.Cure} {
			assert.NotEmpty(t, part, "%s", rule.Code)
		}
		assert.False(t, strings.HasSuffix(rule.Summary, "."), "%s", rule.Summary)
	}
}

// The documentation lists all rules, between two markers.
func TestDocumentationIsComplete(t *testing.T) {
	t.Parallel()
	const begin, end = "<!-- rules begin -->\n", "<!-- rules end -->\n"
	path := filepath.Join("..", "..", "docs", "lint.md")
	page, err := os.ReadFile(path)
	require.NoError(t, err)
	head, rest, ok := bytes.Cut(page, []byte(begin))
	require.True(t, ok)
	_, tail, ok := bytes.Cut(rest, []byte(end))
	require.True(t, ok)
	var b strings.Builder
	b.WriteString("\n| code | severity | finds |\n|---|---|---|\n")
	for _, rule := range lint.Rules() {
		fmt.Fprintf(&b, "| [`%s`](#%s) | %s | %s%s |\n", rule.Code, rule.Code, rule.Severity, rule.Summary, map[bool]string{true: "; `--fix`"}[rule.Fixes != ""])
	}
	for _, rule := range lint.Rules() {
		fmt.Fprintf(&b, "\n### %s\n\n%s: %s.\n\n%s\n\n", rule.Code, strings.ToUpper(rule.Severity.String()[:1])+rule.Severity.String()[1:], rule.Summary, rule.Explanation)
		fmt.Fprintf(&b, "```yaml\n%s\n```\n\nCure:\n\n```yaml\n%s\n```\n", rule.Example, rule.Cure)
		if rule.Fixes != "" {
			fmt.Fprintf(&b, "\n`--fix`: %s\n", rule.Fixes)
		}
	}
	want := slices.Concat(head, []byte(begin), []byte(b.String()+"\n"), []byte(end), tail)
	if *update {
		require.NoError(t, os.WriteFile(path, want, 0o644))
		return
	}
	assert.Equal(t, string(want), string(page), "go test ./author/lint -update writes it")
}

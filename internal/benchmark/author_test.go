package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/testrun"
	"github.com/packstage/packstage/internal/benchmark/packageset"
	"github.com/packstage/packstage/packageloader"
)

// What is measured are cases that pass, also after a file was saved.
func TestAuthorPackage(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"nginx", "medium"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			set, _ := packageset.Generate(name)
			a, err := writeAuthorPackage(t.Context(), set, 3, filepath.Join(t.TempDir(), name))
			require.NoError(t, err)
			requirePasses(t, a)
			template := a.firstFile(true)
			require.NotEmpty(t, template)
			assert.Empty(t, a.firstFile(false), "all files are templates")
			require.NoError(t, a.saveFile(template, 7))
			content, err := os.ReadFile(filepath.Join(a.folder, filepath.FromSlash(template)))
			require.NoError(t, err)
			assert.Equal(t, "{{/* 7 */ -}}\n"+string(set.Files[template]), string(content))
			before, err := os.ReadFile(filepath.Join(a.folder, ".packstage", "test.yaml"))
			require.NoError(t, err)
			require.NoError(t, a.saveValues(1))
			after, err := os.ReadFile(filepath.Join(a.folder, ".packstage", "test.yaml"))
			require.NoError(t, err)
			assert.NotEqual(t, string(before), string(after))
			requirePasses(t, a)
		})
	}
	large, _ := packageset.Generate("large")
	a := authorPackage{set: large}
	assert.NotEmpty(t, a.firstFile(false))
	assert.NotContains(t, a.firstFile(false), ".gotmpl")
	assert.Contains(t, a.firstFile(true), ".yaml.gotmpl")
}

func requirePasses(t *testing.T, a authorPackage) {
	t.Helper()
	report, err := testrun.Run(t.Context(), packageloader.FromFolder(a.folder, packageloader.FolderOptions{}), testrun.Options{Author: os.DirFS(a.folder)})
	require.NoError(t, err)
	require.False(t, report.Failed(), report)
	totals := report.Totals()
	assert.Equal(t, 4, totals.Cases, "three of the manifest and one of the test file")
	assert.Equal(t, 3*(len(a.set.Files)-2-strings.Count(strings.Join(keys(a.set.Files), " "), "_helpers")), totals.GoldenFiles, "each file of objects has one")
}

func keys(files map[string][]byte) []string {
	var names []string
	for name := range files {
		names = append(names, name)
	}
	return names
}

func TestAuthorTable(t *testing.T) {
	t.Parallel()
	one := authorResult{"nginx", oneCase, []processCost{{wall: 40 * time.Millisecond, processor: 20 * time.Millisecond, peak: 5e7}}}
	all := authorResult{"nginx", "11 cases", []processCost{
		{wall: 80 * time.Millisecond, processor: 30 * time.Millisecond, peak: 6e7},
		{wall: 60 * time.Millisecond, processor: 30 * time.Millisecond, peak: 6e7},
		{wall: 70 * time.Millisecond, processor: 30 * time.Millisecond, peak: 6e7},
	}}
	m := authorMeasurement{cases: 11}
	assert.Equal(t, `| package | what | runs | median | fastest | processor time | peak memory |
|---|---|---|---|---|---|---|
| nginx | one case | 1 | 40.0 ms | 40.0 ms | 20.0 ms | 50.0 MB |
| nginx | 11 cases | 3 | 70.0 ms | 60.0 ms | 30.0 ms | 60.0 MB |
| nginx | one more case | 3 | 3.00 ms | 2.00 ms | 1.00 ms | – |
`, authorTable([]authorResult{one, all, m.oneMore(one, all)}))
}

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/benchmark/packageset"
)

func exampleReport() report {
	measured := series{
		"cold":       {{time: 90 * time.Millisecond, bytes: 500_000}},
		baselineYAML: {{time: 100 * time.Millisecond, bytes: 1_000_000}},
	}
	return report{
		GoVersion: "go1.26.0", Platform: "linux/amd64", Processors: 2, Rounds: "5x",
		Results: []result{newResult("medium", stage{"cold", baselineYAML}, measured)},
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []verdict{
		{Of: "time", Limit: "0.8 ×", Met: false},
		{Of: "allocated", Limit: "1 ×", Met: true},
	}, exampleReport().Results[0].Budgets)
	assert.Equal(t, []verdict{{Of: "time", Limit: "25 ms", Met: true}},
		budgetOf("", startStage.name).judge(result{Nanoseconds: 24e6}))
	assert.Equal(t, []verdict{{Of: "time", Limit: "5 ×", Met: true}, {Of: "allocated", Limit: "400 KB", Met: false}},
		budgetOf("nginx", "cold").judge(result{TimeRatio: 5, Allocated: 400_001}))
	assert.Empty(t, budgetOf("medium", "compile"))
}

func TestMarkdown(t *testing.T) {
	t.Parallel()
	assert.Equal(t, `Measured on 2 processors, Go 1.26.0, linux/amd64, benchtime 5x.

| set | stage | median | allocated | baseline | its median | its allocated | time ratio | allocated ratio | budget | met |
|---|---|---|---|---|---|---|---|---|---|---|
| medium | cold | 90.0 ms | 500 KB | one YAML pass | 100 ms | 1.00 MB | 0.90 | 0.50 | time 0.8 ×, allocated 1 × | **no**, yes |
`, exampleReport().markdown())
}

func TestText(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	require.NoError(t, exampleReport().writeText(&b))
	assert.Contains(t, b.String(), "medium  cold   90.0 ms  500 KB ")
	assert.Contains(t, b.String(), "NO, yes")
}

func TestWriteSection(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "performance.md")
	begin, end := markers("stages")
	document := func(table string) string { return "# Title\n\n" + begin + table + end + "\nLast words.\n" }
	require.NoError(t, os.WriteFile(path, []byte(document("old\n")), 0o600))
	for range 2 {
		require.NoError(t, writeSection(path, "stages", "new\n"))
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, document("\nnew\n\n"), string(content))
	}
	require.Error(t, writeSection(path, "another", "table"))
	require.Error(t, writeSection(path+".missing", "stages", "table"))
}

func TestArguments(t *testing.T) {
	t.Parallel()
	a, err := parseArguments([]string{"-sets", "nginx,crds", "-stages", "start,cold", "-json"}, nil)
	require.NoError(t, err)
	assert.Equal(t, []string{"nginx", "crds"}, a.sets)
	assert.Equal(t, []string{"start", "cold"}, a.stages)
	assert.Equal(t, rounds{count: 5}, a.rounds)
	for _, args := range [][]string{
		{"-sets", "unknown"}, {"-stages", "unknown"}, {"extra"}, {"-benchtime", "5"}, {"-cpu", "0"},
		{"-write", "file", "-sets", "nginx"},
	} {
		_, err := parseArguments(args, nil)
		assert.Error(t, err, args)
	}
}

func TestWriteSets(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	require.NoError(t, writeSets(folder, []string{"nginx", "medium"}))
	for _, set := range []packageset.Set{packageset.Nginx(), packageset.Medium()} {
		for path, want := range set.Files {
			content, err := os.ReadFile(filepath.Join(folder, set.Name, path))
			require.NoError(t, err)
			assert.Equal(t, string(want), string(content), path)
		}
	}
	assert.NoDirExists(t, filepath.Join(folder, "large"))
}

// Every stage and baseline works on the smallest set, once.
func TestStages(t *testing.T) {
	t.Parallel()
	p, err := prepare(t.Context(), packageset.Nginx())
	require.NoError(t, err)
	defer func() { require.NoError(t, p.close()) }()
	works := p.works(t.Context())
	for _, s := range setStages {
		for _, name := range []string{s.baseline, s.name} {
			work, ok := works[name]
			require.True(t, ok, name)
			if work.prepare != nil {
				require.NoError(t, work.prepare(), name)
			}
			require.NoError(t, work.run(), name)
		}
	}
	assert.NotEqual(t, p.config(), p.config(), "each render has a configuration of its own")
}

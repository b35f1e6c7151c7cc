package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/benchmark/packageset"
)

func measureTask(t *testing.T, of task) figures {
	t.Helper()
	arguments, err := json.Marshal(of)
	require.NoError(t, err)
	var out strings.Builder
	require.NoError(t, taskMain(t.Context(), string(arguments), &out))
	var found figures
	require.NoError(t, json.Unmarshal([]byte(out.String()), &found))
	return found
}

// Every kind of task works, with a small size.
func TestTasks(t *testing.T) { //nolint:paralleltest // it looks at the memory of the process
	for _, family := range packageset.Families() {
		found := measureTask(t, task{Kind: "growth", Name: family.Name, Size: 3, Rounds: 1})
		for _, m := range measures {
			if !strings.HasSuffix(m.key, "Peak") { // not every machine tells
				assert.Positive(t, found[m.key], "%s %s", family.Name, m.key)
			}
		}
	}
	found := measureTask(t, task{Kind: "configurations", Name: "nginx", Size: 5})
	assert.Positive(t, found["serialTime"])
	assert.Positive(t, found["parallelTime"])
	found = measureTask(t, task{Kind: "held", Name: "nginx", Size: 50})
	assert.EqualValues(t, 50, found["held"])
	assert.Greater(t, found["heap"], int64(50*10_000), "each package takes its kilobytes")
	assert.Positive(t, found["renderTime"])
	for _, way := range streamWays() {
		found := measureTask(t, task{Kind: "stream", Name: way, Size: 1})
		assert.Contains(t, found, "peak", way)
	}
	for _, unknown := range []task{{Kind: "unknown"}, {Kind: "growth", Name: "unknown"}, {Kind: "held", Name: "unknown"}, {Kind: "stream", Name: "unknown"}} {
		_, err := unknown.measure(t.Context())
		assert.Error(t, err)
	}
}

func exampleGrown() grown {
	sizes := []int{100, 1_000, 10_000}
	g := grown{family: packageset.Growing{Name: "objects"}, sizes: sizes, leftOut: "100000 would need about 9 GB of memory, of which 8 GB are available"}
	for _, size := range sizes {
		n := int64(size)
		g.figures = append(g.figures, figures{
			"coldTime": n * 10_000, "warmTime": n * n * 10, "coldBytes": n * 1000, "warmBytes": n * 100,
			"coldAllocations": n * 10, "warmAllocations": n, "coldPeak": n * 100_000, "warmPeak": 1_000,
		})
	}
	return g
}

func TestGrowthMarkdown(t *testing.T) {
	t.Parallel()
	text := growthMarkdown([]grown{exampleGrown()}, "images")
	assert.Contains(t, text, "| objects | 1,000 | 10.0 ms | 10.0 ms | 1.00 MB | 100 KB | 10,000 | 1,000 | 100 MB | 1.00 KB |\n")
	assert.Contains(t, text, "| objects | cold time | 1.00 | 1.00 | yes |\n")
	assert.Contains(t, text, "| objects | warm time | 2.00 | 2.00 | **no** |\n", "quadratic growth is flagged")
	assert.Contains(t, text, "Objects: 100000 would need")
	assert.NotContains(t, text, "warm peak memory | ", "what is below a few pages has no fit")
	assert.Contains(t, text, "(images/growth-objects-memory.svg)")
}

func TestGrowthNeedsMemory(t *testing.T) {
	t.Parallel()
	assert.Zero(t, grown{}.need(1_000_000))
	assert.Equal(t, int64(2*100_000*100_000), exampleGrown().need(100_000))
}

func TestWriteCharts(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	require.NoError(t, writeCharts(folder, []grown{exampleGrown()}))
	assert.FileExists(t, folder+"/growth-objects-time.svg")
	assert.FileExists(t, folder+"/growth-objects-memory.svg")
}

func TestMemoryMarkdown(t *testing.T) {
	t.Parallel()
	r := memoryReport{Many: 1000, Results: []memoryResult{
		{task{Kind: "configurations", Name: "nginx", Size: 1000}, figures{"serialTime": 2e9, "parallelTime": 1e9, "compiledHeap": 50_000, "serialPeak": 2e6, "parallelPeak": 3e6}},
		{task{Kind: "held", Name: "nginx", Size: 1000}, figures{"held": 1000, "heap": 80e6, "peak": 120e6, "time": 4e9, "renderTime": 2e6, "heapAfter": 81e6}},
		{task{Kind: "stream", Name: "push", Size: 100}, figures{"peak": 5e6}},
		{task{Kind: "stream", Name: "copy", Size: 100}, figures{"peak": 105e6}},
		{task{Kind: "stream", Name: "load", Size: 10}, figures{"peak": 50e6, "bytes": 12e6}},
	}}
	text := r.markdown()
	for _, want := range []string{
		"| nginx | parallel | 1000 ms | 1.00 ms | 50.0 KB | 3.00 MB |\n",
		"| nginx | 1,000 | 80.0 MB | 80.0 KB | 120 MB | 4.00 ms | 2.00 ms | 81.0 KB |\n",
		"| push | 100 MB | 5.00 MB | flat: 16.8 MB | yes |\n",
		"| copy | 100 MB | 105 MB | flat: 16.8 MB | **no** |\n",
		"| load | 10 MB | 50.0 MB | compressed + uncompressed + 10 % + 1 MiB: 14.2 MB | **no** |\n",
	} {
		assert.Contains(t, text, want)
	}
}

func TestProcessMarkdown(t *testing.T) {
	t.Parallel()
	text := processMarkdown([]compared{
		{"start", processCost{20 * time.Millisecond, 18 * time.Millisecond, 40e6}, processCost{50 * time.Millisecond, 48 * time.Millisecond, 50e6}, 0.4},
		{"10 templates", processCost{wall: 60 * time.Millisecond}, processCost{wall: 50 * time.Millisecond}, 1.2},
	}, "v4.3.1", 3)
	assert.Contains(t, text, "| start | 20.0 ms | 50.0 ms | 0.40 | yes | 18.0 ms | 48.0 ms | 40.0 MB | 50.0 MB |\n")
	assert.Contains(t, text, "| 1.20 | **no** |")
}

func TestObjectsByName(t *testing.T) {
	t.Parallel()
	objects, err := objectsByName([]byte("---\n# a comment\n---\nkind: A\nmetadata:\n  name: x\n---\nkind: B\nmetadata:\n  name: x\n"))
	require.NoError(t, err)
	assert.Len(t, objects, 2)
	assert.Contains(t, objects, "B/x")
}

func TestGoBenchmarks(t *testing.T) {
	t.Parallel()
	lines := strings.Split(exampleReport().goBenchmarks(), "\n")
	assert.Contains(t, lines, "BenchmarkStage/set=medium/stage=cold-2\t1\t90000000 ns/op\t500000 B/op\t0 allocs/op")
	assert.Contains(t, lines, "BenchmarkStage/set=medium/stage=one-YAML-pass-2\t1\t100000000 ns/op\t1000000 B/op\t0 allocs/op")
}

func TestTrimTop(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "      flat  flat%\n     0.5s  9%  packageloader.Load\n",
		trimTop("File: x\nTime: 2030\n      flat  flat% \n     0.5s  9%  github.com/packstage/packstage/packageloader.Load\n"))
}

func TestModes(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"unknown"}, {"growth", "extra"}, {"growth", "-rounds", "1"}, {"growth", "-most", "10", "-write", "x"}, {"memory", "-many", "0"},
		{"process"}, {"process", "-helm", "helm", "-sizes", "0"}, {"guard"}, {"guard", "-rounds", "0", "x"}, {"measure"}, {"profile", "nginx"}, {"profile", "unknown/cold"}, {"profile", "-lines", "0"}, {"profile", "-write", "x", "nginx/cold"},
	} {
		assert.Error(t, run(t.Context(), args, &strings.Builder{}, &strings.Builder{}), args)
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	got, err := numbers("10,100")
	require.NoError(t, err)
	assert.Equal(t, []int{10, 100}, got)
	assert.Equal(t, "1,234,567", grouped(1234567))
	assert.Equal(t, "999", grouped(999))
}

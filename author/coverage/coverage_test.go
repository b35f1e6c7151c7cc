package coverage_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/coverage"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
}

// recorder returns one for the package in testdata/package.
func recorder(t testing.TB) (*coverage.Recorder, *packageloader.Renderer) {
	t.Helper()
	pkg, err := packageloader.Load(context.Background(), packageloader.FromFolder("testdata/package", packageloader.FolderOptions{}), packageloader.LoadOptions{})
	require.NoError(t, err)
	renderer, err := packageloader.Compile(pkg, packageloader.Options{})
	require.NoError(t, err)
	return coverage.NewRecorder(renderer), renderer
}

// record renders the cases of the manifest whose names are given.
func record(t testing.TB, r *coverage.Recorder, renderer *packageloader.Renderer, names ...string) {
	t.Helper()
	for _, test := range renderer.Package().Manifest.Test.Template {
		if slices.Contains(names, test.Name) {
			_, err := r.Render(context.Background(), test.Name, renderer.TestContext(test.Context))
			require.NoError(t, err)
		}
	}
}

func TestGolden(t *testing.T) {
	t.Parallel()
	r, renderer := recorder(t)
	record(t, r, renderer, "small", "large")
	// A case that is to fail reaches what it comes to.
	_, err := r.Render(t.Context(), "refused", packagetypes.Context{Config: map[string]any{"mode": "odd"}})
	require.Error(t, err)
	// One that is refused before is none for the templates.
	_, err = r.Render(t.Context(), "unknown", packagetypes.Context{Config: map[string]any{"replicas": 7, "nope": true}})
	require.Error(t, err)
	profile := r.Profile()
	golden(t, "profile.json", profile.Encode())
	var table, page bytes.Buffer
	require.NoError(t, profile.WriteTable(&table))
	golden(t, "table.txt", table.Bytes())
	var findings strings.Builder
	for _, finding := range profile.Findings() {
		require.Equal(t, diagnostic.Info, finding.Severity)
		findings.WriteString(finding.Position.String() + " " + string(finding.Code) + ": " + finding.Message)
		if finding.Hint != "" {
			findings.WriteString(" (" + finding.Hint + ")")
		}
		findings.WriteString("\n")
	}
	golden(t, "findings.txt", []byte(findings.String()))
	require.NoError(t, profile.WritePage(&page, coverage.SourcesOf(renderer.Package())))
	golden(t, "page.html", page.Bytes())
}

func TestProfileIsStable(t *testing.T) {
	t.Parallel()
	first, renderer := recorder(t)
	record(t, first, renderer, "small", "large")
	second, other := recorder(t)
	record(t, second, other, "large", "small")
	require.Equal(t, string(first.Profile().Encode()), string(second.Profile().Encode()))

	decoded, err := coverage.Decode(first.Profile().Encode())
	require.NoError(t, err)
	require.Equal(t, first.Profile(), decoded)
	require.Equal(t, first.Profile().Encode(), decoded.Encode())
}

// Merging what was recorded apart is the same as recording together.
func TestMerge(t *testing.T) {
	t.Parallel()
	together, renderer := recorder(t)
	record(t, together, renderer, "small", "large")
	small, one := recorder(t)
	record(t, small, one, "small")
	large, two := recorder(t)
	record(t, large, two, "large")
	none, _ := recorder(t)
	a, b := small.Profile(), large.Profile()
	before := string(a.Encode())
	for _, profiles := range [][]*coverage.Profile{{a, b}, {b, a}, {none.Profile(), a, b}, {b, none.Profile(), a}} {
		merged, err := coverage.Merge(profiles...)
		require.NoError(t, err)
		require.Equal(t, string(together.Profile().Encode()), string(merged.Encode()))
	}
	require.Equal(t, before, string(a.Encode()))

	other := *b
	other.Packages = slices.Clone(b.Packages)
	other.Packages[0].Files = slices.Clone(b.Packages[0].Files)
	other.Packages[0].Files[0].Digest = "sha256:00"
	_, err := coverage.Merge(a, &other)
	require.ErrorContains(t, err, "different versions")

	other.Packages[0].Name = "another"
	merged, err := coverage.Merge(a, &other)
	require.NoError(t, err)
	require.Equal(t, []string{"another", "counted"}, []string{merged.Packages[0].Name, merged.Packages[1].Name})
	require.Equal(t, a.Totals().Points.Total*2, merged.Totals().Points.Total)
	empty, err := coverage.Merge()
	require.NoError(t, err)
	require.InDelta(t, 100, empty.Totals().Points.Percent(), 0)
}

func TestCheck(t *testing.T) {
	t.Parallel()
	r, renderer := recorder(t)
	record(t, r, renderer, "small")
	profile := r.Profile()
	points := profile.Totals().Points
	exact := float64(points.Reached) * 100 / float64(points.Total)
	require.Empty(t, profile.Check(0))
	require.Empty(t, profile.Check(exact-0.01))
	found := profile.Check(exact + 0.01)
	require.Len(t, found, 1)
	require.Equal(t, diagnostic.CoverageMinimum, found[0].Code)
	require.Equal(t, diagnostic.Error, found[0].Severity)
}

func TestCountRoundsDown(t *testing.T) {
	t.Parallel()
	require.InDelta(t, 99.9, coverage.Count{Reached: 9999, Total: 10000}.Percent(), 0.001)
	require.False(t, coverage.Count{Reached: 8999, Total: 10000}.AtLeast(90))
	require.True(t, coverage.Count{Reached: 9, Total: 10}.AtLeast(90))
	require.True(t, coverage.Count{}.AtLeast(100))
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	r, renderer := recorder(t)
	record(t, r, renderer, "small")
	valid := string(r.Profile().Encode())
	for name, change := range map[string][2]string{
		"version":       {`"version": 1`, `"version": 2`},
		"unknown field": {`"version": 1`, `"version": 1, "x": 1`},
		"no such case":  {`"cases": [`, `"cases": ["z",`},
		"negative":      {`"start": 0`, `"start": -1`},
		"broken":        {`{`, `[`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := strings.Replace(valid, change[0], change[1], 1)
			require.NotEqual(t, valid, changed)
			_, err := coverage.Decode([]byte(changed))
			require.ErrorContains(t, err, "read coverage profile")
		})
	}
	_, err := coverage.Decode([]byte(valid + "{}"))
	require.Error(t, err)
}

// Whatever a source holds, the page shows it and lets nothing of it out.
func TestPageEscapes(t *testing.T) {
	t.Parallel()
	r, renderer := recorder(t)
	record(t, r, renderer, "small")
	_, err := r.Render(t.Context(), "<script>alert(1)</script>", packagetypes.Context{})
	require.NoError(t, err)
	var page bytes.Buffer
	require.NoError(t, r.Profile().WritePage(&page, coverage.SourcesOf(renderer.Package())))
	require.NotContains(t, page.String(), "<script")
	require.Contains(t, page.String(), "&lt;script&gt;")
	require.NoError(t, r.Profile().WritePage(&page, func(string, string, string) ([]byte, bool) { return []byte("other"), true }))
	require.Contains(t, page.String(), "is not what was tested")
	require.NoError(t, r.Profile().WritePage(&page, coverage.SourcesOf()))
	require.Contains(t, page.String(), "not at hand")
}

func FuzzDecode(f *testing.F) {
	r, renderer := recorder(f)
	record(f, r, renderer, "small")
	f.Add(r.Profile().Encode())
	f.Add([]byte(`{"version":1,"packages":[{"name":"a","cases":["x"],"files":[{"path":"a","points":[{"line":1,"column":1,"end":9}]}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		profile, err := coverage.Decode(data)
		if err != nil {
			return
		}
		again, err := coverage.Decode(profile.Encode())
		require.NoError(t, err)
		require.Equal(t, profile.Encode(), again.Encode())
		_, _ = coverage.Merge(profile, again)
		_ = profile.Findings()
		var text bytes.Buffer
		require.NoError(t, profile.WriteTable(&text))
		require.NoError(t, profile.WritePage(&text, func(string, string, string) ([]byte, bool) { return []byte("{{ x }}\n"), true }))
		require.True(t, json.Valid(profile.Encode()))
	})
}

package report_test

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/diagnostic/report"
)

var update = flag.Bool("update", false, "write golden files anew")

// golden compares a report with testdata/name.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got))
}

func sources(file string) ([]byte, bool) {
	content, ok := map[string]string{
		"config.yaml":             "replcas: 3\r\nimage:\r\n\ttag: v1\r\n",
		"templates/web.yaml.tmpl": strings.Repeat("# line\n", 11) + "größe: \"日本\" {{ .config.naem }}\n",
		"wide.yaml":               "start: " + strings.Repeat("0123456789", 40) + " end\n",
		"hostile.yaml":            "a: \x1b[2Jerror[fake]: \u202ehello\x00\xff\n",
	}[file]
	return []byte(content), ok
}

// findings holds every shape that a finding can have.
var findings = diagnostic.Diagnostics{
	{
		Code:     diagnostic.ConfigUnknownKey,
		Position: diagnostic.Position{File: "config.yaml", Line: 1, Column: 1},
		Field:    "replcas",
		Message:  `unknown key "replcas"`,
		Hint:     `did you mean "replicas"?`,
	},
	{
		Code:     diagnostic.YAMLInvalid,
		Position: diagnostic.Position{File: "config.yaml", Line: 3, Column: 2},
		Message:  "a tab cannot indent",
	},
	{
		Code:     diagnostic.YAMLInvalid,
		Position: diagnostic.Position{File: "config.yaml", Line: 3, Column: 9},
		Message:  "the column behind the end",
	},
	{
		Code:      diagnostic.TemplateNoValue,
		Position:  diagnostic.Position{File: "templates/web.yaml.tmpl", Line: 12, Column: 21},
		Component: "web",
		Message:   "would print <no value>",
		Hint:      "give the key a default in the schema,\nor test it with \"if\" & \"with\"",
	},
	{
		Code:     diagnostic.ObjectDuplicate,
		Severity: diagnostic.Warning,
		Position: diagnostic.Position{File: "not there/objects.yaml", Document: 2},
		Field:    "metadata.name",
		Message:  "two objects of one name",
	},
	{
		Code:     "acme/wide",
		Severity: diagnostic.Info,
		Position: diagnostic.Position{File: "wide.yaml", Line: 1, Column: 208},
		Message:  "a wide line",
	},
	{
		Code:     "acme/wide",
		Severity: diagnostic.Info,
		Position: diagnostic.Position{File: "wide.yaml", Line: 1},
		Message:  "a wide line without a column",
	},
	{
		Code:     "acme/wide",
		Severity: diagnostic.Warning,
		Position: diagnostic.Position{File: "wide.yaml", Line: 77, Column: 1},
		Message:  "a line that is not there",
	},
	{
		Code:      "evil\ncode\x1b[0m",
		Position:  diagnostic.Position{File: "hostile.yaml", Line: 1, Column: 5},
		Field:     "spec.\x1b]0;title\x07",
		Component: "a\r\nb",
		Message:   "quotes \x1b[31mred\x9b1m\x85 and\nerror[forged]: a headline",
		Hint:      "\u2066isolated\u2069 \U000e0001",
	},
	{Message: "neither code nor place"},
}

func TestGolden(t *testing.T) {
	t.Parallel()
	rooted := func(file string) string { return "packages/my app/" + file }
	describe := func(code diagnostic.Code) (report.SARIFRule, bool) {
		return report.SARIFRule{
			Summary: "Templates must parse.", Explanation: "What it is, and why.", Markdown: "What it is, and why.\n\n```yaml\na: b\n```\n",
			Severity: diagnostic.Warning,
		}, code == diagnostic.TemplateNoValue
	}
	help := func(code diagnostic.Code) string {
		if strings.Contains(string(code), "/") {
			return ""
		}
		return "https://example.com/codes"
	}
	for name, print := range map[string]func(io.Writer, diagnostic.Diagnostics) error{
		"human.txt": func(w io.Writer, ds diagnostic.Diagnostics) error {
			return report.Human(w, ds, report.HumanOptions{Sources: sources})
		},
		"human-narrow-color.txt": func(w io.Writer, ds diagnostic.Diagnostics) error {
			return report.Human(w, ds, report.HumanOptions{Sources: sources, Color: true, Width: 30})
		},
		"human-no-sources.txt": func(w io.Writer, ds diagnostic.Diagnostics) error {
			return report.Human(w, ds, report.HumanOptions{})
		},
		"report.json": func(w io.Writer, ds diagnostic.Diagnostics) error {
			return report.JSON(w, ds, report.JSONOptions{})
		},
		"report-compact.json": func(w io.Writer, ds diagnostic.Diagnostics) error {
			return report.JSON(w, ds, report.JSONOptions{Compact: true})
		},
		"report.sarif": func(w io.Writer, ds diagnostic.Diagnostics) error {
			return report.SARIF(w, ds, report.SARIFOptions{})
		},
		"report-options.sarif": func(w io.Writer, ds diagnostic.Diagnostics) error {
			return report.SARIF(w, ds, report.SARIFOptions{
				ToolName: "embedder", ToolVersion: "1.2.3", HelpURI: help, Path: rooted, Sources: sources, Describe: describe,
			})
		},
		"junit.xml": func(w io.Writer, ds diagnostic.Diagnostics) error {
			return report.JUnit(w, ds, report.JUnitOptions{})
		},
		"junit-name.xml": func(w io.Writer, ds diagnostic.Diagnostics) error {
			return report.JUnit(w, ds, report.JUnitOptions{SuiteName: "my <package>"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, reversed, none bytes.Buffer
			require.NoError(t, print(&out, findings))
			golden(t, name, out.Bytes())

			backwards := slices.Concat(findings, findings)
			slices.Reverse(backwards)
			require.NoError(t, print(&reversed, backwards))
			assert.Equal(t, out.String(), reversed.String(), "neither order nor duplicates matter")

			require.NoError(t, print(&none, nil))
			golden(t, "none-"+name, none.Bytes())

			assert.ErrorIs(t, print(failingWriter{}, findings), errFull)
			var unknown bytes.Buffer
			err := print(&unknown, diagnostic.Diagnostics{{Severity: 7, Message: "odd"}})
			assert.ErrorContains(t, err, "unknown severity 7")
			assert.Empty(t, unknown.String())
		})
	}
}

var errFull = errors.New("disk full")

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errFull }

// TestSourcesAreReadOnce keeps the cost of a report linear: one call for a file.
func TestSourcesAreReadOnce(t *testing.T) {
	t.Parallel()
	var many diagnostic.Diagnostics
	for line := range 200 {
		for _, file := range []string{"a", "b", "gone"} {
			many = append(many, diagnostic.Diagnostic{
				Position: diagnostic.Position{File: file, Line: line + 1, Column: 1},
				Message:  "m",
			})
		}
	}
	calls := map[string]int{}
	counting := func(file string) ([]byte, bool) {
		calls[file]++
		return []byte(strings.Repeat("line\n", 200)), file != "gone"
	}
	require.NoError(t, report.Human(io.Discard, many, report.HumanOptions{Sources: counting}))
	assert.Equal(t, map[string]int{"a": 1, "b": 1, "gone": 1}, calls)
}

// Lines that have secrets are not shown.
func TestHumanHidesSecrets(t *testing.T) {
	t.Parallel()
	ds := diagnostic.Diagnostics{
		{Position: diagnostic.Position{File: "f", Line: 1, Column: 4}, Message: "one"},
		{Position: diagnostic.Position{File: "f", Line: 2, Column: 4}, Message: "two"},
	}
	var out bytes.Buffer
	require.NoError(t, report.Human(&out, ds, report.HumanOptions{
		Sources: func(string) ([]byte, bool) { return []byte("a: hidden\nb: shown\n"), true },
		Secret:  func(position diagnostic.Position) bool { return position.Line == 1 },
	}))
	assert.NotContains(t, out.String(), "hidden")
	assert.Contains(t, out.String(), "f:1:4")
	assert.Contains(t, out.String(), "b: shown")
}

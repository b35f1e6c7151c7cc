package chart_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/scaffold"
	"github.com/packstage/packstage/author/scaffold/chart"
	"github.com/packstage/packstage/diagnostic"
)

var update = flag.Bool("update", false, "write the golden files anew")

// imported makes a package of the chart in an archive. The file "config" has the values
// that become properties, one on each line, and "values" those that are given.
func imported(t *testing.T, archive *txtar.Archive) (*scaffold.Result, error) {
	t.Helper()
	files := map[string][]byte{"Chart.yaml": []byte("name: web\nversion: 1.0.0\nappVersion: \"9.9\"\n")}
	for _, file := range archive.Files {
		files[file.Name] = file.Data
	}
	read, err := chart.ReadChart(files)
	if err != nil {
		return nil, err
	}
	given, err := chart.ReadChart(map[string][]byte{"Chart.yaml": []byte("name: given\n"), "values.yaml": files["values"]})
	require.NoError(t, err)
	return chart.Import(t.Context(), read, newTemplates(files, read.Values), chart.Options{
		Namespace: "store", Values: given.Values, Config: strings.Fields(string(files["config"])),
	})
}

// Each archive is a chart; what becomes of it is in the golden file beside it.
func TestImport(t *testing.T) {
	t.Parallel()
	archives, err := filepath.Glob("testdata/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, archives)
	for _, path := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(path)
			require.NoError(t, err)
			result, err := imported(t, archive)
			var got bytes.Buffer
			if err != nil {
				fmt.Fprintf(&got, "error: %v\n", err)
			} else {
				writeResult(&got, result)
			}
			golden := strings.TrimSuffix(path, ".txtar") + ".golden"
			if *update {
				require.NoError(t, os.WriteFile(golden, got.Bytes(), 0o600))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			require.Equal(t, string(want), got.String())
		})
	}
}

func writeResult(w *bytes.Buffer, result *scaffold.Result) {
	for _, decision := range result.Decisions {
		switch decision.Topic {
		case scaffold.TopicConfig, scaffold.TopicAttention, scaffold.TopicLeftOut, scaffold.TopicRemoved:
			fmt.Fprintf(w, "%s: %s %s %s\n  %s\n", decision.Topic, decision.Object, decision.Field, decision.Message, decision.Reason)
		}
	}
	for _, path := range result.Paths() {
		if !strings.HasPrefix(path, ".") {
			fmt.Fprintf(w, "-- %s --\n%s", path, result.Files[path])
		}
	}
}

func TestUnknownValue(t *testing.T) {
	t.Parallel()
	_, err := imported(t, txtar.Parse([]byte(`
-- values.yaml --
replicas: 1
-- config --
replica
-- templates/a.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
`)))
	found, ok := diagnostic.From(err)
	require.True(t, ok)
	require.Equal(t, "the chart has no value replica", found[0].Message)
	require.Equal(t, "did you mean replicas?", found[0].Hint)
}

func TestNoObjects(t *testing.T) {
	t.Parallel()
	_, err := imported(t, txtar.Parse([]byte("-- templates/a.yaml --\n")))
	found, ok := diagnostic.From(err)
	require.True(t, ok)
	require.Equal(t, diagnostic.ImportEmpty, found[0].Code)
}

func TestNoChart(t *testing.T) {
	t.Parallel()
	_, err := chart.ReadChart(map[string][]byte{"values.yaml": nil})
	found, ok := diagnostic.From(err)
	require.True(t, ok)
	require.Equal(t, diagnostic.ImportUnsupported, found[0].Code)
}

func TestBrokenValues(t *testing.T) {
	t.Parallel()
	_, err := chart.ReadChart(map[string][]byte{"Chart.yaml": []byte("name: a\n"), "values.yaml": []byte("a: 1\nb: [\n")})
	found, ok := diagnostic.From(err)
	require.True(t, ok)
	require.Equal(t, diagnostic.YAMLInvalid, found[0].Code)
	require.Equal(t, "values.yaml", found[0].Position.File)
	require.Positive(t, found[0].Position.Line)
}

func TestMaxRenders(t *testing.T) {
	t.Parallel()
	files := map[string][]byte{
		"Chart.yaml": []byte("name: web\n"), "values.yaml": []byte("a: b\nc: d\ne: f\n"),
		"templates/a.yaml": []byte("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  a: {{ .Values.a }}\n  c: {{ .Values.c }}\n"),
	}
	read, err := chart.ReadChart(files)
	require.NoError(t, err)
	_, err = chart.Import(t.Context(), read, newTemplates(files, read.Values), chart.Options{Config: []string{"a", "c", "e"}, MaxRenders: 12})
	found, ok := diagnostic.From(err)
	require.True(t, ok, "%v", err)
	require.Equal(t, "the chart was rendered 12 times, and its values are still not understood", found[0].Message)
}

package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/yamldoc"
	"github.com/packstage/packstage/packagetypes"
)

func instanceOf(objects ...map[string]any) *packagetypes.Instance {
	phase := packagetypes.Phase{Name: "deploy"}
	for i, content := range objects {
		phase.Objects = append(phase.Objects, packagetypes.NewObject(content,
			diagnostic.Position{File: "a.yaml", Line: i + 1, Document: i + 1}, nil, ""))
	}
	return &packagetypes.Instance{Name: "shop", Phases: []packagetypes.Phase{phase}}
}

func object(name string, data any) map[string]any {
	return map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap",
		"metadata": map[string]any{"name": name}, "data": data,
	}
}

// awkward are texts that YAML would read as something else where they are not
// quoted, or that are hard to write.
var awkward = []string{
	"", " ", "yes", "on", "y", "N", "true", "null", "~", "1", "-1", "1.0", "1e3", ".5", "0x1F", "012", "0o12", "1_000",
	"0b1", ".inf", ".nan", "2001-01-01", "2001-01-01T00:00:00Z", "12:30:45", "=", "<<", "- a", "a: b", "a #b", "#a",
	"&a", "*a", "!a", "|", ">", "%a", "@a", "`a", "{a", "[a", "a,", "'", `"`, "---", "...", "--- a", "\n---\n",
	"a\nb", "a\nb\n", "a\nb\n\n", "\na", "  a\nb", "a \nb", "\ta", "a\tb", "a\r\nb", "a\rb", "\u0085", "\u2028", "\ufeff",
	"\x7f", "grün", "日本", "😀", "a\\b", "<a & b>",
}

// TestPrintYAMLReadsBack needs of the documents that reading them gives the
// objects again.
func TestPrintYAMLReadsBack(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	var objects []map[string]any
	for i := range 50 {
		objects = append(objects, object(fmt.Sprint("n", i), randomValue(random, 4)))
	}
	plain := map[string]any{}
	for i, text := range awkward {
		plain[text] = text
		objects = append(objects, object(fmt.Sprint("a", i), []any{text, map[string]any{text: text}}))
	}
	objects = append(objects, object("all", plain))

	var out bytes.Buffer
	require.NoError(t, printYAML(&out, instanceOf(objects...)))
	documents := yamldoc.Split(out.Bytes())
	require.Len(t, documents, len(objects))
	for i, document := range documents {
		got, err := yamldoc.DecodeMap(document, yamldoc.Options{})
		require.NoError(t, err, string(document.Data))
		assert.Equal(t, objects[i], got, string(document.Data))
	}
}

func randomValue(random *rand.Rand, depth int) any {
	kinds := 8
	if depth == 0 {
		kinds = 6
	}
	switch random.IntN(kinds) {
	case 0:
		return nil
	case 1:
		return random.IntN(2) == 0
	case 2:
		return []int64{0, -1, math.MaxInt64, math.MinInt64, 1 << 53, random.Int64()}[random.IntN(6)]
	case 3:
		return []float64{0.5, -1.25, 1e300, 5e-324, 1.7976931348623157e308, random.Float64()}[random.IntN(6)]
	case 4, 5:
		return awkward[random.IntN(len(awkward))]
	case 6:
		list := []any{}
		for range random.IntN(4) {
			list = append(list, randomValue(random, depth-1))
		}
		return list
	default:
		values := map[string]any{}
		for range random.IntN(4) {
			values[awkward[random.IntN(len(awkward))]] = randomValue(random, depth-1)
		}
		return values
	}
}

// Names that a package gives to phases and files are never read as content: what is
// applied is what was checked.
func TestPrintYAMLKeepsNamesInComments(t *testing.T) {
	t.Parallel()
	const name = "a\n---\nkind: Evil\n---\u2028kind: Evil\u2028#"
	var out bytes.Buffer
	require.NoError(t, printYAML(&out, &packagetypes.Instance{Phases: []packagetypes.Phase{{Name: name, Objects: []packagetypes.Object{
		packagetypes.NewObject(map[string]any{"kind": "Good"}, diagnostic.Position{File: name, Line: 1}, nil, ""),
	}}}}))
	require.Equal(t, "---\n"+`# phase: a\u000a---\u000akind: Evil\u000a---\u2028kind: Evil\u2028#, source: a\u000a---\u000akind: Evil\u000a---\u2028kind: Evil\u2028#:1`+"\nkind: Good\n", out.String())
}

func TestPrintJSONDoesNotEscape(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, printJSON(&out, newRenderedPackage(instanceOf(object("a", map[string]any{"k": "<a & b>", "n": int64(math.MaxInt64)})))))
	assert.Contains(t, out.String(), `"<a & b>"`)
	assert.Contains(t, out.String(), "9223372036854775807")
	var read renderedPackage
	require.NoError(t, json.Unmarshal(out.Bytes(), &read))
	assert.Equal(t, 1, read.SchemaVersion)
}

func TestWriteObjects(t *testing.T) {
	t.Parallel()
	var objects []map[string]any
	for i := range 101 {
		objects = append(objects, object(fmt.Sprint("system:Name", i), nil))
	}
	folder := t.TempDir()
	require.NoError(t, writeObjects(folder, instanceOf(objects...)))
	names, err := filepath.Glob(filepath.Join(folder, "01-deploy", "*"))
	require.NoError(t, err)
	require.Len(t, names, 101)
	assert.Equal(t, "001-configmap-system-name0.yaml", filepath.Base(names[0]))
	assert.Equal(t, "101-configmap-system-name100.yaml", filepath.Base(names[100]))
	content, err := os.ReadFile(names[0])
	require.NoError(t, err)
	assert.Contains(t, string(content), "# phase: deploy, source: a.yaml:1\napiVersion: v1\n")
}

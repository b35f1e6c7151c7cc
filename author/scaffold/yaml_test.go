package scaffold_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/packstage/packstage/author/scaffold"
	"github.com/packstage/packstage/internal/yamldoc"
)

// hard are texts that readers of YAML take for something else, or cut.
var hard = []string{
	"", "y", "No", "NULL", "~", "1", "1.0", "1e3", "0x1f", "0644", "0o644", "1_000", "1:30", "2026-01-02", ".inf", "-", "--", "- a", "--flag=a b", "a: b", "a:", "a #b", "#a",
	"<<", "=", "*a", "&a", "!a", "%a", "@a", "`a", "a---", "---", "--- a", "...", "a\n---\nb", "a\nb", "a\nb\n", "a\nb\n\n", "\na\nb", " a\nb", "a \nb", "a\n\nb", "a\n\n", "\n", "\n\n",
	"a\r\nb", "a\tb\nc", "tab\t", "\ta\nb", "a\n \nb", "a\n  b", "   a\n b", "\u0085", "\u00a0", "\u2028", "\ufeff", "\ufeffa\nb", "\U0001F600", "\u007f", "\\", `"`, "'", "'a'", "é", "a\n b\n  c",
	"{{ a }}", "{a: b}", "[a]", "? a", "| a", "> a", "a, b", "a [b]", "it's", "a  b", "a ", " a", "a\nb ", "a\n#b", "key: |\n  x\n", "a\x00b", "a\x1bb",
}

// requireSame wants that what is written is read as the same values.
func requireSame(t *testing.T, content map[string]any) {
	t.Helper()
	written := scaffold.MarshalObject(content)
	documents := yamldoc.Split(written)
	require.Len(t, documents, 1, "%s", written)
	got, err := yamldoc.DecodeMap(documents[0], yamldoc.Options{})
	require.NoError(t, err, "%s", written)
	require.Equal(t, content, got, "%s", written)
	kubectl, err := yaml.YAMLToJSONStrict(written)
	require.NoError(t, err, "%s", written)
	want, err := json.Marshal(content)
	require.NoError(t, err)
	require.JSONEq(t, string(want), string(kubectl), "%s", written)
}

func TestMarshalObjectIsReadAsTheSame(t *testing.T) {
	t.Parallel()
	for _, text := range hard {
		requireSame(t, map[string]any{
			"text": text, "key " + text: "value", "list": []any{text, []any{text, map[string]any{"a": text}}},
			"deep": map[string]any{"name": text, "more": []any{map[string]any{"x": text, "name": text}}},
		})
	}
	requireSame(t, map[string]any{
		"null": nil, "true": true, "false": false, "integer": int64(-5), "large": int64(math.MaxInt64), "float": 1.5, "small": 1e-9, "huge": 1.5e300,
		"map": map[string]any{}, "list": []any{}, "lists": []any{[]any{}, map[string]any{}, []any{[]any{int64(1)}, nil}},
	})
}

func TestMarshalObjectOrdersFields(t *testing.T) {
	t.Parallel()
	assert.Equal(t, `apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  labels:
    app: web
  annotations:
    a: b
  generation: 1
spec:
  containers:
  - name: web
    args:
    - --listen=:80
    image: web:v1
  volumes: []
data:
  name: x
  text: |
    one
    two
status: {}
`, string(scaffold.MarshalObject(map[string]any{
		"status": map[string]any{}, "kind": "Pod", "apiVersion": "v1", "data": map[string]any{"text": "one\ntwo\n", "name": "x"},
		"spec": map[string]any{"volumes": []any{}, "containers": []any{map[string]any{"image": "web:v1", "args": []any{"--listen=:80"}, "name": "web"}}},
		"metadata": map[string]any{
			"annotations": map[string]any{"a": "b"}, "labels": map[string]any{"app": "web"}, "generation": int64(1), "namespace": "shop", "name": "web",
		},
	})))
}

func FuzzMarshalObject(f *testing.F) {
	for _, text := range hard {
		f.Add(text, text, 1.0)
	}
	f.Fuzz(func(t *testing.T, key, value string, number float64) {
		if len(key) > 500 || math.IsNaN(number) || math.IsInf(number, 0) {
			return
		}
		// What JSON cannot hold is no value of an object.
		encoded, err := json.Marshal(map[string]any{"a": map[string]any{key: value}, "b": []any{value, map[string]any{"name": key}}, "n": number})
		require.NoError(t, err)
		documents := yamldoc.Split(encoded)
		content, err := yamldoc.DecodeMap(documents[0], yamldoc.Options{})
		if err != nil {
			return
		}
		requireSame(t, content)
	})
}

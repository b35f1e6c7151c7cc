package objectyaml_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/packstage/packstage/internal/objectyaml"
)

func TestAppendInComment(t *testing.T) {
	t.Parallel()
	for comment, want := range map[string]string{
		"deploy":                        "deploy",
		"folder/a b: #c.yaml.gotmpl":    "folder/a b: #c.yaml.gotmpl",
		"grün/日本 😀":                     "grün/日本 😀",
		"a\nkind: Evil\n#":              `a\u000akind: Evil\u000a#`,
		"a\r\n---\r\nkind: Evil":        `a\u000d\u000a---\u000d\u000akind: Evil`,
		"a\u0085kind: Evil":             `a\u0085kind: Evil`,
		"a\u2028kind: Evil\u2029b: c":   `a\u2028kind: Evil\u2029b: c`,
		"\ufeffa\x00\x1b[31m\u202e\xff": `\ufeffa\u0000\u001b[31m\u202e` + "\ufffd",
	} {
		line := objectyaml.AppendInComment([]byte("# "), comment)
		assert.Equal(t, "# "+want, string(line))
		var content map[string]any
		require.NoError(t, yaml.UnmarshalStrict(append(line, "\nkind: Good\n"...), &content), "%q", line)
		assert.Equal(t, map[string]any{"kind": "Good"}, content)
	}
}

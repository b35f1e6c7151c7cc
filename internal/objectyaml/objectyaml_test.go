package objectyaml_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/packstage/packstage/internal/objectyaml"
)

func TestMarshalReadsBack(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]map[string]any{
		"empty":            {},
		"texts like types": {"a": "yes", "b": "1", "c": "null", "d": "2001-01-01", "e": ""},
		"keys like types":  {"yes": "a", "1": "b", "~": "c"},
		"merge key":        {"<<": map[string]any{"<<": "a", "merge-key": "b"}, "list": []any{map[string]any{"<<": "c"}}},
		"lines":            {"text": "a\nb\n", "more": "\n a"},
	} {
		written, err := objectyaml.Marshal(content)
		require.NoError(t, err, name)
		got := map[string]any{}
		require.NoError(t, yaml.UnmarshalStrict(written, &got), name)
		assert.Equal(t, content, got, name)
	}
}

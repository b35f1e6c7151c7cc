package compare_test

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/packstage/packstage/author/compare"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
)

// FuzzPlainValues gives any two documents to all functions over plain values: they
// never panic, say the same each time, and find nothing between a value and itself.
func FuzzPlainValues(f *testing.F) {
	tables, err := filepath.Glob(filepath.Join("testdata", "pairs", "*.txtar"))
	require.NoError(f, err)
	for _, path := range tables {
		_, pairs := readPairs(f, path)
		for _, one := range pairs {
			f.Add(one.a, one.b)
		}
	}
	f.Add([]byte("metadata: []\nspec: {versions: [1, {name: [], schema: 3}]}\nrules: {}"), []byte("spec: 4"))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		a, b := plain(first), plain(second)
		if a == nil || b == nil {
			return
		}
		changes := everything(a, b)
		for _, change := range changes {
			require.NotEmpty(t, change.Code)
			require.NotEmpty(t, change.Message)
			require.Contains(t, []compare.Effect{compare.Breaking, compare.Notable, compare.Compatible}, change.Effect)
		}
		require.Equal(t, encoded(t, changes), encoded(t, everything(a, b)))
		require.Empty(t, everything(a, a))
		require.Empty(t, everything(b, b))
	})
}

// plain reads a document as the values that packages are made of.
func plain(document []byte) map[string]any {
	var values map[string]any
	if len(document) > 4096 || yaml.Unmarshal(document, &values) != nil {
		return nil
	}
	converted, _ := integers(values).(map[string]any)
	return converted
}

func integers(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for key, item := range value {
			value[key] = integers(item)
		}
	case []any:
		for i, item := range value {
			value[i] = integers(item)
		}
	case float64:
		if value == float64(int64(value)) {
			return int64(value)
		}
	}
	return value
}

func everything(a, b map[string]any) []compare.Change {
	phases := func(content map[string]any) []packagetypes.Phase {
		return []packagetypes.Phase{{Name: "deploy", Objects: []packagetypes.Object{packagetypes.NewObject(content, diagnostic.Position{}, nil, "")}}}
	}
	changes := compare.ConfigSchemas(a, b)
	changes = append(changes, compare.CustomResourceDefinitions(a, b)...)
	changes = append(changes, compare.Permissions([]map[string]any{a}, []map[string]any{b})...)
	return append(changes, compare.Objects(phases(a), phases(b))...)
}

func encoded(t *testing.T, changes []compare.Change) string {
	t.Helper()
	data, err := json.Marshal(changes)
	require.NoError(t, err)
	return string(data)
}

package objectyaml

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"
)

// asRead is a value as readers of JSON have it: all numbers are float64. Text that is
// no UTF-8 does not come back, nor do numbers that JSON cannot hold.
func asRead(value any) any {
	switch value := value.(type) {
	case string:
		return strings.ToValidUTF8(value, "?")
	case int64:
		return float64(value)
	case float64:
		if math.IsInf(value, 0) || math.IsNaN(value) {
			return nil
		}
		return value
	case map[string]any:
		read := make(map[string]any, len(value))
		for key, field := range value {
			read[strings.ToValidUTF8(key, "?")] = asRead(field)
		}
		return read
	case []any:
		read := make([]any, len(value))
		for i, item := range value {
			read[i] = asRead(item)
		}
		return read
	default:
		return value
	}
}

// What is written is read by Kubernetes as what it was.
func TestReadsBack(t *testing.T) {
	t.Parallel()
	requireBack := func(content map[string]any) {
		t.Helper()
		want := asRead(content)
		text, err := Marshal(want.(map[string]any))
		require.NoError(t, err)
		var got map[string]any
		require.NoError(t, yaml.UnmarshalStrict(text, &got), "%q", text)
		require.Equal(t, want, got, "%q", text)
	}
	for _, text := range awkward {
		requireBack(map[string]any{
			"a": text, "b": []any{text, []any{text}}, "c": map[string]any{text: text}, "d": map[string]any{text: []any{map[string]any{text: text}}},
		})
	}
	random := rand.New(rand.NewPCG(7, 8))
	for range 2000 {
		requireBack(randomMapping(random, 5))
	}
}

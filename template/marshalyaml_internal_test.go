package template

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/packstage/packstage/internal/objectyaml"
)

// toYAML writes what sigs.k8s.io/yaml writes, byte for byte.
func TestMarshalYAMLIsThatOfTheLibrary(t *testing.T) {
	t.Parallel()
	for _, value := range []any{
		nil, true, "", "x", "yes", "1.0", "0644", "2024-01-02", "a: b", "- x", "é\u2028\x7f", "\xff\xfe a\xc3", "<a&b>", "line\nline\n", " lead", "tail ",
		"<<", "~", "null", "{}", "!!x", "\t", "\r\n", strings.Repeat("long ", 60),
		int64(0), int64(math.MaxInt64), int64(math.MinInt64), 7, 1.0, 1e6, 1e20, 1e21, 1e22, -1e6, 1.5, 1e-7, 123456789.5, 18446744073709551615.0, 18446744073709551616.0, math.Copysign(0, -1), float32(1.5), uint8(3),
		map[string]any{}, map[string]any(nil), []any{}, []any(nil), []string{"a"}, map[string]string{"y": "n"},
		map[string]any{"b": 1.0, "a": []any{nil, map[string]any{"y": "y"}}, "10": 1, "9": 2, "a1": 1, "a10": 1, "a2": 1, "<<": map[string]any{"x": 1}, "": 0},
		map[string]any{"\xff": 1, "\xfe": 2},
	} {
		equalToLibrary(t, value)
	}
}

func TestMarshalYAMLOfRandomValues(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		equalToLibrary(t, randomValue(random, 4))
	}
}

func equalToLibrary(t *testing.T, value any) {
	t.Helper()
	want, wantErr := yaml.Marshal(value)
	const before = "before\n"
	var writer objectyaml.Writer
	got, err := marshalYAML(&writer, []byte(before), value)
	require.Equal(t, wantErr == nil, err == nil, "%#v: %v, library %v", value, err, wantErr)
	require.Equal(t, before+string(want), string(got), "%#v", value)
}

func randomValue(random *rand.Rand, depth int) any {
	texts := []string{"a", "b1", "y", "no", "~", "1", "1e3", "0x1F", "-", ":", "#", "é", "😀", "\ue000", "\xff", "a b", " ", "\n", "'", "\"", "|", ">", "%", "@", "<<", "=", "?"}
	text := func() string {
		var b strings.Builder
		for range random.IntN(4) {
			b.WriteString(texts[random.IntN(len(texts))])
		}
		return b.String()
	}
	switch kind := random.IntN(9); {
	case kind == 0:
		return nil
	case kind == 1:
		return random.IntN(2) == 0
	case kind == 2:
		return random.Int64() - random.Int64()
	case kind == 3:
		return (random.Float64() - 0.5) * math.Pow(10, float64(random.IntN(50)-20))
	case kind == 4:
		return math.Trunc(random.Float64() * math.Pow(10, float64(random.IntN(30))))
	case kind < 7 || depth == 0:
		return text()
	case kind == 7:
		items := make([]any, random.IntN(4))
		for i := range items {
			items[i] = randomValue(random, depth-1)
		}
		return items
	default:
		fields := map[string]any{}
		for range random.IntN(4) {
			fields[text()] = randomValue(random, depth-1)
		}
		return fields
	}
}

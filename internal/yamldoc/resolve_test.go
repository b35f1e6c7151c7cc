package yamldoc

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	yamlv2 "go.yaml.in/yaml/v2"
)

// checkResolve compares resolvePlain with the library, for text that is a plain
// scalar there.
func checkResolve(t *testing.T, text string) {
	t.Helper()
	if strings.ContainsAny(text, "\n\r\t\"'#:&*!|>@`%[]{},?\u0085\u2028\u2029\uFEFF") || strings.TrimSpace(text) != text || text == "-" || strings.HasPrefix(text, "- ") {
		return
	}
	var m map[string]any
	if err := yamlv2.Unmarshal([]byte("k: "+text), &m); err != nil {
		return
	}
	want := m["k"]
	if i, ok := want.(int); ok {
		want = int64(i)
	}
	got := resolvePlain(text)
	if f, ok := want.(float64); ok && math.IsNaN(f) {
		g, ok := got.(float64)
		require.True(t, ok && math.IsNaN(g), "%q", text)
		return
	}
	require.Equal(t, want, got, "%q", text)
	if s, ok := got.(string); text != "" && isText(text) {
		require.True(t, ok && s == text, "%q is not surely text", text)
	}
}

func FuzzResolve(f *testing.F) {
	for _, text := range readings {
		if _, value, ok := strings.Cut(strings.TrimSpace(text), ": "); ok {
			f.Add(value)
		}
	}
	f.Fuzz(checkResolve)
}

// TestResolveShortTexts goes through all texts of up to four characters that
// mean something in numbers and words.
func TestResolveShortTexts(t *testing.T) {
	t.Parallel()
	const alphabet = "01789_+-.exobXEBInfay~"
	var texts func(prefix string, more int)
	texts = func(prefix string, more int) {
		checkResolve(t, prefix)
		if more == 0 {
			return
		}
		for _, c := range alphabet {
			texts(prefix+string(c), more-1)
		}
	}
	texts("", 3)
	for _, prefix := range []string{"0b", "-0b", "+0b", "0x", "1e", "-.", ".", "1.", "0o", "-0o", "00", "0b_"} {
		texts(prefix, 2)
	}
}

func TestJSONFloat(t *testing.T) {
	t.Parallel()
	for f, want := range map[float64]any{
		1: int64(1), -1: int64(-1), 1.5: 1.5, 1e20: 1e20, 1e21: 1e21, 1 << 53: int64(1 << 53), 1 << 62: int64(4611686018427388000), 1 << 63: float64(1 << 63), -(1 << 63): float64(-(1 << 63)),
	} {
		got, ok := jsonFloat(f)
		assert.True(t, ok)
		assert.Equal(t, want, got, "%v", f)
	}
	_, ok := jsonFloat(math.NaN())
	assert.False(t, ok)
}

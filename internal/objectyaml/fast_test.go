package objectyaml

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v2"
)

// awkward are texts that need quotes, escapes or folding, and some that look so.
var awkward = []string{
	"", " ", "  ", "yes", "on", "y", "N", "true", "True", "null", "~", "~a", "NULL", "nul", "off", "offs",
	"0", "1", "-1", "+1", "1.0", "1.", "1e3", "1e", "1e+", ".5", ".5e3", ".", ".e", "..", "...", "...a", ".inf", "-.inf", ".nan", ".infinity",
	"0x1F", "0x", "012", "08", "0o12", "1_000", "_1", "1__0", "0b1", "0b2", "-0b1", "0b-1", "0b+1", "18446744073709551615", "18446744073709551616",
	"1.2.3", "10.0.0.1", "10.0.0.0/8", "50m", "32Mi", "1E", "1e400", "-", "+", "--", "- ", "-a", "+a", "-:", "1a", "0xg", "1-2", "+.5", "-.5", "+.e",
	"2001-01-01", "2001-1-1", "2001-13-01", "2001-01-01T00:00:00Z", "2001-01-01 00:00:00", "2001-", "20010-01-01", "2001-01-01t0:0:0+01:00",
	"12:30:45", "1:2", "1:60", "1:99", "1:", "1::2", "-1:20.5", "1_2:3", "1:2:", "1:2.", "1:2.5_", "1:200", "a:b", "_1:2",
	"=", "<", "<<a", "a<<", "- a", "a: b", "a:", ":a", ": a", ":", "?", "? a", "?a", "a #b", "a#b", "#a", "a #", "a:\tb", "a\t#b",
	"&a", "*a", "!a", "|", "|a", ">", "%a", "@a", "`a", "{a", "[a", "]a", "}a", "a,", ",a", "a{b}", "'", "'a", "a'b", "it's ", `"`, `a"b`, `"a`, `a\b`, `\`,
	"---", "--- a", "---a", "\n---\n", "a\n---\nb", " a", "a ", " a ", "a  b",
	"a\nb", "a\nb\n", "a\nb\n\n", "a\n\nb", "\na", "\n", "\n\n", "\n\n\n", "  a\nb", "a \nb", "a\n b", "a\n \nb", "a\nb ", "a\nb\n ", " \n", "\n ", " \na",
	"\ta", "a\tb", "a\t", "a\n\tb", "a\r\nb", "a\rb", "\r", "a\x00b", "\a\b\v\f\x1b\x01", "\x7f", "a\nb\x01c",
	"\u0085", "a\u0085b", "\u00a0", "a\u00a0b", "\u2028", "a\u2028b", "a\u2029\nb", "\ufeff", "a\ufeffb", "\ufeffab", "\ufffd", "\ufffe", "\uffff", "\u0080", "\u009f", "\ud7ff", "\ue000",
	"grün", "日本", "日 本", "😀", "a😀 b", "\U0010ffff", "\xff", "a\xc3", "\xed\xa0\x80", "é\nè\n", "<a & b>", "a=b",
	strings.Repeat("x", 79), strings.Repeat("x", 81) + " y", strings.Repeat("word ", 40), " " + strings.Repeat("word ", 40) + "#",
	strings.Repeat("word  two ", 30), strings.Repeat("it's ", 40) + "'", strings.Repeat("日本 ", 60) + "a", strings.Repeat("tab\t and ", 30),
	strings.Repeat("x", 70) + "  " + strings.Repeat("y ", 50), strings.Repeat("x ", 50) + "   z: " + strings.Repeat("y   ", 30) + "b",
	strings.Repeat("a\"b  c ", 40), "1" + strings.Repeat(" 1", 60), strings.Repeat("line of text\n", 30), strings.Repeat("k", 127), strings.Repeat("k", 128), strings.Repeat("k", 129), strings.Repeat("kk ", 42) + "k",
	strings.Repeat("\x01 ", 60) + "b", strings.Repeat("\u0085 ", 40) + "\u0085", strings.Repeat("😀  ", 30) + "b",
}

// requireSame requires that both writers write the same, and returns whether the fast
// one did not give up.
func requireSame(t *testing.T, content any) bool {
	t.Helper()
	prefix := "before: this\n"
	got, ok := new(Writer).appendFast([]byte(prefix), content)
	if !ok {
		require.Equal(t, prefix, string(got))
		return false
	}
	want, err := yaml.Marshal(content)
	require.NoError(t, err)
	require.Equal(t, prefix+string(want), string(got))
	return true
}

func TestFastTexts(t *testing.T) {
	t.Parallel()
	written := 0
	for _, text := range awkward {
		for _, content := range []map[string]any{
			{"key": text},
			{"key": []any{text, text}, "next": "b"},
			{"key": map[string]any{"key": []any{map[string]any{"key": text, "next": text}}}},
			{"key": []any{[]any{text, []any{text}}, "b"}},
			{strings.Repeat("k", 78): text},
			{text: "a"},
			{text: map[string]any{"a": text}, "z": []any{}},
		} {
			if requireSame(t, content) {
				written++
			}
		}
	}
	require.Greater(t, written, len(awkward)*6, "the fast writer gives up on more than it should")
}

func TestFastValues(t *testing.T) {
	t.Parallel()
	values := []any{
		nil, true, false, 0, int64(math.MinInt64), int64(math.MaxInt64), 0.0, math.Copysign(0, -1), 0.1, 1e6, 1e21, -1e300, 5e-324,
		math.Inf(1), math.Inf(-1), math.NaN(), map[string]any{}, map[string]any(nil), []any{}, []any(nil), "a",
	}
	for _, value := range values {
		for _, content := range []map[string]any{
			{"key": value}, {"key": []any{value, value}}, {"key": []any{[]any{value}, value}}, {"key": map[string]any{"a": value, "b": value}},
		} {
			require.True(t, requireSame(t, content), "%v", content)
		}
	}
	require.True(t, requireSame(t, map[string]any(nil)))
}

// Documents need not be mappings.
func TestFastDocuments(t *testing.T) {
	t.Parallel()
	for _, value := range []any{
		nil, true, 0, int64(-1), 1.5, []any{}, []any(nil), []any{"a"}, []any{[]any{"a", map[string]any{"b": "c"}}, []any{}, "line\nline\n"},
		"", "a", "yes", "1.0", "a: b", "it's", " a", "\t", "日本", "a\u0085",
	} {
		require.True(t, requireSame(t, value), "%#v", value)
	}
	written := 0
	random := rand.New(rand.NewPCG(7, 8))
	for range 3000 {
		if requireSame(t, randomValue(random, 4)) {
			written++
		}
	}
	require.Greater(t, written, 1000)
	for _, text := range awkward {
		requireSame(t, text)
	}
}

func TestFastGivesUp(t *testing.T) {
	t.Parallel()
	deep := map[string]any{"a": "b"}
	for range 40 {
		deep = map[string]any{"a": deep, "b": []any{"c"}}
	}
	for name, content := range map[string]map[string]any{
		"merge key":    {"a": map[string]any{"<<": "b"}},
		"long key":     {strings.Repeat("k", 129): "b"},
		"other types":  {"a": []string{"b"}},
		"deep":         deep,
		"no UTF-8":     {"a": "\xff"},
		"line of 2028": {"a": "\u2028"},
		"breaking key": {"a\nb": "c"},
	} {
		_, ok := new(Writer).appendFast(nil, content)
		require.False(t, ok, name)
		want, err := marshalLibrary(content)
		require.NoError(t, err, name)
		got, err := new(Writer).Append([]byte("before\n"), content)
		require.NoError(t, err, name)
		require.Equal(t, "before\n"+string(want), string(got), name)
	}
}

func TestFastRandom(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	written := 0
	for range 3000 {
		if requireSame(t, randomMapping(random, 5)) {
			written++
		}
	}
	require.Greater(t, written, 500)
}

// Keys with numbers in them, of which three may have no order: each is less than the
// next one and the last less than the first. Two of them always have one.
var keyPieces = []string{"0", "00", "1", "10", "9", "a", "B", "-", ".", "_", "ä", "٣", "日", " "}

func randomKey(random *rand.Rand) string {
	key := ""
	for range 1 + random.IntN(5) {
		key += keyPieces[random.IntN(len(keyPieces))]
	}
	return key
}

func TestFastOrder(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	for range 3000 {
		content := map[string]any{randomKey(random): "v", randomKey(random): "v"}
		require.True(t, requireSame(t, content), "%v", content)
	}
}

func TestFastOrderIsAlwaysTheSame(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(5, 6))
	for range 100 {
		var keys []string
		for range 12 {
			keys = append(keys, randomKey(random))
		}
		written, others := map[string]bool{}, map[string]bool{}
		for range 20 {
			content := map[string]any{}
			for _, key := range keys {
				content[key] = "v"
			}
			text, ok := new(Writer).appendFast(nil, content)
			require.True(t, ok)
			written[string(text)] = true
			content["a\nb"] = []any{map[string]any{"1-": "v", "010": "v", "0b": "v"}} // which it gives up on
			byLibrary, err := new(Writer).AppendAsLibrary(nil, content)
			require.NoError(t, err)
			others[string(byLibrary)] = true
			quoted, err := new(Writer).Append(nil, content)
			require.NoError(t, err)
			require.Equal(t, string(byLibrary), string(quoted))
		}
		require.Len(t, written, 1)
		require.Len(t, others, 1)
	}
}

// What the fast writer gives up on is what the library writes, too.
func TestAsLibrary(t *testing.T) {
	t.Parallel()
	for _, content := range []any{
		map[string]any{"<<": map[string]any{"a": "b"}, "b": 1}, map[string]any{"a\nb": "c", "d": []any{"\u2028", nil}}, []string{"a"}, uint64(math.MaxUint64),
		map[string]any{"a": map[string]any(nil), "\u2028": []any(nil)}, "line\nline", strings.Repeat("word ", 30), map[string]any{strings.Repeat("k", 200): []any{map[string]any{}, []any{}}},
	} {
		_, ok := new(Writer).appendFast(nil, content)
		require.False(t, ok)
		want, err := yaml.Marshal(content)
		require.NoError(t, err)
		got, err := new(Writer).AppendAsLibrary([]byte("before\n"), content)
		require.NoError(t, err)
		require.Equal(t, "before\n"+string(want), string(got))
	}
}

func randomText(random *rand.Rand) string {
	if random.IntN(3) > 0 {
		return fmt.Sprintf("name-%d", random.IntN(1000))
	}
	text := awkward[random.IntN(len(awkward))]
	if random.IntN(4) == 0 {
		text += awkward[random.IntN(len(awkward))]
	}
	return text
}

func randomValue(random *rand.Rand, depth int) any {
	kinds := 8
	if depth == 0 {
		kinds = 6
	}
	switch random.IntN(kinds) {
	case 0:
		return []any{nil, true, false}[random.IntN(3)]
	case 1:
		return random.Int64() >> random.IntN(64)
	case 2:
		return random.NormFloat64() * math.Pow(10, float64(random.IntN(40)-20))
	case 3, 4, 5:
		return randomText(random)
	case 6:
		list := []any{}
		for range random.IntN(4) {
			list = append(list, randomValue(random, depth-1))
		}
		return list
	default:
		return randomMapping(random, depth-1)
	}
}

// randomMapping has one awkward key at most: the library's order of several can be a
// matter of chance.
func randomMapping(random *rand.Rand, depth int) map[string]any {
	values := map[string]any{}
	for i := range random.IntN(6) {
		key := fmt.Sprintf("name-%d", random.IntN(200))
		if i == 0 {
			key = randomText(random)
		}
		values[key] = randomValue(random, depth)
	}
	return values
}

// FuzzFast looks for texts, as values and as keys, that the two writers write
// differently.
func FuzzFast(f *testing.F) {
	for _, text := range awkward {
		f.Add(text, "key", uint8(0))
		f.Add("value", text, uint8(3))
	}
	f.Fuzz(func(t *testing.T, text, key string, depth uint8) {
		var value any = text
		for level := range depth % 16 {
			if level%3 == 0 {
				value = []any{value, key}
			} else {
				value = map[string]any{key: value}
			}
		}
		requireSame(t, map[string]any{key: value, "a1": text})
	})
}

func BenchmarkMarshal(b *testing.B) {
	content := map[string]any{
		"apiVersion": "apps/v1", "kind": "Deployment",
		"metadata": map[string]any{"name": "service", "namespace": "shop", "labels": map[string]any{"app.kubernetes.io/name": "service"}},
		"spec": map[string]any{"replicas": int64(2), "template": map[string]any{"spec": map[string]any{"containers": []any{map[string]any{
			"name": "server", "image": "registry.example.com/shop:1.0.0", "args": []any{"--port=8080", "--verbose"},
			"resources": map[string]any{"requests": map[string]any{"cpu": "50m", "memory": "32Mi"}},
		}}}}},
	}
	b.Run("fast", func(b *testing.B) {
		b.ReportAllocs()
		var buffer []byte
		var writer Writer
		for b.Loop() {
			buffer, _ = writer.Append(buffer[:0], content)
		}
	})
	b.Run("library", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = marshalLibrary(content)
		}
	})
}

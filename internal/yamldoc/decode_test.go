package yamldoc

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// limits are those of the tests; they are the design's.
var limits = Options{MaxAliasNodes: 100000, MaxDepth: 200}

func requireKind(t *testing.T, kind ErrorKind, text string, o Options) {
	t.Helper()
	_, err := Decode(whole(text), o)
	var e *Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, kind, e.Kind, "%v", err)
}

func TestValues(t *testing.T) {
	t.Parallel()
	got, err := DecodeMap(whole("s: x\ni: 0644\nf: 1.5\nn: \nb: on\ne: 1e3\nbig: 18446744073709551616\nneg: -0\nl: [1]\n"), limits)
	require.NoError(t, err)
	assert.Equal(t, map[string]any{
		"s": "x", "i": int64(420), "f": 1.5, "false": nil, "b": true, "e": int64(1000),
		"big": float64(1 << 64), "neg": int64(0), "l": []any{int64(1)},
	}, got)
}

func TestEmptyDocumentIsNoMapping(t *testing.T) {
	t.Parallel()
	v, err := Decode(whole("# c\n"), limits)
	require.NoError(t, err)
	assert.Nil(t, v)
	for text, message := range map[string]string{
		"":        "line 1: the document is empty, not a mapping",
		"text":    "line 1, column 1: the document is a string, not a mapping",
		"--- 1.5": "line 1, column 5: the document is a number, not a mapping",
		"true":    "line 1, column 1: the document is a boolean, not a mapping",
	} {
		_, err := DecodeMap(whole(text), limits)
		assert.EqualError(t, err, message)
	}
}

func TestAliasesShareNothing(t *testing.T) {
	t.Parallel()
	m, err := DecodeMap(whole("a: &a {x: [1]}\nb: *a\nc: {<<: *a}\n"), limits)
	require.NoError(t, err)
	m["b"].(map[string]any)["x"].([]any)[0] = "changed"
	m["b"].(map[string]any)["y"] = true
	want := map[string]any{"x": []any{int64(1)}}
	assert.Equal(t, want, m["a"])
	assert.Equal(t, want, m["c"])
}

// bomb expands to 9 nodes to the power of levels.
func bomb(levels int) string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x,x,x,x,x,x,x,x,x]\n")
	for i := 1; i <= levels; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i-1), 9), ","))
	}
	return b.String()
}

func TestAliasLimit(t *testing.T) {
	t.Parallel()
	// The alias is a list of two: three nodes for each use.
	text := "a: &a [1, 2]\nb: [*a, *a]\n"
	_, err := Decode(whole(text), Options{MaxAliasNodes: 6})
	require.NoError(t, err)
	_, err = Decode(whole(text), Options{MaxAliasNodes: 5})
	require.EqualError(t, err, "line 2, column 9: the aliases expand to more than 5 nodes")

	requireKind(t, AliasLimit, bomb(4), Options{MaxAliasNodes: 50000})
	requireKind(t, AliasLimit, bomb(60), limits)
	requireKind(t, AliasLimit, bomb(8), Options{})
	requireKind(t, AliasLimit, "a: &a {<<: *a}\n", limits)
	requireKind(t, AliasLimit, "a: &a [[*a]]\n", Options{})
	requireKind(t, AliasLimit, "a: &a {x: 1}\nb: {<<: *a, <<: *a}\n", Options{MaxAliasNodes: 5})
}

func TestDepthLimit(t *testing.T) {
	t.Parallel()
	block := func(levels int) string {
		var b strings.Builder
		for i := range levels {
			b.WriteString(strings.Repeat(" ", i) + "a:\n")
		}
		return b.String()
	}
	flow := func(levels int) string { return strings.Repeat("[", levels) + strings.Repeat("]", levels) }
	library := "! " // a tag that only the library reads
	for _, text := range []string{block(200), flow(200), library + flow(200), "a: &a " + flow(100) + "\nb: " + strings.Repeat("[", 99) + "*a" + strings.Repeat("]", 99)} {
		_, err := Decode(whole(text), limits)
		require.NoError(t, err)
	}
	for _, text := range []string{block(201), flow(201), library + flow(201), "a: &a " + flow(100) + "\nb: " + strings.Repeat("[", 100) + "*a" + strings.Repeat("]", 100)} {
		requireKind(t, DepthLimit, text, limits)
	}
	_, err := Decode(whole(flow(10000)), Options{})
	require.NoError(t, err)
	requireKind(t, DepthLimit, flow(10001), Options{})
}

func TestHostileDocumentsEndQuickly(t *testing.T) {
	t.Parallel()
	var keys strings.Builder
	for i := range 50_000 {
		fmt.Fprintf(&keys, "key%d: x\n", i)
	}
	chain := "a0: &a0 x\n"
	for i := 1; i < 40; i++ {
		chain += fmt.Sprintf("a%d: &a%d %s*a%d%s\n", i, i, strings.Repeat("[", 9000), i-1, strings.Repeat("]", 9000))
	}
	for name, text := range map[string]string{
		"bomb":            bomb(60),
		"many keys":       keys.String(),
		"many keys twice": keys.String() + "key7: y\n",
		"open lists":      strings.Repeat("[", 3_000_000),
		"open mappings":   strings.Repeat("{a: ", 750_000),
		"items":           strings.Repeat("- ", 1_200_000),
		"complex keys":    strings.Repeat("? ", 1_200_000),
		"chain":           chain,
		"quotes":          strings.Repeat("'", 2_999_999),
		"comments":        strings.Repeat("# c\n", 200_000) + "a: 1\na: 2\n",
		"separators":      strings.Repeat("---\n", 200_000),
		"line ends":       strings.Repeat("\r", 1_000_000) + "x: 1\nx: 2",
	} {
		start := time.Now()
		docs := Split([]byte(text))
		_, err := Decode(docs[len(docs)-1], limits)
		var e *Error
		require.True(t, err == nil || errors.As(err, &e), name)
		// Quadratic work on millions of characters takes hours; this much, no machine needs.
		assert.Less(t, time.Since(start), 10*time.Minute, name)
	}
}

func FuzzDecodeLimits(f *testing.F) {
	for _, text := range readings {
		f.Add([]byte(text))
	}
	f.Add([]byte(bomb(3)))
	f.Add([]byte("a: [[[[[]]]]]\n- - - - -\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, d := range Split(data) {
			v, err := Decode(d, Options{MaxAliasNodes: 50, MaxDepth: 4})
			if err != nil {
				var e *Error
				require.ErrorAs(t, err, &e)
				require.NotEmpty(t, e.Message)
				require.GreaterOrEqual(t, e.Line, d.FirstLine)
				require.LessOrEqual(t, e.Line, d.FirstLine+countBreaks(d.Data))
				continue
			}
			nodes, depth := size(v)
			require.LessOrEqual(t, depth, 4)
			require.LessOrEqual(t, nodes, len(d.Data)+1+50)
		}
	})
}

// size returns how many nodes a value has and how deep it is nested.
func size(v any) (nodes, depth int) {
	nodes = 1
	add := func(n, d int) { nodes, depth = nodes+n, max(depth, d+1) }
	switch v := v.(type) {
	case map[string]any:
		depth = 1
		for _, item := range v {
			add(size(item))
		}
	case []any:
		depth = 1
		for _, item := range v {
			add(size(item))
		}
	}
	return nodes, depth
}

func TestLastKeyWins(t *testing.T) {
	t.Parallel()
	d := Split([]byte("a: 1\nb: {c: 1, c: 2}\na: {d: 3}\n"))[0]
	_, err := Decode(d, Options{})
	require.ErrorContains(t, err, `"c"`)
	v, err := Decode(d, Options{LastKeyWins: true})
	require.NoError(t, err)
	require.Equal(t, map[string]any{"a": map[string]any{"d": int64(3)}, "b": map[string]any{"c": int64(2)}}, v)
	_, err = Decode(Split([]byte("1: a\n\"1\": b\n"))[0], Options{LastKeyWins: true})
	require.Error(t, err)
}

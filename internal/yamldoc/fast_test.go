package yamldoc

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// checkFast compares the fast reader with the library: where it does not give
// up, both have one result.
func checkFast(t *testing.T, data []byte) {
	t.Helper()
	got, ok := readFast(data, Options{})
	if !ok {
		return
	}
	want, err := readLibrary(Document{Number: 1, Line: 1, FirstLine: 1, Data: data}, Options{})
	require.NoError(t, err, "the fast reader makes %#v of it", got)
	require.Equal(t, want, got)
}

func FuzzFast(f *testing.F) {
	for _, text := range readings {
		f.Add([]byte(text))
	}
	for _, text := range fastReadings {
		f.Add([]byte(text))
	}
	f.Fuzz(checkFast)
}

// fastReadings are documents that the fast reader must not give up on.
var fastReadings = []string{
	"a: 1\n", "# c\n---\n# d\na: 1\n", "a:\n  b:\n    c: d\n  e:\n  - f\n  - g: h\n    i: j\n  -\n    k: l\n  - - m\n    - n\n  -\n", "a:\nb:\n", "- a\n- b\n-\n  - c\n",
	"a: one\n  two\n\n  three # c\nb: 'x\n  y''s\n\n  z'\nc: \"x\\n\\\"\n  y\"\n", "a: |\n  x\n\n   y\n  z\nb: |-\n  x\n\nc: |+\n  x\n\n\nd: >\n  a\n  b\n\n  c\n   d\n  e\n\n\nf: >-\n  a\n\n   b\n\n  c\n", "a: |\n\n  x\nb: >\n\n\n  y\n", "a: |", "a: |\n  x", "a: |\n  x\n  ", "a: |\n  x\n    ", "a: |+\n\n\nb: 1\n", "a: |-\nb: 1\n", "- |\n a\n- >\n b\n c\n",
	"a: []\nb: {}\nc: [a, 'b', \"c\", 1, {d: e, f: [g]}, ]\n", "{\"a\": [1, 2.5, true, null, \"x\"],\n \"b\": {}}\n", "'a': 1\n\"b\": 2\ny: 3\n1: 4\n1.5: 5\n", "a: http://x:80/y#z\nb: --flag\nc: -1\nd: 'x' # c\n", "é: ü\na: \"’\"\n", "key:\n  value\nother:\n  'x'\n", "a: 0644\nb: 1e3\nc: 18446744073709551616\nd: ~\ne: off\n", "a:\n  - b\n  # c\n  - d\n# e\nf: g\n", "a: |\n  x\ty\n   \tz\n", "a: \"x \\\n  \\  y\\\n\n   z \\x41\\u2019\\U0001F600\\\n  \"\n", "a : b\n", "  a: 1\n  b: 2\n",
}

func TestFastReadsMostObjects(t *testing.T) {
	t.Parallel()
	for _, text := range fastReadings {
		_, ok := readFast([]byte(text), Options{})
		require.True(t, ok, "%q", text)
		checkFast(t, []byte(text))
		compare(t, []byte(text))
	}
}

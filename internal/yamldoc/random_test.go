package yamldoc

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// fragments are what random documents are put together from: pieces of lines
// that mean something, and some that break.
var fragments = []string{
	"a: ", "b: ", "c:", "d:\n", "- ", "-", "-\n", "- - ", "x", "x y", "1", "0x1", "1.0", "yes", "~", "null", "<<", "'q'", "\"q\"", "'q", "q'", "'it''s'", "\"a\\nb\"", "\"a\\", "\\u0041",
	"|", ">", "|-", ">-", "|+", ">+", "|2", "| # c", "\n", "\n", "\n", "\n", "\n\n", "\n\n", "\n ", "\n  ", "\n  ", "\n    ", "\n      ", " ", "  ", "   ", "\t", "#c", " # c", "\n# c\n", "\n  # c\n",
	"[", "]", "{", "}", ", ", ",", "[]", "{}", "[a, b]", "{a: b}", "{\"a\":1}", "[\n", "{\n", "\n]", "\n}", ": ", ":", "? ", "---", "---\n", "\n---\n", "...", "\n...\n", "%YAML 1.1\n", "--x", "-x", ".5", "::", "a:b", "a#b", "&a ", "*a", "!!str ", "!x ", "@", "`", "é", "\u2028", "\r\n", "\r", "\"a\": ", "'a': ", "y: ", "1: ", "on: ", "? a\n: b", "=",
}

// plainFragments keep documents valid more often.
var plainFragments = []string{
	"a: x\n", "b: 'x'\n", "c: \"x\"\n", "d:\n", "e: |\n", "f: >\n", "g: |-\n", "h: >+\n", "- x\n", "- i: x\n", "-\n", "- - x\n", "- |\n", "- >\n", "text\n", "more text # c\n", "# c\n", "\n", " \n", "  \n", "j: [a,\n", "b]\n", "k: 'x\n", "y'\n", "l: \"x\n", "y\"\n", "m: {a: b}\n", "n: x y\n", "1: 2\n", "- 'x'\n", "o: # c\n", "p: x # c\n", "q : x\n", "r: x: y\n", "\"s\": x\n", "- \"t\": x\n", "- {}\n", "u: []\n", "\tx\n", "v: x\ty\n", "l: \"x \\\n", "z \\\n", "\\ y\"\n", "\\x41\\u00e9\"\n", "l: \"\\ud800\"\n", "l: \"\\u00_1\"\n", "w: |2\n", "yes: no\n", "x", "- y",
}

func randomDocument(r *rand.Rand) string {
	var b strings.Builder
	if r.IntN(3) == 0 {
		for range 1 + r.IntN(12) {
			b.WriteString(fragments[r.IntN(len(fragments))])
		}
		return b.String()
	}
	indent := 0
	for range 1 + r.IntN(10) {
		switch r.IntN(4) {
		case 0:
			indent = r.IntN(5)
		case 1:
			indent = min(indent+2, 8)
		case 2:
			indent = max(indent-2, 0)
		}
		b.WriteString(strings.Repeat(" ", indent))
		b.WriteString(plainFragments[r.IntN(len(plainFragments))])
	}
	return b.String()
}

func TestRandomDocuments(t *testing.T) {
	t.Parallel()
	const documents = 10000
	r := rand.New(rand.NewPCG(1, 2))
	fast, text := 0, ""
	defer func() {
		if t.Failed() {
			t.Logf("the document is %q", text)
		}
	}()
	for range documents {
		text = randomDocument(r)
		if _, ok := readFast([]byte(text), Options{}); ok {
			fast++
		}
		checkFast(t, []byte(text))
		compare(t, []byte(text))
	}
	require.Greater(t, fast, documents/20, "the fast reader gave up on nearly all documents")
	t.Logf("%d of %d documents were read fast", fast, documents)
}

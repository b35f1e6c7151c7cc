package report

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestSnippet(t *testing.T) {
	t.Parallel()
	digits := strings.Repeat("0123456789", 10)
	for name, test := range map[string]struct {
		line   string
		column int
		limit  int
		text   string
		before int
	}{
		"first column":            {"abc", 1, 20, "abc", 0},
		"last column":             {"abc", 3, 20, "abc", 2},
		"behind the end":          {"abc", 4, 20, "abc", 3},
		"far behind the end":      {"abc", 400, 20, "abc", 3},
		"no column":               {"abc", 0, 20, "abc", 0},
		"an empty line":           {"", 1, 20, "", 0},
		"a tab is four columns":   {"\tx", 2, 20, "    x", 4},
		"a tab fills up":          {"ab\tx", 4, 20, "ab  x", 4},
		"the caret on a tab":      {"ab\tx", 3, 20, "ab  x", 2},
		"letters of two bytes":    {"größe: x", 10, 20, "größe: x", 7},
		"inside a letter":         {"größe", 4, 20, "größe", 2},
		"wide letters":            {"日本: x", 9, 20, "日本: x", 6},
		"combining letters":       {"e\u0301x", 4, 20, "e\u0301x", 1},
		"escapes move the caret":  {"\x1bx", 2, 20, `\x1bx`, 4},
		"broken bytes":            {"\xff\xfex", 3, 20, `\xff\xfex`, 8},
		"as wide as can be":       {digits[:20], 20, 20, digits[:20], 19},
		"cut right":               {digits, 1, 20, "01234567890123456...", 0},
		"cut right, caret inside": {digits, 16, 20, "01234567890123456...", 15},
		"cut on both sides":       {digits, 51, 20, "...78901234567890...", 16},
		"cut left":                {digits, 101, 20, "...7890123456789", 16},
		"half a tab does not fit": {"0123456789012345\t6789", 1, 20, "0123456789012345...", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, before := snippet([]byte(test.line), test.column, test.limit)
			assert.Equal(t, test.text, text)
			assert.Equal(t, test.before, before)
		})
	}
}

// TestSnippetCutsBetweenCharacters looks at every column of a line of which
// only a window is read.
func TestSnippetCutsBetweenCharacters(t *testing.T) {
	t.Parallel()
	line := []byte(strings.Repeat("aé日😀", 200))
	for column := range len(line) + 2 {
		text, before := snippet(line, column, 30)
		assert.NotContains(t, text, `\x`, "column %d", column)
		assert.LessOrEqual(t, textWidth(text), 30, "column %d", column)
		assert.Less(t, before, 30, "column %d", column)
	}
}

func TestVisibleLines(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "one\n  two\n\n  three", visibleLines("one\r\ntwo\n\nthree\n", "  "))
	assert.Equal(t, `a\rb`, visibleLines("a\rb", "  "))
	assert.Equal(t, `a\r\n\tb`, visible("a\r\n\tb"))
}

func BenchmarkSnippetOfAHugeLine(b *testing.B) {
	line := []byte(strings.Repeat("x", 16<<20))
	b.ReportAllocs()
	for b.Loop() {
		snippet(line, len(line)/2, 100)
	}
}

package yamldoc

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestLocate(t *testing.T) {
	t.Parallel()
	const stream = `x: 1
---
# c
metadata:
  name: a
  annotations: {é: "1", "b c": 2}
y: 3
items:
- a
- b:
    c: d
base: &base
  p: 1
  q: 2
derived:
  <<: *base
  q: 3
copy: *base
both:
  <<: [*base, {r: 4}]
`
	d := Split([]byte(stream))[1]
	for _, c := range []struct {
		path           []any
		line, column   int
		keyLine, keyAt int
		ok             bool
	}{
		{nil, 4, 1, 4, 1, true},
		{[]any{"metadata"}, 5, 3, 4, 1, true},
		{[]any{"metadata", "name"}, 5, 9, 5, 3, true},
		{[]any{"metadata", "annotations", "é"}, 6, 21, 6, 17, true},
		{[]any{"metadata", "annotations", "b c"}, 6, 33, 6, 26, true},
		{[]any{"true"}, 7, 4, 7, 1, true},
		{[]any{"items", 0}, 9, 3, 9, 3, true},
		{[]any{"items", 1, "b", "c"}, 11, 8, 11, 5, true},
		{[]any{"derived", "p"}, 13, 6, 13, 3, true},
		{[]any{"derived", "q"}, 17, 6, 17, 3, true},
		{[]any{"copy", "q"}, 14, 6, 14, 3, true},
		{[]any{"both", "r"}, 20, 19, 20, 16, true},
		{[]any{"metadata", "missing", "deeper"}, 5, 3, 4, 1, false},
		{[]any{"items", 7}, 9, 1, 8, 1, false},
		{[]any{"items", "name"}, 9, 1, 8, 1, false},
	} {
		line, column, ok := NewLocator(d).Locate(c.path...)
		assert.Equal(t, c.ok, ok, "%v", c.path)
		assert.Equal(t, [2]int{c.line, c.column}, [2]int{line, column}, "value %v", c.path)
		line, column, ok = NewLocator(d).LocateKey(c.path...)
		assert.Equal(t, c.ok, ok, "%v", c.path)
		assert.Equal(t, [2]int{c.keyLine, c.keyAt}, [2]int{line, column}, "key %v", c.path)
	}
}

func TestLocateInBrokenDocument(t *testing.T) {
	t.Parallel()
	_, _, ok := NewLocator(whole("a: [\n")).Locate("a")
	assert.False(t, ok)
	_, _, ok = NewLocator(whole("")).LocateKey("a")
	assert.False(t, ok)
}

package yamldoc

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestErrorPositions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text         string
		kind         ErrorKind
		line, column int
		message      string
	}{
		{"a: 1\nb:\n\tc: 1\n", Syntax, 3, 1, "a tab cannot indent"},
		{"a:\n- b: 1\n\t- b: 2\n", Syntax, 3, 2, "a tab cannot indent"},
		{"a: 1\n b: 2\n", Syntax, 2, 3, `a ":" cannot stand here`},
		{"# c\n\na: b: c\n", Syntax, 3, 5, `a ":" cannot stand here`},
		{"é: b: c", Syntax, 1, 6, `a ":" cannot stand here`},
		{"a: é\nb: - c\n", Syntax, 2, 4, "a list cannot begin here"},
		{"a: [1, 2\nb: 3\n", Syntax, 2, 1, "did not find expected ',' or ']'"},
		{"a: 'x\nb: 1\n", Syntax, 2, 1, "a quoted text has no end"},
		{"a: 1\nb\nc: 2\n", Syntax, 2, 1, `a key must have a ":" after it, on the same line`},
		{"a: 1\nb\n\n# c\n", Syntax, 2, 1, `a key must have a ":" after it, on the same line`},
		{"- a\nb: 1\n", Syntax, 2, 1, "did not find expected '-' indicator"},
		{"a:\n  b: 1\n c: 2\n", Syntax, 3, 2, "did not find expected key"},
		{"x: 1\na: \"\\/\"\n", Syntax, 2, 5, `\/ is no escape that kubectl reads`},
		{"a: \"\\\\\\q\"\n", Syntax, 1, 7, `\q is no escape that kubectl reads`},
		{"a: @x\n", Syntax, 1, 4, `a value cannot begin with '@'`},
		{"a: 1\nb: *x\n", Syntax, 2, 4, "the alias has no anchor before it"},
		{"%YAML 1.2\n---\na: 1\n", Syntax, 1, 1, "the %YAML directive names another version than 1.1"},
		{"a: !!int x\n", Syntax, 1, 4, "the value is no int, as its tag says"},
		{"c: {<<: 1}\n", Syntax, 1, 9, "only a mapping or a list of mappings can be merged"},
		{"a: 1\n--- x\n", Syntax, 1, 0, "there is more than one document"},
		{"{a: 1}\nb: 2\n", Syntax, 2, 1, "content after the end of the document"},
		{"a: 1\nb: \x01\n", Syntax, 2, 4, `the text holds the control character '\x01'`},
		{"a: é\xFF\n", Syntax, 1, 6, "the text is not UTF-8"},
		{"\xFF\xFEa\x00", Syntax, 1, 1, "the text is UTF-16"},
		{"a: {{ .x }}\n", InvalidValue, 1, 5, "a list or a mapping cannot be a key"},
		{"? [a]\n: b\n", InvalidValue, 1, 3, "a list or a mapping cannot be a key"},
		{"a: 1\n~: a\n", InvalidValue, 2, 1, "null cannot be a key"},
		{"18446744073709551615: a\n", InvalidValue, 1, 1, "the number 18446744073709551615 is too large for a key"},
		{"a: [.nan]\n", InvalidValue, 1, 5, ".nan is a number that JSON does not have"},
		{"a: -.inf\n", InvalidValue, 1, 4, "-.inf is a number that JSON does not have"},
		{"a: 1\nb: 2\na: 3\n", DuplicateKey, 3, 1, `the key "a" is set twice, first in line 1`},
		{"a: 1\r\nb: 2\r\na: 3", DuplicateKey, 3, 1, `the key "a" is set twice, first in line 1`},
		{"é: {x: 1, \"x\": 2}\n", DuplicateKey, 1, 12, `the key "x" is set twice, first in line 1`},
		{"\uFEFF{a: 1, a: 2}", DuplicateKey, 1, 11, `the key "a" is set twice, first in line 1`},
		{"yes: 1\ntrue: 2\n", DuplicateKey, 2, 1, `the keys "yes" (line 1) and "true" are both read as "true"`},
		{"1: a\n0x1: b\n", DuplicateKey, 2, 1, `the keys "1" (line 1) and "0x1" are both read as "1"`},
		{"1: a\n\"1\": b\n", DuplicateKey, 2, 1, `the key "1" is set twice, first in line 1`},
		{"16777217.5: a\n16777217.25: b\n", DuplicateKey, 2, 1, `the keys "16777217.5" (line 1) and "16777217.25" are both read as "1.6777218e+07"`},
		{"b: &b {x: 1}\nc: {<<: *b, x: 2, x: 3}\n", DuplicateKey, 2, 19, `the key "x" is set twice, first in line 2`},
		{"k: &a\n- *a\n", AliasLimit, 2, 3, `the alias "a" stands inside what it refers to`},
	} {
		_, err := Decode(whole(c.text), Options{})
		var e *Error
		if !assert.True(t, errors.As(err, &e), "%q: %v", c.text, err) {
			continue
		}
		assert.Equal(t, c.kind, e.Kind, "%q: %v", c.text, err)
		assert.Equal(t, c.message, e.Message, "%q", c.text)
		assert.Equal(t, [2]int{c.line, c.column}, [2]int{e.Line, e.Column}, "%q: %v", c.text, err)
	}
}

func TestErrorPositionsAreThoseOfTheStream(t *testing.T) {
	t.Parallel()
	docs := Split([]byte("a: 1\n---\nb: 1\nb: 2\n--- # c\nc: 1\n d: 2\n---\n- e\n"))
	_, err := Decode(docs[1], Options{})
	assert.EqualError(t, err, `line 4, column 1: the key "b" is set twice, first in line 3`)
	_, err = Decode(docs[2], Options{})
	assert.EqualError(t, err, `line 7, column 3: a ":" cannot stand here`)
	_, err = DecodeMap(docs[3], Options{})
	assert.EqualError(t, err, "line 9, column 1: the document is a list, not a mapping")
}

func TestDuplicateKey(t *testing.T) {
	t.Parallel()
	_, err := Decode(whole("on: 1\non: 2\n"), Options{})
	var e *Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, "true", e.Key)
	assert.Equal(t, DuplicateKey, e.Kind)
	assert.NotEmpty(t, e.Hint)
}

func TestMergedKeysAreNoDuplicates(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"b: &b {x: 1}\nc: {<<: *b, x: 2}\n",
		"b: &b {x: 1}\nc: {x: 2, <<: *b}\n",
		"b: &b {x: 1}\nc: {<<: [*b, {x: 3}], x: 2}\n",
		"b: &b {x: 1}\nc: {<<: *b, <<: {x: 3}}\n",
	} {
		got, err := Decode(whole(text), Options{})
		require.NoError(t, err, text)
		want, err := kubectl([]byte(text))
		require.NoError(t, err)
		assert.Equal(t, want, got, text)
	}
}

func TestErrorKindString(t *testing.T) {
	t.Parallel()
	for kind, want := range map[ErrorKind]string{
		Syntax: "syntax", DuplicateKey: "duplicate key", AliasLimit: "alias limit", DepthLimit: "depth limit",
		InvalidValue: "invalid value", NotAMapping: "not a mapping", 99: "kind(99)",
	} {
		assert.Equal(t, want, kind.String())
	}
}

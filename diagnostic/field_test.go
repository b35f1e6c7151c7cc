package diagnostic_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
)

func TestFieldPath(t *testing.T) {
	t.Parallel()
	for text, path := range map[string][]any{
		"":                      nil,
		"spec.phases[1].name":   {"spec", "phases", 1, "name"},
		"[0][12].a":             {0, 12, "a"},
		"a.0.1":                 {"a", "0", "1"},
		"größe.x-preserve_a.$r": {"größe", "x-preserve_a", "$r"},
		"m.annotations[a.io/b]": {"m", "annotations", "a.io/b"},
		"[a b].c":               {"a b", "c"},
		`a[""].b`:               {"a", "", "b"},
		`a["+1"].-1`:            {"a", "+1", "-1"},
		`a["[0]"]["]"].b`:       {"a", "[0]", "]", "b"},
		`["\"x\""][" a"]`:       {`"x"`, " a"},
		`["a\\b"]["a\nb"]`:      {`a\b`, "a\nb"},
		`["\xff"][�][it's]`:     {"\xff", "\ufffd", "it's"},
	} {
		require.Equal(t, text, diagnostic.FieldPath(path...))
		require.Equal(t, path, diagnostic.ParseFieldPath(text), text)
	}
}

func TestParseFieldPathTakesAnyText(t *testing.T) {
	t.Parallel()
	for text, path := range map[string][]any{
		"properties[a].type": {"properties", "a", "type"},
		"..a..b.":            {"a", "b"},
		"a[":                 {"a", ""},
		`a["b`:               {"a", `"b`},
		`a["b"c]`:            {"a", `"b"c`},
		"a]b":                {"a]b"},
	} {
		require.Equal(t, path, diagnostic.ParseFieldPath(text), text)
	}
}

func FuzzFieldPath(f *testing.F) {
	for _, seed := range []string{"a|b", "0|+1|", "a.b|[|]|\"|\\|\x00|\xff", "'x'|`x`|\"x\"]", " | a |é|\u00a0"} {
		f.Add(seed, 3)
	}
	f.Fuzz(func(t *testing.T, keys string, index int) {
		path := []any{index}
		for key := range strings.SplitSeq(keys, "|") {
			path = append(path, key, index)
		}
		text := diagnostic.FieldPath(path...)
		require.Equal(t, path, diagnostic.ParseFieldPath(text), text)
		parsed := diagnostic.ParseFieldPath(keys)
		require.Equal(t, parsed, diagnostic.ParseFieldPath(diagnostic.FieldPath(parsed...)))
	})
}

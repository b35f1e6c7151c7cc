package schema

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPath(t *testing.T) {
	t.Parallel()
	root := NewPath("config")
	require.Equal(t, "config", root.String())
	require.Equal(t, `config.a-b_1[a.b][""][3].c`, root.Child("a-b_1").Child("a.b").Child("").Index(3).Child("c").String())
	require.Equal(t, "x.properties.0", NewPath("x", "properties", "0").String())
}

func TestShow(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		value any
		want  string
	}{
		{nil, "null"}, {"a\nb", `"a\nb"`}, {true, "true"}, {int64(-5), "-5"}, {1.5, "1.5"}, {1e300, "1e+300"},
		{[]any{}, ""}, {map[string]any{}, ""},
	} {
		require.Equal(t, test.want, Show(test.value))
	}
	long := make([]rune, 61)
	for i := range long {
		long[i] = 'é'
	}
	require.Equal(t, `"`+string(long[:60])+`"…`, Show(string(long)))
}

func TestParseDuration(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"1h30m": 90 * time.Minute, "1.5h": 90 * time.Minute, "2 days": 48 * time.Hour, "3 weeks and 1 hour": 505 * time.Hour,
		"10 secs": 10 * time.Second, "5µs": 5 * time.Microsecond, "7 NANO": 7, "1wk": 168 * time.Hour, "-1h": -time.Hour,
	} {
		got, ok := ParseDuration(text)
		require.True(t, ok, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"", "5", "x", "5x", "99999999999999999999 days", "day 5"} {
		_, ok := ParseDuration(text)
		require.False(t, ok, text)
	}
}

func TestResolveFieldPath(t *testing.T) {
	t.Parallel()
	s := &Schema{Properties: map[string]*Schema{
		"a":   {Properties: map[string]*Schema{"b c": {}, "it's": {}}},
		"map": {AdditionalProperties: &Additional{Schema: &Schema{}, Allowed: true}},
	}}
	for text, want := range map[string][]string{
		".a": {"a"}, ".a['b c']": {"a", "b c"}, `['a']['it\'s']`: {"a", "it's"}, ".map.x": {"map", "x"}, ".map['x.y']": {"map", "x.y"},
	} {
		keys, problem := s.ResolveFieldPath(text)
		require.Empty(t, problem, text)
		require.Equal(t, want, keys, text)
	}
	for _, text := range []string{"a", ".", ".b", ".a[0]", ".a['b c'", ".a['b c']x", ".a['\\q']", ".map.x.y", ".a['b c].x"} {
		_, problem := s.ResolveFieldPath(text)
		require.NotEmpty(t, problem, text)
	}
}

func FuzzParseDuration(f *testing.F) {
	for _, seed := range []string{"1h", "2 days", "99999999999999999999h", "5 µs", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		want, err := time.ParseDuration(text)
		if got, ok := ParseDuration(text); err == nil && (!ok || got != want) {
			t.Fatalf("%q is %v, not %v", text, want, got)
		}
	})
}

func FuzzResolveFieldPath(f *testing.F) {
	s := &Schema{Properties: map[string]*Schema{"a": {AdditionalProperties: &Additional{Schema: &Schema{}, Allowed: true}}}}
	for _, seed := range []string{".a", ".a['x\\'']", "[", ".a['", ".a.b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) { s.ResolveFieldPath(text) })
}

func TestFormatsFitTheirNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"date-time", "datetime", "k8s-short-name", "uuid", "password"} {
		require.NotNil(t, stringFormat(name), name)
	}
	require.Nil(t, stringFormat("time"))
	require.False(t, ValidFormat("time", "x"))
	require.True(t, ValidFormat("byte", "YQ=="))
}

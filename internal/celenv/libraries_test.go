package celenv

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

// libraryTests holds expressions for each library; all are true.
var libraryTests = map[string][]string{
	"strings": {
		`"Ab".lowerAscii() == "ab" && "a-b".split("-") == ["a", "b"] && "abc".substring(1) == "bc"`,
		`"%s has %d".format(["x", 2]) == "x has 2" && strings.quote("a") == "\"a\""`,
	},
	"sets": {`sets.contains([1, 2], [1]) && sets.equivalent([1, 1], [1]) && sets.intersects([1], [1, 2])`},
	"lists": {
		`[1, 2].isSorted() && ![2, 1].isSorted() && [1, 2].sum() == 3 && [duration("1m"), duration("1s")].sum() == duration("61s")`,
		`["b", "a"].min() == "a" && [1.5, 0.5].max() == 1.5 && ["a", "b", "a"].indexOf("a") == 0 && ["a", "b", "a"].lastIndexOf("a") == 2`,
		`[3, 1, 2].sort() == [1, 2, 3] && [[1], [2]].flatten() == [1, 2] && lists.range(3) == [0, 1, 2]`,
		`list.sum() == 6 && list.max() == 3 && list.indexOf(2) == 1`,
	},
	"regex":                       {`"a1b22".find("[0-9]+") == "1" && "a1b22".findAll("[0-9]+") == ["1", "22"] && "a1b22".findAll("[0-9]+", 1) == ["1"] && "x".find(text) == ""`},
	"url":                         {`isURL("https://a/b") && !isURL("b") && url("https://a:1/b?c=d").getPort() == "1" && url("https://a/b?c=d").getQuery()["c"] == ["d"]`},
	"ip":                          {`isIP("::1") && ip("10.0.0.1").family() == 4 && ip("::1").isLoopback() && ip.isCanonical("::1") && !ip.isCanonical("0::1") && string(ip("::1")) == "::1"`},
	"cidr":                        {`isCIDR("10.0.0.0/8") && cidr("10.0.0.0/8").containsIP("10.1.1.1") && cidr("10.1.2.3/8").masked() == cidr("10.0.0.0/8") && cidr("10.0.0.0/8").ip() == ip("10.0.0.0")`},
	"quantity":                    {`quantity("1Gi").isGreaterThan(quantity("1G")) && quantity("1k").asInteger() == 1000 && !isQuantity("x") && quantity("1").add(1) == quantity("2")`},
	"semver":                      {`semver("1.2.3").isLessThan(semver("1.10.0")) && semver("v1.2", true).minor() == 2 && !isSemver("v1.2")`},
	"format":                      {`!format.dns1123Label().validate("a-b").hasValue() && format.named("uuid").value().validate("x").hasValue() && format.uri() == format.named("uri").value()`},
	"two-variable comprehensions": {`{"a": 1}.all(k, v, k == "a" && v == 1) && {"a": 1}.transformList(k, v, v) == [1] && [5].exists(i, v, i == 0 && v == 5)`},
	"optionals":                   {`optional.of(1).hasValue() && {"a": 1}[?"b"].orValue(2) == 2 && {"a": 1}.?a.orValue(2) == 1`},
}

func TestLibraries(t *testing.T) {
	t.Parallel()
	environment, err := New(Options{Variables: []string{"list", "text"}})
	require.NoError(t, err)
	variables := map[string]any{"list": []any{int64(1), int64(2), int64(3)}, "text": "^y"}
	for _, name := range Libraries() {
		require.NotEmpty(t, libraryTests[name], "library %s has no test", name)
		for _, expression := range libraryTests[name] {
			program, err := environment.Compile(expression)
			require.NoError(t, err, expression)
			ok, err := program.EvaluateBool(t.Context(), variables)
			require.NoError(t, err, expression)
			require.True(t, ok, expression)
		}
	}
	require.Len(t, libraryTests, len(Libraries()))
}

func TestLibraryErrors(t *testing.T) {
	t.Parallel()
	environment, err := New(Options{Variables: []string{"x"}})
	require.NoError(t, err)
	for _, expression := range []string{
		`ip("x").family() == 4`, `ip("::ffff:1.2.3.4").family() == 4`, `cidr("10.0.0.0").prefixLength() == 8`,
		`url("::").getHost() == ""`, `quantity("x") == quantity("1")`, `quantity("1.5").asInteger() == 1`,
		`semver("1").major() == 1`, `semver("1-x", true).major() == 1`, `[].max() == 1`, `x.sum() == 1`,
		`"a".matches(x)`, `"a".find("(" + "") == ""`, `ip(x).family() == 4`, `x.foo`,
	} {
		program, err := environment.Compile(expression)
		require.NoError(t, err, expression)
		_, err = program.Evaluate(t.Context(), map[string]any{"x": int64(5)})
		var failure *Error
		require.ErrorAs(t, err, &failure, expression)
		require.NotEmpty(t, failure.Message)
	}
	for _, expression := range []string{`math.greatest(1, 2) == 2`, `authorizer.path("/").check("get").allowed()`, `"a".matches("(")`} {
		_, err := environment.Compile(expression)
		require.Error(t, err, expression)
	}
	_, err = environment.Compile(`nonsense(1)`)
	var failure *Error
	require.ErrorAs(t, err, &failure)
	require.Contains(t, failure.Hint, "strings, sets, lists")
}

// TestLibraryCosts: what works on long texts and lists costs in proportion.
func TestLibraryCosts(t *testing.T) {
	t.Parallel()
	environment, err := New(Options{Variables: []string{"list", "text"}, CostLimit: 2000})
	require.NoError(t, err)
	long := make([]any, 3000)
	for i := range long {
		long[i] = int64(i)
	}
	text := make([]byte, 30_000)
	for i := range text {
		text[i] = 'a'
	}
	for _, expression := range []string{
		`list.sum() > 0`, `list.max() > 0`, `list.isSorted()`, `list.indexOf(-1) == -1`,
		`text.find("b") == ""`, `text.lowerAscii() == ""`, `text.replace("a", "b") == ""`, `text.split("a") == []`,
		`format.uri().validate(text).hasValue()`, `isURL(text)`, `isQuantity(text)`, `[text, text].join("") == ""`,
	} {
		program, err := environment.Compile(expression)
		require.NoError(t, err, expression)
		_, err = program.Evaluate(t.Context(), map[string]any{"list": long, "text": string(text)})
		var cost *CostError
		require.ErrorAs(t, err, &cost, expression)
	}
}

func TestEvaluateStopsWithItsContext(t *testing.T) {
	t.Parallel()
	environment, err := New(Options{Variables: []string{"list"}, CostLimit: 1 << 40})
	require.NoError(t, err)
	program, err := environment.Compile(`list.all(a, list.all(b, list.all(c, a + b + c >= 0)))`)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 20_000_000)
	defer cancel()
	long := make([]any, 2000)
	for i := range long {
		long[i] = int64(i)
	}
	_, err = program.Evaluate(ctx, map[string]any{"list": long})
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestEscapeIsReversible(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"a": "a", "a-b": "a__dash__b", "a.b/c": "a__dot__b__slash__c", "a__b": "a__underscores__b", "in": "__in__",
		"package": "__package__", "_a_": "_a_", "a___b": "a__underscores___b", "____": "__underscores____underscores__",
	} {
		escaped, ok := Escape(name)
		require.True(t, ok, name)
		require.Equal(t, want, escaped)
		back, ok := unescape(escaped)
		require.True(t, ok, name)
		require.Equal(t, name, back)
	}
	for _, name := range []string{"", "9a", "a b", "é", "a$"} {
		_, ok := Escape(name)
		require.False(t, ok, name)
	}
}

func FuzzEscape(f *testing.F) {
	for _, seed := range []string{"a", "a-b", "a__b", "in", "a.b/c", "___", "__dot__", "A_.00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		escaped, ok := Escape(name)
		if !ok {
			return
		}
		if back, ok := unescape(escaped); !ok || back != name {
			t.Fatalf("%q became %q and then %q", name, escaped, back)
		}
	})
}

// FuzzConditions: no expression makes compiling or evaluating panic.
func FuzzConditions(f *testing.F) {
	for _, seed := range []string{`config.a > 1`, `has(config.b) && cond.c`, `config.l.exists(x, x == "b")`, `[1, "a"]`, `"%d".format([config])`, `{`} {
		f.Add(seed)
	}
	for _, expressions := range libraryTests {
		for _, seed := range expressions {
			f.Add(seed)
		}
	}
	conditions, err := NewConditions(1000)
	if err != nil {
		f.Fatal(err)
	}
	variables := &Variables{Config: map[string]any{"a": int64(1), "l": []any{"a", nil, 2.5}}}
	f.Fuzz(func(t *testing.T, expression string) {
		condition, err := conditions.Compile(expression)
		if err != nil {
			return
		}
		condition.Uses()
		_, _ = condition.Evaluate(t.Context(), variables)
	})
}

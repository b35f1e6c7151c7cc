package celenv_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/celenv"
)

func TestExplain(t *testing.T) {
	t.Parallel()
	item := func(name string, replicas int64, labels map[string]any) any {
		return map[string]any{"kind": "Item", "name": name, "replicas": replicas, "labels": labels}
	}
	variables := map[string]any{
		"items": []any{
			item("a", 3, map[string]any{"app": "web"}), item("b", 1, map[string]any{"tier": "back", "team": "x"}),
		},
		"config": map[string]any{"replicas": int64(2), "name": "web", "on": false, "hosts": []any{}, "long": strings.Repeat("é", 100)},
	}
	name := func(value any) string {
		if fields, ok := value.(map[string]any); ok && fields["kind"] == "Item" {
			return "item " + fields["name"].(string)
		}
		return ""
	}
	tests := map[string][]string{
		"config.replicas == 3":                 {"config.replicas is 2"},
		"config.replicas == items[0].replicas": {"config.replicas is 2", "items[0].replicas is 3"},
		"config.name.startsWith('x')":          {`config.name is "web"`},
		"config.replicas in [3, 4]":            {"config.replicas is 2"},
		"config.on":                            {"config.on is false"},
		"size(items) > 2":                      {"size(items) is 2"},
		"items.size() > 2":                     {"items.size() is 2"},
		"has(config.port)":                     {"config has hosts, long, name, on, replicas"},
		"config.replicas == 2 && config.on":    {"config.on is false"},
		"config.replicas == 2 && config.name == 'x' && config.on": {
			`config.name == "x" is false`, `config.name is "web"`,
		},
		"config.on || config.replicas > 5": {"config.on is false", "config.replicas > 5 is false", "config.replicas is 2"},
		"!items.exists(i, i.replicas > 2)": {"i.replicas > 2 is true for i = item a (items[0])"},
		"items.all(i, has(i.labels.app))": {
			"for i = item b (items[1]), has(i.labels.app) is false", "i.labels has team, tier",
		},
		"items.all(i, i.labels.app == 'web')": {
			`for i = item b (items[1]), i.labels.app == "web" is an error: no such key: app`,
			"i.labels.app is an error: no such key: app",
		},
		"items.filter(i, i.replicas > 2).all(i, i.name == 'x' || i.replicas == 1)": {
			`for i = item a (items.filter(i, i.replicas > 2)[0]), i.name == "x" || i.replicas == 1 is false`,
			`i.name == "x" is false`, `i.name is "a"`, "i.replicas == 1 is false", "i.replicas is 3",
		},
		"items.exists(i, i.name == 'c')":      {`i.name == "c" holds for none of 2: item a, item b`},
		"config.hosts.exists(h, h == 'x')":    {"config.hosts is empty"},
		"items.exists_one(i, i.replicas > 0)": {"i.replicas > 0 holds for 2 of 2"},
		"config.all(key, key != 'name')":      {`for key = "name", key != "name" is false`, `key is "name"`},
		"items.all(i, [1, 2].all(n, i.replicas != n))": {
			"for i = item b (items[1]), [1, 2].all(n, i.replicas != n) is false",
			"for n = 1 ([1, 2][0]), i.replicas != n is false", "i.replicas is 1", "n is 1",
		},
		"config.on ? true : config.replicas == 3": {"config.replicas == 3 is false", "config.replicas is 2"},
		"config.long == ''":                       {"config.long is \"" + strings.Repeat("é", 59) + "…"},
		"config.missing == 1":                     {"config.missing is an error: no such key: missing"},
		"'x' == 'y'":                              {},
	}
	environment, err := celenv.New(celenv.Options{Variables: []string{"items", "config"}})
	require.NoError(t, err)
	for expression, want := range tests {
		t.Run(expression, func(t *testing.T) {
			t.Parallel()
			program, err := environment.Compile(expression)
			require.NoError(t, err)
			met, _ := program.EvaluateBool(t.Context(), variables)
			require.False(t, met)
			assert.Equal(t, want, environment.Explain(t.Context(), expression, variables, celenv.Explaining{Name: name}))
		})
	}
}

func TestExplainEnds(t *testing.T) {
	t.Parallel()
	environment, err := celenv.New(celenv.Options{Variables: []string{"x"}})
	require.NoError(t, err)
	deep := "x == 2"
	for range 40 {
		deep = "(" + deep + " || x == 3)"
	}
	steps := environment.Explain(t.Context(), deep, map[string]any{"x": int64(1)}, celenv.Explaining{})
	assert.NotEmpty(t, steps)
	assert.LessOrEqual(t, len(steps), 12)
	assert.Empty(t, environment.Explain(t.Context(), "x ==", nil, celenv.Explaining{}))
	done, cancel := context.WithCancel(t.Context())
	cancel()
	assert.Empty(t, environment.Explain(done, "x == 2", map[string]any{"x": int64(1)}, celenv.Explaining{}))
}

func TestExplainCosts(t *testing.T) {
	t.Parallel()
	const limit = 100_000
	environment, err := celenv.New(celenv.Options{Variables: []string{"x"}, CostLimit: limit})
	require.NoError(t, err)
	numbers := make([]any, 500)
	for i := range numbers {
		numbers[i] = int64(i)
	}
	// Each element alone keeps to the limit, all of them together by far do not.
	steps := environment.Explain(t.Context(), "x.exists(a, x.exists(b, a + b < 0))", map[string]any{"x": numbers}, celenv.Explaining{})
	assert.Empty(t, steps, "it could not be found out for all of them")
	steps = environment.Explain(t.Context(), "x.all(a, x.exists(b, a + b == 490))", map[string]any{"x": numbers}, celenv.Explaining{})
	assert.Empty(t, steps)
}

func TestExplainHides(t *testing.T) {
	t.Parallel()
	environment, err := celenv.New(celenv.Options{Variables: []string{"x"}})
	require.NoError(t, err)
	secret := strings.Repeat("secret", 50) // longer than what is shown
	how := celenv.Explaining{Hide: func(text string) string { return strings.ReplaceAll(text, secret, "***") }}
	for expression, want := range map[string][]string{
		"x.a == 'b'":          {`x.a is "***"`},
		"x == {'a': 'b'}":     {`x is {"a":"***"}`},
		"x.b.all(i, i == '')": {`for i = "***" (x.b[0]), i == "" is false`, `i is "***"`},
		"has(x.c.d)":          {"x.c has ***"},
	} {
		values := map[string]any{"a": secret, "b": []any{secret}, "c": map[string]any{secret: true}}
		if expression == "x == {'a': 'b'}" {
			values = map[string]any{"a": secret}
		}
		assert.Equal(t, want, environment.Explain(t.Context(), expression, map[string]any{"x": values}, how), expression)
	}
}

func FuzzExplain(f *testing.F) {
	for _, seed := range []string{
		"items.all(i, has(i.a) && i.a.b in [1, 2])", "!x.exists(y, y == 1) || x[0] > -1", "x ? has(x.y) : {'a': 1}.all(k, k == 'b')",
		"x.map(y, y + 1).exists_one(z, z.matches('a'))", "x.?a.orValue(1) == 2", "[[1]].all(x, x.all(x, x == 2))", "has(x.all)", "x.all(y, true)",
	} {
		f.Add(seed)
	}
	environment, err := celenv.New(celenv.Options{Variables: []string{"x", "items"}, CostLimit: 10_000})
	if err != nil {
		f.Fatal(err)
	}
	variables := map[string]any{"x": []any{int64(1), "a"}, "items": map[string]any{"a": map[string]any{"b": 3.5, "c": nil}}}
	f.Fuzz(func(t *testing.T, expression string) {
		for _, step := range environment.Explain(t.Context(), expression, variables, celenv.Explaining{}) {
			if len(step) > 100_000 {
				t.Fatalf("a step of %d bytes", len(step))
			}
		}
	})
}

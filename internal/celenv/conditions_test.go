package celenv

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func testConditions(t testing.TB) *Conditions {
	t.Helper()
	conditions, err := NewConditions(0)
	require.NoError(t, err)
	return conditions
}

func TestConditionsEvaluate(t *testing.T) {
	t.Parallel()
	conditions := testConditions(t)
	variables := &Variables{
		Config: map[string]any{
			"cnt": int64(3), "big": int64(9007199254740993), "f": 2.5, "s": "x", "on": true, "n": nil,
			"l": []any{"a", "b"}, "m": map[string]any{"k": map[string]any{"z": int64(1)}},
		},
		Images:      map[string]string{"app": "example.com/app@sha256:00"},
		Environment: map[string]any{"kubernetes": map[string]any{"version": "v1.31.2"}},
		Conditions:  map[string]bool{"a": true},
	}
	for expression, want := range map[string]bool{
		`config.cnt > 2.0`:               true,
		`config.cnt + 1 == 4`:            true,
		`config.cnt == 3.0`:              true,
		`config.big == 9007199254740993`: true,
		`config.f < 3`:                   true,
		`config.l.exists(x, x == "b") && config.l.all(x, size(x) == 1) && (has(config.z) ? false : true)`: true,
		`has(config.m.k.z) && !has(config.m.q)`:                                                           true,
		`config.m.k == {"z": 1}`:                                                                          true,
		`config.n == null`:                                                                                true,
		`environment.kubernetes.version.startsWith("v1.3")`:                                               true,
		`has(environment.openShift)`:                                                                      false,
		`cond.a && cond["a"]`:                                                                             true,
		`images.app.contains("@sha256:")`:                                                                 true,
		`"x" in images`:                                                                                   false,
		`dependencies == {}`:                                                                              true,
		`config.on`:                                                                                       true,
		`config.l == ["a", "b"]`:                                                                          true,
		`config.s in ["x", 1]`:                                                                            true,
	} {
		condition, err := conditions.Compile(expression)
		require.NoError(t, err, expression)
		got, err := condition.Evaluate(t.Context(), variables)
		require.NoError(t, err, expression)
		require.Equal(t, want, got, expression)
	}
}

func TestConditionsCompileErrors(t *testing.T) {
	t.Parallel()
	conditions := testConditions(t)
	for _, test := range []struct {
		expression   string
		line, column int
		message      string
	}{
		{"true &&", 1, 8, "mismatched input '<EOF>'"},
		{"true &&\n  nope", 2, 3, "undeclared reference to 'nope'"},
		{`"é" == x`, 1, 9, "undeclared reference to 'x'"},
		{"package.metadata.name == 'x'", 1, 1, "package"},
		{"namespace == 'x'", 1, 1, "namespace"},
		{"1 + 1", 1, 1, "must be true or false, is int"},
		{"cond.a + 1 == 2", 1, 8, "no matching overload"},
	} {
		_, err := conditions.Compile(test.expression)
		var failure *Error
		require.ErrorAs(t, err, &failure, test.expression)
		require.Contains(t, failure.Message, test.message, test.expression)
		require.Equal(t, []int{test.line, test.column}, []int{failure.Line, failure.Column}, "%s: %s", test.expression, failure)
		_, again := conditions.Compile(test.expression)
		require.Equal(t, err.Error(), again.Error())
	}
}

func TestConditionsCompileHints(t *testing.T) {
	t.Parallel()
	conditions := testConditions(t)
	for expression, want := range map[string][2]string{
		"conf.replicas > 2":      {"undeclared reference to 'conf'", "variables: cond, config, dependencies, environment, images; cond.<name> is a named condition"},
		"openshift":              {"undeclared reference to 'openshift'", "variables: cond, config, dependencies, environment, images; cond.<name> is a named condition"},
		"nope(config.a)":         {"undeclared reference to 'nope'", "functions: " + strings.Join(Libraries(), ", ")},
		"config.a.nope()":        {"undeclared reference to 'nope'", "functions: " + strings.Join(Libraries(), ", ")},
		"config.replicas => 2":   {"syntax error: unknown operator '=>'", ""},
		"config.replicas >> 1":   {"syntax error: extraneous input '>'", ""},
		"package.name == 'shop'": {"reserved identifier: package", "the package's own metadata is not a variable here"},
	} {
		_, err := conditions.Compile(expression)
		var failure *Error
		require.ErrorAs(t, err, &failure, expression)
		require.Contains(t, failure.Message, want[0], expression)
		require.NotContains(t, failure.Message, "expecting", expression)
		require.Equal(t, want[1], failure.Hint, expression)
	}
}

func TestConditionsEvaluateErrors(t *testing.T) {
	t.Parallel()
	conditions := testConditions(t)
	variables := &Variables{Config: map[string]any{"s": "x"}}
	evaluate := func(ctx context.Context, expression string) error {
		condition, err := conditions.Compile(expression)
		require.NoError(t, err, expression)
		_, err = condition.Evaluate(ctx, variables)
		return err
	}
	var failure *Error

	require.ErrorAs(t, evaluate(t.Context(), "true && config.missing"), &failure)
	require.Equal(t, "no such key: missing", failure.Message)
	require.Equal(t, []int{1, 15}, []int{failure.Line, failure.Column})
	require.NotEmpty(t, failure.Hint)

	variables.Config["i"] = int64(1)
	require.ErrorAs(t, evaluate(t.Context(), "config.i + 1.0 > 1.0"), &failure)
	require.Equal(t, "no such overload", failure.Message)
	require.Contains(t, failure.Hint, "double()")

	require.ErrorAs(t, evaluate(t.Context(), "config.s"), &failure)
	require.Equal(t, "must be true or false, is string", failure.Message)

	const expensive = "[0,1,2,3,4,5,6,7,8,9]"
	loop := expensive + ".all(a, " + expensive + ".all(b, " + expensive + ".all(c, " + expensive + ".all(d, " + expensive + ".all(e, config.s != '')))))"
	err := evaluate(t.Context(), loop)
	var cost *CostError
	require.ErrorAs(t, err, &cost)
	require.Equal(t, int64(DefaultCostLimit), cost.Max)

	done, cancel := context.WithCancel(t.Context())
	cancel()
	err = evaluate(done, "config.s == 'x'")
	require.ErrorIs(t, err, context.Canceled)
	require.False(t, errors.As(err, &failure), "a done context is no finding about the expression")
}

func TestConditionUses(t *testing.T) {
	t.Parallel()
	condition, err := testConditions(t).Compile(`cond.b && (cond["a"] || has(cond.b)) && config.cond.z`)
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b"}, condition.Uses())
}

func TestValidConditionName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"a": true, "_x9": true, "isOpenShift": true,
		"": false, "bad-name": false, "9a": false, "in": false, "package": false, "é": false,
	} {
		require.Equal(t, want, ValidConditionName(name), name)
	}
}

func BenchmarkConditionEvaluate(b *testing.B) {
	condition, err := testConditions(b).Compile(`config.cnt > 2.0 && has(environment.kubernetes)`)
	require.NoError(b, err)
	variables := &Variables{
		Config:      map[string]any{"cnt": int64(3)},
		Environment: map[string]any{"kubernetes": map[string]any{}},
	}
	b.ReportAllocs()
	for b.Loop() {
		if ok, err := condition.Evaluate(b.Context(), variables); err != nil || !ok {
			b.Fatal(ok, err)
		}
	}
}

func BenchmarkNewConditions(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := NewConditions(0); err != nil {
			b.Fatal(err)
		}
	}
}

package export

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/manifest"
)

func TestRuleExpression(t *testing.T) {
	t.Parallel()
	for rule, want := range map[string]string{
		"self.status.sold > 3":                          `[{"status": status}].all(self, self.status.sold > 3)`,
		"self.?spec.hasValue() && self.spec.a == 1":     `[{"spec": spec}].all(self, self.?spec.hasValue() && self.spec.a == 1)`,
		"has(self.status.a)":                            `[{"status": status}].all(self, has(self.status.a))`,
		"self.status.phase == 'self.ready'":             `[{"status": status}].all(self, self.status.phase == 'self.ready')`,
		"self.status.list.exists(c, c.type == 'Ready')": `[{"status": status}].all(self, self.status.list.exists(c, c.type == 'Ready'))`,
		"size(self) > 1":                                "", // the object as a whole
		`self["status"].a == 1`:                         "",
		"true":                                          "",
		"self.status.":                                  "",
		"self.status.list.all(self, self.a)":            "", // another self
		"'one'":                                         "",
		"size(self.status.name)":                        "", // no truth
		"isURL(self.status.url)":                        "", // functions of Kubernetes that Flux does not have
		"self.status.list.sum() > 3":                    "",
		"quantity(self.spec.size).isInteger()":          "",
	} {
		got, ok := ruleExpression(rule)
		require.Equal(t, want, got, rule)
		require.Equal(t, want != "", ok, rule)
	}
}

// Flux parses an expression, and evaluates it with the top fields of an object.
func TestExpressionsAsFluxEvaluates(t *testing.T) {
	t.Parallel()
	language, err := fluxLanguage()
	require.NoError(t, err)
	ready := manifest.Probe{Condition: &manifest.ProbeCondition{Type: "Ready", Status: "True"}}
	condition := func(status string, generation int64) map[string]any {
		return map[string]any{
			"metadata": map[string]any{"generation": int64(2)},
			"status":   map[string]any{"conditions": []any{map[string]any{"type": "Ready", "status": status, "observedGeneration": generation}}},
		}
	}
	for name, test := range map[string]struct {
		probe  manifest.Probe
		object map[string]any
		want   any
	}{
		"holds":         {ready, condition("True", 2), true},
		"does not hold": {ready, condition("False", 2), false},
		"older":         {ready, condition("True", 1), false},
		"no generation": {ready, map[string]any{
			"metadata": map[string]any{"generation": int64(2)},
			"status":   map[string]any{"conditions": []any{map[string]any{"type": "Ready", "status": "True"}}},
		}, true},
		"no conditions": {ready, map[string]any{"metadata": map[string]any{}, "status": map[string]any{}}, false},
		"no status yet": {ready, map[string]any{"metadata": map[string]any{}}, nil},
		"fields equal": {
			manifest.Probe{FieldsEqual: &manifest.ProbeFieldsEqual{FieldA: ".status.ready", FieldB: ".spec.replicas"}},
			map[string]any{"spec": map[string]any{"replicas": int64(3)}, "status": map[string]any{"ready": int64(3)}}, true,
		},
		"field value": {
			manifest.Probe{FieldValue: &manifest.ProbeFieldValue{FieldPath: ".status.ready", Value: "3"}},
			map[string]any{"status": map[string]any{"ready": int64(3)}}, true,
		},
		"rule": {
			manifest.Probe{CEL: &manifest.ProbeCEL{Rule: "self.status.ready == self.spec.replicas && has(self.status.url)"}},
			map[string]any{"spec": map[string]any{"replicas": int64(3)}, "status": map[string]any{"ready": int64(3)}}, false,
		},
	} {
		expression, ok := probeExpression(test.probe)
		require.True(t, ok, name)
		parsed, issues := language.Parse(expression)
		require.NoError(t, issues.Err(), name)
		program, err := language.Program(parsed)
		require.NoError(t, err, name)
		value, _, err := program.Eval(test.object)
		if test.want == nil {
			require.Error(t, err, "Flux waits")
			continue
		}
		require.NoError(t, err, name)
		require.Equal(t, test.want, value.Value(), name)
	}
}

func TestResourceName(t *testing.T) {
	t.Parallel()
	require.Equal(t, "my-shop--01-a", resourceName("My_Shop.", "01-a"))
	long := strings.Repeat("n", 63)
	first, second := resourceName(long, "01-a"), resourceName(long, "02-b")
	require.NotEqual(t, first, second, "a Kustomization that depends on itself is never ready")
	require.Len(t, first, 63)
	require.Equal(t, "a-b", resourceName("a.b"))
	require.Equal(t, "a--b", resourceName("-a", "-b-"))
}

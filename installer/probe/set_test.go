package probe_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/installer/probe"
	"github.com/packstage/packstage/manifest"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	for _, c := range readCases(t, probesFile) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			set, err := probe.Compile(c.probes, probe.Options{WithoutKindRules: c.without})
			require.NoError(t, err)
			before := plain(c.object)
			require.Equal(t, c.want, set.Check(t.Context(), c.object))
			require.Equal(t, before, any(c.object), "the object changed")
		})
	}
}

func TestSelectors(t *testing.T) {
	t.Parallel()
	expression := func(key, operator string, values ...string) manifest.LabelSelectorRequirement {
		return manifest.LabelSelectorRequirement{Key: key, Operator: operator, Values: values}
	}
	labels := func(requirements ...manifest.LabelSelectorRequirement) manifest.ProbeSelector {
		return manifest.ProbeSelector{Selector: &manifest.LabelSelector{MatchExpressions: requirements}}
	}
	kind := func(group, kind string) manifest.ProbeSelector {
		return manifest.ProbeSelector{Kind: &manifest.ProbeSelectorKind{Group: group, Kind: kind}}
	}
	both := kind("example.com", "Widget")
	both.Selector = &manifest.LabelSelector{MatchLabels: map[string]string{"app": "b"}}
	for name, test := range map[string]struct {
		selector manifest.ProbeSelector
		selects  bool
	}{
		"nothing said":                 {manifest.ProbeSelector{}, true},
		"an empty label selector":      {labels(), true},
		"the kind":                     {kind("example.com", "Widget"), true},
		"another kind":                 {kind("example.com", "Gadget"), false},
		"another group":                {kind("", "Widget"), false},
		"the version is no group":      {kind("example.com/v1", "Widget"), false},
		"kind, and another label":      {both, false},
		"label":                        {manifest.ProbeSelector{Selector: &manifest.LabelSelector{MatchLabels: map[string]string{"app": "a", "tier": ""}}}, true},
		"label of another value":       {manifest.ProbeSelector{Selector: &manifest.LabelSelector{MatchLabels: map[string]string{"app": "a", "tier": "x"}}}, false},
		"a number is no label":         {labels(expression("number", "Exists")), false},
		"In":                           {labels(expression("app", "In", "x", "a")), true},
		"not In":                       {labels(expression("app", "In", "x", "y")), false},
		"In without the label":         {labels(expression("none", "In", "x")), false},
		"NotIn":                        {labels(expression("app", "NotIn", "x")), true},
		"not NotIn":                    {labels(expression("app", "NotIn", "a")), false},
		"NotIn without the label":      {labels(expression("none", "NotIn", "a")), true},
		"Exists":                       {labels(expression("tier", "Exists")), true},
		"not Exists":                   {labels(expression("none", "Exists")), false},
		"DoesNotExist":                 {labels(expression("none", "DoesNotExist")), true},
		"not DoesNotExist":             {labels(expression("app", "DoesNotExist")), false},
		"every expression must select": {labels(expression("app", "Exists"), expression("none", "Exists")), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			set, err := probe.Compile([]manifest.AvailabilityProbe{{
				Selector: test.selector,
				Probes:   []manifest.Probe{{Condition: &manifest.ProbeCondition{Type: "Ready", Status: "True"}}},
			}}, probe.Options{WithoutKindRules: true})
			require.NoError(t, err)
			result := set.Check(t.Context(), map[string]any{
				"apiVersion": "example.com/v1", "kind": "Widget",
				"metadata": map[string]any{"labels": map[string]any{"app": "a", "tier": "", "number": int64(3)}},
			})
			if test.selects {
				require.Equal(t, probe.ReasonConditionMissing, result.Reason)
			} else {
				require.Equal(t, probe.ReasonExists, result.Reason)
			}
		})
	}
}

func TestTheCoreGroupIsEmpty(t *testing.T) {
	t.Parallel()
	set, err := probe.Compile([]manifest.AvailabilityProbe{{
		Selector: manifest.ProbeSelector{Kind: &manifest.ProbeSelectorKind{Kind: "Pod"}},
		Probes:   []manifest.Probe{{FieldValue: &manifest.ProbeFieldValue{FieldPath: ".status.phase", Value: "Running"}}},
	}}, probe.Options{})
	require.NoError(t, err)
	result := set.Check(t.Context(), map[string]any{"apiVersion": "v1", "kind": "Pod", "status": map[string]any{"phase": "Running"}})
	require.Equal(t, probe.Result{Status: probe.Available, Reason: probe.ReasonProbesHold, Message: "its probe holds"}, result)
}

func TestCompileFindsAllThatIsWrong(t *testing.T) {
	t.Parallel()
	_, err := probe.Compile([]manifest.AvailabilityProbe{
		{Selector: manifest.ProbeSelector{Kind: &manifest.ProbeSelectorKind{Group: "apps"}}},
		{
			Selector: manifest.ProbeSelector{Selector: &manifest.LabelSelector{
				MatchLabels: map[string]string{"app": "not a label", "example.com/good": "yes"},
				MatchExpressions: []manifest.LabelSelectorRequirement{
					{Key: "app", Operator: "in", Values: []string{"a"}},
					{Key: "app", Operator: "In"},
					{Key: "app", Operator: "Exists", Values: []string{"a"}},
				},
			}},
			Probes: []manifest.Probe{
				{Condition: &manifest.ProbeCondition{}},
				{FieldsEqual: &manifest.ProbeFieldsEqual{FieldA: ".status..a"}},
				{FieldValue: &manifest.ProbeFieldValue{FieldPath: ".status.list[x]"}},
				{CEL: &manifest.ProbeCEL{}},
				{CEL: &manifest.ProbeCEL{Rule: "self.status.ready &&"}},
				{CEL: &manifest.ProbeCEL{Rule: "object.status.ready"}},
				{CEL: &manifest.ProbeCEL{Rule: "'ready' // always"}},
			},
		},
	}, probe.Options{})
	var found diagnostic.Diagnostics
	require.ErrorAs(t, err, &found)
	var lines []string
	for _, finding := range found {
		require.Equal(t, diagnostic.Error, finding.Severity)
		lines = append(lines, finding.Field+": "+finding.Message+" ("+string(finding.Code)+")")
	}
	const second = "spec.availabilityProbes[1]."
	require.Equal(t, []string{
		"spec.availabilityProbes[0].probes: is required (manifest-required)",
		"spec.availabilityProbes[0].selector.kind.kind: is required (manifest-required)",
		second + "probes[0].condition.status: is required (manifest-required)",
		second + "probes[0].condition.type: is required (manifest-required)",
		second + `probes[1].fieldsEqual.fieldA: the path ".status..a" has a dot that no name follows (manifest-invalid-value)`,
		second + "probes[1].fieldsEqual.fieldB: is required (manifest-required)",
		second + `probes[2].fieldValue.fieldPath: the path ".status.list[x]" has "x" in brackets: an index is a number from 0, a key stands in quotes (manifest-invalid-value)`,
		second + "probes[3].cel.rule: is required (manifest-required)",
		second + "probes[4].cel.rule: the rule does not compile: 1:21: syntax error: mismatched input '<EOF>' (manifest-invalid-value)",
		second + "probes[5].cel.rule: the rule does not compile: 1:1: undeclared reference to 'object' (manifest-invalid-value)",
		second + "probes[6].cel.rule: the rule must be true or false (manifest-invalid-value)",
		second + "selector.selector.matchExpressions[0].operator: \"in\" is none of In, NotIn, Exists, DoesNotExist (manifest-invalid-value)",
	}, append(lines[:11:11], lines[11]))
	require.Len(t, lines, 15)
	for i, field := range []string{"matchExpressions[1]", "matchExpressions[2]", "matchLabels.app"} {
		require.True(t, strings.HasPrefix(lines[12+i], second+"selector.selector."+field+": "), lines[12+i])
	}
	for _, finding := range found {
		if strings.HasPrefix(finding.Field, second+"probes[5]") {
			require.Equal(t, "variables: self", finding.Hint)
		}
	}
}

func TestRulesAreBounded(t *testing.T) {
	t.Parallel()
	const rule = "[1,2,3,4,5,6,7,8].all(a, [1,2,3,4,5,6,7,8].all(b, [1,2,3,4,5,6,7,8].all(c, self.n < a + b + c)))"
	probes := []manifest.AvailabilityProbe{{Probes: []manifest.Probe{{CEL: &manifest.ProbeCEL{Rule: rule}}}}}
	object := map[string]any{"n": int64(1)}

	set, err := probe.Compile(probes, probe.Options{})
	require.NoError(t, err)
	require.Equal(t, probe.Available, set.Check(t.Context(), object).Status)

	set, err = probe.Compile(probes, probe.Options{CostLimit: 100})
	require.NoError(t, err)
	result := set.Check(t.Context(), object)
	require.Equal(t, probe.Result{
		Status: probe.Progressing, Reason: probe.ReasonRuleError,
		Message: "the rule cannot be evaluated: 1:1: costs more than the limit of 100",
	}, result)

	set, err = probe.Compile(probes, probe.Options{})
	require.NoError(t, err)
	done, cancel := context.WithCancel(t.Context())
	cancel()
	require.Equal(t, probe.ReasonRuleError, set.Check(done, object).Reason)
}

func TestTheProbesAreNotKept(t *testing.T) {
	t.Parallel()
	probes := []manifest.AvailabilityProbe{{
		Selector: manifest.ProbeSelector{Kind: &manifest.ProbeSelectorKind{Group: "example.com", Kind: "Widget"}},
		Probes:   []manifest.Probe{{Condition: &manifest.ProbeCondition{Type: "Ready", Status: "True"}}},
	}}
	set, err := probe.Compile(probes, probe.Options{})
	require.NoError(t, err)
	probes[0].Selector.Kind.Kind = "Gadget"
	probes[0].Probes[0].Condition.Type = "Other"
	result := set.Check(t.Context(), map[string]any{"apiVersion": "example.com/v1", "kind": "Widget"})
	require.Equal(t, "condition Ready is not there yet, the status has no conditions", result.Message)
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	cases := readCases(t, probesFile)
	var all []manifest.AvailabilityProbe
	for _, c := range cases {
		all = append(all, c.probes...)
	}
	set, err := probe.Compile(all, probe.Options{})
	require.NoError(t, err)
	var want []probe.Result
	for _, c := range cases {
		want = append(want, set.Check(t.Context(), c.object))
	}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for i, c := range cases {
				if got := set.Check(t.Context(), c.object); got != want[i] {
					t.Errorf("%s: %v, then %v", c.name, want[i], got)
				}
			}
		})
	}
	group.Wait()
}

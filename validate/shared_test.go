package validate_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/validate"
)

// sharedSchema has a property of the type, and the rules.
func sharedSchema(valueType string, rules ...string) map[string]any {
	validations := make([]any, len(rules))
	for i, rule := range rules {
		validations[i] = map[string]any{"rule": rule}
	}
	return map[string]any{
		"type": "object", "x-kubernetes-validations": validations,
		"properties": map[string]any{"value": map[string]any{"type": valueType}},
	}
}

// The text of a rule is the same in schemas that give its property different types.
func TestSharedSchemasAdmitTheSame(t *testing.T) {
	t.Parallel()
	schemas := []map[string]any{
		sharedSchema("integer", "self.value < 3"), sharedSchema("string", "self.value < 3"),
		sharedSchema("integer", "self.value < 5"), sharedSchema("string", "self.value < 'b'"),
		sharedSchema("string", "size(self.value) == 1"), sharedSchema("integer", "size(self.value) == 1"),
		sharedSchema("boolean"), sharedSchema("boolean", "nope"),
	}
	configs := []map[string]any{nil, {"value": 2}, {"value": 4}, {"value": "a"}, {"value": "bb"}, {"value": true}}
	shared := validate.NewShared()
	var group sync.WaitGroup
	for number, content := range schemas {
		want, wantFound := validate.CompileConfigSchema(content, validate.ConfigSchemaOptions{})
		group.Go(func() {
			got, found := validate.CompileConfigSchema(content, validate.ConfigSchemaOptions{Shared: shared})
			if fmt.Sprint(found) != fmt.Sprint(wantFound) || (got == nil) != (want == nil) {
				t.Errorf("schema %d: %v instead of %v", number, found, wantFound)
				return
			}
			for _, config := range configs {
				if got == nil {
					continue
				}
				wantAdmitted, wantFaults := want.Admit(config, packagetypes.RejectUnknownConfig)
				admitted, faults := got.Admit(config, packagetypes.RejectUnknownConfig)
				if fmt.Sprint(admitted, faults) != fmt.Sprint(wantAdmitted, wantFaults) {
					t.Errorf("schema %d, %v: %v %v instead of %v %v", number, config, admitted, faults, wantAdmitted, wantFaults)
				}
			}
		})
	}
	group.Wait()
}

// Limits are those of each schema.
func TestSharedHasNoLimits(t *testing.T) {
	t.Parallel()
	shared := validate.NewShared()
	content := sharedSchema("string", "self.value.matches('^(a+b?)+$')")
	config := map[string]any{"value": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}
	for _, test := range []struct {
		cost int64
		want []string
	}{
		{1, []string{" error config [config-rule-failed]"}}, {0, nil}, {1, []string{" error config [config-rule-failed]"}},
	} {
		limits := packagetypes.Limits{CELCost: test.cost}
		compiled, found := validate.CompileConfigSchema(content, validate.ConfigSchemaOptions{Limits: limits, Shared: shared})
		require.Empty(t, found)
		_, faults := compiled.Admit(config, packagetypes.RejectUnknownConfig)
		require.Equal(t, test.want, summaries(faults))
	}
}

func TestSharedIsMadeOnceAndWhenNeeded(t *testing.T) {
	allocations := func(content map[string]any, shared func() *validate.Shared) float64 {
		return testing.AllocsPerRun(10, func() {
			_, found := validate.CompileConfigSchema(content, validate.ConfigSchemaOptions{Shared: shared()})
			require.Empty(t, found)
		})
	}
	none := func() *validate.Shared { return nil }
	once := validate.NewShared()
	withRule := sharedSchema("integer", "self.value < 3")
	require.Less(t, allocations(withRule, func() *validate.Shared { return once }), allocations(withRule, none)/2)
	// A schema without rules makes nothing of it.
	plain := sharedSchema("integer")
	require.LessOrEqual(t, allocations(plain, validate.NewShared), allocations(plain, none)+1)
}

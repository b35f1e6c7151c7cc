package scaffold_test

import (
	"testing"

	"github.com/google/cel-go/cel"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/author/scaffold"
	"github.com/packstage/packstage/manifest"
)

// A DaemonSet is available when all its pods are ready and of the new template, or, where
// it leaves old pods alone, when they are ready.
func TestProbeOfDaemonSets(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		strategy, status string
		available        bool
	}{
		"ready":              {"{}", `{"desiredNumberScheduled": 2, "numberReady": 2, "updatedNumberScheduled": 2}`, true},
		"old pods":           {"{}", `{"desiredNumberScheduled": 2, "numberReady": 2, "updatedNumberScheduled": 1}`, false},
		"only old pods":      {"{}", `{"desiredNumberScheduled": 2, "numberReady": 2}`, false},
		"pods to come":       {"{}", `{"desiredNumberScheduled": 2, "numberReady": 1, "updatedNumberScheduled": 2}`, false},
		"no nodes":           {"{}", `{"desiredNumberScheduled": 0, "numberReady": 0}`, true},
		"not seen yet":       {"{}", `{}`, false},
		"old pods may stay":  {"{type: OnDelete}", `{"desiredNumberScheduled": 2, "numberReady": 2}`, true},
		"old pods not ready": {"{type: OnDelete}", `{"desiredNumberScheduled": 2, "numberReady": 1}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			made, err := scaffold.Make(t.Context(), scaffold.Input{Objects: read(t,
				"apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: agent, namespace: shop}\nspec: {updateStrategy: "+test.strategy+"}\n")}, scaffold.Options{})
			require.NoError(t, err)
			decoded, found := manifest.Decode("manifest.yaml", made.Files["manifest.yaml"])
			require.Empty(t, found)
			require.Len(t, decoded.Spec.AvailabilityProbes, 1)
			require.Len(t, decoded.Spec.AvailabilityProbes[0].Probes, 1)
			environment, err := cel.NewEnv(cel.Variable("self", cel.DynType))
			require.NoError(t, err)
			ast, issues := environment.Compile(decoded.Spec.AvailabilityProbes[0].Probes[0].CEL.Rule)
			require.NoError(t, issues.Err())
			program, err := environment.Program(ast)
			require.NoError(t, err)
			status := read(t, `{"status": `+test.status+`}`)[0].Content
			available, _, err := program.Eval(map[string]any{"self": status})
			require.NoError(t, err)
			assert.Equal(t, test.available, available.Value())
		})
	}
}

package probe_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/installer/probe"
)

func TestKind(t *testing.T) {
	t.Parallel()
	unprobed, err := probe.Compile(nil, probe.Options{})
	require.NoError(t, err)
	for _, file := range kindFiles(t) {
		for _, c := range readCases(t, file) {
			t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml")+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				before := plain(c.object)
				require.Equal(t, c.want, probe.Kind(c.object))
				require.Equal(t, c.want, unprobed.Check(t.Context(), c.object), "without a probe the kind decides")
				require.Equal(t, before, any(c.object), "the object changed")
			})
		}
	}
}

func TestNothingIsNotAvailable(t *testing.T) {
	t.Parallel()
	want := probe.Result{Status: probe.Progressing, Reason: probe.ReasonNotFound, Message: "does not exist"}
	require.Equal(t, want, probe.Kind(nil))
	for _, options := range []probe.Options{{}, {WithoutKindRules: true}} {
		set, err := probe.Compile(nil, options)
		require.NoError(t, err)
		require.Equal(t, want, set.Check(t.Context(), nil))
	}
}

func TestMessagesAreCut(t *testing.T) {
	t.Parallel()
	result := probe.Kind(map[string]any{"status": map[string]any{"conditions": []any{map[string]any{
		"type": "Ready", "status": strings.Repeat("F", 300), "reason": strings.Repeat("R", 300),
		"message": "one\ttwo\x00three\u202efour " + strings.Repeat("é", 1_000_000),
	}}}})
	require.Equal(t, probe.ReasonConditionUnmet, result.Reason)
	require.Equal(t, "condition Ready is "+strings.Repeat("F", 80)+"…: one two three four "+strings.Repeat("é", 190)+"…", result.Message)
}

package installer_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/clustertest"
	"github.com/packstage/packstage/installer/history"
	"github.com/packstage/packstage/packagetypes"
)

// What the history cannot hold is refused before anything is tried.
func TestTooManyObjects(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	i := installer.New(c, quick())
	instance := phases(t, "# phase all\n"+configMap("a", "1"))
	one := instance.Phases[0].Objects[0]
	for len(instance.Phases[0].Objects) <= history.MaxObjects {
		instance.Phases[0].Objects = append(instance.Phases[0].Objects, one)
	}
	_, err := i.Apply(t.Context(), shop, instance, installer.ApplyOptions{})
	var blocked *installer.BlockedError
	require.ErrorAs(t, err, &blocked)
	require.Equal(t, diagnostic.LimitExceeded, blocked.Diagnostics[0].Code)
	var limit *packagetypes.LimitError
	require.ErrorAs(t, err, &limit)
	require.Equal(t, int64(history.MaxObjects), limit.Max)
	require.ErrorContains(t, err, "20001 is more than 20000")
	plan, err := i.Plan(t.Context(), shop, instance, installer.ApplyOptions{})
	require.NoError(t, err)
	require.True(t, plan.Blocked())
	requireNothingStored(t, c)
	for _, call := range c.Calls() {
		require.NotEqual(t, clustertest.VerbApply, call.Verb)
	}
}

// So is what is too large otherwise, which is known only when it is to be stored.
func TestTooLargeToBeStored(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	instance := phases(t, "# phase all\n"+configMap("a", "1"))
	list := make([]any, 4_000_001)
	for i := range list {
		list[i] = true
	}
	instance.AdmittedConfig = map[string]any{"list": list}
	_, err := installer.New(c, quick()).Apply(t.Context(), shop, instance, installer.ApplyOptions{})
	var blocked *installer.BlockedError
	require.ErrorAs(t, err, &blocked)
	require.ErrorContains(t, err, "ContentValues")
	requireNothingStored(t, c)
}

func requireNothingStored(t *testing.T, c *clustertest.Cluster) {
	t.Helper()
	for name := range c.Snapshot() {
		require.False(t, strings.HasPrefix(name, "Secret ") || strings.HasPrefix(name, "ConfigMap "), name)
	}
}

// Revisions that fail one after the other do not fill the record.
func TestFailedRevisionsAreDropped(t *testing.T) {
	t.Parallel()
	never := func(object *unstructured.Unstructured) int {
		if object.GetKind() == "Deployment" {
			return clustertest.Never
		}
		return 0
	}
	c := clustertest.New(clustertest.WithReadiness(never))
	options := quick()
	options.HistoryLimit, options.PhaseTimeout = 2, time.Millisecond
	i := installer.New(c, options)
	_, err := i.Apply(t.Context(), shop, phases(t, "# phase a\n"+configMap("a", "1")), installer.ApplyOptions{})
	require.NoError(t, err)
	for number := range 9 {
		_, err := i.Apply(t.Context(), shop, phases(t, "# phase a\n"+deployment("web", fmt.Sprint("web:", number))), installer.ApplyOptions{})
		var failed *installer.PhaseError
		require.ErrorAs(t, err, &failed)
		record, err := i.History(t.Context(), shop)
		require.NoError(t, err)
		require.LessOrEqual(t, len(record.Revisions), 5)
		require.Equal(t, number+2, record.Target)
		require.Equal(t, 1, record.Available)
	}
	_, err = i.Rollback(t.Context(), shop, 0, installer.ApplyOptions{})
	require.NoError(t, err)
}

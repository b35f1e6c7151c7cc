package installer_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/clustertest"
	"github.com/packstage/packstage/installer/history"
	"github.com/packstage/packstage/packagetypes"
)

// stuck makes Deployments with an image that contains "broken" never available.
func stuck(object *unstructured.Unstructured) int {
	containers, _, _ := unstructured.NestedSlice(object.Object, "spec", "template", "spec", "containers")
	for _, item := range containers {
		if image, _ := item.(map[string]any)["image"].(string); strings.Contains(image, "broken") {
			return clustertest.Never
		}
	}
	return 0
}

func threePhases(t *testing.T, image, value string) *packagetypes.Instance {
	t.Helper()
	return phases(t, "# phase config\n"+configMap("a", value)+"# phase deploy\n"+deployment("web", image)+"# phase after\n"+configMap("z", value))
}

// impatient are options that give a phase up soon; what is waited for never comes,
// so that the clock decides nothing but how long the test takes.
func impatient() installer.Options {
	options := quick()
	options.PhaseTimeout = 100 * time.Millisecond
	return options
}

func TestFailedUpgradeLeavesLaterPhasesAlone(t *testing.T) {
	t.Parallel()
	c := clustertest.New(clustertest.WithReadiness(stuck))
	i := installer.New(c, impatient())
	_, err := i.Apply(t.Context(), shop, threePhases(t, "nginx:1", "1"), installer.ApplyOptions{})
	require.NoError(t, err)
	before := content(c)

	broken := threePhases(t, "broken:2", "2")
	result, err := i.Apply(t.Context(), shop, broken, installer.ApplyOptions{})
	var failed *installer.PhaseError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, "deploy", failed.Phase)
	require.Len(t, failed.Waiting, 1)
	require.Equal(t, deploymentNamed("web"), failed.Waiting[0].Object)
	require.NotEmpty(t, failed.Waiting[0].Message)
	require.Equal(t, history.StateFailed, result.State)
	require.Equal(t, before["ConfigMap default/z"], content(c)["ConfigMap default/z"], "the phase was not reached")

	record, err := i.History(t.Context(), shop)
	require.NoError(t, err)
	require.Equal(t, 2, record.Target)
	require.Equal(t, 1, record.Available)
	require.Equal(t, history.RevisionFailed, record.Revisions[1].State)
	require.Equal(t, []history.PhaseState{history.PhaseAvailable, history.PhaseFailed, history.PhasePending}, states(record.Revisions[1]))

	// The same again goes on with the same revision.
	result, err = i.Apply(t.Context(), shop, broken, installer.ApplyOptions{})
	require.ErrorAs(t, err, &failed)
	require.Equal(t, 2, result.Revision)

	// What made it fail passes: going on succeeds.
	require.NoError(t, c.Release(deploymentNamed("web")))
	result, err = i.Wait(t.Context(), shop, installer.ApplyOptions{})
	require.NoError(t, err)
	require.Equal(t, 2, result.Revision)
	require.Contains(t, content(c)["ConfigMap default/z"], `"value": "2"`)

	// And back.
	_, err = i.Rollback(t.Context(), shop, 1, installer.ApplyOptions{})
	require.NoError(t, err)
	require.Equal(t, before, content(c))
}

func states(revision history.Revision) []history.PhaseState {
	var all []history.PhaseState
	for _, phase := range revision.Phases {
		all = append(all, phase.State)
	}
	return all
}

// Objects that only a failed revision had are removed by the one after it.
func TestWhatAFailedRevisionBroughtGoes(t *testing.T) {
	t.Parallel()
	c := clustertest.New(clustertest.WithReadiness(stuck))
	i := installer.New(c, impatient())
	good := threePhases(t, "nginx:1", "1")
	_, err := i.Apply(t.Context(), shop, good, installer.ApplyOptions{})
	require.NoError(t, err)
	before := content(c)
	for _, name := range []string{"extra", "more"} { // two failures in a row
		_, err = i.Apply(t.Context(), shop, phases(t, "# phase config\n"+configMap(name, "1")+"# phase deploy\n"+deployment("web", "broken:1")), installer.ApplyOptions{})
		require.Error(t, err)
	}
	require.Contains(t, content(c), "ConfigMap default/extra")
	require.Contains(t, content(c), "ConfigMap default/more")
	require.Contains(t, content(c), "ConfigMap default/a", "it goes only after the new revision is available")
	_, err = i.Apply(t.Context(), shop, good, installer.ApplyOptions{})
	require.NoError(t, err)
	require.Equal(t, before, content(c))
}

func TestAtomicGoesBack(t *testing.T) {
	t.Parallel()
	c := clustertest.New(clustertest.WithReadiness(stuck))
	i := installer.New(c, impatient())
	empty := content(c)
	result, err := i.Apply(t.Context(), shop, threePhases(t, "broken:1", "1"), installer.ApplyOptions{Atomic: true})
	var failed *installer.PhaseError
	require.ErrorAs(t, err, &failed)
	require.True(t, result.RolledBack)
	require.Equal(t, empty, content(c), "there was nothing before, so nothing is left")
	_, err = i.History(t.Context(), shop)
	require.True(t, isGone(err))

	_, err = i.Apply(t.Context(), shop, threePhases(t, "nginx:1", "1"), installer.ApplyOptions{Atomic: true})
	require.NoError(t, err)
	before := content(c)
	result, err = i.Apply(t.Context(), shop, threePhases(t, "broken:2", "2"), installer.ApplyOptions{Atomic: true})
	require.ErrorAs(t, err, &failed)
	require.True(t, result.RolledBack)
	require.Equal(t, 3, result.Revision)
	require.Equal(t, history.StateAvailable, result.State)
	require.Equal(t, before, content(c))
}

func TestWithoutWaiting(t *testing.T) {
	t.Parallel()
	c := clustertest.New(clustertest.WithReadiness(func(*unstructured.Unstructured) int { return clustertest.Never }))
	i := installer.New(c, quick())
	instance := threePhases(t, "nginx:1", "1")
	for range 2 { // calling again goes no further
		result, err := i.Apply(t.Context(), shop, instance, installer.ApplyOptions{NoWait: true})
		require.NoError(t, err)
		require.Equal(t, history.StateProgressing, result.State)
		require.Len(t, result.Waiting, 1)
		require.Equal(t, 1, result.Revision)
	}
	require.NotContains(t, content(c), "ConfigMap default/z")
	require.NoError(t, c.Release(deploymentNamed("web")))
	result, err := i.Apply(t.Context(), shop, instance, installer.ApplyOptions{NoWait: true})
	require.NoError(t, err)
	require.Equal(t, history.StateAvailable, result.State)
	require.Contains(t, content(c), "ConfigMap default/z")
}

func TestPauseStopsARollout(t *testing.T) {
	t.Parallel()
	c := clustertest.New(clustertest.WithReadiness(stuck))
	options := quick()
	began := make(chan struct{})
	options.Observe = func(event installer.Event) {
		if event.Type == installer.EventWaiting {
			close(began)
		}
	}
	ended := make(chan error, 1)
	go func() {
		_, err := installer.New(c, options).Apply(context.Background(), shop, threePhases(t, "broken:1", "1"), installer.ApplyOptions{})
		ended <- err
	}()
	<-began
	i := installer.New(c, quick())
	require.NoError(t, i.Pause(t.Context(), shop, "the night of the sale"))
	var paused *installer.PausedError
	require.ErrorAs(t, <-ended, &paused)
	require.Equal(t, "the night of the sale", paused.Pause.Why)
	require.Equal(t, "tester", paused.Pause.Who)
	_, err := i.Apply(t.Context(), shop, threePhases(t, "nginx:1", "1"), installer.ApplyOptions{})
	require.ErrorAs(t, err, &paused)
	_, err = i.Plan(t.Context(), shop, threePhases(t, "nginx:1", "1"), installer.ApplyOptions{})
	require.ErrorAs(t, err, &paused)
	require.NoError(t, i.Resume(t.Context(), shop))
	_, err = i.Apply(t.Context(), shop, threePhases(t, "nginx:1", "1"), installer.ApplyOptions{})
	require.NoError(t, err)
}

func TestDeletedByHandDuringARollout(t *testing.T) {
	t.Parallel()
	c := clustertest.New(clustertest.WithReadiness(func(*unstructured.Unstructured) int { return 2 }))
	deleted := false
	var warned []string
	options := quick()
	options.Observe = func(event installer.Event) {
		if event.Type == installer.EventWarning {
			warned = append(warned, event.Object.String()+" "+event.Message)
		}
	}
	wrapped := &deleting{Cluster: c, what: deploymentNamed("web"), done: &deleted}
	_, err := installer.New(wrapped, options).Apply(t.Context(), shop, threePhases(t, "nginx:1", "1"), installer.ApplyOptions{})
	require.NoError(t, err)
	require.True(t, deleted)
	require.Contains(t, content(c), "Deployment.apps default/web")
	require.Len(t, warned, 1)
	require.Contains(t, warned[0], "Deployment.apps default/web somebody has deleted it")
}

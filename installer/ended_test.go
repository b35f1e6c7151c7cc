package installer_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/clustertest"
)

// A Job that Kubernetes has removed after its end is not missing, and not run again.
func TestEndedJobsAreNotRunAgain(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	i := installer.New(c, quick())
	job := "apiVersion: batch/v1\nkind: Job\nmetadata: {name: migrate}\nspec:\n  ttlSecondsAfterFinished: 1\n  template: {spec: {restartPolicy: Never, containers: [{name: main, image: migrate}]}}\n"
	first := phases(t, "# phase migrate\n"+job+"# phase config\n"+configMap("a", "1"))
	_, err := i.Apply(t.Context(), shop, first, installer.ApplyOptions{})
	require.NoError(t, err)
	ended := cluster.Reference{Group: "batch", Version: "v1", Kind: "Job", Namespace: "default", Name: "migrate"}
	require.NoError(t, c.Delete(t.Context(), ended, cluster.DeleteOptions{}))
	c.Reset()

	result, err := i.Apply(t.Context(), shop, first, installer.ApplyOptions{})
	require.NoError(t, err)
	require.False(t, result.NewRevision)
	require.Empty(t, writes(c))
	status, err := i.Status(t.Context(), shop)
	require.NoError(t, err)
	require.True(t, status.Healthy())
	drift, err := i.Drift(t.Context(), shop)
	require.NoError(t, err)
	require.Empty(t, drift.Objects)

	_, err = i.Apply(t.Context(), shop, phases(t, "# phase migrate\n"+job+"# phase config\n"+configMap("a", "2")), installer.ApplyOptions{})
	require.NoError(t, err)
	require.Equal(t, []string{"apply ConfigMap default/a"}, writes(c))
}

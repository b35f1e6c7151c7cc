package installer_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/clustertest"
	"github.com/packstage/packstage/installer/history"
)

func TestInstallUpgradeRollbackDelete(t *testing.T) {
	t.Parallel()
	c := clustertest.New()
	i := installer.New(c, quick())
	first := phases(t, "# phase config\n"+configMap("a", "1")+"---\n"+configMap("b", "1")+"# phase deploy\n"+deployment("web", "nginx:1"))
	empty := content(c)

	result, err := i.Apply(t.Context(), shop, first, installer.ApplyOptions{Why: "first"})
	require.NoError(t, err)
	require.Equal(t, 1, result.Revision)
	require.True(t, result.NewRevision)
	require.Equal(t, history.StateAvailable, result.State)
	require.Equal(t, 3, result.Created)
	written := writes(c)
	require.ElementsMatch(t, []string{"apply ConfigMap default/a", "apply ConfigMap default/b"}, written[:2])
	require.Equal(t, "apply Deployment.apps default/web", written[2])
	installed := content(c)

	c.Reset()
	result, err = i.Apply(t.Context(), shop, first, installer.ApplyOptions{})
	require.NoError(t, err)
	require.False(t, result.NewRevision)
	require.Equal(t, 3, result.Unchanged)
	for _, call := range c.Calls() {
		require.False(t, call.Verb.Writes(), "%v", call)
	}

	// b goes, c comes, the image changes, and a moves into another phase.
	second := phases(t, "# phase config\n"+configMap("c", "1")+"# phase deploy\n"+deployment("web", "nginx:2")+"---\n"+configMap("a", "1"))
	c.Reset()
	result, err = i.Apply(t.Context(), shop, second, installer.ApplyOptions{})
	require.NoError(t, err)
	require.Equal(t, []string{"apply ConfigMap default/c", "apply Deployment.apps default/web", "delete ConfigMap default/b"}, writes(c))
	require.Equal(t, 2, result.Revision)
	require.Equal(t, 1, result.Deleted)
	require.Equal(t, 1, result.Unchanged)

	c.Reset()
	result, err = i.Rollback(t.Context(), shop, 0, installer.ApplyOptions{})
	require.NoError(t, err)
	require.Equal(t, 3, result.Revision)
	require.Equal(t, installed, content(c))
	record, err := i.History(t.Context(), shop)
	require.NoError(t, err)
	require.Len(t, record.Revisions, 3)
	require.Equal(t, 1, record.Revisions[2].RollbackTo)
	require.Equal(t, history.RevisionSuperseded, record.Revisions[0].State)
	require.Equal(t, history.RevisionAvailable, record.Revisions[2].State)

	status, err := i.Status(t.Context(), shop)
	require.NoError(t, err)
	require.True(t, status.Healthy())

	c.Reset()
	_, err = i.Delete(t.Context(), shop, installer.DeleteOptions{})
	require.NoError(t, err)
	require.Equal(t, "delete Deployment.apps default/web", writes(c)[0])
	require.Equal(t, empty, content(c))
	for name := range c.Snapshot() {
		require.NotContains(t, name, "packstage.")
	}
	_, err = i.Delete(t.Context(), shop, installer.DeleteOptions{})
	var missing *history.NotFoundError
	require.ErrorAs(t, err, &missing)
}

package installer_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/clustertest"
	"github.com/packstage/packstage/manifest"
)

// A class whose cluster is that of the release gives a package no way out of its
// namespace.
func TestClassOfTheSameClusterKeepsTheScope(t *testing.T) {
	t.Parallel()
	const text = "# phase roles hosted\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: shop}\n"
	own, other := clustertest.New(), clustertest.New()
	for _, test := range []struct {
		hosted  cluster.Cluster
		blocked bool
	}{{own, true}, {other, false}} {
		instance := phases(t, text)
		instance.Scope = manifest.ScopeNamespaced
		options := installer.Options{Clusters: map[string]cluster.Cluster{"hosted": test.hosted}}
		plan, err := installer.New(own, options).Plan(t.Context(), shop, instance, installer.ApplyOptions{})
		require.NoError(t, err)
		require.Equal(t, test.blocked, plan.Blocked())
		if test.blocked {
			require.ErrorIs(t, plan.Diagnostics, diagnostic.ScopeViolation)
		}
	}
}

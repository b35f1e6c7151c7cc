package apigroup_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/apigroup"
)

func TestBuiltIn(t *testing.T) {
	t.Parallel()
	for _, group := range []string{"", "apps", "batch", "rbac.authorization.k8s.io", "apiextensions.k8s.io", "flowcontrol.apiserver.k8s.io"} {
		require.True(t, apigroup.BuiltIn(group), group)
	}
	for _, group := range []string{"shops.example.com", "gateway.networking.k8s.io", "snapshot.storage.k8s.io", "cluster.x-k8s.io", "metrics.k8s.io"} {
		require.False(t, apigroup.BuiltIn(group), group)
	}
}

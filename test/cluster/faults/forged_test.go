package faults_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/dynamiccluster"
	"github.com/packstage/packstage/installer/history"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/test/cluster"
	"github.com/packstage/packstage/test/cluster/kills/journey"
)

func clusterRole(namespace, verb string) string {
	return "# phase one\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: " + namespace + "}\nrules: [{apiGroups: [''], resources: [pods], verbs: [" + verb + "]}]\n"
}

// forge adds a revision to the state of a release, with digests that fit.
func forge(t *testing.T, c *cluster.Cluster, namespace string, instance *packagetypes.Instance) int {
	t.Helper()
	client, err := dynamiccluster.New(c.Config())
	require.NoError(t, err)
	store, release := history.NewStore(client, "intruder"), journey.Release(namespace)
	record, err := store.Load(t.Context(), release)
	require.NoError(t, err)
	revision, err := store.Put(t.Context(), release, record.Next(), &history.Content{Instance: instance}, history.Revision{})
	require.NoError(t, err)
	record.Revisions = append(record.Revisions, revision)
	record.Target, record.Scope = revision.Number, instance.Scope
	require.NoError(t, store.Save(t.Context(), record))
	return revision.Number
}

// Stored state cannot take a release beyond its namespace that was never there, and
// one that is goes back: the labels that the server says the installer has set vouch
// for it.
func TestForgedState(t *testing.T) {
	t.Parallel()
	c := cluster.Shared(t)
	i := at(t, c.Config(), nil)
	namespace := c.CreateNamespace(t, "forged")
	_, err := apply(t, i, instance(t, namespace, small))
	require.NoError(t, err)
	number := forge(t, c, namespace, ofCluster(instance(t, namespace, clusterRole(namespace, "get"))))
	_, err = i.Rollback(t.Context(), journey.Release(namespace), number, installer.ApplyOptions{})
	require.ErrorIs(t, err, diagnostic.ScopeViolation)
	_, err = i.Wait(t.Context(), journey.Release(namespace), installer.ApplyOptions{})
	require.ErrorIs(t, err, diagnostic.ScopeViolation)

	whole := c.CreateNamespace(t, "whole")
	for _, verb := range []string{"get", "list"} {
		_, err := apply(t, i, ofCluster(instance(t, whole, clusterRole(whole, verb))))
		require.NoError(t, err)
	}
	_, err = i.Rollback(t.Context(), journey.Release(whole), 1, installer.ApplyOptions{})
	require.NoError(t, err)
	_, err = i.Delete(t.Context(), journey.Release(whole), installer.DeleteOptions{})
	require.NoError(t, err)
}

package faults_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/history"
	"github.com/packstage/packstage/test/cluster"
	"github.com/packstage/packstage/test/cluster/kills/journey"
)

const recordSecret = "packstage.release.shop"

// installed makes two revisions of small in a namespace of its own.
func installed(t *testing.T, c *cluster.Cluster) (namespace string) {
	t.Helper()
	namespace = c.CreateNamespace(t, "state")
	_, err := journey.Plant(t.Context(), c.Client(), namespace)
	require.NoError(t, err)
	for _, text := range []string{small, smaller} {
		_, err := apply(t, at(t, c.Config(), nil), instance(t, namespace, text))
		require.NoError(t, err)
	}
	requireState(t, c, namespace, history.StateAvailable, 2)
	return namespace
}

func deleteSecret(t *testing.T, c *cluster.Cluster, namespace, name string) {
	t.Helper()
	require.NoError(t, c.Client().Resource(journey.SecretResource).Namespace(namespace).Delete(t.Context(), name, metav1.DeleteOptions{}))
}

// edit replaces a Secret by one with other data, as with kubectl replace --force.
func edit(t *testing.T, c *cluster.Cluster, namespace, name string) {
	t.Helper()
	secret := get(t, c, journey.SecretResource, namespace, name)
	deleteSecret(t, c, namespace, name)
	data, _ := secret.Object["data"].(map[string]any)
	require.NotEmpty(t, data)
	for key := range data {
		data[key] = base64.StdEncoding.EncodeToString([]byte("nonsense"))
	}
	secret.SetResourceVersion("")
	secret.SetUID("")
	secret.SetManagedFields(nil)
	_, err := c.Client().Resource(journey.SecretResource).Namespace(namespace).Create(t.Context(), secret, metav1.CreateOptions{})
	require.NoError(t, err)
}

// requireForeign wants the objects of others in a namespace to be as many as planted.
func requireForeign(t *testing.T, c *cluster.Cluster, namespace string) {
	t.Helper()
	left, err := journey.Planted(t.Context(), c.Client(), namespace)
	require.NoError(t, err)
	require.Len(t, left, 6)
}

func TestRevisionIsDamaged(t *testing.T) {
	t.Parallel()
	c := cluster.Shared(t)
	for name, damage := range map[string]func(t *testing.T, c *cluster.Cluster, namespace, secret string){"edited": edit, "deleted": deleteSecret} {
		t.Run(name+" newest", func(t *testing.T) {
			t.Parallel()
			namespace := installed(t, c)
			damage(t, c, namespace, "packstage.revision.shop.2")
			status, err := at(t, c.Config(), nil).Status(t.Context(), journey.Release(namespace))
			require.NoError(t, err)
			require.Len(t, status.Warnings, 1)
			t.Logf("message: %s", status.Warnings[0])
			require.Contains(t, status.Warnings[0], "packstage.revision.shop.2")
			require.Contains(t, status.Warnings[0], "applied again")
			requireConverges(t, c, instance(t, namespace, smaller), 3)

			damage(t, c, namespace, "packstage.revision.shop.3")
			_, err = at(t, c.Config(), nil).Delete(t.Context(), journey.Release(namespace), installer.DeleteOptions{})
			require.NoError(t, err)
			requireNoRelease(t, c, namespace)
			require.NotContains(t, versions(t, c, namespace), "configmaps a")
			requireForeign(t, c, namespace)
		})
		t.Run(name+" earlier", func(t *testing.T) {
			t.Parallel()
			namespace := installed(t, c)
			damage(t, c, namespace, "packstage.revision.shop.1")
			before := versions(t, c, namespace)
			_, err := at(t, c.Config(), nil).Rollback(t.Context(), journey.Release(namespace), 1, installer.ApplyOptions{})
			var damaged *history.DamagedError
			require.True(t, errors.As(err, &damaged), "%v", err)
			requireSays(t, err, "revision 1", "packstage.revision.shop.1", "applied again")
			require.Equal(t, before, versions(t, c, namespace))
			requireConverges(t, c, instance(t, namespace, smaller), 2)
			requireConverges(t, c, instance(t, namespace, small), 3)
			requireForeign(t, c, namespace)
		})
	}
}

func TestRecordIsLost(t *testing.T) {
	t.Parallel()
	c := cluster.Shared(t)
	namespace := installed(t, c)
	deleteSecret(t, c, namespace, recordSecret)
	status, err := at(t, c.Config(), nil).Status(t.Context(), journey.Release(namespace))
	require.NoError(t, err)
	require.NotEmpty(t, status.Warnings)
	t.Logf("message: %s", status.Warnings[0])
	require.Contains(t, status.Warnings[0], "apply again")
	requireConverges(t, c, instance(t, namespace, smaller), 2)
	requireForeign(t, c, namespace)

	deleteSecret(t, c, namespace, recordSecret)
	_, err = at(t, c.Config(), nil).Delete(t.Context(), journey.Release(namespace), installer.DeleteOptions{})
	require.NoError(t, err)
	requireNoRelease(t, c, namespace)
	for name := range versions(t, c, namespace) {
		require.False(t, strings.Contains(name, "packstage.") || strings.HasSuffix(name, " a"), name)
	}
	requireForeign(t, c, namespace)
}

// A record that is nonsense is nobody's guess: the message says which Secret to delete,
// and after that everything goes on.
func TestRecordIsNonsense(t *testing.T) {
	t.Parallel()
	c := cluster.Shared(t)
	namespace := installed(t, c)
	edit(t, c, namespace, recordSecret)
	before := versions(t, c, namespace)
	_, err := apply(t, at(t, c.Config(), nil), instance(t, namespace, small))
	var damaged *history.DamagedError
	require.True(t, errors.As(err, &damaged), "%v", err)
	requireSays(t, err, recordSecret, "delete that Secret")
	_, err = at(t, c.Config(), nil).Delete(t.Context(), journey.Release(namespace), installer.DeleteOptions{})
	require.True(t, errors.As(err, &damaged), "%v", err)
	require.Equal(t, before, versions(t, c, namespace))
	deleteSecret(t, c, namespace, recordSecret)
	requireConverges(t, c, instance(t, namespace, small), 3)
	requireForeign(t, c, namespace)
}

package installer_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/clustertest"
	"github.com/packstage/packstage/installer/history"
)

// A controller that calls again and again without waiting removes a release with the
// namespace that its state is in: while that goes it says so, and then that the
// release is not there.
func TestDeleteWithoutWaitingUntilTheNamespaceIsGone(t *testing.T) {
	t.Parallel()
	c := clustertest.New(clustertest.WithRemoval(func(object *unstructured.Unstructured) int {
		if object.GetKind() == "Namespace" || object.GetName() == "packstage.release.shop" {
			return clustertest.Never
		}
		return 0
	}))
	i := installer.New(c, quick())
	release := cluster.Release{Namespace: "shop", Name: "shop"}
	require.NoError(t, c.Load(object(t, namespaceShop)))
	_, err := i.Apply(t.Context(), release, phases(t, "# phase base\n"+namespaceShop+"# phase config\n"+inShop), installer.ApplyOptions{Adopt: true})
	require.NoError(t, err)
	namespace := cluster.NewReference(schema.GroupVersionKind{Version: "v1", Kind: "Namespace"}, "", "shop")
	for range 3 {
		result, err := i.Delete(t.Context(), release, installer.DeleteOptions{NoWait: true})
		require.NoError(t, err)
		require.Equal(t, history.StateRemoving, result.State)
		require.Len(t, result.Waiting, 1)
		require.Equal(t, namespace, result.Waiting[0].Object)
	}
	require.NoError(t, c.Release(cluster.Reference{Version: "v1", Kind: "Secret", Namespace: "shop", Name: "packstage.release.shop"}))
	require.NoError(t, c.Release(namespace))
	_, err = i.Delete(t.Context(), release, installer.DeleteOptions{NoWait: true})
	require.True(t, isGone(err), "%v", err)
}

// goneBefore is a cluster in which a namespace that is on its way out, and what is in it, are
// gone before a lease can be made in it.
type goneBefore struct {
	*clustertest.Cluster
	held []cluster.Reference
}

func (g goneBefore) Create(ctx context.Context, object *unstructured.Unstructured, options cluster.WriteOptions) (*unstructured.Unstructured, error) {
	if object.GetKind() == "Lease" {
		for _, reference := range g.held {
			if err := g.Release(reference); err != nil {
				return nil, err
			}
		}
	}
	return g.Cluster.Create(ctx, object, options)
}

// The namespace with the state goes after the state was read: the removal has come to its
// end.
func TestDeleteWhenTheNamespaceGoesMeanwhile(t *testing.T) {
	t.Parallel()
	for name, recordGone := range map[string]bool{"with all that is in it": false, "its record before it": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := clustertest.New(clustertest.WithNamespaceContents(), clustertest.WithRemoval(func(object *unstructured.Unstructured) int {
				if object.GetKind() == "Namespace" || object.GetKind() == "Secret" {
					return clustertest.Never
				}
				return 0
			}))
			release := cluster.Release{Namespace: "shop", Name: "shop"}
			require.NoError(t, c.Load(object(t, namespaceShop)))
			i := installer.New(c, quick())
			_, err := i.Apply(t.Context(), release, phases(t, "# phase base\n"+namespaceShop+"# phase config\n"+inShop), installer.ApplyOptions{Adopt: true})
			require.NoError(t, err)
			_, err = i.Delete(t.Context(), release, installer.DeleteOptions{NoWait: true})
			require.NoError(t, err)
			secret := func(name string) cluster.Reference {
				return cluster.Reference{Version: "v1", Kind: "Secret", Namespace: "shop", Name: name}
			}
			namespace := cluster.NewReference(schema.GroupVersionKind{Version: "v1", Kind: "Namespace"}, "", "shop")
			held := []cluster.Reference{secret("packstage.release.shop"), secret("packstage.revision.shop.1"), namespace}
			if recordGone {
				require.NoError(t, c.Release(held[0]))
				held = held[1:]
			}
			result, err := installer.New(goneBefore{c, held}, quick()).Delete(t.Context(), release, installer.DeleteOptions{})
			require.NoError(t, err)
			require.Empty(t, result.State)
			require.Empty(t, result.Waiting)
		})
	}
}

// While a release is being removed, whoever wants to install it is told so, in every
// way there is.
func TestRemovingIsSaid(t *testing.T) {
	t.Parallel()
	c := clustertest.New(clustertest.WithRemoval(func(object *unstructured.Unstructured) int {
		if object.GetKind() == "ConfigMap" {
			return clustertest.Never
		}
		return 0
	}))
	i := installer.New(c, quick())
	instance := phases(t, "# phase config\n"+configMap("a", "1"))
	_, err := i.Apply(t.Context(), shop, instance, installer.ApplyOptions{})
	require.NoError(t, err)
	for range 2 {
		result, err := i.Delete(t.Context(), shop, installer.DeleteOptions{NoWait: true})
		require.NoError(t, err)
		require.Equal(t, history.StateRemoving, result.State)
		require.Len(t, result.Waiting, 1)
	}
	var removing *installer.RemovingError
	_, err = i.Apply(t.Context(), shop, instance, installer.ApplyOptions{})
	require.ErrorAs(t, err, &removing)
	_, err = i.Wait(t.Context(), shop, installer.ApplyOptions{})
	require.ErrorAs(t, err, &removing)
	_, err = i.Rollback(t.Context(), shop, 1, installer.ApplyOptions{})
	require.ErrorAs(t, err, &removing)
	status, err := i.Status(t.Context(), shop)
	require.NoError(t, err)
	require.Equal(t, history.StateRemoving, status.State)
	require.NoError(t, c.Release(configMapNamed("a")))
	_, err = i.Delete(t.Context(), shop, installer.DeleteOptions{NoWait: true})
	require.NoError(t, err)
	_, err = i.Apply(t.Context(), shop, instance, installer.ApplyOptions{})
	require.NoError(t, err)
}

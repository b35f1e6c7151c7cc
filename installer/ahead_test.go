package installer_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/clustertest"
)

// A removal reads objects before it is their turn. What happens to them in between
// counts all the same.
func TestRemovalNoticesWhatChangesMeanwhile(t *testing.T) {
	t.Parallel()
	label := func(object *unstructured.Unstructured, key, value string) {
		labels := object.GetLabels()
		labels[key] = value
		object.SetLabels(labels)
	}
	for name, test := range map[string]struct {
		before, meanwhile func(t *testing.T, c *clustertest.Cluster)
		stays             bool
	}{
		"label": {meanwhile: func(t *testing.T, c *clustertest.Cluster) {
			t.Helper()
			require.NoError(t, c.Edit(t.Context(), "somebody", configMapNamed("early"), func(o *unstructured.Unstructured) { label(o, cluster.LabelRelease, "other") }))
		}, stays: true},
		"annotation": {meanwhile: func(t *testing.T, c *clustertest.Cluster) {
			t.Helper()
			require.NoError(t, c.Edit(t.Context(), "somebody", configMapNamed("early"), func(o *unstructured.Unstructured) {
				o.SetAnnotations(map[string]string{cluster.AnnotationDeletionPolicy: cluster.DeletionPolicyOrphan})
			}))
		}, stays: true},
		"made again by somebody": {meanwhile: func(t *testing.T, c *clustertest.Cluster) {
			t.Helper()
			require.NoError(t, c.Delete(t.Context(), configMapNamed("early"), cluster.DeleteOptions{}))
			require.NoError(t, c.Load(object(t, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: early, namespace: default}\n")))
		}, stays: true},
		"gone": {meanwhile: func(t *testing.T, c *clustertest.Cluster) {
			t.Helper()
			require.NoError(t, c.Delete(t.Context(), configMapNamed("early"), cluster.DeleteOptions{}))
		}},
		"was going, and is made again": {
			before: func(t *testing.T, c *clustertest.Cluster) {
				t.Helper()
				require.NoError(t, c.Edit(t.Context(), "somebody", configMapNamed("early"), func(o *unstructured.Unstructured) { o.SetFinalizers([]string{"example.com/hold"}) }))
				require.NoError(t, c.Delete(t.Context(), configMapNamed("early"), cluster.DeleteOptions{}))
			},
			meanwhile: func(t *testing.T, c *clustertest.Cluster) {
				t.Helper()
				again, err := c.Get(t.Context(), configMapNamed("early"))
				require.NoError(t, err)
				require.NoError(t, c.Edit(t.Context(), "somebody", configMapNamed("early"), func(o *unstructured.Unstructured) { o.SetFinalizers(nil) }))
				for _, field := range []string{"uid", "resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds", "finalizers", "managedFields", "creationTimestamp"} {
					unstructured.RemoveNestedField(again.Object, "metadata", field)
				}
				require.NoError(t, c.Load(again))
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := clustertest.New()
			options, once := quick(), sync.Once{}
			_, err := installer.New(c, options).Apply(t.Context(), shop, phases(t, "# phase first\n"+configMap("early", "1")+"# phase second\n"+configMap("late", "1")), installer.ApplyOptions{})
			require.NoError(t, err)
			if test.before != nil {
				test.before(t, c)
			}
			options.Observe = func(event installer.Event) {
				if event.Type == installer.EventDeleted && *event.Object == configMapNamed("late") {
					once.Do(func() { test.meanwhile(t, c) })
				}
			}
			_, err = installer.New(c, options).Delete(t.Context(), shop, installer.DeleteOptions{})
			require.NoError(t, err)
			_, stays := content(c)["ConfigMap default/early"]
			require.Equal(t, test.stays, stays)
		})
	}
}

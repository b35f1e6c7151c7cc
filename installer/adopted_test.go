package installer_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/clustertest"
)

// An object of Package Operator that its controllers change at the same time is judged
// again and taken over all the same.
func TestAdoptedWhileItChanges(t *testing.T) {
	t.Parallel()
	var edits atomic.Int64
	var c *clustertest.Cluster
	c = clustertest.New(clustertest.WithFault(func(ctx context.Context, call clustertest.Call) error {
		if call.Verb == clustertest.VerbUpdate && call.Reference.Name == "a" && edits.Add(1) <= 2 {
			return c.Edit(ctx, "controller", configMapNamed("a"), func(object *unstructured.Unstructured) {
				object.SetAnnotations(map[string]string{"seen": fmt.Sprint(edits.Load())})
			})
		}
		return nil
	}))
	require.NoError(t, c.Load(object(t, `apiVersion: v1
kind: ConfigMap
metadata:
  name: a
  namespace: default
  ownerReferences:
  - {apiVersion: package-operator.run/v1alpha1, kind: ObjectSet, name: shop, uid: 11111111-0000-4000-8000-000000000001, controller: true}
data: {value: "0"}
`)))
	result, err := installer.New(c, quick()).Apply(t.Context(), shop, phases(t, "# phase config\n"+configMap("a", "1")), installer.ApplyOptions{Adopt: true})
	require.NoError(t, err)
	require.Equal(t, 1, result.Adopted)
	require.EqualValues(t, 3, edits.Load())
	require.NotContains(t, content(c)["ConfigMap default/a"], "package-operator.run")
}

package installer_test

import (
	"errors"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/clustertest"
	"github.com/packstage/packstage/installer/history"
)

// What is refused only when it is written is explained as before the first write,
// and nothing of a Secret is told.
func TestRefusedInTheMiddle(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"ConfigMap", "Secret"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			var refuse atomic.Bool
			c := clustertest.New(clustertest.WithAdmission(func(object *unstructured.Unstructured) error {
				if refuse.Load() && object.GetName() == "late" {
					return errors.New("the value bHVja3k= is not liked")
				}
				return nil
			}))
			options := quick()
			options.Observe = func(event installer.Event) {
				if event.Type == installer.EventPhase && event.Phase == "second" {
					refuse.Store(true)
				}
			}
			i := installer.New(c, options)
			instance := phases(t, "# phase first\n"+configMap("a", "1")+"# phase second\napiVersion: v1\nkind: "+kind+"\nmetadata: {name: late}\ndata: {key: bHVja3k=}\n# phase third\n"+configMap("z", "1"))
			_, err := i.Apply(t.Context(), shop, instance, installer.ApplyOptions{})
			var failed *installer.PhaseError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, "second", failed.Phase)
			found, ok := diagnostic.From(failed.Cause)
			require.True(t, ok, "%v", err)
			require.Equal(t, "second.yaml", found[0].Position.File)
			if kind == "Secret" {
				require.NotContains(t, err.Error(), "bHVja3k=")
			}
			require.NotContains(t, content(c), "ConfigMap default/z")
			record, err := i.History(t.Context(), shop)
			require.NoError(t, err)
			require.Equal(t, history.StateFailed, record.State)

			refuse.Store(false)
			options.Observe = nil
			result, err := installer.New(c, options).Apply(t.Context(), shop, instance, installer.ApplyOptions{})
			require.NoError(t, err)
			require.Equal(t, 1, result.Revision)
		})
	}
}

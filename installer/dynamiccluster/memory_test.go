package dynamiccluster

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/installer/cluster"
)

// A question that was on its way when the call began must not be what says that
// there is no such kind: its answer may be from before the definition.
func TestOldAnswerDoesNotDeny(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		kind := schema.GroupVersionKind{Group: "example.com", Version: "v1", Kind: "Widget"}
		m := newMemory()
		asking, release := make(chan struct{}), make(chan struct{})
		old := make(chan error)
		go func() {
			_, err := m.find(t.Context(), kind, func(context.Context, schema.GroupVersion) ([]cluster.Kind, error) {
				close(asking)
				<-release
				return nil, nil
			})
			old <- err
		}()
		<-asking // the definition is made here
		found := make(chan error)
		go func() {
			_, err := m.find(t.Context(), kind, func(context.Context, schema.GroupVersion) ([]cluster.Kind, error) {
				return []cluster.Kind{{GroupVersionKind: kind}}, nil
			})
			found <- err
		}()
		synctest.Wait() // the second call waits for the first one's question
		close(release)
		var unknown *cluster.UnknownKindError
		require.ErrorAs(t, <-old, &unknown)
		require.NoError(t, <-found)
	})
}

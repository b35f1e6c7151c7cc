package dynamiccluster

import (
	"context"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"unsafe"
	"weak"

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

// A version is asked for with a part of the text of an object, of which a connection,
// which lives longer, keeps nothing.
func TestKnownVersionsKeepNoText(t *testing.T) {
	t.Parallel()
	m := newMemory()
	ask := func(context.Context, schema.GroupVersion) ([]cluster.Kind, error) {
		return []cluster.Kind{{GroupVersionKind: schema.GroupVersionKind{Group: "example.com", Version: "v1", Kind: "Widget"}}}, nil
	}
	text := func() weak.Pointer[byte] {
		text := "example.com/v1 Widget" + strings.Repeat(" ", 1<<16)
		_, err := m.find(t.Context(), schema.GroupVersionKind{Group: text[:11], Version: text[12:14], Kind: text[15:21]}, ask)
		require.NoError(t, err)
		return weak.Make(unsafe.StringData(text))
	}()
	runtime.GC()
	require.Nil(t, text.Value())
	require.Contains(t, m.known, schema.GroupVersion{Group: "example.com", Version: "v1"})
}

// Whoever comes when the answer has just come takes it: what is known and who asks is
// looked at in one go.
func TestQuestionTakesWhatHasJustBecomeKnown(t *testing.T) {
	t.Parallel()
	kind := schema.GroupVersionKind{Group: "example.com", Version: "v1", Kind: "Widget"}
	m := newMemory()
	asked := 0
	ask := func(context.Context, schema.GroupVersion) ([]cluster.Kind, error) {
		asked++
		return []cluster.Kind{{GroupVersionKind: kind}}, nil
	}
	for range 2 {
		answer, err := m.question(t.Context(), kind, ask)
		require.NoError(t, err)
		require.Len(t, answer.kinds, 1)
		require.Equal(t, 1, asked)
	}
	other := kind.GroupVersion().WithKind("Gadget") // perhaps defined meanwhile
	_, err := m.question(t.Context(), other, ask)
	require.NoError(t, err)
	require.Equal(t, 2, asked)
}

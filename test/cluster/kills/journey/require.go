package journey

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/test/cluster"
)

// settleWithin is how long the controllers of a cluster may take for their part.
const settleWithin = 5 * time.Minute

// RequireObserver makes a cluster ready for operations and returns its observer.
func RequireObserver(t testing.TB, c *cluster.Cluster) *Observer {
	t.Helper()
	RequireStores(t, c.Config().Host, c.Client())
	var seen error
	for limit := time.Now().Add(settleWithin); time.Now().Before(limit); time.Sleep(100 * time.Millisecond) {
		var o *Observer
		if o, seen = NewObserver(t.Context(), c.Config(), c.Client()); seen == nil {
			return o
		}
	}
	t.Fatal(seen)
	return nil
}

// Prepare makes a namespace with objects of others in it and takes the steps before
// the one that is meant.
func Prepare(t testing.TB, c *cluster.Cluster, operation Operation) (namespace string, foreign Foreign) {
	t.Helper()
	namespace = c.CreateNamespace(t, operation.Name)
	foreign, err := Plant(t.Context(), c.Client(), namespace)
	require.NoError(t, err)
	for _, step := range operation.Before {
		require.NoError(t, Run(t.Context(), c.Config(), namespace, step, Options(), false), step)
	}
	return namespace, foreign
}

// RequireSettled waits for the controllers and returns the state of a namespace.
func (o *Observer) RequireSettled(t testing.TB, namespace string) State {
	t.Helper()
	for limit := time.Now().Add(settleWithin); ; time.Sleep(100 * time.Millisecond) {
		state, err := o.State(t.Context(), namespace)
		if err == nil && state.Settled() {
			return state
		}
		if time.Now().After(limit) {
			t.Fatalf("after %s the controllers have not done their part: %v\n%s", settleWithin, err, state.Difference(State{}))
		}
	}
}

// RequireState waits until a namespace has the state that is wanted, without what is
// left out of both, and wants the objects of others to be as they were. It returns the
// state.
func (o *Observer) RequireState(t testing.TB, namespace string, wanted State, foreign Foreign, when string, leftOut ...string) State {
	t.Helper()
	for limit := time.Now().Add(settleWithin); ; time.Sleep(200 * time.Millisecond) {
		state, err := o.State(t.Context(), namespace)
		difference := state.without(leftOut).Difference(wanted.without(leftOut))
		if err == nil && difference == "" {
			left, err := Planted(t.Context(), o.client, namespace)
			require.NoError(t, err)
			require.Equal(t, foreign, left, "%s: objects of others were touched", when)
			return state
		}
		if time.Now().After(limit) {
			t.Fatalf("%s: another state than that of a run that nobody disturbed: %v\n%s", when, err, difference)
		}
	}
}

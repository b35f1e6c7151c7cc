package history_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/clustertest"
	"github.com/packstage/packstage/installer/history"
)

type object = unstructured.Unstructured

// chunk is the size of chunks in the tests of stops: so many calls with chunks as
// large as they are would take long.
const chunk = 2 << 10

// Whatever call a process is killed at, before or after it was carried out: the next
// one makes of it what an undisturbed one would have made.
func TestKilledRollOutConverges(t *testing.T) {
	t.Parallel()
	large, small := content("large", 5*chunk/2), content("small", 10)
	for name, test := range map[string]struct {
		before         []*history.Content
		killed, second *history.Content
	}{
		"first, small":          {nil, small, small},
		"first, large":          {nil, large, large},
		"first, large to small": {nil, large, small},
		"first, small to large": {nil, small, large},
		"third":                 {[]*history.Content{content("one", 2*chunk), content("two", 10)}, large, large},
		"third, to small":       {[]*history.Content{content("one", 2*chunk), content("two", 10)}, large, small},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const limit = 2
			stopped := 0
			for n := 0; ; n++ {
				// Collect makes the state the same, whichever revisions the killed one has left.
				c, k := newCluster(t)
				requireRollOut(t, c, limit, test.before...)
				k.set(n/2, n%2 == 1)
				err := rollOut(t.Context(), newStore(c), test.killed, limit)
				k.set(-2, false)
				if err == nil {
					break
				}
				require.ErrorIs(t, err, errKilled)
				stopped++
				store := newStore(c)
				require.NoError(t, rollOut(t.Context(), store, test.second, limit), "killed at call %d", n)

				// The killed one may have got so far that its revision counts.
				record, err := store.Load(t.Context(), web)
				require.NoError(t, err)
				steps := test.before
				if record.Target > len(test.before)+1 {
					steps = append(steps[:len(steps):len(steps)], test.killed)
				}
				undisturbed, _ := newCluster(t)
				requireRollOut(t, undisturbed, limit, append(steps[:len(steps):len(steps)], test.second)...)
				requireSame(t, undisturbed, c, fmt.Sprint("killed at call ", n))
			}
			require.Greater(t, stopped, 8)
		})
	}
}

// requireSame wants the same Secrets, and says which are not.
func requireSame(t *testing.T, want, got *clustertest.Cluster, message string) {
	t.Helper()
	wanted, found := secrets(t, want), secrets(t, got)
	require.ElementsMatch(t, names(wanted), names(found), message)
	for name := range wanted {
		require.True(t, fmt.Sprint(wanted[name]) == fmt.Sprint(found[name]), "%s: %s is different:\n%s\n%s", message, name, decoded(wanted[name]), decoded(found[name]))
	}
}

func removeRelease(ctx context.Context, store *history.Store) error {
	record, err := store.Load(ctx, web)
	if missing := (*history.NotFoundError)(nil); errors.As(err, &missing) {
		return nil
	}
	if err != nil {
		return err
	}
	return store.Remove(ctx, record)
}

func TestKilledRemovalConverges(t *testing.T) {
	t.Parallel()
	stopped := 0
	for n := 0; ; n++ {
		c, k := newCluster(t)
		foreign := secrets(t, c)
		requireRollOut(t, c, 10, content("one", 3*chunk/2), content("two", 10), content("three", 10))
		k.set(n/2, n%2 == 1)
		err := removeRelease(t.Context(), newStore(c))
		k.set(-2, false)
		if err == nil {
			require.Equal(t, foreign, secrets(t, c))
			break
		}
		require.ErrorIs(t, err, errKilled)
		stopped++

		// Either nothing has gone, or the record says that only it is left to go.
		store := newStore(c)
		record, err := store.Load(t.Context(), web)
		if err == nil && record.Removal == nil {
			for _, revision := range record.Revisions {
				_, err := store.Content(t.Context(), web, revision)
				require.NoError(t, err)
			}
		} else if err == nil {
			require.True(t, record.Removal.Gone)
			require.Equal(t, history.StateRemoving, record.State)
		}
		require.NoError(t, removeRelease(t.Context(), store), "killed at call %d", n)
		require.Equal(t, foreign, secrets(t, c), "killed at call %d", n)
	}
	require.Greater(t, stopped, 12)
}

// An answer that is lost, and the call sent again, as a client does that repeats
// what has failed: nothing of it is a conflict with oneself.
func TestRepeatedCallsAreNoConflict(t *testing.T) {
	t.Parallel()
	c, _ := newCluster(t)
	plain, _ := newCluster(t)
	one, two := content("one", 3*chunk/2), content("two", 10)
	store := newStore(twice{c})
	for _, content := range []*history.Content{one, two} {
		require.NoError(t, rollOut(t.Context(), store, content, 1))
	}
	requireRollOut(t, plain, 1, one, two)
	requireSame(t, plain, c, "each write sent twice")
	require.NoError(t, removeRelease(t.Context(), store))
	require.Len(t, secrets(t, c), 2)
}

// twice sends each write twice, and has only the second answer.
type twice struct{ *clustertest.Cluster }

func (c twice) Create(ctx context.Context, object *object, options cluster.WriteOptions) (*object, error) {
	_, _ = c.Cluster.Create(ctx, object, options)
	return c.Cluster.Create(ctx, object, options)
}

func (c twice) Update(ctx context.Context, object *object, options cluster.WriteOptions) (*object, error) {
	_, _ = c.Cluster.Update(ctx, object, options)
	return c.Cluster.Update(ctx, object, options)
}

func (c twice) Delete(ctx context.Context, reference cluster.Reference, options cluster.DeleteOptions) error {
	_ = c.Cluster.Delete(ctx, reference, options)
	return c.Cluster.Delete(ctx, reference, options)
}

package installer_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/history"
)

// Without a number, too, the same call goes on with a rollback that was broken off,
// and does not go back from where that was going.
func TestRollbackWithoutNumberGoesOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		steps := journeys(t)["upgrade"]
		back := func(ctx context.Context, i *installer.Installer) error {
			_, err := i.Rollback(ctx, shop, 0, installer.ApplyOptions{})
			return err
		}
		wanted, calls := journey(t, append(steps, back), 0, false)
		k := newKillable(false)
		for _, step := range steps {
			require.NoError(t, step(t.Context(), installer.New(k, quick())))
		}
		dying := quick()
		dying.Parallelism = 1
		dying.LeaseDuration = 5 * time.Second // which is how long the next run waits for the dead
		k.lives(calls - 4)                    // the new revision is being rolled out
		require.Error(t, back(t.Context(), installer.New(k, dying)))
		k.lives(0)
		i := installer.New(k, quick())
		record, err := i.History(t.Context(), shop)
		require.NoError(t, err)
		require.Equal(t, history.StateProgressing, record.State)
		require.Equal(t, 3, record.Target)

		require.NoError(t, back(t.Context(), i))
		record, err = i.History(t.Context(), shop)
		require.NoError(t, err)
		require.Equal(t, history.StateAvailable, record.State)
		require.Len(t, record.Revisions, 3)
		require.Equal(t, 1, record.Revisions[2].RollbackTo)
		found := content(k.Cluster)
		delete(found, "ConfigMap default/foreign")
		for name := range wanted {
			if name != "ConfigMap default/foreign" {
				require.Contains(t, found, name)
				require.Equal(t, wanted[name], found[name], name)
			}
		}
	})
}

package installer_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/clustertest"
)

// A record that is so large that phases are not written one by one loses nothing: killed
// at a call, whatever is done next comes to the same cluster as if nothing had been.
func TestKilledWithALargeRecord(t *testing.T) {
	t.Parallel()
	// Each revision has objects that the others do not have, and long texts.
	instance := func(revision int) func(context.Context, *installer.Installer) error {
		var text strings.Builder
		for phase := range 30 {
			object := configMap(fmt.Sprintf("c%d", phase), fmt.Sprint(revision))
			if phase%2 == 1 {
				object = configMap(fmt.Sprintf("r%d-%d", revision, phase), "1")
			}
			fmt.Fprintf(&text, "# phase p%d\n%s", phase, object)
		}
		rendered, long := phases(t, text.String()), strings.Repeat("x", 1000)
		return func(ctx context.Context, i *installer.Installer) error {
			_, err := i.Apply(ctx, shop, rendered, installer.ApplyOptions{Why: long, Reference: long})
			return err
		}
	}
	var before []func(context.Context, *installer.Installer) error
	for revision := range 7 {
		before = append(before, instance(revision))
	}
	c := &counting{Cluster: clustertest.New()}
	for _, step := range before {
		c.reset()
		require.NoError(t, step(t.Context(), installer.New(c, quick())))
	}
	require.Less(t, c.records.Load(), int64(20), "phases are written together")
	type step = func(context.Context, *installer.Installer) error
	rollback := func(ctx context.Context, i *installer.Installer) error {
		_, err := i.Rollback(ctx, shop, 3, installer.ApplyOptions{})
		return err
	}
	removal := func(ctx context.Context, i *installer.Installer) error {
		_, err := i.Delete(ctx, shop, installer.DeleteOptions{})
		return err
	}
	after := func(last step) []step { return append(before[:len(before):len(before)], last) }
	for name, test := range map[string]struct{ killed, then step }{
		"an upgrade, then removed":     {instance(7), removal},
		"an upgrade, then rolled back": {instance(7), rollback},
		"a rollback, then removed":     {rollback, removal},
		"a removal":                    {removal, removal},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				wanted, _ := journey(t, after(test.then), 0, false)
				_, calls := journey(t, after(test.killed), 0, false)
				require.Greater(t, calls, int64(50))
				var runs sync.WaitGroup
				for at := calls / 2; at < calls; at += calls / 5 {
					runs.Go(func() {
						killed := false
						last := func(ctx context.Context, i *installer.Installer) error {
							if killed {
								return test.then(ctx, i)
							}
							killed = true
							return test.killed(ctx, i)
						}
						carriedOut := at/(calls/5)%2 == 0
						found, _ := journey(t, after(last), at, carriedOut)
						same(t, wanted, found, fmt.Sprintf("killed at call %d of %d, carried out: %v", at, calls, carriedOut))
					})
				}
				runs.Wait()
			})
		})
	}
}

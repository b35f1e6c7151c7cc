package installer_test

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/clustertest"
	"github.com/packstage/packstage/installer/history"
)

// crowded is a release of 100 phases of one object that has five revisions, so that its
// record is large.
func crowded(t *testing.T, c *counting, options installer.Options) *installer.Installer {
	t.Helper()
	i := installer.New(c, options)
	for revision := range 5 {
		_, err := i.Apply(t.Context(), shop, many(t, 100, 100, func(int) bool { return revision%2 == 1 }), installer.ApplyOptions{})
		require.NoError(t, err)
	}
	c.reset()
	return i
}

// A record of many revisions with many phases is not written after each of them.
func TestProgressIsWrittenInProportion(t *testing.T) {
	t.Parallel()
	c := &counting{Cluster: clustertest.New()}
	i := installer.New(c, quick())
	_, err := i.Apply(t.Context(), shop, many(t, 100, 100, noneOf), installer.ApplyOptions{})
	require.NoError(t, err)
	require.Equal(t, int64(100), c.records.Load(), "a small record is written after each phase")

	c = &counting{Cluster: clustertest.New()}
	i = crowded(t, c, quick())
	_, err = i.Apply(t.Context(), shop, many(t, 100, 100, allOf), installer.ApplyOptions{})
	require.NoError(t, err)
	require.Less(t, c.records.Load(), int64(40))
	status, err := i.Status(t.Context(), shop)
	require.NoError(t, err)
	for _, phase := range status.Phases {
		require.Equal(t, history.PhaseAvailable, phase.State, phase.Name)
	}
	c.reset()
	_, err = i.Delete(t.Context(), shop, installer.DeleteOptions{})
	require.NoError(t, err)
	require.Less(t, c.records.Load(), int64(40))
}

// What was waited for, and before it what was there already, what may be gone by the next call, and where an operation stops
// without waiting, is written down however large the record is.
func TestProgressThatIsNotSeenOtherwiseIsWritten(t *testing.T) {
	t.Parallel()
	job := "apiVersion: batch/v1\nkind: Job\nmetadata: {name: once}\nspec:\n  ttlSecondsAfterFinished: 0\n  template:\n    spec:\n      restartPolicy: Never\n      containers: [{name: main, image: registry.example.com/once:1}]\n"
	const always = 2 // the beginning and the end
	for name, test := range map[string]struct {
		object  string
		reads   int // until it is available
		options installer.ApplyOptions
		written int64
	}{
		"at once": {configMap("more", "1"), 0, installer.ApplyOptions{}, always},
		"waited":  {deployment("more", "registry.example.com/web:1"), 2, installer.ApplyOptions{}, always + 2},
		"job":     {job, 1, installer.ApplyOptions{}, always + 1},
		"stopped": {deployment("more", "registry.example.com/web:1"), clustertest.Never, installer.ApplyOptions{NoWait: true}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &counting{Cluster: clustertest.New(clustertest.WithReadiness(func(*unstructured.Unstructured) int { return test.reads }))}
			i := crowded(t, c, quick())
			if name == "job" {
				// It is begun, and has ended by the time that counts.
				_, err := i.Apply(t.Context(), shop, phases(t, "# phase more\n"+job), installer.ApplyOptions{NoWait: true})
				require.NoError(t, err)
				_, err = i.Status(t.Context(), shop)
				require.NoError(t, err)
				c.reset()
			}
			text := "# phase first\n" + configMap("first", "1") + "# phase more\n" + test.object + "# phase last\n" + configMap("last", "1")
			_, err := i.Apply(t.Context(), shop, phases(t, text), test.options)
			require.NoError(t, err)
			require.Equal(t, test.written, c.records.Load())
			record, err := i.History(t.Context(), shop)
			require.NoError(t, err)
			newest, _ := record.Revision(record.Target)
			require.Equal(t, history.PhaseAvailable, newest.Phases[0].State)
		})
	}
}

// While something is waited for, others see what: neither the phases before it nor its
// own are behind then.
func TestProgressIsSeenWhileWaiting(t *testing.T) {
	t.Parallel()
	c := &counting{Cluster: clustertest.New(clustertest.WithReadiness(stuck))}
	i := crowded(t, c, quick())
	ctx, interrupt := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	text := "# phase first\n" + configMap("first", "1") + "# phase more\n" + deployment("more", "broken:1") + "# phase last\n" + configMap("last", "1")
	go func() {
		_, err := i.Apply(ctx, shop, phases(t, text), installer.ApplyOptions{})
		ended <- err
	}()
	require.Eventually(t, func() bool {
		record, err := i.History(t.Context(), shop)
		if err != nil {
			return false
		}
		newest, _ := record.Revision(record.Target)
		return len(newest.Phases) == 3 && newest.Phases[0].State == history.PhaseAvailable && newest.Phases[1].State == history.PhaseProgressing
	}, time.Minute, 5*time.Millisecond)
	interrupt()
	require.ErrorIs(t, <-ended, context.Canceled)
}

// The same for a removal.
func TestRemovalIsSeenWhileWaiting(t *testing.T) {
	t.Parallel()
	memory := clustertest.New()
	c := &counting{Cluster: memory}
	i := crowded(t, c, quick())
	hold := func(finalizers ...string) {
		require.NoError(t, memory.Edit(t.Context(), "somebody", configMapNamed("c90"), func(o *unstructured.Unstructured) { o.SetFinalizers(finalizers) }))
	}
	hold("example.com/hold")
	ended := make(chan error, 1)
	go func() {
		_, err := i.Delete(t.Context(), shop, installer.DeleteOptions{})
		ended <- err
	}()
	require.Eventually(t, func() bool {
		record, err := i.History(t.Context(), shop)
		return err == nil && record.Removal != nil && len(record.Removal.Phases) == 10 && record.Removal.Phases[9].State == history.PhaseProgressing
	}, time.Minute, 5*time.Millisecond)
	hold()
	require.NoError(t, <-ended)
}

// pausing is a cluster in which somebody pauses a release while its next revision is
// stored.
type pausing struct {
	cluster.Cluster
	pause func()
}

func (p *pausing) Create(ctx context.Context, object *unstructured.Unstructured, options cluster.WriteOptions) (*unstructured.Unstructured, error) {
	if strings.HasPrefix(object.GetName(), "packstage.revision.") && p.pause != nil {
		p.pause()
	}
	return p.Cluster.Create(ctx, object, options)
}

// A pause is one also where old revisions have just been dropped.
func TestPauseWhileFailedRevisionsAreDropped(t *testing.T) {
	t.Parallel()
	p := &pausing{Cluster: clustertest.New(clustertest.WithReadiness(stuck))}
	options := impatient()
	options.HistoryLimit = 1
	i := installer.New(p, options)
	failing := func(number int) error {
		_, err := i.Apply(t.Context(), shop, threePhases(t, "broken:"+strconv.Itoa(number), "1"), installer.ApplyOptions{})
		return err
	}
	var failed *installer.PhaseError
	for number := range 3 {
		require.ErrorAs(t, failing(number), &failed)
	}
	p.pause = func() { require.NoError(t, i.Pause(t.Context(), shop, "the night of the sale")) }
	var paused *installer.PausedError
	require.ErrorAs(t, failing(3), &paused)
}

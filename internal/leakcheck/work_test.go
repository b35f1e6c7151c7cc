package leakcheck_test

import (
	"context"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/leakcheck"
	"github.com/packstage/packstage/packagebuilder"
	"github.com/packstage/packstage/registry/registrytest"
)

// These tests change the folder for temporary files and look at the whole process,
// so each runs alone.

// TestWork does each stage whole, and then gives up at each of its steps.
func TestWork(t *testing.T) {
	w := newWorkshop(t, nil)
	source := t.TempDir()
	w.fill(t, source)
	_, err := packagebuilder.Push(t.Context(), w.image, []string{w.reference}, w.options)
	require.NoError(t, err)
	for _, stage := range w.stages(source) {
		t.Run(stage.name, func(t *testing.T) {
			before := leakcheck.Take(w.temporary)
			require.NoError(t, stage.run(context.Background()))
			w.requireNothingLeft(t, before)
			cancelled := 0
			for step := int64(0); ; step = step + 1 + step/4 {
				ctx, isOver := endingAfter(step)
				err := stage.run(ctx)
				if !isOver() {
					require.NoError(t, err, "step %d", step)
					break
				}
				if err != nil {
					require.ErrorIs(t, err, context.Canceled, "step %d", step)
					cancelled++
				}
				w.requireNothingLeft(t, before)
			}
			// Sources that only touch memory do not look at the context.
			if stage.name != "load from files" {
				require.Positive(t, cancelled)
			}
			w.requireNothingLeft(t, before)
		})
	}
}

// TestFailingWork does each stage where something breaks in the middle.
func TestFailingWork(t *testing.T) {
	for _, kind := range []registrytest.Kind{
		registrytest.CutConnection, registrytest.CutBody, registrytest.WrongBytes, registrytest.TruncatedManifest,
		registrytest.InternalError, registrytest.LostAnswer, registrytest.LongContentLength, registrytest.RedirectLoop,
	} {
		t.Run(string(kind), func(t *testing.T) {
			w := newWorkshop(t, &registrytest.FaultOptions{Seed: 7, Rate: 0.4, Kinds: []registrytest.Kind{kind}})
			source := t.TempDir()
			w.fill(t, source)
			for range 50 { // until it gets through
				if _, err := packagebuilder.Push(t.Context(), w.image, []string{w.reference}, w.options); err == nil {
					break
				}
			}
			for _, path := range []string{"image.tar", "layout/index.json"} {
				path = filepath.Join(source, path)
				info, err := os.Stat(path)
				require.NoError(t, err)
				require.NoError(t, os.Truncate(path, info.Size()/2))
			}
			w.files["broken.yaml.gotmpl"] = []byte(`{{ fail "broken" }}`)
			before := leakcheck.Take(w.temporary)
			failed := 0
			for range 3 {
				for _, stage := range w.stages(source) {
					if stage.run(context.Background()) != nil {
						failed++
					}
					w.requireNothingLeft(t, before)
				}
			}
			require.Greater(t, failed, 3*4, "hardly anything failed")
		})
	}
}

// repetitions of each stage, and what they may keep together: far less than one
// package each.
const (
	repetitions = 20
	mayKeep     = repetitions * contentBytes / 4
)

// TestMemory does each stage many times.
func TestMemory(t *testing.T) {
	w := newWorkshop(t, nil)
	source := t.TempDir()
	w.fill(t, source)
	_, err := packagebuilder.Push(t.Context(), w.image, []string{w.reference}, w.options)
	require.NoError(t, err)
	for _, stage := range w.stages(source) {
		t.Run(stage.name, func(t *testing.T) {
			state := leakcheck.Take(w.temporary)
			repeat := func(times int) {
				for i := range times {
					ctx, _ := endingAfter([]int64{1 << 40, 12}[i%2]) // every other one is given up
					if err := stage.run(ctx); err != nil {
						require.ErrorIs(t, err, context.Canceled)
					}
					w.empty(t)
				}
			}
			// What is left on its way out may hold a package.
			heap := func() uint64 {
				w.requireNothingLeft(t, state)
				return leakcheck.Heap()
			}
			repeat(4) // what is kept once: caches, pools, connections
			before := heap()
			repeat(repetitions)
			after := heap()
			t.Logf("%d bytes more", int64(after)-int64(before))
			require.Less(t, after, before+mayKeep)
		})
	}
}

// requireNothingLeft empties the folder in which results are, of which those that
// were given up must be none, and looks at everything else.
func (w *workshop) requireNothingLeft(t *testing.T, before leakcheck.State) {
	t.Helper()
	w.client.CloseIdleConnections()
	before.Require(t) // and whatever goes on behind a stage that was given up has ended
	// The connection of a request that was given up closes what it was sending when it
	// notices, a moment after the call has returned.
	require.Eventually(t, func() bool {
		unfinished, err := filepath.Glob(filepath.Join(w.output, "cache", "v1", "temporary", "*"))
		return err == nil && len(unfinished) == 0
	}, time.Minute, 5*time.Millisecond, "unfinished files stay in the cache")
	w.empty(t)
}

// empty removes results, and what a copy that was given up keeps to go on with. Any
// other file is a finding. What was given up may still be closing a file in a cache.
func (w *workshop) empty(t *testing.T) {
	t.Helper()
	entries, err := os.ReadDir(w.output)
	require.NoError(t, err)
	for _, entry := range entries {
		require.Contains(t, []string{"cache", "layout", "image.tar", "copied", "copied.tar", "copied.tar.partial"}, entry.Name(), "a temporary file beside the result")
		path := filepath.Join(w.output, entry.Name())
		require.Eventually(t, func() bool { return os.RemoveAll(path) == nil }, time.Minute, 5*time.Millisecond, path)
	}
}

// endingAfter returns a context that ends after so many looks at it, and whether it
// did.
func endingAfter(looks int64) (context.Context, func() bool) {
	ctx, cancel := context.WithCancel(context.Background())
	ending := &endingContext{Context: ctx, cancel: cancel}
	ending.left.Store(looks)
	return ending, func() bool {
		over := ctx.Err() != nil
		cancel()
		return over
	}
}

type endingContext struct {
	context.Context
	cancel context.CancelFunc
	left   atomic.Int64
}

func (c *endingContext) look() {
	if c.left.Add(-1) == -1 {
		c.cancel()
	}
}

func (c *endingContext) Err() error {
	c.look()
	return c.Context.Err()
}

func (c *endingContext) Done() <-chan struct{} {
	c.look()
	return c.Context.Done()
}

package main

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/benchmark/packageset"
)

// pairsOf makes pairs of processor times.
func pairsOf(times ...[2]time.Duration) pairs {
	var all pairs
	for _, t := range times {
		all = append(all, pair{stage: cost{processor: t[0]}, yardstick: cost{processor: t[1]}})
	}
	return all
}

func TestRatioOfPairs(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		pairs pairs
		want  float64
	}{
		"quiet":                           {pairsOf([2]time.Duration{50, 100}, [2]time.Duration{50, 100}, [2]time.Duration{50, 100}), 0.5},
		"both slower for a while":         {pairsOf([2]time.Duration{50, 100}, [2]time.Duration{150, 300}, [2]time.Duration{150, 300}), 0.5},
		"the stage never undisturbed":     {pairsOf([2]time.Duration{80, 100}, [2]time.Duration{100, 200}, [2]time.Duration{100, 200}), 0.5},
		"the stage mostly more disturbed": {pairsOf([2]time.Duration{50, 100}, [2]time.Duration{90, 120}, [2]time.Duration{95, 120}), 0.5},
		"one pair out of line":            {pairsOf([2]time.Duration{50, 100}, [2]time.Duration{50, 100}, [2]time.Duration{900, 100}), 0.5},
		"really slower":                   {pairsOf([2]time.Duration{60, 100}, [2]time.Duration{120, 200}, [2]time.Duration{61, 100}), 0.6},
		"no yardstick":                    {pairsOf([2]time.Duration{50, 0}), 0},
		"nothing":                         {nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.InDelta(t, test.want, test.pairs.ratio(), 1e-9)
		})
	}
}

func TestFiguresOfPairs(t *testing.T) {
	t.Parallel()
	all := pairs{
		{stage: cost{processor: 50, bytes: 9, allocations: 3}, yardstick: cost{processor: 100, bytes: 1, allocations: 1}},
		{stage: cost{processor: 50, bytes: 10, allocations: 2}, yardstick: cost{processor: 100}},
	}
	assert.Equal(t, guarded{Allocations: 2, Bytes: 9, ProcessorRatio: 0.5}, all.guarded())
	assert.Zero(t, pairs(nil).guarded())
}

func TestQuickest(t *testing.T) {
	t.Parallel()
	assert.InDelta(t, 7, quickest([]float64{7}), 0)
	assert.InDelta(t, 2, quickest([]float64{9, 8, 7, 6, 5, 4, 3, 2, 1, 10}), 0)
}

// spin uses a processor for so long.
func spin(t time.Duration) {
	start, used := time.Now(), processorTime()
	for processorTime()-used < t && (processorTime() > 0 || time.Since(start) < t) { //nolint:revive // that is the work
	}
}

// Both take turns, after a run of each that does not count; preparing does not.
func TestMeasurePairs(t *testing.T) { //nolint:paralleltest // what others allocate meanwhile brings on another run that does not count
	var trace []string
	works := map[string]work{}
	for _, name := range []string{"a", "b"} {
		works[name] = work{
			prepare: func() error { trace = append(trace, "prepare "+name); return nil },
			run:     func() error { trace = append(trace, "run "+name); spin(pairTime); return nil },
		}
	}
	all, err := measurePairs(works["a"], works["b"], 2)
	require.NoError(t, err)
	round := []string{"prepare b", "run b", "prepare a", "run a"}
	assert.Equal(t, append(append(append([]string{}, round...), round...), round...), trace)
	require.Len(t, all, 2)
	assert.Positive(t, all[1].stage.time)

	runs := 0
	short := work{run: func() error { runs++; spin(100 * time.Microsecond); return nil }}
	all, err = measurePairs(short, work{}, 1)
	require.NoError(t, err)
	assert.GreaterOrEqual(t, runs, 2, "one does not count")
	assert.Zero(t, all[0].yardstick)
	assert.Zero(t, all.ratio())

	broken := errors.New("broken")
	fails, cannotPrepare := work{run: func() error { return broken }}, short
	cannotPrepare.prepare = fails.run
	for _, w := range []work{fails, cannotPrepare} {
		_, err = measurePairs(short, w, 1)
		require.ErrorIs(t, err, broken)
		_, err = measurePairs(w, short, 1)
		require.ErrorIs(t, err, broken)
	}
}

// The quickest part counts, and the mean of what is allocated.
func TestCostOfRun(t *testing.T) {
	t.Parallel()
	parts := []part{
		{cost{time: 500, processor: 400, bytes: 1000, allocations: 10}, 1},
		{cost{time: 900, processor: 300, bytes: 3000, allocations: 30}, 3},
		{cost{time: 400, processor: 200, bytes: 2000, allocations: 20}, 1},
	}
	assert.Equal(t, cost{time: 300, processor: 100, bytes: 1200, allocations: 12}, costOfRun(parts))
	unknown := []part{{cost{time: 500}, 1}, {cost{time: 400}, 1}}
	assert.Equal(t, cost{time: 400}, costOfRun(unknown))
}

func TestSpread(t *testing.T) {
	t.Parallel()
	var documents [][]byte
	for i := range 10 {
		documents = append(documents, bytes.Repeat([]byte{byte('0' + i)}, 100))
	}
	assert.Len(t, spread(documents, 2000), 10)
	assert.Equal(t, [][]byte{documents[0], documents[5]}, spread(documents, 200))
	assert.Equal(t, documents[:1], spread(documents, 1))
	assert.Empty(t, spread(nil, 1))
}

// What is really measured has every figure.
func TestMeasuredSet(t *testing.T) {
	t.Parallel()
	set, err := openMeasuredSet(t.Context(), packageset.Names()[0])
	require.NoError(t, err)
	defer func() { require.NoError(t, set.close()) }()
	for _, s := range setStages {
		all, err := set.pairs(s.name, 1)
		require.NoError(t, err, s.name)
		g := all.guarded()
		assert.Positive(t, g.Allocations, s.name)
		assert.Positive(t, g.Bytes, s.name)
		if s.name == "push" || s.name == "pull" {
			assert.Zero(t, g.ProcessorRatio, s.name)
		} else if processorTime() > 0 {
			assert.Positive(t, g.ProcessorRatio, s.name)
		}
	}
	_, err = set.pairs("none", 1)
	require.ErrorContains(t, err, `no stage "none"`)
	_, err = openMeasuredSet(context.Background(), "none")
	require.ErrorContains(t, err, `no set "none"`)
}

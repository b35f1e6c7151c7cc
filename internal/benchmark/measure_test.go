package main

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMedian(t *testing.T) {
	t.Parallel()
	same := func(n int64) int64 { return n }
	assert.Equal(t, int64(3), median([]int64{9, 3, 1}, same))
	assert.Equal(t, int64(4), median([]int64{9, 5, 3, 1}, same))
	assert.Equal(t, int64(7), median([]int64{7}, same))
}

func TestParseRounds(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]rounds{"5x": {count: 5}, "2s": {time: 2 * time.Second}} {
		got, err := parseRounds(text)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
	for _, text := range []string{"", "x", "0x", "-1x", "5", "-2s", "0s"} {
		_, err := parseRounds(text)
		assert.Error(t, err, text)
	}
}

// The ratio is that of each round: a round in which everything takes ten times
// as long does not show in it.
func TestRatioIsPaired(t *testing.T) {
	t.Parallel()
	s := series{
		"stage":    {{time: 10, bytes: 100}, {time: 100, bytes: 100}, {time: 12, bytes: 100}},
		"baseline": {{time: 20, bytes: 50}, {time: 200, bytes: 50}, {time: 20, bytes: 50}},
	}
	assert.InDelta(t, 0.5, s.timeRatio("stage", "baseline"), 1e-9)
	assert.InDelta(t, 2, s.bytesRatio("stage", "baseline"), 1e-9)
	assert.Equal(t, cost{time: 12, bytes: 100}, s.cost("stage"))
}

func TestMeasure(t *testing.T) {
	t.Parallel()
	var trace []string
	works := map[string]work{}
	for _, name := range []string{"a", "b"} {
		works[name] = work{
			prepare: func() error { trace = append(trace, "prepare "+name); return nil },
			run: func() error {
				trace = append(trace, "run "+name)
				time.Sleep(sampleTime)
				return nil
			},
		}
	}
	measured, err := measure([]string{"a", "b"}, works, rounds{count: 2})
	require.NoError(t, err)
	round := []string{"prepare a", "run a", "prepare b", "run b"}
	assert.Equal(t, append(append(append([]string{}, round...), round...), round...), trace, "a first round that does not count, and two")
	assert.Len(t, measured["a"], 2)
	assert.GreaterOrEqual(t, measured.cost("b").time, sampleTime)

	broken := errors.New("broken")
	_, err = measure([]string{"a"}, map[string]work{"a": {run: func() error { return broken }}}, rounds{count: 1})
	require.ErrorIs(t, err, broken)
	_, err = measure([]string{"a"}, map[string]work{"a": {prepare: func() error { return broken }}}, rounds{count: 1})
	require.ErrorIs(t, err, broken)
}

func TestRepeatedRunsCountOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // or a sleep could be as long as a sample
		runs := 0
		c, err := work{run: func() error { runs++; time.Sleep(time.Millisecond); return nil }}.sample()
		require.NoError(t, err)
		assert.Equal(t, int(sampleTime/time.Millisecond), runs)
		assert.Equal(t, time.Millisecond, c.time)
	})
}

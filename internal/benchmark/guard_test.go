package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/benchmark/packageset"
)

func TestRegressions(t *testing.T) {
	t.Parallel()
	stored := guarded{Allocations: 1000, Bytes: 50_000, ProcessorRatio: 0.5}
	for name, test := range map[string]struct {
		measured guarded
		want     []string
	}{
		"the same":             {stored, nil},
		"better":               {guarded{10, 500, 0.1}, nil},
		"at the tolerance":     {guarded{1100, 55_000, 0.65}, nil},
		"more allocations":     {guarded{1101, 50_000, 0.5}, []string{"a/cold: allocations went from 1000 to 1101, by 10 %; 10 % are allowed"}},
		"more bytes":           {guarded{1000, 60_000, 0.5}, []string{"a/cold: allocated bytes went from 50000 to 60000, by 20 %; 10 % are allowed"}},
		"more processor time":  {guarded{1000, 50_000, 0.7}, []string{"a/cold: processor time over that of the baseline went from 0.50 to 0.70, by 40 %; 30 % are allowed"}},
		"no time to be had":    {guarded{1000, 50_000, 0}, nil},
		"everything is double": {guarded{2000, 100_000, 1}, []string{"a/cold: allocations", "a/cold: allocated bytes", "a/cold: processor time"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := regressions(map[string]guarded{"a/cold": stored}, map[string]guarded{"a/cold": test.measured})
			require.Len(t, found, len(test.want))
			for i, want := range test.want {
				assert.True(t, strings.HasPrefix(found[i].String(), want), found[i])
			}
		})
	}
}

func TestRegressionsOfOneSide(t *testing.T) {
	t.Parallel()
	found := regressions(map[string]guarded{"b/gone": {}}, map[string]guarded{"a/new": {}})
	require.Len(t, found, 2)
	assert.Equal(t, "a/new: the figure is not stored", found[0].String())
	assert.Equal(t, "b/gone: the figure is stored, and no longer measured", found[1].String())
	assert.False(t, onlyRatios(found))
	assert.False(t, onlyRatios(nil))
	assert.True(t, onlyRatios([]regression{{ratio: true}}))
	assert.False(t, onlyRatios([]regression{{ratio: true}, {}}))
}

// A round in which everything was slow, and one in which one side was, change nothing.
func TestGuardTakesTheLeast(t *testing.T) {
	t.Parallel()
	s := series{
		"cold":       {{processor: 50, bytes: 9, allocations: 3}, {processor: 500, bytes: 10, allocations: 2}, {processor: 52, bytes: 11, allocations: 4}},
		baselineYAML: {{processor: 190}, {processor: 1000}, {processor: 100}},
		"push":       {{processor: 50, bytes: 1, allocations: 1}},
		"crane":      {{processor: 50}},
	}
	assert.Equal(t, guarded{Allocations: 2, Bytes: 9, ProcessorRatio: 0.5}, s.guardedOf(stage{"cold", baselineYAML}))
	assert.Equal(t, guarded{Allocations: 1, Bytes: 1}, s.guardedOf(stage{"push", "crane"}))
}

// madeUp measures what each attempt says: allocations, and the processor time of
// every stage over a baseline of 100.
type madeUp struct {
	allocations int64
	processor   []time.Duration
	calls       map[string]int
}

func (m *madeUp) measure(_ context.Context, set string, stages []string) (series, error) {
	if m.calls == nil {
		m.calls = map[string]int{}
	}
	attempt := min(m.calls[set], len(m.processor)-1)
	m.calls[set]++
	s := series{}
	for _, name := range orderOf(setStages, stages) {
		s[name] = []cost{{processor: 100, bytes: 1000, allocations: m.allocations}}
	}
	for _, stage := range setStages {
		if chosen(stages, stage.name) {
			s[stage.name][0].processor = m.processor[attempt]
		}
	}
	return s, nil
}

func TestGuard(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "guard.json")
	require.NoError(t, updateGuard(t.Context(), path, (&madeUp{allocations: 100, processor: []time.Duration{50}}).measure, io.Discard))
	check := func(m *madeUp) (string, error) {
		var out strings.Builder
		err := checkGuard(t.Context(), path, m.measure, &out, io.Discard)
		return out.String(), err
	}

	_, err := check(&madeUp{allocations: 100, processor: []time.Duration{50}})
	require.NoError(t, err)

	noisy := &madeUp{allocations: 100, processor: []time.Duration{90, 80, 55}}
	_, err = check(noisy)
	require.NoError(t, err, "the noise goes away")
	assert.Equal(t, 3, noisy.calls["nginx"])

	slower := &madeUp{allocations: 100, processor: []time.Duration{90}}
	out, err := check(slower)
	require.Error(t, err)
	assert.Contains(t, out, "large/cold: processor time over that of the baseline went from 0.50 to 0.90")
	assert.NotContains(t, out, "large/push", "times of transfers are not compared")
	assert.Equal(t, mostAttempts, slower.calls["nginx"])

	larger := &madeUp{allocations: 120, processor: []time.Duration{50}}
	out, err = check(larger)
	require.ErrorContains(t, err, "24 figures are worse")
	assert.Contains(t, out, "nginx/push: allocations went from 100 to 120")
	assert.Equal(t, 1, larger.calls["nginx"], "allocations are not measured until they fit")

	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, []byte(strings.Replace(string(content), `"crds/warm"`, `"gone/warm"`, 1)), 0o600))
	out, err = check(&madeUp{allocations: 100, processor: []time.Duration{50}})
	require.Error(t, err)
	assert.Contains(t, out, "gone/warm: the figure is stored, and no longer measured")
	assert.Contains(t, out, "crds/warm: the figure is not stored")

	failing := func(context.Context, string, []string) (series, error) { return nil, errors.New("broken") }
	require.ErrorContains(t, checkGuard(t.Context(), path, failing, io.Discard, io.Discard), "broken")
	require.Error(t, checkGuard(t.Context(), path+".missing", failing, io.Discard, io.Discard))
}

// What is really measured has every figure.
func TestGuardMeasures(t *testing.T) {
	t.Parallel()
	measured, err := measureGuarded(t.Context(), packageset.Names()[0], []string{"warm", "build"}, 1)
	require.NoError(t, err)
	for _, s := range setStages {
		if s.name != "warm" && s.name != "build" {
			continue
		}
		g := measured.guardedOf(s)
		assert.Positive(t, g.Allocations, s.name)
		assert.Positive(t, g.Bytes, s.name)
		if processorTime() > 0 {
			assert.Positive(t, g.ProcessorRatio, s.name)
		}
	}
}

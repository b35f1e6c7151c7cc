package main

import (
	"bytes"
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
		"at the tolerance":     {guarded{1100, 55_000, 0.55}, nil},
		"more allocations":     {guarded{1101, 50_000, 0.5}, []string{"a/cold: allocations went from 1000 to 1101, by 10 %; 10 % are allowed"}},
		"more bytes":           {guarded{1000, 60_000, 0.5}, []string{"a/cold: allocated bytes went from 50000 to 60000, by 20 %; 10 % are allowed"}},
		"more processor time":  {guarded{1000, 50_000, 0.56}, []string{"a/cold: the ratio of processor times went from 0.5 to 0.56, by 12 %; 10 % are allowed"}},
		"no time to be had":    {guarded{1000, 50_000, 0}, nil},
		"everything is double": {guarded{2000, 100_000, 1}, []string{"a/cold: allocations", "a/cold: allocated bytes", "a/cold: the ratio of"}},
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
	assert.False(t, areAll(found, slower))
	assert.False(t, areAll(nil, slower))
	assert.True(t, areAll([]regression{{kind: slower}}, slower))
	assert.False(t, areAll([]regression{{kind: slower}, {kind: allocating}}, slower))
	assert.True(t, areAll([]regression{{kind: slower}, {kind: allocating}}, slower, allocating))
	assert.False(t, areAll([]regression{{kind: slower}, {}}, slower, allocating))
}

func TestThreeDigits(t *testing.T) {
	t.Parallel()
	for value, want := range map[float64]float64{0: 0, 0.00123456: 0.00123, 0.9996: 1, 2.345: 2.35, 12.34: 12.3, 1234: 1230} {
		assert.InDelta(t, want, threeDigits(value), 1e-9, value)
	}
}

// madeUp is a set of which each stage allocates so much and has these ratios: of the
// first pairs that are measured of a stage, then of the next, then the last always.
type madeUp struct {
	allocations int64
	ratios      []float64
	// calls and counted pairs by set and stage.
	calls, counted map[string]int
	closed         int
}

func (m *madeUp) open(_ context.Context, name string) (guardSet, error) {
	if m.calls == nil {
		m.calls, m.counted = map[string]int{}, map[string]int{}
	}
	return madeUpSet{m, name}, nil
}

type madeUpSet struct {
	*madeUp
	name string
}

func (m madeUpSet) pairs(stage string, count int) (pairs, error) {
	figure := m.name + "/" + stage
	ratio := m.ratios[min(m.calls[figure], len(m.ratios)-1)]
	m.calls[figure]++
	m.counted[figure] += count
	p := pair{stage: cost{processor: time.Duration(1000 * ratio), bytes: 1000, allocations: m.allocations}, yardstick: cost{processor: 1000}}
	if stage == "push" || stage == "pull" {
		p.yardstick = cost{}
	}
	all := make(pairs, count)
	for i := range all {
		all[i] = p
	}
	return all, nil
}

func (m madeUpSet) close() error { m.closed++; return nil }

func TestGuard(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "guard.json")
	require.NoError(t, updateGuard(t.Context(), path, (&madeUp{allocations: 100, ratios: []float64{0.5}}).open, io.Discard))
	check := func(m *madeUp) (string, error) {
		var out strings.Builder
		err := checkGuard(t.Context(), path, m.open, &out, io.Discard)
		return out.String(), err
	}

	same := &madeUp{allocations: 100, ratios: []float64{0.54}}
	_, err := check(same)
	require.NoError(t, err)
	assert.Equal(t, fewPairs, same.counted["nginx/cold"])
	assert.Equal(t, allocationPairs, same.counted["nginx/push"])
	assert.Equal(t, len(packageset.Names()), same.closed)

	noisy := &madeUp{allocations: 100, ratios: []float64{0.9, 0.7, 0.52}}
	_, err = check(noisy)
	require.NoError(t, err, "the noise goes away")
	assert.Equal(t, 3, noisy.calls["nginx/cold"])
	assert.Equal(t, 4*fewPairs, noisy.counted["nginx/cold"])

	slower := &madeUp{allocations: 100, ratios: []float64{0.57}}
	out, err := check(slower)
	require.ErrorContains(t, err, "16 figures are worse")
	require.ErrorAs(t, err, new(*undecidedError), "times alone")
	assert.Contains(t, out, "large/cold: the ratio of processor times went from 0.5 to 0.57, by 14 %")
	assert.NotContains(t, out, "large/push", "times of transfers are not compared")
	assert.Equal(t, mostPairs, slower.counted["nginx/cold"])

	larger := &madeUp{allocations: 120, ratios: []float64{0.5}}
	out, err = check(larger)
	require.ErrorContains(t, err, "24 figures are worse")
	require.NotErrorAs(t, err, new(*undecidedError), "allocations, too")
	assert.Contains(t, out, "nginx/push: allocations went from 100 to 120")
	assert.Equal(t, 1, larger.calls["nginx/cold"], "allocations are not measured until they fit")
}

// A file that does not fit the stages says so.
func TestGuardFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "guard.json")
	same := &madeUp{allocations: 100, ratios: []float64{0.5}}
	require.NoError(t, updateGuard(t.Context(), path, same.open, io.Discard))
	content, err := os.ReadFile(path)
	require.NoError(t, err)

	replace := func(old, replacement string) {
		require.Contains(t, string(content), old)
		require.NoError(t, os.WriteFile(path, []byte(strings.Replace(string(content), old, replacement, 1)), 0o600))
	}
	replace(`"crds/warm"`, `"gone/warm"`)
	var out strings.Builder
	require.Error(t, checkGuard(t.Context(), path, same.open, &out, io.Discard))
	assert.Contains(t, out.String(), "gone/warm: the figure is stored, and no longer measured")
	assert.Contains(t, out.String(), "crds/warm: the figure is not stored")

	replace(`"schemaVersion": 3`, `"schemaVersion": 1`)
	require.ErrorContains(t, checkGuard(t.Context(), path, same.open, io.Discard, io.Discard), "version 1 of its form, and this is 3")

	// Ratios of another processor say nothing here; allocations do.
	replace(`"processor": "`, `"processor": "another `)
	slower := &madeUp{allocations: 100, ratios: []float64{0.9}}
	out.Reset()
	err = checkGuard(t.Context(), path, slower.open, &out, io.Discard)
	require.ErrorAs(t, err, new(*undecidedError))
	require.ErrorContains(t, err, "its ratios are of another processor (another ")
	assert.Equal(t, fewPairs, slower.counted["nginx/cold"])
	larger := &madeUp{allocations: 120, ratios: []float64{0.5}}
	err = checkGuard(t.Context(), path, larger.open, io.Discard, io.Discard)
	require.ErrorContains(t, err, "24 figures are worse")
	require.NotErrorAs(t, err, new(*undecidedError), "allocations are what they are")

	// With another Go, or on another system, they may be what they were.
	for _, field := range []string{"goVersion", "platform"} {
		replace(`"`+field+`": "`, `"`+field+`": "another `)
		out.Reset()
		err = checkGuard(t.Context(), path, larger.open, &out, io.Discard)
		require.ErrorAs(t, err, new(*undecidedError))
		require.ErrorContains(t, err, "24 figures are worse")
		assert.Contains(t, out.String(), "another ")
		require.NoError(t, checkGuard(t.Context(), path, same.open, io.Discard, io.Discard))
	}
	content = bytes.Replace(content, []byte(`"crds/warm"`), []byte(`"gone/warm"`), 1)
	replace(`"goVersion": "`, `"goVersion": "another `)
	err = checkGuard(t.Context(), path, larger.open, io.Discard, io.Discard)
	require.ErrorContains(t, err, "25 figures are worse", "one of them is not measured, and one not stored")
	require.NotErrorAs(t, err, new(*undecidedError))

	failing := func(context.Context, string) (guardSet, error) { return nil, errors.New("broken") }
	require.NoError(t, os.WriteFile(path, content, 0o600))
	require.ErrorContains(t, checkGuard(t.Context(), path, failing, io.Discard, io.Discard), "broken")
	require.Error(t, checkGuard(t.Context(), path+".missing", failing, io.Discard, io.Discard))
}

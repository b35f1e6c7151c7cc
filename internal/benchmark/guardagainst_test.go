package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/internal/benchmark/packageset"
)

// always answers each request with the same cost, and notes who was asked.
func always(c cost, name string, trace *[]string) func(sampleRequest) (cost, error) {
	return func(request sampleRequest) (cost, error) {
		if request == (sampleRequest{"nginx", "cold"}) {
			*trace = append(*trace, name)
		}
		return c, nil
	}
}

func TestCheckAgainst(t *testing.T) {
	t.Parallel()
	before := cost{processor: 1000, bytes: 500, allocations: 100}
	for name, test := range map[string]struct {
		now     cost
		want    string
		message string
		pairs   int
	}{
		"the same":         {before, "nothing got worse\n", "", fewPairs},
		"at the tolerance": {cost{processor: 1100, bytes: 550, allocations: 110}, "nothing got worse\n", "", fewPairs},
		"slower":           {cost{processor: 1150, bytes: 500, allocations: 100}, "large/cold: the ratio of processor times went from 1 to 1.15, by 15 %; 10 % are allowed\n", "16 figures are worse", mostProcesses * mostPairs},
		"more":             {cost{processor: 1000, bytes: 500, allocations: 120}, "nginx/push: allocations went from 100 to 120, by 20 %; 10 % are allowed\n", "24 figures are worse", fewPairs},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var trace []string
			var out strings.Builder
			err := checkAgainst(t.Context(), inOneProcess(func(_ context.Context, set string) (guardSet, error) {
				return twoSides{set, always(before, "before", &trace), always(test.now, "now", &trace)}, nil
			}), &out, io.Discard)
			assert.Contains(t, out.String(), test.want)
			assert.NotContains(t, out.String(), "large/push: the ratio", "times of transfers are not compared")
			if test.message == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, test.message)
			}
			assert.Len(t, trace, 2*test.pairs)
			assert.Equal(t, []string{"before", "now", "now", "before"}, trace[:4])
		})
	}

	broken := func(sampleRequest) (cost, error) { return cost{}, errors.New("broken") }
	for _, set := range []twoSides{{"nginx", broken, always(before, "", new([]string))}, {"nginx", always(before, "", new([]string)), broken}} {
		err := checkAgainst(t.Context(), inOneProcess(func(context.Context, string) (guardSet, error) { return set, nil }), io.Discard, io.Discard)
		require.ErrorContains(t, err, "broken")
	}
}

// inOneProcess compares in this one.
func inOneProcess(open openGuardSet) func(context.Context, func(openGuardSet) error) error {
	return func(_ context.Context, compare func(openGuardSet) error) error { return compare(open) }
}

// What is slower in some processes only is not, and nothing else is measured again.
func TestCheckAgainstInNewProcesses(t *testing.T) {
	t.Parallel()
	equal := cost{processor: 1000, bytes: 500, allocations: 100}
	for name, test := range map[string]struct {
		slow    []sampleRequest // in one pair of processes after the other
		asked   []int           // how many stages were measured in each
		message string
	}{
		"once":              {[]sampleRequest{{"nginx", "cold"}, {}}, []int{24, 1}, ""},
		"twice":             {[]sampleRequest{{"crds", "warm"}, {"crds", "warm"}, {}}, []int{24, 1, 1}, ""},
		"another each time": {[]sampleRequest{{"crds", "warm"}, {"nginx", "cold"}}, []int{24, 1}, ""},
		"always":            {[]sampleRequest{{"large", "build"}, {"large", "build"}, {"large", "build"}}, []int{24, 1, 1}, "1 figures are worse"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked []int
			err := checkAgainst(t.Context(), func(_ context.Context, compare func(openGuardSet) error) error {
				slow := test.slow[len(asked)]
				stages := map[sampleRequest]int{}
				defer func() {
					asked = append(asked, len(stages))
					if len(asked) > 1 {
						assert.Equal(t, mostPairs, slices.Max(slices.Collect(maps.Values(stages))))
					}
				}()
				return compare(func(_ context.Context, set string) (guardSet, error) {
					before := func(sampleRequest) (cost, error) { return equal, nil }
					now := func(request sampleRequest) (cost, error) {
						stages[request]++
						if request == slow {
							return cost{processor: 1200, bytes: 500, allocations: 100}, nil
						}
						return equal, nil
					}
					return twoSides{set, before, now}, nil
				})
			}, io.Discard, io.Discard)
			assert.Equal(t, test.asked, asked)
			if test.message == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, test.message)
			}
		})
	}
}

// What a process says at its end counts.
func TestSamplersMustEndWell(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("false")
	if err != nil {
		return // not on this system
	}
	err = withSamplers(t.Context(), program, program, io.Discard, func(openGuardSet) error { return nil })
	require.ErrorContains(t, err, "exit status 1")
}

// What a sampler is asked for is measured, by the set's name and the stage's, and what
// there is none of is an error and not the end.
func TestSampler(t *testing.T) {
	t.Parallel()
	questions, requests := io.Pipe()
	replies, answers := io.Pipe()
	end := make(chan error, 1)
	go func() { end <- errors.Join(answerSamples(t.Context(), questions, answers), answers.Close()) }()
	s := &sampler{program: "the program", requests: requests, answers: json.NewDecoder(replies)}

	set := packageset.Names()[0]
	for _, stage := range []string{"warm", "compile", "push", "warm"} {
		c, err := s.sample(sampleRequest{set, stage})
		require.NoError(t, err)
		assert.Positive(t, c.allocations, stage)
		assert.Positive(t, c.bytes, stage)
		assert.Positive(t, c.time, stage)
	}
	_, err := s.sample(sampleRequest{set, "none"})
	require.ErrorContains(t, err, `the program: there is no stage "none"`)
	_, err = s.sample(sampleRequest{"none", "warm"})
	require.ErrorContains(t, err, `no set "none"`)
	_, err = s.sample(sampleRequest{set, "warm"})
	require.NoError(t, err)

	require.NoError(t, requests.Close())
	require.NoError(t, <-end)
	_, err = s.sample(sampleRequest{set, "warm"})
	require.ErrorContains(t, err, "the program: ")
}

func TestGuardArguments(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{}, {"a", "b"}, {"-against", "program", "file"}, {"-samples", "file"}, {"-update"}, {"-update", "-against", "program"}} {
		require.ErrorContains(t, guardMain(t.Context(), args, strings.NewReader(""), io.Discard, io.Discard), "guard takes one file", args)
	}
	require.Error(t, guardMain(t.Context(), []string{"-against", "/is/not/there"}, strings.NewReader(""), io.Discard, io.Discard))
}

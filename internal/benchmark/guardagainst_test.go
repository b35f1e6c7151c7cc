package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
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
		"slower":           {cost{processor: 1150, bytes: 500, allocations: 100}, "large/cold: the ratio of processor times went from 1 to 1.15, by 15 %; 10 % are allowed\n", "16 figures are worse", mostPairs},
		"more":             {cost{processor: 1000, bytes: 500, allocations: 120}, "nginx/push: allocations went from 100 to 120, by 20 %; 10 % are allowed\n", "24 figures are worse", fewPairs},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var trace []string
			open := func(_ context.Context, set string) (guardSet, error) {
				return twoSides{set, always(before, "before", &trace), always(test.now, "now", &trace)}, nil
			}
			var out strings.Builder
			err := checkAgainst(t.Context(), open, &out, io.Discard)
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
		err := checkAgainst(t.Context(), func(context.Context, string) (guardSet, error) { return set, nil }, io.Discard, io.Discard)
		require.ErrorContains(t, err, "broken")
	}
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

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// mostProcesses is in how many pairs of processes a stage has to be slower. Where its
// memory lies and what else lies there is that of a process as long as it lives, and can
// make one of two equal programs slower in each of many samples.
const mostProcesses = 3

// againstMain compares this program with another that is built of the same benchmarks
// and another commit: each pair is a sample of both. Nothing is stored, so it does not
// matter what processor the machine has.
func againstMain(ctx context.Context, program string, stdout, progress io.Writer) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return checkAgainst(ctx, func(ctx context.Context, compare func(openGuardSet) error) error {
		return withSamplers(ctx, program, self, progress, compare)
	}, stdout, progress)
}

// withSamplers starts both programs, and ends them after the comparison.
func withSamplers(ctx context.Context, before, now string, messages io.Writer, compare func(openGuardSet) error) (err error) {
	var sides [2]*sampler
	for i, path := range []string{before, now} {
		side, failed := startSampler(ctx, path, messages)
		if failed != nil {
			return failed
		}
		defer func() { err = errors.Join(err, side.close()) }()
		sides[i] = side
	}
	return compare(func(_ context.Context, name string) (guardSet, error) {
		return twoSides{name, sides[0].sample, sides[1].sample}, nil
	})
}

// checkAgainst compares all stages, and again those that are slower.
func checkAgainst(ctx context.Context, inNewProcesses func(context.Context, func(openGuardSet) error) error, stdout, progress io.Writer) error {
	var found []regression
	count := fewPairs
	for times := 1; ; times++ {
		suspects := figuresOf(found)
		found = nil
		err := inNewProcesses(ctx, func(open openGuardSet) error {
			return eachStage(ctx, open, suspects, progress, func(set guardSet, figure, stage string) error {
				worse, err := checkStage(set, figure, stage, count, func(all pairs) map[string]guarded {
					before := leastAllocated(all, func(p pair) cost { return p.yardstick })
					before.ProcessorRatio = 1
					return map[string]guarded{figure: before}
				}, progress)
				found = append(found, worse...)
				return err
			})
		})
		switch {
		case err != nil:
			return err
		case len(found) == 0:
			fmt.Fprintln(stdout, "nothing got worse")
			return nil
		case times < mostProcesses && areAll(found, slower):
			fmt.Fprintf(progress, "measuring %d of them in new processes\n", len(found))
			count = mostPairs // a few that are quick by chance say little for what was slow
			continue
		}
		for _, r := range found {
			fmt.Fprintln(stdout, r)
		}
		return fmt.Errorf("%d figures are worse than before", len(found))
	}
}

// figuresOf returns the names.
func figuresOf(found []regression) []string {
	var names []string
	for _, r := range found {
		names = append(names, r.figure)
	}
	return names
}

// twoSides is a set of which both programs measure the same stage: before, as the
// yardstick, and now.
type twoSides struct {
	set         string
	before, now func(sampleRequest) (cost, error)
}

func (t twoSides) pairs(stage string, count int) (pairs, error) {
	request := sampleRequest{Set: t.set, Stage: stage}
	var all pairs
	for i := range count {
		var p pair
		// By turns, so that none is always the second.
		first := func() (err error) { p.yardstick, err = t.before(request); return err }
		second := func() (err error) { p.stage, err = t.now(request); return err }
		if i%2 == 1 {
			first, second = second, first
		}
		if err := first(); err != nil {
			return nil, err
		}
		if err := second(); err != nil {
			return nil, err
		}
		if slices.Contains(allocationsOnly, stage) {
			p.stage.processor, p.yardstick.processor = 0, 0
		}
		all = append(all, p)
	}
	return all, nil
}

func (twoSides) close() error { return nil }

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// againstMain compares this program with another that is built of the same benchmarks
// and another commit: each pair is a sample of both. Nothing is stored, so it does not
// matter what processor the machine has.
func againstMain(ctx context.Context, program string, stdout, progress io.Writer) (err error) {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	var sides [2]*sampler
	for i, path := range []string{program, self} {
		side, err := startSampler(ctx, path, progress)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, side.close()) }()
		sides[i] = side
	}
	return checkAgainst(ctx, func(_ context.Context, name string) (guardSet, error) {
		return twoSides{name, sides[0].sample, sides[1].sample}, nil
	}, stdout, progress)
}

func checkAgainst(ctx context.Context, open openGuardSet, stdout, progress io.Writer) error {
	worse := 0
	err := eachStage(ctx, open, progress, func(set guardSet, figure, stage string) error {
		found, err := checkStage(set, figure, stage, func(all pairs) map[string]guarded {
			before := leastAllocated(all, func(p pair) cost { return p.yardstick })
			before.ProcessorRatio = 1
			return map[string]guarded{figure: before}
		}, progress)
		for _, r := range found {
			fmt.Fprintln(stdout, r)
		}
		worse += len(found)
		return err
	})
	if err != nil {
		return err
	}
	if worse > 0 {
		return fmt.Errorf("%d figures are worse than before", worse)
	}
	fmt.Fprintln(stdout, "nothing got worse")
	return nil
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

package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"slices"

	"github.com/packstage/packstage/internal/benchmark/packageset"
)

const (
	// fewPairs are measured of each stage. They are doubled up to mostPairs as long
	// as nothing but a ratio is worse, and then it is.
	fewPairs, mostPairs = 20, 160
	// updatePairs are measured for what is stored.
	updatePairs = 60
	// allocationPairs are enough where no times are compared.
	allocationPairs = 4
)

// guardMain is the program in the mode "guard": it measures on one processor, on
// which nothing depends on who was faster, and fails where something got worse.
func guardMain(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("benchmark guard", flag.ContinueOnError)
	flags.SetOutput(stderr)
	update := flags.Bool("update", false, "write the figures in the place of comparing them")
	against := flags.String("against", "", "compare with this program, which is the same of another commit, in the place of the file")
	samples := flags.Bool("samples", false, "answer a guard that compares two programs")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if modes := flags.NArg() + count(*against != "", *samples); modes != 1 || *update && flags.NArg() != 1 {
		return errors.New("guard takes one file, or a program with -against")
	}
	if *against != "" {
		return againstMain(ctx, *against, stdout, stderr)
	}
	guardRuntime()
	if *samples {
		return answerSamples(ctx, stdin, stdout)
	}
	if *update {
		return updateGuard(ctx, flags.Arg(0), inThisProcess, stderr)
	}
	return checkGuard(ctx, flags.Arg(0), inThisProcess, stdout, stderr)
}

func inThisProcess(ctx context.Context, name string) (guardSet, error) {
	return openMeasuredSet(ctx, name)
}

// count returns how many are true.
func count(conditions ...bool) int {
	return len(slices.DeleteFunc(conditions, func(c bool) bool { return !c }))
}

// guardRuntime makes of this process one whose costs depend on little else.
func guardRuntime() {
	runtime.GOMAXPROCS(1)
	// A collection in the middle of a sample would take away what is kept to be used
	// again, now of this run and now of that.
	debug.SetGCPercent(-1)
	const mostMemory = 3 << 30
	debug.SetMemoryLimit(mostMemory)
	warmHeap()
}

func updateGuard(ctx context.Context, file string, open openGuardSet, progress io.Writer) error {
	stored := guardFile{
		SchemaVersion: guardSchema, GoVersion: runtime.Version(), Platform: platform(),
		Processor: processorKind(), Figures: map[string]guarded{},
	}
	err := eachStage(ctx, open, nil, progress, func(set guardSet, figure, stage string) error {
		count := updatePairs
		if slices.Contains(allocationsOnly, stage) {
			count = allocationPairs
		}
		measured, err := set.pairs(stage, count)
		g := measured.guarded()
		g.ProcessorRatio = threeDigits(g.ProcessorRatio)
		stored.Figures[figure] = g
		return err
	})
	if err != nil {
		return err
	}
	content, err := json.MarshalIndent(stored, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(file, string(content)+"\n")
}

// threeDigits leaves no more digits than mean something.
func threeDigits(value float64) float64 {
	if value == 0 {
		return 0
	}
	unit := math.Pow(10, 2-math.Floor(math.Log10(value)))
	return math.Round(value*unit) / unit
}

func checkGuard(ctx context.Context, file string, open openGuardSet, stdout, progress io.Writer) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var stored guardFile
	if err := json.Unmarshal(content, &stored); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if stored.SchemaVersion != guardSchema {
		return fmt.Errorf("%s has version %d of its form, and this is %d: make bench-guard-update", file, stored.SchemaVersion, guardSchema)
	}
	kind := processorKind()
	if kind != stored.Processor {
		stored.Figures = withoutRatios(stored.Figures)
	}
	found := regressions(onlyStrangers(stored.Figures), nil)
	err = eachStage(ctx, open, nil, progress, func(set guardSet, figure, stage string) error {
		worse, err := checkStage(set, figure, stage, fewPairs, func(pairs) map[string]guarded {
			before := maps.Clone(stored.Figures)
			maps.DeleteFunc(before, func(name string, _ guarded) bool { return name != figure })
			return before
		}, progress)
		found = append(found, worse...)
		return err
	})
	if err != nil {
		return err
	}
	for _, r := range found {
		fmt.Fprintln(stdout, r)
	}
	mayBeUntrue := []regressionKind{slower}
	switch built, stands := runtime.Version()+" "+platform(), stored.GoVersion+" "+stored.Platform; {
	case len(found) == 0 && kind != stored.Processor:
		return &undecidedError{fmt.Sprintf("allocations are no worse than in %s; its ratios are of another processor (%s; this is %s)",
			file, stored.Processor, kind)}
	case len(found) == 0:
		fmt.Fprintf(stdout, "nothing got worse than in %s\n", file)
		return nil
	case built != stands:
		fmt.Fprintf(stdout, "%s is of %s, and this is %s\n", file, stands, built)
		mayBeUntrue = append(mayBeUntrue, allocating)
	}
	text := fmt.Sprintf("%d figures are worse than in %s; where that is wanted: make bench-guard-update", len(found), file)
	if areAll(found, mayBeUntrue...) {
		return &undecidedError{text}
	}
	return errors.New(text)
}

func platform() string { return runtime.GOOS + "/" + runtime.GOARCH }

// eachStage visits the stages of all sets: those of the wanted figures, or all where
// that is nil.
func eachStage(ctx context.Context, open openGuardSet, wanted []string, progress io.Writer, visit func(set guardSet, figure, stage string) error) error {
	for _, name := range packageset.Names() {
		stages := slices.DeleteFunc(slices.Clone(setStages), func(s stage) bool { return !chosen(wanted, name+"/"+s.name) })
		if len(stages) == 0 {
			continue
		}
		fmt.Fprintf(progress, "measuring %s\n", name)
		set, err := open(ctx, name)
		if err != nil {
			return err
		}
		for _, s := range stages {
			if err = errors.Join(ctx.Err(), visit(set, name+"/"+s.name, s.name)); err != nil {
				break
			}
		}
		if err := errors.Join(err, set.close()); err != nil {
			return err
		}
	}
	return nil
}

// checkStage compares so many pairs of a stage with what was before, and measures more of
// it where nothing but the ratio of times is worse: all pairs together decide.
func checkStage(set guardSet, figure, stage string, count int, before func(pairs) map[string]guarded, progress io.Writer) ([]regression, error) {
	if slices.Contains(allocationsOnly, stage) {
		count = allocationPairs
	}
	var all pairs
	for {
		more, err := set.pairs(stage, count)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
		was, is := before(all), all.guarded()
		found := regressions(was, map[string]guarded{figure: is})
		if !areAll(found, slower) || len(all) >= mostPairs {
			if of, ok := was[figure]; ok {
				fmt.Fprintf(progress, "%s: %s\n", figure, shares(of, is))
			}
			return found, nil
		}
		fmt.Fprintf(progress, "measuring more of it: %s\n", found[0])
		count = len(all)
	}
}

// onlyStrangers returns the figures that no stage of a set has.
func onlyStrangers(figures map[string]guarded) map[string]guarded {
	strangers := map[string]guarded{}
	for name, figure := range figures {
		strangers[name] = figure
	}
	for _, set := range packageset.Names() {
		for _, s := range setStages {
			delete(strangers, set+"/"+s.name)
		}
	}
	return strangers
}

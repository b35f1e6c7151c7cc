package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/packstage/packstage/internal/benchmark/packageset"
)

// allocationsOnly are the stages whose times say more of the network of this machine
// than of the program.
var allocationsOnly = []string{"push", "pull"}

// guardMain is the program in the mode "guard": it measures on one processor, on
// which nothing depends on who was faster, and fails where something got worse.
func guardMain(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("benchmark guard", flag.ContinueOnError)
	flags.SetOutput(stderr)
	update := flags.Bool("update", false, "write the figures in the place of comparing them")
	rounds := flags.Int("rounds", 4, "rounds of each set")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 1 || *rounds < 1 {
		return errors.New("guard takes one file, and -rounds must be 1 or more")
	}
	runtime.GOMAXPROCS(1)
	// Each sample begins with a collection. One in the middle of it would take away
	// what is kept to be used again, now of this run and now of that.
	debug.SetGCPercent(-1)
	const mostMemory = 3 << 30
	debug.SetMemoryLimit(mostMemory)
	measure := func(ctx context.Context, set string, stages []string) (series, error) {
		return measureGuarded(ctx, set, stages, *rounds)
	}
	if *update {
		return updateGuard(ctx, flags.Arg(0), measure, stderr)
	}
	return checkGuard(ctx, flags.Arg(0), measure, stdout, stderr)
}

// measureGuarded measures the chosen stages of a set.
func measureGuarded(ctx context.Context, name string, stages []string, count int) (series, error) {
	set, ok := packageset.Generate(name)
	if !ok {
		return nil, fmt.Errorf("there is no set %q", name)
	}
	prepared, err := prepare(ctx, set)
	if err != nil {
		return nil, fmt.Errorf("set %s: %w", name, err)
	}
	measured, err := measure(orderOf(setStages, stages), prepared.works(ctx), rounds{count: count}, true)
	return measured, errors.Join(err, prepared.close())
}

// setMeasurer measures stages of a set, all if there are none.
type setMeasurer func(ctx context.Context, set string, stages []string) (series, error)

func updateGuard(ctx context.Context, file string, measure setMeasurer, progress io.Writer) error {
	stored := guardFile{SchemaVersion: 1, GoVersion: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH, Figures: map[string]guarded{}}
	for _, set := range packageset.Names() {
		fmt.Fprintf(progress, "measuring %s\n", set)
		measured, err := measure(ctx, set, nil)
		if err != nil {
			return err
		}
		for _, s := range setStages {
			g := measured.guardedOf(s)
			// No more digits than mean something, so that the file changes when
			// the program does.
			g.ProcessorRatio = float64(int64(g.ProcessorRatio*1000+0.5)) / 1000
			stored.Figures[set+"/"+s.name] = g
		}
	}
	content, err := json.MarshalIndent(stored, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(file, string(content)+"\n")
}

// mostAttempts is how often a set is measured before a ratio counts as worse.
const mostAttempts = 8

func checkGuard(ctx context.Context, file string, measure setMeasurer, stdout, progress io.Writer) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var stored guardFile
	if err := json.Unmarshal(content, &stored); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	found := regressions(onlyStrangers(stored.Figures), nil)
	for _, set := range packageset.Names() {
		worse, err := checkSet(ctx, stored.Figures, set, measure, progress)
		if err != nil {
			return err
		}
		found = append(found, worse...)
	}
	if len(found) == 0 {
		fmt.Fprintf(stdout, "nothing got worse than in %s\n", file)
		return nil
	}
	for _, r := range found {
		fmt.Fprintln(stdout, r)
	}
	if stored.GoVersion != runtime.Version() {
		fmt.Fprintf(stdout, "%s is of %s, and this is %s\n", file, stored.GoVersion, runtime.Version())
	}
	return fmt.Errorf("%d figures are worse than in %s; where that is wanted: make bench-guard-update", len(found), file)
}

// checkSet measures a set, again where nothing but ratios of times is worse.
func checkSet(ctx context.Context, all map[string]guarded, set string, measure setMeasurer, progress io.Writer) ([]regression, error) {
	stored, total := map[string]guarded{}, series{}
	for _, s := range setStages {
		if g, ok := all[set+"/"+s.name]; ok {
			stored[set+"/"+s.name] = g
		}
	}
	var stages []string
	for attempt := 1; ; attempt++ {
		fmt.Fprintf(progress, "measuring %s\n", strings.TrimSpace(set+" "+strings.Join(stages, " ")))
		more, err := measure(ctx, set, stages)
		if err != nil {
			return nil, err
		}
		for name, costs := range more {
			total[name] = append(total[name], costs...)
		}
		measured := map[string]guarded{}
		for _, s := range setStages {
			measured[set+"/"+s.name] = total.guardedOf(s)
		}
		found := regressions(stored, measured)
		if !onlyRatios(found) || attempt == mostAttempts {
			return found, nil
		}
		stages = nil
		for _, r := range found {
			stages = append(stages, path.Base(r.figure))
		}
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

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/packstage/packstage/internal/benchmark/packageset"
)

// authorMain is the program in the mode "author": the test cases of a package, and how
// long its author waits for them after saving a file, as whole processes.
func authorMain(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	flags := flag.NewFlagSet("benchmark author", flag.ContinueOnError)
	flags.SetOutput(stderr)
	runs := flags.Int("runs", 9, "runs of each; fewer of what takes long")
	cases := flags.Int("cases", 100, "test cases")
	names := flags.String("sets", "nginx,medium,large", "sets to measure, comma-separated")
	write := flags.String("write", "", "document between whose markers the table goes")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *runs < 1 || *cases < 2 || flags.NArg() > 0 {
		return errors.New("-runs must be 1 or more, -cases 2 or more, and there are no arguments")
	}
	sets, err := list(*names, packageset.Names())
	if err != nil {
		return fmt.Errorf("-sets: %w", err)
	}
	folder, err := os.MkdirTemp("", "packstage-benchmark-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	m := authorMeasurement{comparison{packstage: filepath.Join(folder, "packstage"), folder: folder, runs: *runs}, *cases}
	if err := execute(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", m.packstage, "github.com/packstage/packstage/cmd/packstage"); err != nil {
		return err
	}
	var results []authorResult
	for _, name := range sets {
		fmt.Fprintf(stderr, "measuring %s\n", name)
		found, err := m.set(ctx, name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		results = append(results, found...)
	}
	text := fmt.Sprintf("Measured on %s.\n\n%s", thisMachine(), authorTable(results))
	if *write != "" {
		return writeSection(*write, "author", text)
	}
	_, err = io.WriteString(stdout, text)
	return err
}

// authorTime is how long something is measured at most, but for the run on its way.
const authorTime = 20 * time.Second

// oneCase names the package with one case in the manifest.
const oneCase = "one case"

// authorResult is what something took that authors wait for.
type authorResult struct {
	set, what string
	costs     []processCost
}

func (r authorResult) median() time.Duration { return medianProcessCost(r.costs).wall }

func (r authorResult) fastest() time.Duration {
	fastest := r.costs[0].wall
	for _, c := range r.costs {
		fastest = min(fastest, c.wall)
	}
	return fastest
}

type authorMeasurement struct {
	comparison
	cases int
}

// set measures one set: with one case, with all, and watched.
func (m authorMeasurement) set(ctx context.Context, name string) ([]authorResult, error) {
	set, _ := packageset.Generate(name)
	one, err := writeAuthorPackage(ctx, set, 1, filepath.Join(m.folder, name+"-1"))
	if err != nil {
		return nil, err
	}
	all, err := writeAuthorPackage(ctx, set, m.cases, filepath.Join(m.folder, name))
	if err != nil {
		return nil, err
	}
	var results []authorResult
	measure := func(what string, run func(round int) (processCost, error)) error {
		r := authorResult{set: name, what: what}
		began := time.Now()
		for round := 0; round == 0 || round <= m.runs && time.Since(began) < authorTime; round++ {
			cost, err := run(round + 1)
			if err != nil {
				return fmt.Errorf("%s: %w", what, err)
			}
			r.costs = append(r.costs, cost)
		}
		if len(r.costs) > 1 {
			r.costs = r.costs[1:] // the first finds nothing in the memory of the system
		}
		results = append(results, r)
		return nil
	}
	process := func(line ...string) func(int) (processCost, error) {
		return func(int) (processCost, error) { return m.run(ctx, append([]string{m.packstage}, line...)) }
	}
	err = errors.Join(
		measure(oneCase, process("test", one.folder)),
		measure(fmt.Sprintf("%d cases", m.cases), process("test", all.folder)),
		measure(fmt.Sprintf("%d cases, with coverage", m.cases), process("test", all.folder, "--coverage")),
	)
	if err != nil {
		return nil, err
	}
	results = append(results[:2:2], append([]authorResult{m.oneMore(results[0], results[1])}, results[2:]...)...)
	for _, watched := range []struct {
		pkg   authorPackage
		cases string
	}{{one, oneCase}, {all, fmt.Sprintf("%d cases", m.cases)}} {
		found, err := m.watched(ctx, watched.pkg, watched.cases, measure)
		if err != nil {
			return nil, err
		}
		// The program watches for as long as all of these take; so does its peak.
		for i := range results[len(results)-found.rows:] {
			row := &results[len(results)-found.rows+i]
			for k := range row.costs {
				row.costs[k].peak = found.peak
			}
		}
	}
	return results, errors.Join(os.RemoveAll(one.folder), os.RemoveAll(all.folder))
}

// oneMore is what a case takes beside others, by the rounds of both.
func (m authorMeasurement) oneMore(one, all authorResult) authorResult {
	result := authorResult{set: one.set, what: "one more case"}
	less := medianProcessCost(one.costs)
	for _, c := range all.costs {
		result.costs = append(result.costs, processCost{
			wall: (c.wall - less.wall) / time.Duration(m.cases-1), processor: (c.processor - less.processor) / time.Duration(m.cases-1),
		})
	}
	return result
}

// watchedRows say how many of the last rows were measured in one process, and its peak.
type watchedRows struct {
	rows int
	peak int64
}

// watched measures from saving a file to the last of the results.
func (m authorMeasurement) watched(ctx context.Context, a authorPackage, cases string, measure func(string, func(int) (processCost, error)) error) (found watchedRows, err error) {
	w, err := m.watchTests(ctx, a.folder)
	if err != nil {
		return found, err
	}
	defer func() {
		var endErr error
		found.peak, endErr = w.end()
		err = errors.Join(err, endErr)
	}()
	changes := []struct {
		what string
		save func(int) error
	}{
		{"template", func(round int) error { return a.saveFile(a.firstFile(true), round) }},
		{"static file", func(round int) error { return a.saveFile(a.firstFile(false), round) }},
		{"values", a.saveValues},
	}
	for _, change := range changes {
		if change.what == "static file" && (a.firstFile(false) == "" || cases != oneCase) {
			continue
		}
		err := measure(fmt.Sprintf("watch, %s: %s saved", cases, change.what), func(round int) (processCost, error) {
			wall, err := w.after(func() error { return change.save(round) })
			return processCost{wall: wall}, err
		})
		if err != nil {
			return found, err
		}
		found.rows++
	}
	return found, nil
}

func authorTable(results []authorResult) string {
	rows := make([][]string, len(results))
	for i, r := range results {
		cost := medianProcessCost(r.costs)
		processor := "–"
		if cost.processor > 0 {
			processor = duration(cost.processor)
		}
		rows[i] = []string{r.set, r.what, fmt.Sprint(len(r.costs)), duration(r.median()), duration(r.fastest()), processor, formatBytes(cost.peak)}
	}
	return markdownTable([]string{"package", "what", "runs", "median", "fastest", "processor time", "peak memory"}, rows)
}

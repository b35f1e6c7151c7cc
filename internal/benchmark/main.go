package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/packstage/packstage/internal/benchmark/packageset"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "benchmark:", err)
		if errors.As(err, new(*undecidedError)) {
			os.Exit(undecidedStatus)
		}
		os.Exit(1)
	}
}

// bulkName stands for all sizes of [packageset.Bulk] in -sets.
const bulkName = "bulk"

// arguments are the flags.
type arguments struct {
	benchtime, write, folder string
	gobench                  string
	sets, stages             []string
	processors               int
	json                     bool
	rounds                   rounds
}

func parseArguments(args []string, stderr io.Writer) (arguments, error) {
	var a arguments
	var sets, stages string
	flags := flag.NewFlagSet("benchmark", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&a.benchtime, "benchtime", "5x", "rounds (5x) or time for the rounds of a set (30s)")
	flags.StringVar(&sets, "sets", "", "sets to measure, comma-separated; all if empty")
	flags.StringVar(&stages, "stages", "", "stages to measure, comma-separated; all if empty")
	flags.IntVar(&a.processors, "cpu", 2, "processors to use")
	flags.StringVar(&a.write, "write", "", "file between whose markers the table goes")
	flags.BoolVar(&a.json, "json", false, "print JSON in the place of the table")
	flags.StringVar(&a.gobench, "gobench", "", "file for each round in the format of go test -bench, which benchstat reads")
	flags.StringVar(&a.folder, "dir", "", "write the sets as folders into this one and measure nothing")
	if err := flags.Parse(args); err != nil {
		return arguments{}, err
	}
	if flags.NArg() > 0 {
		return arguments{}, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if a.processors < 1 {
		return arguments{}, errors.New("-cpu must be 1 or more")
	}
	var err error
	if a.rounds, err = parseRounds(a.benchtime); err != nil {
		return arguments{}, fmt.Errorf("-benchtime: %w", err)
	}
	if a.sets, err = list(sets, append(packageset.Names(), bulkName)); err != nil {
		return arguments{}, fmt.Errorf("-sets: %w", err)
	}
	names := []string{startStage.name}
	for _, s := range append(slices.Clone(setStages), bulkStages...) {
		names = append(names, s.name)
	}
	if a.stages, err = list(stages, names); err != nil {
		return arguments{}, fmt.Errorf("-stages: %w", err)
	}
	if a.write != "" && len(a.sets)+len(a.stages) > 0 {
		return arguments{}, errors.New("-write is for the whole table, without -sets and -stages")
	}
	return a, nil
}

// list splits a comma-separated list of known names.
func list(text string, known []string) ([]string, error) {
	if text == "" {
		return nil, nil
	}
	names := strings.Split(text, ",")
	for _, name := range names {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("%q is none of %s", name, strings.Join(known, ", "))
		}
	}
	return names, nil
}

// run is the program: a mode that the first argument names, or the stages.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	mode, rest := "", args
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		mode, rest = args[0], args[1:]
	}
	switch mode {
	case "":
		return stagesMain(ctx, rest, stdout, stderr)
	case "growth":
		return growthMain(ctx, rest, stdout, stderr)
	case "memory":
		return memoryMain(ctx, rest, stdout, stderr)
	case "process":
		return processMain(ctx, rest, stdout, stderr)
	case "author":
		return authorMain(ctx, rest, stdout, stderr)
	case "guard":
		return guardMain(ctx, rest, os.Stdin, stdout, stderr)
	case "profile":
		return profileMain(ctx, rest, stdout, stderr)
	case measureMode:
		if len(rest) != 1 {
			return errors.New("measure takes one task")
		}
		return taskMain(ctx, rest[0], stdout)
	default:
		return fmt.Errorf("unknown mode %q", mode)
	}
}

func stagesMain(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	a, err := parseArguments(args, stderr)
	if err != nil {
		return err
	}
	if a.folder != "" {
		return writeSets(a.folder, a.sets)
	}
	runtime.GOMAXPROCS(min(a.processors, runtime.NumCPU()))
	measured, err := measureAll(ctx, a, stderr)
	if err != nil {
		return err
	}
	if a.write != "" {
		if err := writeSection(a.write, "stages", measured.markdown()); err != nil {
			return err
		}
	}
	if a.gobench != "" {
		if err := writeFile(a.gobench, measured.goBenchmarks()); err != nil {
			return err
		}
	}
	if a.json {
		encoder := json.NewEncoder(stdout)
		encoder.SetIndent("", "  ")
		return encoder.Encode(measured)
	}
	return measured.writeText(stdout)
}

func measureAll(ctx context.Context, a arguments, progress io.Writer) (report, error) {
	r := newReport(a.benchtime)
	onlyStart := len(a.stages) == 1 && a.stages[0] == startStage.name
	for _, name := range packageset.Names() {
		if !chosen(a.sets, name) || onlyStart {
			continue
		}
		fmt.Fprintf(progress, "measuring %s\n", name)
		results, err := measureSet(ctx, name, a.stages, a.rounds)
		if err != nil {
			return report{}, err
		}
		r.Results = append(r.Results, results...)
	}
	for _, megabytes := range packageset.BulkSizes() {
		if !chosen(a.sets, bulkName) || onlyStart {
			continue
		}
		fmt.Fprintf(progress, "measuring %d MB\n", megabytes)
		results, err := measureBulk(ctx, megabytes, a.stages, a.rounds)
		if err != nil {
			return report{}, err
		}
		r.Results = append(r.Results, results...)
	}
	if chosen(a.stages, startStage.name) {
		fmt.Fprintln(progress, "measuring the start of the program")
		result, err := measureStart(ctx)
		if err != nil {
			return report{}, err
		}
		r.Results = append(r.Results, result)
	}
	return r, nil
}

// writeSets writes sets as folders below a folder.
func writeSets(folder string, names []string) error {
	for _, name := range packageset.Names() {
		if !chosen(names, name) {
			continue
		}
		set, _ := packageset.Generate(name)
		if err := writeFiles(filepath.Join(folder, name), set.Files); err != nil {
			return err
		}
	}
	return nil
}

// writeFiles writes files by slash path below a folder.
func writeFiles(folder string, files map[string][]byte) error {
	for path, content := range files {
		file := filepath.Join(folder, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

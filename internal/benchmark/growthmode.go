package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"

	"github.com/packstage/packstage/internal/benchmark/packageset"
)

// growthMain is the program in the mode "growth".
func growthMain(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("benchmark growth", flag.ContinueOnError)
	flags.SetOutput(stderr)
	rounds := flags.Int("rounds", 5, "rounds of each size, three at least")
	most := flags.Int("most", 0, "largest number of parts; all if 0")
	write := flags.String("write", "", "document between whose markers the tables go, with drawings in the folder images beside it")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if *rounds < 3 {
		return errors.New("-rounds must be 3 or more")
	}
	if *write != "" && *most > 0 {
		return errors.New("-write is for all sizes, without -most")
	}
	var families []grown
	for _, family := range packageset.Families() {
		g, err := measureFamily(ctx, family, *most, *rounds, stderr)
		if err != nil {
			return err
		}
		families = append(families, g)
	}
	const images = "images"
	if *write != "" {
		if err := writeCharts(filepath.Join(filepath.Dir(*write), images), families); err != nil {
			return err
		}
		return writeSection(*write, "growth", growthMarkdown(families, images))
	}
	_, err := io.WriteString(stdout, growthMarkdown(families, images))
	return err
}

// manyTasks are those of many configurations of one package, and of many packages.
func manyTasks(many int) []task {
	return []task{
		{Kind: "configurations", Name: "nginx", Size: many},
		{Kind: "configurations", Name: "medium", Size: many},
		{Kind: "held", Name: "nginx", Size: many},
		{Kind: "held", Name: "medium", Size: many},
		{Kind: "held", Name: "large", Size: max(1, many/20)},
	}
}

// memoryMain is the program in the mode "memory".
func memoryMain(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("benchmark memory", flag.ContinueOnError)
	flags.SetOutput(stderr)
	many := flags.Int("many", 1_000, "configurations of one package, and packages at once")
	most := flags.Int("megabytes", 100, "largest layer")
	write := flags.String("write", "", "document between whose markers the tables go")
	asJSON := flags.Bool("json", false, "print JSON in the place of the tables")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if *many < 1 {
		return errors.New("-many must be 1 or more")
	}
	r := memoryReport{Many: *many}
	run := func(t task) error {
		fmt.Fprintf(stderr, "measuring %s %s %d\n", t.Kind, t.Name, t.Size)
		found, err := runTask(ctx, t)
		r.Results = append(r.Results, memoryResult{t, found})
		return err
	}
	for _, t := range manyTasks(*many) {
		if err := run(t); err != nil {
			return err
		}
	}
	for _, way := range streamWays() {
		for _, megabytes := range packageset.BulkSizes() {
			if megabytes > *most {
				continue
			}
			if err := run(task{Kind: "stream", Name: way, Size: megabytes}); err != nil {
				return err
			}
		}
	}
	switch {
	case *write != "":
		return writeSection(*write, "memory", r.markdown())
	case *asJSON:
		return json.NewEncoder(stdout).Encode(r)
	default:
		_, err := io.WriteString(stdout, r.markdown())
		return err
	}
}

package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/packstage/packstage/internal/benchmark/packageset"
	"github.com/packstage/packstage/internal/benchmark/peakmemory"
	"github.com/packstage/packstage/internal/yamldoc"
)

// processMain is the program in the mode "process": packstage render beside helm
// template, as whole processes.
func processMain(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	flags := flag.NewFlagSet("benchmark process", flag.ContinueOnError)
	flags.SetOutput(stderr)
	helm := flags.String("helm", "", "the program helm")
	runs := flags.Int("runs", 15, "runs of each program and size")
	sizes := flags.String("sizes", "10,100,1000", "numbers of templates, comma-separated")
	write := flags.String("write", "", "document between whose markers the table goes")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *helm == "" || *runs < 1 || flags.NArg() > 0 {
		return errors.New("-helm must name the program, -runs be 1 or more, and there are no arguments")
	}
	counts, err := numbers(*sizes)
	if err != nil {
		return fmt.Errorf("-sizes: %w", err)
	}
	folder, err := os.MkdirTemp("", "packstage-benchmark-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	c := comparison{packstage: filepath.Join(folder, "packstage"), helm: *helm, folder: folder, runs: *runs}
	if err := execute(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", c.packstage, "github.com/packstage/packstage/cmd/packstage"); err != nil {
		return err
	}
	results, err := c.all(ctx, counts, stderr)
	if err != nil {
		return err
	}
	version, err := c.output(ctx, *helm, "version", "--template", "{{.Version}}")
	if err != nil {
		return err
	}
	text := processMarkdown(results, strings.TrimSpace(string(version)), *runs)
	if *write != "" {
		return writeSection(*write, "process", text)
	}
	_, err = io.WriteString(stdout, text)
	return err
}

func numbers(list string) ([]int, error) {
	var all []int
	for item := range strings.SplitSeq(list, ",") {
		number, err := strconv.Atoi(item)
		if err != nil || number < 1 {
			return nil, fmt.Errorf("%q is no number of templates", item)
		}
		all = append(all, number)
	}
	return all, nil
}

// comparison is of two programs over the same templates.
type comparison struct {
	packstage, helm, folder string
	runs                    int
}

// processCost is what a run of a program took.
type processCost struct {
	wall, processor time.Duration
	peak            int64
}

// compared are the medians of both programs for something that they do.
type compared struct {
	what            string
	packstage, helm processCost
	// ratio of wall times is the median of those of the rounds.
	ratio float64
}

func (c comparison) all(ctx context.Context, counts []int, progress io.Writer) ([]compared, error) {
	fmt.Fprintln(progress, "measuring the start of both programs")
	start, err := c.inTurn(ctx, "start", []string{c.packstage, "version"}, []string{c.helm, "version"})
	if err != nil {
		return nil, err
	}
	results := []compared{start}
	for _, count := range counts {
		fmt.Fprintf(progress, "measuring %d templates\n", count)
		ours, theirs, err := c.renders(count)
		if err != nil {
			return nil, err
		}
		if err := c.requireEqual(ctx, count, ours, theirs); err != nil {
			return nil, err
		}
		result, err := c.inTurn(ctx, grouped(int64(count))+" templates", ours, theirs)
		if err != nil {
			return nil, err
		}
		results = append(results, result)
	}
	return results, nil
}

// renders writes package and chart, and returns the command lines that render them.
func (c comparison) renders(count int) (ours, theirs []string, err error) {
	pair := packageset.NewPair(count)
	folder := filepath.Join(c.folder, strconv.Itoa(count))
	pkg, chart := filepath.Join(folder, "package"), filepath.Join(folder, "chart")
	if err := errors.Join(writeFiles(pkg, pair.Package), writeFiles(chart, pair.Chart)); err != nil {
		return nil, nil, err
	}
	ours = []string{c.packstage, "render", pkg, "--name", packageset.PairName, "--namespace", packageset.PairNamespace}
	theirs = []string{c.helm, "template", packageset.PairName, chart, "--namespace", packageset.PairNamespace}
	return ours, theirs, nil
}

// requireEqual fails unless both programs print the same objects.
func (c comparison) requireEqual(ctx context.Context, count int, ours, theirs []string) error {
	objects := [2]map[string]any{}
	for i, line := range [][]string{ours, theirs} {
		output, err := c.output(ctx, line...)
		if err != nil {
			return err
		}
		if objects[i], err = objectsByName(output); err != nil {
			return fmt.Errorf("%s: %w", strings.Join(line, " "), err)
		}
		if len(objects[i]) != count {
			return fmt.Errorf("%s printed %d objects instead of %d", strings.Join(line, " "), len(objects[i]), count)
		}
	}
	for name, object := range objects[0] {
		if !reflect.DeepEqual(object, objects[1][name]) {
			return fmt.Errorf("the programs print a different %s:\n%v\n%v", name, object, objects[1][name])
		}
	}
	return nil
}

func objectsByName(output []byte) (map[string]any, error) {
	objects := map[string]any{}
	for _, document := range yamldoc.Split(output) {
		if document.Empty() {
			continue
		}
		var object struct {
			Kind     string
			Metadata struct{ Name string }
		}
		var whole map[string]any
		if err := errors.Join(yaml.Unmarshal(document.Data, &object), yaml.Unmarshal(document.Data, &whole)); err != nil {
			return nil, err
		}
		objects[object.Kind+"/"+object.Metadata.Name] = whole
	}
	return objects, nil
}

// inTurn runs both command lines round by round, after a first round that does not
// count.
func (c comparison) inTurn(ctx context.Context, what string, ours, theirs []string) (compared, error) {
	var costs [2][]processCost
	for round := -1; round < c.runs; round++ {
		for i, line := range [][]string{ours, theirs} {
			cost, err := c.run(ctx, line)
			if err != nil {
				return compared{}, err
			}
			if round >= 0 {
				costs[i] = append(costs[i], cost)
			}
		}
	}
	ratios := make([]float64, c.runs)
	for i := range ratios {
		ratios[i] = float64(costs[0][i].wall) / float64(costs[1][i].wall)
	}
	return compared{
		what: what, packstage: medianProcessCost(costs[0]), helm: medianProcessCost(costs[1]),
		ratio: median(ratios, func(ratio float64) float64 { return ratio }),
	}, nil
}

func medianProcessCost(costs []processCost) processCost {
	return processCost{
		wall:      median(costs, func(c processCost) time.Duration { return c.wall }),
		processor: median(costs, func(c processCost) time.Duration { return c.processor }),
		peak:      median(costs, func(c processCost) int64 { return c.peak }),
	}
}

// run runs a command line whose output nobody reads.
func (c comparison) run(ctx context.Context, line []string) (processCost, error) {
	command := c.command(ctx, line)
	var messages bytes.Buffer
	command.Stderr = &messages
	began := time.Now()
	if err := command.Start(); err != nil {
		return processCost{}, err
	}
	peak := peakmemory.Watch(command.Process.Pid)
	err := command.Wait()
	took := time.Since(began)
	highest := peak()
	if err != nil {
		return processCost{}, fmt.Errorf("%s: %w\n%s", strings.Join(line, " "), err, messages.String())
	}
	return processCost{wall: took, processor: command.ProcessState.UserTime() + command.ProcessState.SystemTime(), peak: highest}, nil
}

func (c comparison) output(ctx context.Context, line ...string) ([]byte, error) {
	output, err := c.command(ctx, line).Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", strings.Join(line, " "), err)
	}
	return output, nil
}

// command keeps both programs away from the settings of whoever measures.
func (c comparison) command(ctx context.Context, line []string) *exec.Cmd {
	command := exec.CommandContext(ctx, line[0], line[1:]...)
	home := filepath.Join(c.folder, "home")
	command.Env = append(command.Environ(), "HOME="+home, "XDG_CONFIG_HOME="+home, "XDG_CACHE_HOME="+home,
		"HELM_CACHE_HOME="+home, "HELM_CONFIG_HOME="+home, "HELM_DATA_HOME="+home, "PACKSTAGE_CACHE_DIR="+home)
	return command
}

func processMarkdown(results []compared, helmVersion string, runs int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Measured on %s, helm %s, medians of %d runs.\n\n", thisMachine(), helmVersion, runs)
	rows := make([][]string, len(results))
	for i, r := range results {
		met := "yes"
		if r.ratio > 1 {
			met = "**no**"
		}
		rows[i] = []string{
			r.what, duration(r.packstage.wall), duration(r.helm.wall), formatRatio(r.ratio), met,
			duration(r.packstage.processor), duration(r.helm.processor), formatBytes(r.packstage.peak), formatBytes(r.helm.peak),
		}
	}
	b.WriteString(markdownTable([]string{"what", "packstage", "helm", "ratio", "at most helm's time", "packstage's processor time", "helm's", "packstage's peak memory", "helm's"}, rows))
	return b.String()
}

func duration(d time.Duration) string { return formatTime(d.Nanoseconds()) }

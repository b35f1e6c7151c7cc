package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strings"
	"time"

	"github.com/packstage/packstage/internal/benchmark/packageset"
)

// profiled are the works whose profile is shown in the document: from image to phases
// of each set that is rendered, and both ways of bytes.
func profiled() []string {
	return []string{"nginx/cold", "medium/cold", "large/cold", "crds/cold", "10 MB/push", "10 MB/pull"}
}

// profileMain is the program in the mode "profile".
func profileMain(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	flags := flag.NewFlagSet("benchmark profile", flag.ContinueOnError)
	flags.SetOutput(stderr)
	long := flags.Duration("time", 5*time.Second, "how long each is profiled")
	lines := flags.Int("lines", 12, "lines of each profile")
	keep := flags.String("keep", "", "folder for the profiles themselves")
	write := flags.String("write", "", "document between whose markers the profiles go, each between its own")
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: benchmark profile [flags] [SET/STAGE ...]")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	chosenWorks := flags.Args()
	switch {
	case *lines < 1:
		return errors.New("-lines must be 1 or more")
	case len(chosenWorks) == 0:
		chosenWorks = profiled()
	case *write != "":
		return errors.New("-write is for the profiles of the document, without arguments")
	}
	runtime.GOMAXPROCS(min(2, runtime.NumCPU()))
	folder, err := os.MkdirTemp("", "packstage-benchmark-")
	if err != nil {
		return err
	}
	defer func(folder string) { err = errors.Join(err, os.RemoveAll(folder)) }(folder)
	if *keep != "" {
		folder = *keep
		const everyone = 0o755
		if err := os.MkdirAll(folder, everyone); err != nil {
			return err
		}
	}
	for _, name := range chosenWorks {
		set, stage, _ := strings.Cut(name, "/")
		fmt.Fprintf(stderr, "profiling %s of %s\n", stage, set)
		file := filepath.Join(folder, benchmarkName(name)+".pprof")
		if err := profileStage(ctx, set, stage, *long, file); err != nil {
			return err
		}
		text, err := topOf(ctx, file, *lines)
		if err != nil {
			return err
		}
		section := "profile " + name
		if *write == "" {
			fmt.Fprintf(stdout, "%s\n\n%s\n", section, text)
		} else if err := writeSection(*write, section, text); err != nil {
			return err
		}
	}
	return nil
}

// preparedOf prepares a set of [packageset.Names] or of [packageset.Bulk].
func preparedOf(ctx context.Context, name string) (*prepared, map[string]work, error) {
	if set, ok := packageset.Generate(name); ok {
		p, err := prepare(ctx, set)
		if err != nil {
			return nil, nil, err
		}
		return p, p.works(ctx), nil
	}
	var megabytes int
	if _, err := fmt.Sscanf(name, "%d MB", &megabytes); err != nil {
		return nil, nil, fmt.Errorf("there is no set %q", name)
	}
	p, err := prepareBulk(ctx, packageset.Bulk(megabytes))
	if err != nil {
		return nil, nil, err
	}
	return p, p.transfers(ctx), nil
}

func profileStage(ctx context.Context, set, stage string, long time.Duration, file string) (err error) {
	p, works, err := preparedOf(ctx, set)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	w, ok := works[stage]
	if !ok {
		return fmt.Errorf("there is no stage %q of %s", stage, set)
	}
	if w.prepare == nil {
		w.prepare = func() error { return nil }
	}
	if err := errors.Join(w.prepare(), w.run()); err != nil {
		return err
	}
	profile, err := os.Create(file)
	if err != nil {
		return err
	}
	defer profile.Close()
	if err := pprof.StartCPUProfile(profile); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	for start := time.Now(); time.Since(start) < long; {
		if err := errors.Join(w.prepare(), w.run()); err != nil {
			return err
		}
	}
	return nil
}

// topOf returns the functions in which a profile was most often, as a block of
// markdown.
func topOf(ctx context.Context, file string, lines int) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	command := exec.CommandContext(ctx, "go", "tool", "pprof", "-top", fmt.Sprintf("-nodecount=%d", lines), self, file)
	output, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("go tool pprof: %w", err)
	}
	return "```\n" + trimTop(string(output)) + "```\n", nil
}

// trimTop drops what stands above the table, which says where and when.
func trimTop(output string) string {
	if start := strings.Index(output, "      flat "); start >= 0 {
		output = output[start:]
	}
	var b strings.Builder
	for line := range strings.Lines(output) {
		b.WriteString(strings.ReplaceAll(strings.TrimRight(line, " \n"), "github.com/packstage/packstage/", "") + "\n")
	}
	return b.String()
}

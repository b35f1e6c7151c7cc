package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// startRuns is how often the program is started.
const startRuns = 20

const emptyProgram = "package main\n\nfunc main() {}\n"

// measureStart measures `packstage version` as a process, beside a Go program
// that does nothing: what starting any process costs here. Allocations of other
// processes are not counted.
func measureStart(ctx context.Context) (_ result, err error) {
	folder, err := os.MkdirTemp("", "packstage-benchmark-")
	if err != nil {
		return result{}, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	source := filepath.Join(folder, "main.go")
	if err := os.WriteFile(source, []byte(emptyProgram), 0o600); err != nil {
		return result{}, err
	}
	program, nothing := filepath.Join(folder, "packstage"), filepath.Join(folder, "nothing")
	for binary, main := range map[string]string{program: "github.com/packstage/packstage/cmd/packstage", nothing: source} {
		if err := execute(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, main); err != nil {
			return result{}, err
		}
	}
	works := map[string]work{
		baselineEmpty:   {run: func() error { return execute(ctx, nothing) }},
		startStage.name: {run: func() error { return execute(ctx, program, "version") }},
	}
	measured := series{}
	for range startRuns {
		for _, name := range []string{baselineEmpty, startStage.name} {
			c, err := works[name].repeat(1)
			if err != nil {
				return result{}, err
			}
			measured[name] = append(measured[name], cost{time: c.time})
		}
	}
	return newResult("", startStage, measured), nil
}

func execute(ctx context.Context, command string, arguments ...string) error {
	if output, err := exec.CommandContext(ctx, command, arguments...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", filepath.Base(command), err, output)
	}
	return nil
}

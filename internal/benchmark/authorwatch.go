package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/packstage/packstage/internal/benchmark/peakmemory"
)

// watchedTests is `packstage test --watch` on its way.
type watchedTests struct {
	command *exec.Cmd
	peak    func() int64
	lines   chan string // of the standard error; closed with it
}

// watchTests starts it and waits for the first results.
func (c comparison) watchTests(ctx context.Context, folder string) (*watchedTests, error) {
	command := c.command(ctx, []string{c.packstage, "test", folder, "--watch"})
	command.WaitDelay = time.Minute
	errors, err := command.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	w := &watchedTests{command: command, peak: peakmemory.Watch(command.Process.Pid), lines: make(chan string, 1000)}
	go w.read(errors)
	return w, w.waitForResults()
}

func (w *watchedTests) read(from io.Reader) {
	defer close(w.lines)
	for lines := bufio.NewScanner(from); lines.Scan(); {
		w.lines <- lines.Text()
	}
}

// waitForResults waits until all results of a run are written, which the program says.
func (w *watchedTests) waitForResults() error {
	var said []string
	for line := range w.lines {
		if strings.HasPrefix(line, "watching ") {
			return nil
		}
		said = append(said, line)
	}
	return fmt.Errorf("packstage test --watch ended: %s", strings.Join(said, "\n"))
}

// after returns how long it takes from a change to the last of the results.
func (w *watchedTests) after(change func() error) (time.Duration, error) {
	began := time.Now()
	if err := change(); err != nil {
		return 0, err
	}
	err := w.waitForResults()
	return time.Since(began), err
}

// end interrupts it, which is how it ends, and returns the peak of its memory.
func (w *watchedTests) end() (int64, error) {
	peak := w.peak()
	err := w.command.Process.Signal(os.Interrupt)
	for range w.lines { //nolint:revive // what it still says does not matter
	}
	return peak, errors.Join(err, w.command.Wait())
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/packstage/packstage/internal/benchmark/peakmemory"
)

// task is something that is measured in a process of its own, so that its memory is
// that of nothing else.
type task struct {
	// Kind is what to measure: a key of taskKinds. Name is what of it.
	Kind, Name string
	// Size is the number of parts, packages, configurations or megabytes.
	Size int
	// Rounds is how often times are measured, where they are.
	Rounds int
}

// figures are what a task found out, by name: times in nanoseconds, memory in bytes.
type figures map[string]int64

// measureMode is the mode in which this program measures one task, given as JSON.
const measureMode = "measure"

// runTask starts this program for a task.
func runTask(ctx context.Context, t task) (figures, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	arguments, err := json.Marshal(t)
	if err != nil {
		return nil, err
	}
	command := exec.CommandContext(ctx, self, measureMode, string(arguments))
	var output, messages bytes.Buffer
	command.Stdout, command.Stderr = &output, &messages
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("%s %s %d: %w\n%s", t.Kind, t.Name, t.Size, err, strings.TrimSpace(messages.String()))
	}
	var found figures
	return found, json.Unmarshal(output.Bytes(), &found)
}

// taskMain is the program in measureMode.
func taskMain(ctx context.Context, arguments string, stdout io.Writer) error {
	var t task
	if err := json.Unmarshal([]byte(arguments), &t); err != nil {
		return err
	}
	runtime.GOMAXPROCS(min(2, runtime.NumCPU()))
	found, err := t.measure(ctx)
	if err != nil {
		return err
	}
	return json.NewEncoder(stdout).Encode(found)
}

func (t task) measure(ctx context.Context) (figures, error) {
	switch t.Kind {
	case "growth":
		return measureGrowth(ctx, t)
	case "configurations":
		return measureConfigurations(ctx, t)
	case "held":
		return measureHeld(ctx, t)
	case "stream":
		return measureStream(ctx, t)
	default:
		return nil, fmt.Errorf("there is nothing called %q to measure", t.Kind)
	}
}

// peakOf returns how much more memory than before the process had at most while
// something ran, garbage included; 0 where the machine does not tell.
func peakOf(run func() error) (int64, error) {
	debug.FreeOSMemory() // collects garbage first
	if peakmemory.Now(os.Getpid()) == 0 {
		return 0, run()
	}
	if err := peakmemory.Reset(); err != nil {
		return 0, err
	}
	before := peakmemory.Now(os.Getpid())
	err := run()
	return max(1, peakmemory.Highest(os.Getpid())-before), err
}

// heap returns the bytes that are in use on the heap after a collection.
func heap() int64 {
	runtime.GC()
	runtime.GC() // also what finalizers let go of
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

// samples measures a work so many times, after a first time that does not count, but
// no longer than long needs for the three that a median needs at least.
func samples(w work, rounds int) ([]cost, error) {
	const long, least = 20 * time.Second, 3
	var costs []cost
	start := time.Now()
	for round := -1; round < rounds; round++ {
		if round >= least && time.Since(start) > long {
			break
		}
		c, err := w.sample()
		if err != nil {
			return nil, err
		}
		if round >= 0 {
			costs = append(costs, c)
		}
	}
	return costs, nil
}

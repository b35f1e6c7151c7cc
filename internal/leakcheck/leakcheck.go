package leakcheck

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// settling is how often, and pause how long each time, work that was called off may
// take to end: goroutines that saw it have to run once more. What is left after all
// of it is a leak; the time decides how soon a test fails, not whether.
const (
	settling = 6000
	pause    = 10 * time.Millisecond
)

// State is what a process holds at one time.
type State struct {
	goroutines map[string]int // by stack
	handles    map[string]int // by what they are open on
	files      []string
	folders    []string
}

// Take returns what the process holds now, and the files that are in folders, such
// as the one for temporary files. It waits until every goroutine waits for something:
// one that is on its way there would have another name later.
func Take(folders ...string) State {
	for range settling {
		if !slices.ContainsFunc(stacks(), isBusy) {
			break
		}
		time.Sleep(pause)
	}
	return take(folders)
}

func take(folders []string) State {
	return State{goroutines: goroutines(), handles: handles(), files: files(folders), folders: folders}
}

// Require fails the test if the process holds more than before. What was given up may
// still be on its way out: its goroutines get a moment to end. When they have, files on
// disk must be closed: later the garbage collector would hide that nobody did it.
func (s State) Require(t testing.TB) {
	t.Helper()
	for range settling {
		if len(more("goroutine", s.goroutines, goroutines())) == 0 {
			break
		}
		time.Sleep(pause)
	}
	left := more("open file", onDisk(s.handles), onDisk(handles()))
	if len(left) > 0 {
		t.Fatalf("left behind:\n%s", strings.Join(left, "\n"))
	}
	for range settling {
		if left = s.Left(); len(left) == 0 {
			return
		}
		time.Sleep(pause)
	}
	t.Fatalf("left behind:\n%s", strings.Join(left, "\n"))
}

// Left describes what the process holds that it did not hold before, at this very
// moment.
func (s State) Left() []string {
	now := take(s.folders)
	left := more("goroutine", s.goroutines, now.goroutines)
	left = append(left, more("open file", s.handles, now.handles)...)
	for _, file := range now.files {
		if !slices.Contains(s.files, file) {
			left = append(left, "file "+file)
		}
	}
	return left
}

func more(what string, before, after map[string]int) []string {
	var left []string
	for _, name := range slices.Sorted(maps.Keys(after)) {
		for range after[name] - before[name] {
			left = append(left, what+" "+name)
		}
	}
	return left
}

// goroutines counts the stacks of all goroutines but this one, without what differs
// between two of the same kind: numbers, addresses, arguments, waiting times.
func goroutines() map[string]int {
	counts := map[string]int{}
	for _, stack := range stacks() {
		if kind := kindOf(stack); kind != "" {
			counts[kind]++
		}
	}
	return counts
}

// stacks returns those of all goroutines but this one.
func stacks() []string {
	buffer := make([]byte, 1<<20)
	for {
		n := runtime.Stack(buffer, true)
		if n < len(buffer) {
			buffer = buffer[:n]
			break
		}
		buffer = make([]byte, 2*len(buffer))
	}
	return strings.Split(string(buffer), "\n\n")[1:] // the first is this one
}

// isBusy tells whether the goroutine of a stack runs, or could.
func isBusy(stack string) bool {
	headline, _, _ := strings.Cut(stack, "\n")
	_, state, _ := strings.Cut(headline, " [")
	return strings.HasPrefix(state, "run") || strings.HasPrefix(state, "preempted")
}

// kindOf names a goroutine by the functions on its stack. It is "" for those that
// belong to Go itself, which come and go.
func kindOf(stack string) string {
	var names []string
	for line := range strings.Lines(stack) {
		if strings.HasPrefix(line, "\t") || strings.HasPrefix(line, "goroutine ") {
			continue
		}
		name, _, _ := strings.Cut(strings.TrimSpace(line), "(0x")
		name, _, _ = strings.Cut(name, "({0x")
		name, _, _ = strings.Cut(name, " in goroutine ")
		names = append(names, strings.TrimSuffix(name, "(...)"))
	}
	whole := strings.Join(names, " < ")
	for _, own := range []string{"os/signal.", "runtime.ensureSigM", "runtime.ReadTrace"} {
		if strings.Contains(whole, own) {
			return ""
		}
	}
	return whole
}

// handles counts the open files of the process by their names. Where the system
// does not tell, there are none.
func handles() map[string]int {
	const folder = "/proc/self/fd"
	counts := map[string]int{}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return counts
	}
	for _, entry := range entries {
		target, err := os.Readlink(filepath.Join(folder, entry.Name()))
		if err != nil {
			continue // what ReadDir itself had open
		}
		if kind, _, ok := strings.Cut(target, ":["); ok {
			target = kind // sockets and pipes have a number
		}
		counts[target]++
	}
	return counts
}

// onDisk leaves out sockets, pipes and the like.
func onDisk(handles map[string]int) map[string]int {
	handles = maps.Clone(handles)
	maps.DeleteFunc(handles, func(name string, _ int) bool { return !filepath.IsAbs(name) })
	return handles
}

func files(folders []string) []string {
	var all []string
	for _, folder := range folders {
		_ = filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
			if err == nil && path != folder {
				all = append(all, path)
			}
			return nil // what vanishes meanwhile is not left
		})
	}
	return all
}

// Heap returns the bytes of the heap that are in use after everything that can be
// collected is.
func Heap() uint64 {
	var stats runtime.MemStats
	for range 3 { // pools give up what they hold at the second collection
		runtime.GC()
	}
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

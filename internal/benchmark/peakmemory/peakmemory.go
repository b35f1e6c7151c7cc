// Package peakmemory reads how much memory a process had at most, as the kernel
// counts it: its resident set, with everything that a program brings along beside
// its heap. It works on Linux; elsewhere everything is unknown.
package peakmemory

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Highest returns the peak of a process's resident set in bytes since it began or
// since [Reset]. It is 0 where that is unknown, as that of a process that has ended.
func Highest(pid int) int64 { return field(pid, "VmHWM:") }

// Now returns the resident set of a process in bytes, 0 where it is unknown.
func Now(pid int) int64 { return field(pid, "VmRSS:") }

// Reset makes the peak of this process what it has now. Its error is that of the
// file system.
func Reset() error {
	// proc_pid_clear_refs(5): 5 resets the peak.
	return os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
}

// Available returns how many bytes programs can have without swapping, 0 where that
// is unknown.
func Available() int64 { return fieldOf("/proc/meminfo", "MemAvailable:") }

// Watch looks at a process until the returned function is called, which returns the
// highest peak. The first look is before it returns. The process may end meanwhile:
// what the kernel says after its end counts the memory of whoever has started it, too.
func Watch(pid int) (peak func() int64) {
	ctx, stop := context.WithCancel(context.Background())
	highest := make(chan int64, 1)
	most := Highest(pid)
	go func() {
		ticker := time.NewTicker(time.Millisecond)
		defer ticker.Stop()
		for {
			most = max(most, Highest(pid))
			select {
			case <-ctx.Done():
				highest <- most
				return
			case <-ticker.C:
			}
		}
	}()
	return func() int64 { stop(); return <-highest }
}

func field(pid int, name string) int64 {
	return fieldOf(filepath.Join("/proc", strconv.Itoa(pid), "status"), name)
}

// fieldOf returns a field that is given in kB.
func fieldOf(path, name string) int64 {
	content, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(content)) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			kilobytes, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			if err != nil {
				return 0
			}
			return kilobytes << 10
		}
	}
	return 0
}

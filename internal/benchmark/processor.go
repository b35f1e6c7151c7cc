package main

import (
	"bufio"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
)

// processorKind says which kind of processor this is, as far as the system tells: the
// ratio of two processor times is that of a kind.
func processorKind() string {
	file, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return runtime.GOOS + "/" + runtime.GOARCH
	}
	defer file.Close()
	if kind := parseProcessorKind(file); kind != "" {
		return kind
	}
	return runtime.GOOS + "/" + runtime.GOARCH
}

// parseProcessorKind reads what Linux says of its first processor, on amd64 and arm64.
func parseProcessorKind(cpuinfo io.Reader) string {
	telling := []string{
		"vendor_id", "cpu family", "model", "model name", "stepping", "cache size",
		"CPU implementer", "CPU architecture", "CPU variant", "CPU part", "CPU revision",
	}
	var kind []string
	lines := bufio.NewScanner(cpuinfo)
	for lines.Scan() {
		key, value, ok := strings.Cut(lines.Text(), ":")
		if !ok {
			break // the next processor
		}
		if key = strings.TrimSpace(key); slices.Contains(telling, key) {
			kind = append(kind, key+" "+strings.TrimSpace(value))
		}
	}
	return strings.Join(kind, ", ")
}

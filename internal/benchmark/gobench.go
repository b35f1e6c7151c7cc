package main

import (
	"fmt"
	"runtime"
	"strings"
)

// goBenchmarks returns the rounds in the format of go test -bench: each is a line of
// a benchmark of its set and stage, so benchstat compares them with those of another
// commit or machine.
func (r report) goBenchmarks() string {
	var b strings.Builder
	fmt.Fprintf(&b, "goos: %s\ngoarch: %s\npkg: github.com/packstage/packstage/internal/benchmark\n", runtime.GOOS, runtime.GOARCH)
	written := map[string]bool{}
	add := func(set, stage string, rounds []cost) {
		name := fmt.Sprintf("BenchmarkStage/set=%s/stage=%s-%d", benchmarkName(set), benchmarkName(stage), r.Processors)
		if written[name] {
			return // a baseline of several stages
		}
		written[name] = true
		for _, c := range rounds {
			fmt.Fprintf(&b, "%s\t1\t%d ns/op", name, c.time.Nanoseconds())
			if c.bytes > 0 {
				fmt.Fprintf(&b, "\t%d B/op\t%d allocs/op", c.bytes, c.allocations)
			}
			b.WriteString("\n")
		}
	}
	for _, result := range r.Results {
		add(result.Set, result.Stage, result.own)
		add(result.Set, result.Baseline, result.baseline)
	}
	return b.String()
}

// benchmarkName makes a name of what people read; none is "none".
func benchmarkName(text string) string {
	if text == "" {
		return "none"
	}
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '+' || r == '/' }), "-")
}

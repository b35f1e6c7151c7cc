package main

import (
	"fmt"
	"runtime"
	"strings"
)

// result is a row of the table. Times are medians in nanoseconds.
type result struct {
	Set      string `json:"set,omitempty"`
	Stage    string `json:"stage"`
	Baseline string `json:"baseline"`

	Nanoseconds         int64   `json:"nanoseconds"`
	BaselineNanoseconds int64   `json:"baselineNanoseconds"`
	TimeRatio           float64 `json:"timeRatio"`

	// Allocated bytes; 0 where they were not measured.
	Allocated         int64   `json:"allocated,omitempty"`
	BaselineAllocated int64   `json:"baselineAllocated,omitempty"`
	AllocatedRatio    float64 `json:"allocatedRatio,omitempty"`

	// own and baseline are the rounds that the figures come from.
	own, baseline []cost

	// Budgets of the row, each with whether it is met.
	Budgets []verdict `json:"budgets,omitempty"`
}

// verdict is a budget that was compared with what was measured.
type verdict struct {
	// Of says what the budget is for: "time" or "allocated".
	Of string `json:"of"`
	// Limit as people write it, such as "0.8 ×" or "400 KB".
	Limit string `json:"limit"`
	Met   bool   `json:"met"`
}

func newResult(set string, s stage, measured series) result {
	own, base := measured.cost(s.name), measured.cost(s.baseline)
	r := result{
		Set: set, Stage: s.name, Baseline: s.baseline,
		Nanoseconds: own.time.Nanoseconds(), BaselineNanoseconds: base.time.Nanoseconds(),
		TimeRatio: measured.timeRatio(s.name, s.baseline),
		Allocated: own.bytes, BaselineAllocated: base.bytes,
		own: measured[s.name], baseline: measured[s.baseline],
	}
	if base.bytes > 0 {
		r.AllocatedRatio = measured.bytesRatio(s.name, s.baseline)
	}
	r.Budgets = budgetOf(set, s.name).judge(r)
	return r
}

// judge compares a result with each part of the budget.
func (b budget) judge(r result) []verdict {
	var verdicts []verdict
	add := func(of string, limit, value float64, unit string) {
		if limit > 0 {
			verdicts = append(verdicts, verdict{Of: of, Limit: fmt.Sprintf("%v %s", limit, unit), Met: value <= limit})
		}
	}
	add("time", b.timeRatio, r.TimeRatio, "×")
	add("time", b.milliseconds, float64(r.Nanoseconds)/1e6, "ms")
	add("allocated", b.bytesRatio, r.AllocatedRatio, "×")
	add("allocated", b.kilobytes, float64(r.Allocated)/1e3, "KB")
	return verdicts
}

// report is everything that a run found out.
type report struct {
	SchemaVersion int      `json:"schemaVersion"`
	GoVersion     string   `json:"goVersion"`
	Platform      string   `json:"platform"`
	Processors    int      `json:"processors"`
	Rounds        string   `json:"rounds"`
	Results       []result `json:"results"`
}

func newReport(rounds string) report {
	return report{
		SchemaVersion: 1, GoVersion: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
		Processors: runtime.GOMAXPROCS(0), Rounds: rounds,
	}
}

// machine says in one line what was measured on.
func (r report) machine() string {
	processors := "processors"
	if r.Processors == 1 {
		processors = "processor"
	}
	return fmt.Sprintf("%d %s, %s, %s, benchtime %s", r.Processors, processors, strings.Replace(r.GoVersion, "go", "Go ", 1), r.Platform, r.Rounds)
}

package main

import (
	"fmt"
	"maps"
	"slices"
)

// guardFile is what the guard compares with, as it is stored.
type guardFile struct {
	SchemaVersion int    `json:"schemaVersion"`
	GoVersion     string `json:"goVersion"`
	Platform      string `json:"platform"`
	// Figures by set and stage, such as "nginx/cold".
	Figures map[string]guarded `json:"figures"`
}

// guarded are the figures of a stage that do not depend on how busy the machine is.
type guarded struct {
	// Allocations and Bytes of one run: the least of all rounds.
	Allocations int64 `json:"allocations"`
	Bytes       int64 `json:"bytes"`
	// ProcessorRatio is the processor time of a run over that of the baseline in the
	// same rounds, each the least of all rounds, on one processor; 0 where it is not
	// compared.
	ProcessorRatio float64 `json:"processorRatio,omitempty"`
}

// What may be more than stored: a tenth of allocations, which hardly vary, and three
// tenths of ratios of processor times: other processes empty the caches of a
// processor, and another processor has others.
const (
	allocationTolerance = 0.10
	processorTolerance  = 0.30
)

// regression is a figure that is higher than it may be, or that one of both sides
// does not have.
type regression struct {
	figure, what string
	// ratio tells that it is a ratio of processor times.
	ratio bool
	text  string
}

func (r regression) String() string { return fmt.Sprintf("%s: %s %s", r.figure, r.what, r.text) }

// regressions compares what was measured with what is stored, in the order of names.
// Improvements are none.
func regressions(stored, measured map[string]guarded) []regression {
	names := map[string]bool{}
	for name := range stored {
		names[name] = true
	}
	for name := range measured {
		names[name] = true
	}
	var found []regression
	for _, name := range slices.Sorted(maps.Keys(names)) {
		was, isStored := stored[name]
		is, isMeasured := measured[name]
		switch {
		case !isStored:
			found = append(found, regression{figure: name, what: "the figure", text: "is not stored"})
			continue
		case !isMeasured:
			found = append(found, regression{figure: name, what: "the figure", text: "is stored, and no longer measured"})
			continue
		}
		compare := func(what string, was, is, tolerance float64, ratio bool) {
			if is > was*(1+tolerance) {
				text := fmt.Sprintf("went from %s to %s, by %.0f %%; %.0f %% are allowed", significant(was), significant(is), (is/was-1)*100, tolerance*100)
				found = append(found, regression{figure: name, what: what, ratio: ratio, text: text})
			}
		}
		compare("allocations", float64(was.Allocations), float64(is.Allocations), allocationTolerance, false)
		compare("allocated bytes", float64(was.Bytes), float64(is.Bytes), allocationTolerance, false)
		if was.ProcessorRatio > 0 && is.ProcessorRatio > 0 {
			compare("processor time over that of the baseline", was.ProcessorRatio, is.ProcessorRatio, processorTolerance, true)
		}
	}
	return found
}

// onlyRatios tells whether more rounds may help: noise makes processor times longer,
// never shorter, so the least of more rounds is nearer to the truth. It does nothing
// to allocations.
func onlyRatios(found []regression) bool {
	return len(found) > 0 && !slices.ContainsFunc(found, func(r regression) bool { return !r.ratio })
}

// least returns the smallest of each figure over the rounds.
func least(costs []cost) cost {
	smallest := costs[0]
	for _, c := range costs[1:] {
		smallest.time = min(smallest.time, c.time)
		smallest.processor = min(smallest.processor, c.processor)
		smallest.bytes = min(smallest.bytes, c.bytes)
		smallest.allocations = min(smallest.allocations, c.allocations)
	}
	return smallest
}

// guardedOf returns the figures of a stage.
func (s series) guardedOf(own stage) guarded {
	c, baseline := least(s[own.name]), least(s[own.baseline])
	g := guarded{Allocations: c.allocations, Bytes: c.bytes}
	if baseline.processor > 0 && !slices.Contains(allocationsOnly, own.name) {
		g.ProcessorRatio = float64(c.processor) / float64(baseline.processor)
	}
	return g
}

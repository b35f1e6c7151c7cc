package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// guardSchema is the version of the form of [guardFile].
const guardSchema = 3

// guardFile is what the guard compares with, as it is stored.
type guardFile struct {
	SchemaVersion int    `json:"schemaVersion"`
	GoVersion     string `json:"goVersion"`
	Platform      string `json:"platform"`
	// Processor is the kind that the ratios are of, see [processorKind].
	Processor string `json:"processor"`
	// Figures by set and stage, such as "nginx/cold".
	Figures map[string]guarded `json:"figures"`
}

// withoutRatios returns the figures without the ratios, which are of another processor.
func withoutRatios(figures map[string]guarded) map[string]guarded {
	without := map[string]guarded{}
	for name, figure := range figures {
		figure.ProcessorRatio = 0
		without[name] = figure
	}
	return without
}

// guarded are the figures of a stage that do not depend on how busy the machine is.
type guarded struct {
	// Allocations and Bytes of one run: the least of all samples.
	Allocations int64 `json:"allocations"`
	Bytes       int64 `json:"bytes"`
	// ProcessorRatio is the processor time of a run over that of the yardstick, as
	// [pairs.ratio] has it; 0 where it is not compared.
	ProcessorRatio float64 `json:"processorRatio,omitempty"`
}

// tolerance is how much more than before each figure may be: a tenth.
const tolerance = 0.10

// regression is a figure that is higher than it may be, or that one of both sides
// does not have.
type regression struct {
	figure, what string
	kind         regressionKind
	text         string
}

// regressionKind says what could make it untrue.
type regressionKind int

const (
	// lacking is a figure that one side does not have: nothing could.
	lacking regressionKind = iota
	// allocating depends on the program and on Go.
	allocating
	// slower depends on the machine as well, and on what else it does.
	slower
)

func (r regression) String() string { return fmt.Sprintf("%s: %s %s", r.figure, r.what, r.text) }

// regressions compares what was measured with what was before, in the order of
// names. Improvements are none.
func regressions(before, measured map[string]guarded) []regression {
	names := map[string]bool{}
	for name := range before {
		names[name] = true
	}
	for name := range measured {
		names[name] = true
	}
	var found []regression
	for _, name := range slices.Sorted(maps.Keys(names)) {
		was, isStored := before[name]
		is, isMeasured := measured[name]
		switch {
		case !isStored:
			found = append(found, regression{figure: name, what: "the figure", kind: lacking, text: "is not stored"})
		case !isMeasured:
			found = append(found, regression{figure: name, what: "the figure", kind: lacking, text: "is stored, and no longer measured"})
		default:
			found = append(found, compareFigures(name, was, is)...)
		}
	}
	return found
}

// compareFigures compares the figures of one stage.
func compareFigures(name string, was, is guarded) []regression {
	var found []regression
	compare := func(what string, was, is float64, kind regressionKind) {
		if is > was*(1+tolerance) {
			text := fmt.Sprintf("went from %s to %s, by %.0f %%; %.0f %% are allowed", plain(was), plain(is), (is/was-1)*100, tolerance*100)
			found = append(found, regression{figure: name, what: what, kind: kind, text: text})
		}
	}
	compare("allocations", float64(was.Allocations), float64(is.Allocations), allocating)
	compare("allocated bytes", float64(was.Bytes), float64(is.Bytes), allocating)
	if was.ProcessorRatio > 0 && is.ProcessorRatio > 0 {
		compare("the ratio of processor times", was.ProcessorRatio, is.ProcessorRatio, slower)
	}
	return found
}

// shares tells how much of what was before is left, or added.
func shares(was, is guarded) string {
	text := fmt.Sprintf("%.2f of the allocations, %.2f of the bytes",
		float64(is.Allocations)/float64(was.Allocations), float64(is.Bytes)/float64(was.Bytes))
	if was.ProcessorRatio > 0 && is.ProcessorRatio > 0 {
		text += fmt.Sprintf(", %.2f of the processor time", is.ProcessorRatio/was.ProcessorRatio)
	}
	return text
}

// plain writes counts as they are, and ratios, which can be far below 1, with three
// digits.
func plain(value float64) string {
	if value >= 100 {
		return strconv.FormatFloat(value, 'f', 0, 64)
	}
	return strconv.FormatFloat(value, 'g', 3, 64)
}

// undecidedError says that what is worse than what is stored may be so because of the
// machine or of Go, or that the stored ratios are of another processor. A comparison with
// the commit that stored them decides.
type undecidedError struct{ reason string }

func (e *undecidedError) Error() string { return e.reason }

// undecidedStatus is how the program ends with it.
const undecidedStatus = 3

// areAll tells whether there are any, and all of these kinds.
func areAll(found []regression, kinds ...regressionKind) bool {
	return len(found) > 0 && !slices.ContainsFunc(found, func(r regression) bool { return !slices.Contains(kinds, r.kind) })
}

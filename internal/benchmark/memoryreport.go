package main

import (
	"fmt"
	"strings"
)

// memoryReport is what the mode "memory" found out.
type memoryReport struct {
	Many    int
	Results []memoryResult
}

type memoryResult struct {
	Task    task
	Figures figures
}

func (r memoryReport) of(kind string) []memoryResult {
	var results []memoryResult
	for _, result := range r.Results {
		if result.Task.Kind == kind {
			results = append(results, result)
		}
	}
	return results
}

// flatPeak is how much more than before a way of a layer may have at most, however
// large the layer is: the budget is that memory does not grow with it.
const flatPeak = 16 << 20

// loadAllowance is what loading into files may have beside the compressed and the
// uncompressed bytes: a tenth, and loadFixed for what any request takes.
const (
	loadAllowance = 1.1
	loadFixed     = 1 << 20
)

func (r memoryReport) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Measured on %s.\n\n", thisMachine())
	fmt.Fprintf(&b, "One compiled package, %s configurations:\n\n", grouped(int64(r.Many)))
	var rows [][]string
	for _, result := range r.of("configurations") {
		f := result.Figures
		for _, way := range []string{"serial", "parallel"} {
			rows = append(rows, []string{
				result.Task.Name, way, formatTime(f[way+"Time"]), formatTime(f[way+"Time"] / int64(result.Task.Size)),
				formatBytes(f["compiledHeap"]), formatBytes(f[way+"Peak"]),
			})
		}
	}
	b.WriteString(markdownTable([]string{"set", "renders", "all", "each", "compiled package", "peak while rendering"}, rows))

	b.WriteString("\nDifferent packages, loaded, compiled and held at once:\n\n")
	rows = nil
	for _, result := range r.of("held") {
		f := result.Figures
		rows = append(rows, []string{
			result.Task.Name, grouped(f["held"]), formatBytes(f["heap"]), formatBytes(f["heap"] / f["held"]), formatBytes(f["peak"]),
			formatTime(f["time"] / f["held"]), formatTime(f["renderTime"]), formatBytes(f["heapAfter"] / f["held"]),
		})
	}
	b.WriteString(markdownTable([]string{
		"set", "packages", "held", "each", "peak on the way", "loading and compiling one", "first render of one", "each, after renders",
	}, rows))

	b.WriteString("\nOne layer on its way, with the registries in the same process:\n\n")
	rows = nil
	for _, result := range r.of("stream") {
		f, limit := result.Figures, "flat: "+formatBytes(flatPeak)
		met := f["peak"] <= flatPeak
		if result.Task.Name == "load" {
			most := int64(float64(f["bytes"])*loadAllowance) + loadFixed
			limit, met = "compressed + uncompressed + 10 % + 1 MiB: "+formatBytes(most), f["peak"] <= most
		}
		verdict := "yes"
		if !met {
			verdict = "**no**"
		}
		if f["peak"] == 0 {
			verdict = "–"
		}
		rows = append(rows, []string{result.Task.Name, fmt.Sprintf("%d MB", result.Task.Size), formatBytes(f["peak"]), limit, verdict})
	}
	b.WriteString(markdownTable([]string{"way", "layer", "peak above what was before", "budget", "met"}, rows))
	return b.String()
}

package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

var header = []string{"set", "stage", "median", "allocated", "baseline", "its median", "its allocated", "time ratio", "allocated ratio", "budget", "met"}

// row returns the cells of a result, in the order of header.
func (r result) row() []string {
	limits := make([]string, len(r.Budgets))
	met := make([]string, len(r.Budgets))
	for i, verdict := range r.Budgets {
		limits[i] = verdict.Of + " " + verdict.Limit
		met[i] = "yes"
		if !verdict.Met {
			met[i] = "NO"
		}
	}
	return []string{
		orDash(r.Set), r.Stage, formatTime(r.Nanoseconds), formatBytes(r.Allocated),
		r.Baseline, formatTime(r.BaselineNanoseconds), formatBytes(r.BaselineAllocated),
		formatRatio(r.TimeRatio), formatRatio(r.AllocatedRatio),
		orDash(strings.Join(limits, ", ")), orDash(strings.Join(met, ", ")),
	}
}

// writeText writes the table for a terminal.
func (r report) writeText(w io.Writer) error {
	fmt.Fprintf(w, "%s\n\n", r.machine())
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, strings.Join(header, "\t"))
	for _, result := range r.Results {
		fmt.Fprintln(table, strings.Join(result.row(), "\t"))
	}
	return table.Flush()
}

// markdown returns the table for a document.
func (r report) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Measured on %s.\n\n", r.machine())
	rows := make([][]string, len(r.Results))
	for i, result := range r.Results {
		rows[i] = result.row()
		for j, cell := range rows[i] {
			rows[i][j] = strings.ReplaceAll(cell, "NO", "**no**")
		}
	}
	b.WriteString(markdownTable(header, rows))
	return b.String()
}

func orDash(text string) string {
	if text == "" {
		return "–"
	}
	return text
}

// formatTime prints three digits that count, in milliseconds.
func formatTime(nanoseconds int64) string {
	return significant(float64(nanoseconds)/float64(time.Millisecond)) + " ms"
}

// formatBytes prints decimal units.
func formatBytes(bytes int64) string {
	switch {
	case bytes == 0:
		return "–"
	case bytes < 1_000_000:
		return significant(float64(bytes)/1e3) + " KB"
	default:
		return significant(float64(bytes)/1e6) + " MB"
	}
}

func formatRatio(ratio float64) string {
	if ratio == 0 {
		return "–"
	}
	return significant(ratio)
}

func significant(value float64) string {
	switch {
	case value >= 100:
		return fmt.Sprintf("%.0f", value)
	case value >= 10:
		return fmt.Sprintf("%.1f", value)
	default:
		return fmt.Sprintf("%.2f", value)
	}
}

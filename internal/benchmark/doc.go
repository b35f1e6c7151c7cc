// Command benchmark measures the way from a folder to an image to ordered phases
// on the packages of packageset, each stage beside a baseline in the same run,
// so that the machine cancels out.
//
//	go run ./internal/benchmark -benchtime 5x -write docs/performance.md
//
// A round runs the baseline and every stage once, or as often as it takes to
// fill the time of a sample; times are medians over the rounds, ratios are the
// medians of the rounds' own ratios.
//
// Flags:
//
//	-benchtime   rounds ("5x") or time for the rounds of a set ("30s")
//	-sets        sets to measure, comma-separated; all if empty
//	-stages      stages to measure, comma-separated; all if empty
//	-cpu         processors to use; 2, for which the budgets are made
//	-write       file between whose markers the table goes
//	-json        print JSON in the place of the table
//	-dir         write the sets as folders and measure nothing
package main

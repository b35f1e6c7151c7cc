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
//	-gobench     file for each round in the format of go test -bench
//	-json        print JSON in the place of the table
//	-dir         write the sets as folders and measure nothing
//
// A first argument that is no flag is a mode with flags of its own, which -h lists:
//
//	growth       time and memory by number of objects, definitions and templates,
//	             with the exponent of its growth, and drawings
//	memory       many configurations of a package, many packages, layers on their way
//	process      packstage render beside helm template
//	author       the test cases of a package, and watching its folder, as processes
//	profile      in which functions the time goes
//	guard FILE   fails where something got worse than in the file, or, with
//	             -against PROGRAM, than in this program of another commit
//
// Growth and memory are measured in a process of its own for each figure: this
// program again, in the mode "measure".
package main

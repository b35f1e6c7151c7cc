// Package garbage says how often the program collects garbage, and says it before most
// of the packages that it links are initialised: those leave five megabytes behind, for
// which Go on its own collects while the program starts, and that takes a sixth of the
// start. Packages are initialised in the order of their import paths, each after those
// that it needs (The Go Programming Language Specification, Program initialization), and
// this one needs nearly nothing.
package garbage

import (
	"os"
	"runtime/debug"
)

// Percent is how much is allocated, in percent of what is held, before garbage is
// collected, unless GOGC says otherwise. At Go's own 100 collecting takes a quarter of
// the time of long commands, such as tests of a hundred cases, and their memory is given
// back soon.
const Percent = 200

func init() { //nolint:gochecknoinits // main would be too late, and a program may change what is its own
	if _, chosen := os.LookupEnv("GOGC"); !chosen {
		debug.SetGCPercent(Percent)
	}
}

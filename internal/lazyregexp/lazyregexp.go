// Package lazyregexp compiles regular expressions when they are first used, and not while
// a program starts that may never use them: one with {64} or {0,127} in it takes a tenth of
// a millisecond, and every program that imports the library would pay for all of them.
package lazyregexp

import (
	"regexp"
	"sync"
)

// New returns a function that returns the compiled expression, the same each time. It
// is safe for concurrent use and panics where the expression is none, as
// [regexp.MustCompile] does: expressions are constants of the program.
func New(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}

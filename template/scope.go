package template

import (
	"context"
	"sync/atomic"
)

// Scope holds what the files of one render share: what is left of the limits
// TemplateSteps and TotalOutput, and the evaluator of the `cel` function. A
// render makes one and gives it to each Execute; the zero value is ready to use,
// and all of it is safe for concurrent use. It must not be copied after its
// first use.
//
// Whether the files of a render stay inside the limits together does not depend
// on the order in which they are executed; which file is found to exceed them
// does. A caller that executes files at the same time and wants the same
// finding every time executes them again in order, with a new Scope.
type Scope struct {
	// CEL evaluates a condition for the `cel` function; without it, the
	// function is an error. Its errors are shown as they are, so they must not
	// hold values of the data.
	CEL func(ctx context.Context, expression string) (bool, error)

	steps, output atomic.Int64
}

// fresh returns a scope with the same evaluator and nothing used.
func (s *Scope) fresh() *Scope {
	if s == nil {
		return &Scope{}
	}
	return &Scope{CEL: s.CEL}
}

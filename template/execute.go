package template

import (
	"bytes"
	"context"
)

// Execute executes one file and returns what it writes. Data is the root
// context; it may be shared, and is copied if, and only if, the functions that
// the file can reach could change it. A nil scope is a new one.
//
// The error is a [diagnostic.Diagnostics] with codes
// [diagnostic.TemplateExecute], [diagnostic.TemplateNoValue] (an action that
// would print a value that is not there) or [diagnostic.LimitExceeded]; it wraps
// ctx.Err() when the caller has given up, which is looked at at every step; it
// is a plain error if the set has no such file.
func (s *Set) Execute(ctx context.Context, path string, data map[string]any, scope *Scope) ([]byte, error) {
	output, _, err := s.execute(ctx, s.plain, path, data, scope, executeOptions{})
	return output, err
}

// ExecuteMapped is Execute with a source map of the lines of the output: a
// position is that of the text or action that began the line, or, behind a line
// break, that wrote it. It costs 24 bytes for each of these. Text that comes from
// an include maps to the action that includes it; [Set.Trace] looks deeper.
func (s *Set) ExecuteMapped(ctx context.Context, path string, data map[string]any, scope *Scope) ([]byte, *SourceMap, error) {
	return s.execute(ctx, s.plain, path, data, scope, executeOptions{mapped: true})
}

// executeOptions say what an execution does besides writing its output.
type executeOptions struct {
	mapped   bool
	coverage *Coverage // nil unless the program counts
}

func (s *Set) execute(ctx context.Context, program *program, path string, data map[string]any, scope *Scope, options executeOptions) ([]byte, *SourceMap, error) {
	file, err := program.lookup(path)
	if err != nil {
		return nil, nil, err
	}
	if scope == nil {
		scope = &Scope{}
	}
	root := data
	if file.mutates {
		root = copyData(data).(map[string]any)
	}
	e := program.take(s)
	e.out.mapped = options.mapped
	runErr := e.run(ctx, path, root, scope)
	if options.coverage != nil {
		e.hits.moveTo(options.coverage, program.points)
	}
	if runErr == nil {
		runErr = e.countOutput()
	}
	if runErr != nil {
		err := e.diagnose(runErr, data)
		// What a failed execution holds may be large, and is not worth keeping.
		return nil, nil, err
	}
	output := bytes.Clone(e.out.data)
	if output == nil {
		output = []byte{}
	}
	var sources *SourceMap
	if options.mapped {
		sources = newSourceMap(program, output, e.out.marks)
	}
	suspect := e.suspect || bytes.Contains(output, noValue)
	program.give(e)
	if suspect {
		if err := s.findNoValue(ctx, path, data, scope); err != nil {
			return nil, nil, err
		}
	}
	return output, sources, nil
}

// countOutput takes the output from what the scope has left.
func (e *execution) countOutput() error {
	limit := e.set.limits.TotalOutput
	if total := e.scope.output.Add(int64(len(e.out.data))); total > limit {
		return e.exceeded("TotalOutput", total, limit, "the templates of this render write too much together", "")
	}
	return nil
}

// findNoValue executes a file again to tell whether the text "<no value>" in
// its output stands for a value that is not there.
func (s *Set) findNoValue(ctx context.Context, path string, data map[string]any, scope *Scope) error {
	_, err := s.Trace(ctx, path, data, scope)
	return err
}

// Trace executes a file again and returns the source map of its output, which
// also sees through includes: output that comes from a template in another file
// maps to that file, also where the including action indents or trims it. It is
// meant for the way of failure: it costs about three executions, and the first
// one of a set parses all files again. It takes nothing from the limits of the
// scope, which only gives the evaluator for the `cel` function. Errors are those
// of [Set.Execute].
func (s *Set) Trace(ctx context.Context, path string, data map[string]any, scope *Scope) (*SourceMap, error) {
	if _, err := s.plain.lookup(path); err != nil {
		return nil, err
	}
	program := s.traced()
	e := program.take(s)
	e.trace = &tracer{}
	e.out.mapped = true
	if err := e.run(ctx, path, copyData(data).(map[string]any), scope.fresh()); err != nil {
		return nil, e.diagnose(err, data)
	}
	sources := newSourceMap(program, bytes.Clone(e.out.data), e.out.marks)
	program.give(e)
	return sources, nil
}

package template

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	texttemplate "text/template"

	"github.com/packstage/packstage/internal/objectyaml"
	"github.com/packstage/packstage/packagetypes"
)

const (
	// stepBatch is how many steps are counted before they are taken from the
	// scope that all files of a render share.
	stepBatch = 1024
	// workPerStep is how many units of work inside functions make a step.
	workPerStep = 64
	// maxTotalNesting bounds the nesting of blocks and parentheses of all
	// templates that run inside one another, and so the goroutine's stack.
	maxTotalNesting = 10_000
	// keptBuffer is the largest buffer that is kept for the next execution.
	keptBuffer = 1 << 20
)

// execution runs templates, one file at a time; it is what the functions of its
// copy of the templates see. It is not safe for concurrent use: each worker has
// its own.
type execution struct {
	set       *Set
	program   *program
	templates *texttemplate.Template

	ctx   context.Context
	scope *Scope
	path  string

	steps   int64 // of this execution
	flushed int64 // those of steps that the scope knows
	work    int64 // units that make no full step yet
	made    int64 // bytes that functions made
	madeMax int64

	frames  []frame
	nesting int
	// at is the node that runs, or text that was written.
	at origin
	// suspect tells that an include's result holds the text of a missing value.
	suspect bool

	out     sink
	free    []*sink // for includes
	trace   *tracer
	regexps map[string]*compiledRegexp
	yaml    objectyaml.Writer
	written []byte // by yaml
	// hits are nil where executions do not count.
	hits *hits
}

// frame is one template that runs inside another.
type frame struct {
	body *body
	// call is the node that called it, unknown for the file's own.
	call origin
}

func newExecution(s *Set, p *program) *execution {
	e := &execution{set: s, program: p, madeMax: max(s.limits.TotalOutput/2, 1)}
	e.templates = texttemplate.New("").Option("missingkey=error")
	functions := texttemplate.FuncMap{}
	for _, name := range p.names {
		functions[name] = s.functions.build(name, e)
	}
	e.templates.Funcs(functions)
	for name, b := range p.bodies {
		// The trees are complete, so adding one cannot fail.
		_, _ = e.templates.AddParseTree(name, b.tree)
	}
	if p.points != nil {
		e.hits = &hits{counts: make([]uint32, len(p.markers.list))}
	}
	e.reset()
	return e
}

// reset forgets everything that belongs to one execution.
func (e *execution) reset() {
	e.ctx, e.scope, e.path, e.trace = nil, nil, "", nil
	e.steps, e.flushed, e.work, e.made = 0, 0, 0, 0
	e.frames, e.nesting, e.at, e.suspect = e.frames[:0], 0, unknownOrigin, false
	e.free = slices.DeleteFunc(e.free, func(s *sink) bool { return cap(s.data) > keptBuffer/16 })
	if cap(e.out.data) > keptBuffer {
		e.out.data = nil
	}
	if cap(e.written) > keptBuffer/16 {
		e.written = nil
	}
	e.out = sink{e: e, data: e.out.data[:0], marks: e.out.marks[:0], top: true}
	if len(e.regexps) > maxKeptRegexps {
		e.regexps = nil
	}
}

// run executes one file and leaves the output in e.out.
func (e *execution) run(ctx context.Context, path string, data map[string]any, scope *Scope) (err error) {
	e.ctx, e.path, e.scope = ctx, path, scope
	defer func() {
		if r := recover(); r != nil {
			err = &functionError{message: fmt.Sprintf("text/template failed: %T", r)}
		}
	}()
	if err := e.stopped(); err != nil {
		return err
	}
	if err := e.templates.Lookup(path).Execute(&e.out, data); err != nil {
		return err
	}
	return e.flush()
}

// stopped reports whether the caller has given up.
func (e *execution) stopped() error {
	if err := e.ctx.Err(); err != nil {
		return &stopError{err: err}
	}
	return nil
}

// pass handles a marker.
func (e *execution) pass(number int) error {
	m := &e.program.markers.list[number]
	switch m.kind {
	case markPassed:
		e.hits.hit(number)
		e.at = origin(number)
		return nil
	case markNode:
		e.at = origin(number)
		return nil
	case markBranch:
		e.hits.hit(number)
		return nil
	case markRoundPassed:
		e.hits.hit(number)
		fallthrough
	case markRound:
		e.at = origin(number)
		return e.step()
	case markEnterPassed:
		e.hits.hit(number)
		fallthrough
	case markEnter:
		e.frames = append(e.frames, frame{body: m.body, call: e.at})
		e.nesting += m.body.nesting
		if depth := int64(len(e.frames)) - 1; depth > e.set.limits.IncludeDepth {
			return e.exceeded("IncludeDepth", depth, e.set.limits.IncludeDepth, "include and template calls nest too deep", "a template that includes itself needs an end")
		}
		if e.nesting > maxTotalNesting {
			return e.exceeded("IncludeDepth", int64(len(e.frames)), int64(len(e.frames))-1, "templates with deeply nested blocks nest too deep", "a template that includes itself needs an end")
		}
		return e.step()
	default:
		last := len(e.frames) - 1
		e.at = e.frames[last].call
		e.nesting -= m.body.nesting
		e.frames = e.frames[:last]
		return nil
	}
}

// recognise notes that text is about to be written, if p is that.
func (e *execution) recognise(p []byte) {
	if len(e.frames) == 0 {
		return
	}
	file := e.frames[len(e.frames)-1].body.file
	if offset, ok := file.find(p); ok {
		e.at = textOrigin(file, offset)
	}
}

// step counts one step.
func (e *execution) step() error {
	e.steps++
	if e.steps-e.flushed >= stepBatch {
		if err := e.flush(); err != nil {
			return err
		}
	}
	return e.stopped()
}

// labour counts units of work that a function is about to do.
func (e *execution) labour(units int64) error {
	e.work += units
	if e.work < workPerStep {
		return nil
	}
	e.steps += e.work / workPerStep
	e.work %= workPerStep
	if e.steps-e.flushed >= stepBatch {
		if err := e.flush(); err != nil {
			return err
		}
		return e.stopped()
	}
	return nil
}

// flush tells the scope of the steps since the last time.
func (e *execution) flush() error {
	limit := e.set.limits.TemplateSteps
	total := e.scope.steps.Add(e.steps - e.flushed)
	e.flushed = e.steps
	if total > limit {
		return e.exceeded("TemplateSteps", total, limit, "the templates of this render take too many steps", "a loop or a recursion goes on for too long")
	}
	return nil
}

// reserve reports whether functions may make so many bytes more.
func (e *execution) reserve(bytes int64) error {
	if bytes > e.madeMax-e.made || bytes < 0 {
		value := e.madeMax + 1
		return e.exceeded("TotalOutput", value, e.madeMax, "the functions of this template make too much text or too many values",
			"what they make for one file may come to half of the limit TotalOutput")
	}
	return nil
}

// charge counts bytes that a function has made.
func (e *execution) charge(bytes int64) error {
	if err := e.reserve(bytes); err != nil {
		return err
	}
	before := e.made
	e.made += bytes
	if e.made>>20 != before>>20 {
		return e.stopped()
	}
	return nil
}

func (e *execution) exceeded(limit string, value, maximum int64, message, hint string) error {
	return &limitStop{
		LimitError: &packagetypes.LimitError{Limit: limit, Value: value, Max: maximum},
		message:    message, hint: hint,
	}
}

// include executes a template for the function of that name.
func (e *execution) include(name string, data any) (string, error) {
	template := e.templates.Lookup(name)
	if template == nil {
		return "", &functionError{
			message: "there is no template " + quoted(name),
			hint:    didYouMean(name, maps.Keys(e.program.bodies)),
		}
	}
	buffer := e.takeSink()
	at := e.at
	var results []*includeResult
	if e.trace != nil {
		results, e.trace.results = e.trace.results, nil
	}
	if err := template.Execute(buffer, data); err != nil {
		return "", err
	}
	e.at = at
	text := string(buffer.data)
	if bytes.Contains(buffer.data, noValue) {
		e.suspect = true
	}
	if e.trace != nil {
		e.trace.results = results
		e.trace.included(text, buffer.marks)
	}
	e.free = append(e.free, buffer)
	return text, nil
}

func (e *execution) takeSink() *sink {
	if n := len(e.free); n > 0 {
		s := e.free[n-1]
		e.free = e.free[:n-1]
		s.data, s.marks = s.data[:0], s.marks[:0]
		return s
	}
	return &sink{e: e}
}

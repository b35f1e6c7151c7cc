package template

import (
	"fmt"
	"slices"
	"sync"
	"text/template/parse"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
)

// Function is a function that a host adds for templates.
type Function struct {
	// Name by which templates call it: a Go identifier that is not taken.
	Name string
	// Implementation is a func with one result, or with two of which the second
	// is an error. It must be safe for concurrent use and must neither change
	// nor keep its arguments. Its errors are shown as they are, so they must not
	// hold values of the data.
	Implementation any
	// Deterministic says that equal arguments give equal results, on every
	// machine, at every time. Compile refuses functions that do not say so.
	Deterministic bool
}

// Options are how templates are compiled; the zero value compiles with the
// default limits, no files and no functions but those of the format.
type Options struct {
	// Limits that hold in compiling and executing.
	Limits packagetypes.Limits
	// Functions besides those of the format.
	Functions []Function
	// Files are what getFile and getFileGlob read; nil is no files.
	Files *packagetypes.Files
}

// Set is a compiled set of template files. It is immutable and safe for
// concurrent use.
type Set struct {
	limits    packagetypes.Limits
	functions *functionTable
	files     []*sourceFile
	plain     *program
	// traced is compiled again, on the first use, from the same sources: its
	// trees hold the calls that look for missing values.
	traced func() *program
	// analysed is what is known of the templates before they run; it is found out
	// on the first use.
	analysed func() *analysis
	// covered is made of the trees of the analysis on the first use; it counts
	// what its executions reach.
	covered func() *program
}

// Compile compiles template files: by path, in the order of
// packagetypes.ComparePaths, into one set in which each sees the definitions of
// all others. The name of a file's own template is its path. The sources must
// not be changed afterwards.
//
// All findings come at once, and the set is nil if one is an error:
// [diagnostic.TemplateParse] for what does not parse, unknown functions and
// functions that cannot be added, [diagnostic.TemplateDuplicateDefine] for names
// that two files define.
func Compile(sources map[string][]byte, options Options) (*Set, diagnostic.Diagnostics) {
	table, found := newFunctionTable(options)
	files, faults := parseFiles(sources, table)
	found = append(found, faults...)
	if found.HasErrors() {
		return nil, found.Sorted()
	}
	s := &Set{limits: options.Limits.WithDefaults(), functions: table, files: files}
	s.plain = newProgram(files, table, programOptions{})
	s.traced = sync.OnceValue(func() *program {
		again := make([]*sourceFile, len(files))
		for i, file := range files {
			again[i], _ = parseFile(file.path, file.data)
		}
		return newProgram(again, table, programOptions{traced: true})
	})
	s.analysed = sync.OnceValue(func() *analysis { return analyse(files) })
	s.covered = sync.OnceValue(func() *program {
		known := s.analysed()
		return newProgram(known.files, table, programOptions{points: known.pointIndex})
	})
	return s, found.Sorted()
}

// Paths returns the paths of the files, in order. The caller must not change
// the slice.
func (s *Set) Paths() []string { return s.plain.paths }

// program is a set of trees that is ready to be executed.
type program struct {
	paths   []string
	files   []*sourceFile // by start
	entries map[string]*entry
	bodies  map[string]*body
	markers *markers
	// names are the functions that the trees call.
	names []string
	// points are the points of the markers, -1 where there is none; nil where
	// executions do not count.
	points []int32

	// executions are those that nobody uses. They go with the garbage when the set is
	// not used for a while: whoever holds many packages does not hold their buffers.
	executions sync.Pool
}

// entry is what is known of executing one file.
type entry struct {
	file *sourceFile
	// mutates tells that its templates can change their data.
	mutates bool
}

// programOptions say what trees hold besides markers.
type programOptions struct {
	// traced makes printing look for missing values.
	traced bool
	// points makes executions count; nil does not.
	points *pointIndex
}

func newProgram(files []*sourceFile, table *functionTable, options programOptions) *program {
	p := &program{files: files, entries: make(map[string]*entry, len(files)), bodies: map[string]*body{}}
	var bodies []*body
	start := 0
	for _, file := range files {
		file.start = start
		start += len(file.data)
		p.paths = append(p.paths, file.path)
		for _, b := range file.bodies {
			p.bodies[b.name] = b
			bodies = append(bodies, b)
		}
	}
	for _, file := range files {
		reachable, recursive := p.reach(file.bodies[0], bodies)
		e := &entry{file: file}
		for _, b := range reachable {
			for _, identifier := range b.uses.identifiers {
				e.mutates = e.mutates || slices.Contains(mutators, identifier.Ident)
			}
		}
		if needsGuard(reachable, recursive) {
			for _, b := range reachable {
				b.guarded = true
			}
		}
		p.entries[file.path] = e
	}
	used := map[string]bool{}
	for _, b := range bodies {
		if b.guarded {
			guardComparisons(b)
			used[guardedPrint], used[guardedValue] = true, true
		}
		for _, identifier := range b.uses.identifiers {
			used[identifier.Ident] = true
		}
	}
	if options.traced {
		used[checkedPrint] = true
	}
	for name := range used {
		if table.has(name) {
			p.names = append(p.names, name)
		}
	}
	slices.Sort(p.names)
	p.markers = instrument(bodies, options.points != nil, func(b *body, node *parse.ActionNode) {
		guardPrint(b, node)
		if options.traced {
			appendCall(node.Pipe, checkedPrint)
		}
	})
	if options.points != nil {
		p.points = options.points.ofMarkers(p.markers)
	}
	return p
}

// reach returns the bodies that an execution of one can come to, itself first,
// and whether one of them can come to itself. Where a name is worked out while
// the template runs, it can come to all.
func (p *program) reach(from *body, all []*body) (reachable []*body, recursive bool) {
	const onPath, done = 1, 2
	state := map[*body]int{}
	var visit func(b *body)
	visit = func(b *body) {
		state[b] = onPath
		reachable = append(reachable, b)
		for _, name := range b.uses.templates {
			switch called := p.bodies[name]; {
			case called == nil, state[called] == done:
			case state[called] == onPath:
				recursive = true
			default:
				visit(called)
			}
		}
		state[b] = done
	}
	visit(from)
	for _, b := range reachable {
		if b.uses.dynamic {
			return all, true
		}
	}
	return reachable, recursive
}

// take returns an execution that nobody uses.
func (p *program) take(s *Set) *execution {
	if e, ok := p.executions.Get().(*execution); ok {
		return e
	}
	return newExecution(s, p)
}

// give takes an execution back.
func (p *program) give(e *execution) {
	e.reset()
	p.executions.Put(e)
}

// lookup returns the entry of a file.
func (p *program) lookup(path string) (*entry, error) {
	if e := p.entries[path]; e != nil {
		return e, nil
	}
	return nil, fmt.Errorf("template %q is not part of the set", path)
}

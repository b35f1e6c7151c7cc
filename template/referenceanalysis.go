package template

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"text/template/parse"

	"github.com/packstage/packstage/diagnostic"
)

const (
	// maxBindings is how many different values a template is analysed for; all
	// further ones are treated as one that is any of them.
	maxBindings = 64
	// maxRounds is how often everything is looked at again because something new
	// was found out.
	maxRounds = 32
	// baseWork and workPerByte bound the analysis in nodes that it looks at.
	baseWork, workPerByte = 300_000, 100
)

// analysis is what is known of a set before it runs. Its trees are parsed for it
// alone.
type analysis struct {
	files      []*sourceFile
	bodies     map[string]*body
	bindings   []*binding
	references *References
	// expressions are those of the references, with the nodes of lists in which
	// they stand.
	expressions []placedExpression
	lines       map[*sourceFile]*lineTable
	*pointIndex
}

type placedExpression struct {
	Expression
	node parse.Node
}

// binding is a template with a value that it is given.
type binding struct {
	body *body
	dot  value
	// root tells that it is a file with the root context.
	root bool
	// sites are where other bindings include it.
	sites map[site]bool
	// variables are what is known of each declared variable.
	variables map[*parse.VariableNode]value
	reads     map[readKey]readFact
}

func newBinding(b *body, dot value) *binding {
	return &binding{
		body: b, dot: dot, sites: map[site]bool{}, variables: map[*parse.VariableNode]value{}, reads: map[readKey]readFact{},
	}
}

// site is a node of a binding.
type site struct {
	from *binding
	node parse.Node
}

type readKey struct {
	offset int
	place  place
}

type readFact struct {
	node           parse.Node // of a list, by which it is executed
	whole, certain bool
}

// analyzer makes an analysis.
type analyzer struct {
	*analysis
	bound map[*body]map[string]*binding
	// kept are values that set and merge put into maps, by key; "" is any key.
	kept map[string]value
	// keptIn are the places of the context that they were put in, and keptInMade
	// tells that some were put into a map that a template made.
	keptIn     []keptPlace
	keptInMade bool

	changed    bool
	work       int
	inclusions map[inclusionKey]*Inclusion
	called     map[inclusionKey]*placedExpression // by cel
	unknown    map[inclusionKey]*Unknown

	// What is being looked at.
	current *binding
	node    parse.Node
	loops   int
	scope   []variable
	// unused tells that no template includes the current one.
	unused bool
}

type inclusionKey struct {
	file   *sourceFile
	offset int
}

type variable struct {
	name        string
	declaration *parse.VariableNode // nil for $
}

// analyse parses the sources once more and follows the values.
func analyse(files []*sourceFile) *analysis {
	a := &analyzer{
		analysis: &analysis{bodies: map[string]*body{}, lines: map[*sourceFile]*lineTable{}},
		bound:    map[*body]map[string]*binding{}, kept: map[string]value{},
		inclusions: map[inclusionKey]*Inclusion{}, called: map[inclusionKey]*placedExpression{}, unknown: map[inclusionKey]*Unknown{},
	}
	a.work = baseWork
	for _, file := range files {
		again, _ := parseFile(file.path, file.data)
		a.files = append(a.files, again)
		a.lines[again] = newLineTable(again)
		a.work += len(file.source) * workPerByte
		for _, b := range again.bodies {
			a.bodies[b.name] = b
		}
	}
	a.pointIndex = newPointIndex(a.files, a.lines)
	for _, file := range a.files {
		a.bind(file.bodies[0], placeValue(place{}), nil)
	}
	a.settle()
	a.unused = true
	for _, file := range a.files {
		for _, b := range file.bodies {
			if len(a.bound[b]) == 0 {
				a.template(newBinding(b, value{}))
			}
		}
	}
	a.references = a.collect()
	return a.analysis
}

// settle looks at all bindings until nothing new is found out.
func (a *analyzer) settle() {
	for range maxRounds {
		a.changed = false
		for i := 0; i < len(a.bindings) && a.work > 0; i++ {
			a.template(a.bindings[i])
		}
		if !a.changed {
			break
		}
	}
	if a.changed || a.work <= 0 {
		// Whatever is executed may read everything then.
		for _, bound := range a.bindings {
			bound.reads[readKey{0, place{deep: true}}] = readFact{whole: true}
		}
		first := a.files[0]
		a.unknown[inclusionKey{first, 0}] = &Unknown{
			Reason: "the templates are too entangled to be followed", Position: diagnostic.Position{File: first.path},
		}
	}
}

// bind notes that a template is executed with a value.
func (a *analyzer) bind(b *body, dot value, from *site) {
	a.spend(dot)
	known := a.bound[b]
	if known == nil {
		known = map[string]*binding{}
		a.bound[b] = known
	}
	const anyOther = "\xff"
	key := dot.key()
	bound := known[key]
	if bound == nil && len(known) >= maxBindings {
		key = anyOther
		if bound = known[key]; bound != nil {
			if joined := join(bound.dot, dot); joined.key() != bound.dot.key() {
				bound.dot, a.changed = joined, true
			}
		}
	}
	if bound == nil {
		bound = newBinding(b, dot)
		known[key] = bound
		a.bindings = append(a.bindings, bound)
	}
	if from == nil {
		bound.root = true
	} else {
		bound.sites[*from] = true
	}
}

// reads returns the reads that are wanted, by position. Those of one path at one
// place are one.
func (a *analysis) reads(wanted func(*binding, readFact) bool) []Reference {
	type readAt struct {
		body *body
		readKey
	}
	facts := map[readAt]readFact{}
	for _, bound := range a.bindings {
		for key, fact := range bound.reads {
			if wanted(bound, fact) {
				at := readAt{bound.body, key}
				known := facts[at]
				facts[at] = readFact{whole: known.whole || fact.whole, certain: known.certain || fact.certain}
			}
		}
	}
	references := make([]Reference, 0, len(facts))
	for at, fact := range facts {
		references = append(references, Reference{
			Path: at.place.path(), Whole: fact.whole || at.place.deep, Uncertain: !fact.certain || at.place.deep,
			Template: at.body.name, Position: a.lines[at.body.file].position(at.offset),
		})
	}
	slices.SortFunc(references, compareReferences)
	return references
}

// collect puts what was found in order.
func (a *analyzer) collect() *References {
	r := &References{Reads: a.reads(func(*binding, readFact) bool { return true })}
	for _, file := range a.files {
		table := a.lines[file]
		for _, b := range file.bodies {
			for _, identifier := range b.uses.identifiers {
				r.Calls = append(r.Calls, FunctionCall{identifier.Ident, b.name, table.position(int(identifier.Pos))})
			}
			if number, ok := a.definitions[b]; ok {
				point := a.points[number]
				r.Definitions = append(r.Definitions, Definition{
					Name: b.name, Block: point.Form == "block", Included: len(a.bound[b]) > 0, Position: point.Position,
				})
			}
		}
	}
	for key, inclusion := range a.inclusions {
		inclusion.Position = a.lines[key.file].position(key.offset)
		r.Inclusions = append(r.Inclusions, *inclusion)
	}
	for key, expression := range a.called {
		expression.Position = a.lines[key.file].position(key.offset)
		a.expressions = append(a.expressions, *expression)
	}
	slices.SortFunc(a.expressions, func(a, b placedExpression) int { return a.Position.Compare(b.Position) })
	for _, expression := range a.expressions {
		r.Expressions = append(r.Expressions, expression.Expression)
	}
	for _, key := range slices.SortedFunc(maps.Keys(a.unknown), compareInclusionKeys) {
		r.Unknown = append(r.Unknown, *a.unknown[key])
	}
	slices.SortFunc(r.Calls, func(a, b FunctionCall) int { return a.Position.Compare(b.Position) })
	slices.SortFunc(r.Definitions, func(a, b Definition) int { return a.Position.Compare(b.Position) })
	slices.SortFunc(r.Inclusions, func(a, b Inclusion) int { return a.Position.Compare(b.Position) })
	return r
}

func compareInclusionKeys(a, b inclusionKey) int {
	return cmp.Or(strings.Compare(a.file.path, b.file.path), cmp.Compare(a.offset, b.offset))
}

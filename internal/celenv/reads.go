package celenv

import (
	"cmp"
	"slices"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
)

// AnyElement stands in a [Read] for every element of a list, or every key of a
// map.
const AnyElement = "*"

// Read is a place in the variables of a condition that it reads.
type Read struct {
	// Keys lead to the place; the first is the name of a variable.
	Keys []string
	// Whole tells that the value is used with everything below it.
	Whole bool
}

// Reads returns the places that the condition reads, sorted, those below cond
// left out: [Condition.Uses] has these.
func (c *Condition) Reads() []Read {
	w := &readWalker{bound: map[string][]Read{}}
	w.whole(w.value(c.program.ast.NativeRep().Expr()))
	slices.SortFunc(w.reads, func(a, b Read) int {
		return cmp.Or(slices.Compare(a.Keys, b.Keys), boolOrder(b.Whole, a.Whole))
	})
	// Of the same place, that it is used wholly comes first and says all.
	return slices.CompactFunc(w.reads, func(a, b Read) bool { return slices.Equal(a.Keys, b.Keys) })
}

func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// readWalker follows places through an expression.
type readWalker struct {
	reads []Read
	// bound are the places that the variables of macros can stand for.
	bound map[string][]Read
}

// look notes that places are looked at, but not at what is in them.
func (w *readWalker) look(places []Read) []Read {
	w.reads = append(w.reads, places...)
	return places
}

func (w *readWalker) whole(places []Read) {
	for _, p := range places {
		w.reads = append(w.reads, Read{Keys: p.Keys, Whole: true})
	}
}

func below(places []Read, key string) []Read {
	children := make([]Read, 0, len(places))
	for _, p := range places {
		children = append(children, Read{Keys: append(slices.Clone(p.Keys), key)})
	}
	return children
}

// value returns the places that the value of an expression can be.
func (w *readWalker) value(e ast.Expr) []Read {
	switch e.Kind() {
	case ast.IdentKind:
		name := e.AsIdent()
		if places, ok := w.bound[name]; ok {
			return places
		}
		switch name {
		case configVariable, imagesVariable, dependenciesVariable, environmentVariable:
			return []Read{{Keys: []string{name}}}
		}
	case ast.SelectKind:
		field := below(w.value(e.AsSelect().Operand()), e.AsSelect().FieldName())
		w.look(field)
		if e.AsSelect().IsTestOnly() {
			return nil
		}
		return field
	case ast.CallKind:
		return w.call(e.AsCall())
	case ast.ComprehensionKind:
		return w.comprehension(e.AsComprehension())
	case ast.ListKind:
		for _, element := range e.AsList().Elements() {
			w.whole(w.value(element))
		}
	case ast.MapKind:
		for _, entry := range e.AsMap().Entries() {
			w.whole(w.value(entry.AsMapEntry().Key()))
			w.whole(w.value(entry.AsMapEntry().Value()))
		}
	case ast.StructKind:
		for _, field := range e.AsStruct().Fields() {
			w.whole(w.value(field.AsStructField().Value()))
		}
	}
	return nil
}

func (w *readWalker) call(call ast.CallExpr) []Read {
	arguments := call.Args()
	switch call.FunctionName() {
	case operators.Index, operators.OptIndex, operators.OptSelect:
		if len(arguments) == 2 {
			return w.look(below(w.value(arguments[0]), w.key(arguments[1])))
		}
	case operators.Conditional:
		if len(arguments) == 3 {
			w.whole(w.value(arguments[0]))
			return slices.Concat(w.value(arguments[1]), w.value(arguments[2]))
		}
	case operators.In:
		if len(arguments) == 2 {
			// Of a map, this asks for a key; of a list, it looks at all elements.
			w.look(below(w.value(arguments[1]), w.key(arguments[0])))
			return nil
		}
	case "size":
		for _, argument := range arguments {
			w.look(w.value(argument))
		}
		if call.IsMemberFunction() {
			w.look(w.value(call.Target()))
		}
		return nil
	}
	if call.IsMemberFunction() {
		w.whole(w.value(call.Target()))
	}
	for _, argument := range arguments {
		w.whole(w.value(argument))
	}
	return nil
}

// key returns a key if it is written out.
func (w *readWalker) key(e ast.Expr) string {
	if e.Kind() == ast.LiteralKind {
		if text, ok := e.AsLiteral().Value().(string); ok {
			return text
		}
		return AnyElement
	}
	w.whole(w.value(e))
	return AnyElement
}

func (w *readWalker) comprehension(c ast.ComprehensionExpr) []Read {
	all := w.value(c.IterRange())
	elements := w.look(below(all, AnyElement))
	defer w.bind(c.IterVar(), elements)()
	if c.HasIterVar2() {
		defer w.bind(c.IterVar2(), elements)()
	}
	defer w.bind(c.AccuVar(), w.value(c.AccuInit()))()
	w.whole(w.value(c.LoopCondition()))
	made := w.value(c.LoopStep())
	return slices.Concat(made, w.value(c.Result()))
}

// bind gives a name a meaning, until the result is called.
func (w *readWalker) bind(name string, places []Read) (restore func()) {
	before, had := w.bound[name]
	w.bound[name] = places
	return func() {
		if had {
			w.bound[name] = before
		} else {
			delete(w.bound, name)
		}
	}
}

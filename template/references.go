package template

import (
	"cmp"
	"slices"

	"github.com/packstage/packstage/diagnostic"
)

// References are what the templates of a set refer to, as far as it can be known
// without running them. It is immutable; the caller must not change its slices.
//
// Values are followed through with, range, variables, template, block, include,
// and the functions that hand values on (dict, list, get, index, default, …).
// What a define reads therefore depends on what it is given; a define that
// nothing includes reads nothing. Where a value cannot be followed, everything
// below the last place that is known counts as used: References may name more
// than the templates read, and names less only where an include or a function of
// the host does something behind their back.
type References struct {
	// Reads are the places of the root context that are read, by position.
	Reads []Reference
	// Calls are all calls of functions, by position.
	Calls []FunctionCall
	// Definitions are what define and block define, by position.
	Definitions []Definition
	// Inclusions are all uses of templates by other templates, by position.
	Inclusions []Inclusion
	// Expressions are those of the function cel, by position. What they read is
	// not among Reads: the package packageloader knows CEL.
	Expressions []Expression
	// Unknown are the places where the analysis gave up: what they do may read
	// any part of the context.
	Unknown []Unknown
}

// Reference is one place of the context that is read at one place of a template.
type Reference struct {
	Path Path
	// Whole tells that the value is used with everything below it: it is printed,
	// compared or given to a function such as toYAML. Otherwise only the value
	// itself is looked at, as `if` and `with` do.
	Whole bool
	// Uncertain tells that the value may come from another place as well, so that
	// this one need not be there.
	Uncertain bool
	// Template is the name of the file or define in which it stands.
	Template string
	Position diagnostic.Position
}

// FunctionCall is a call of a function.
type FunctionCall struct {
	Function string
	// Template is the name of the file or define in which it stands.
	Template string
	Position diagnostic.Position
}

// Definition is a named template that define or block defines.
type Definition struct {
	Name  string
	Block bool
	// Included tells whether an execution of some file can come to it.
	Included bool
	Position diagnostic.Position
}

// Inclusion is a use of a template by another one.
type Inclusion struct {
	// Names of the templates that it may use. There is no such template where it
	// names one that does not exist.
	Names []string
	// Dynamic tells that the name is worked out while the template runs, from
	// what cannot be known before: it may be any.
	Dynamic bool
	// By is how: "template", "block" or "include".
	By string
	// Template is the name of the file or define in which it stands.
	Template string
	Position diagnostic.Position
}

// Expression is what a call of cel evaluates.
type Expression struct {
	// Text is the expression, or "" where it is worked out while the template
	// runs.
	Text     string
	Template string
	Position diagnostic.Position
}

// Unknown is a place where a template may read anything.
type Unknown struct {
	// Reason says why, in a few words.
	Reason   string
	Position diagnostic.Position
}

// References returns what the templates refer to. The first call analyses them;
// the result is the same every time.
func (s *Set) References() *References { return s.analysed().references }

// Uses reports whether the templates use the value at a path, or one below it,
// or one above it as a whole. Paths of unknown origin are not regarded: look at
// Unknown.
func (r *References) Uses(path Path) bool {
	return slices.ContainsFunc(r.Reads, func(reference Reference) bool { return reference.Uses(path) })
}

// Uses reports whether reading the reference uses the value at a path, or one
// below it.
func (r Reference) Uses(path Path) bool {
	return path.Contains(r.Path) || r.Whole && r.Path.Contains(path)
}

func compareReferences(a, b Reference) int {
	return cmp.Or(a.Position.Compare(b.Position), a.Path.Compare(b.Path))
}

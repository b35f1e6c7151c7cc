package kubernetes

import (
	"slices"

	"github.com/packstage/packstage/diagnostic"
)

// fault is one thing that is wrong with an object.
type fault struct {
	code     diagnostic.Code
	severity diagnostic.Severity
	// path leads from the root of the object to the field.
	path []any
	// atKey tells that the key is at fault, and not the value.
	atKey         bool
	message, hint string
}

// faults collects faults below a path that moves.
type faults struct {
	path  []any
	found []fault
}

// in runs visit with a step added to the path.
func (f *faults) in(step any, visit func()) {
	f.path = append(f.path, step)
	visit()
	f.path = f.path[:len(f.path)-1]
}

// add adds a fault at the path and returns it, to be completed.
func (f *faults) add(code diagnostic.Code, message string) *fault {
	f.found = append(f.found, fault{code: code, path: slices.Clone(f.path), message: message})
	return &f.found[len(f.found)-1]
}

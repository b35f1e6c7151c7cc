package kubernetes

import "github.com/packstage/packstage/diagnostic"

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
	path  []step
	found []fault
}

// step is one of a path: a key, or where isItem is set the index of an item. It is no
// any since nearly no path of those that are walked is ever shown.
type step struct {
	key    string
	index  int
	isItem bool
}

// enter adds a key to the path, enterItem an index; leave takes the last one away.
func (f *faults) enter(key string)    { f.path = append(f.path, step{key: key}) }
func (f *faults) enterItem(index int) { f.path = append(f.path, step{index: index, isItem: true}) }
func (f *faults) leave()              { f.path = f.path[:len(f.path)-1] }

// add adds a fault at the path and returns it, to be completed.
func (f *faults) add(code diagnostic.Code, message string) *fault {
	path := make([]any, len(f.path))
	for i, s := range f.path {
		if path[i] = s.key; s.isItem {
			path[i] = s.index
		}
	}
	f.found = append(f.found, fault{code: code, path: path, message: message})
	return &f.found[len(f.found)-1]
}

package schema

import (
	"slices"

	"github.com/packstage/packstage/diagnostic"
)

// Path is the path of a field, built from the root outwards. It is immutable;
// its text is made only when somebody asks for it.
type Path struct {
	parent *Path
	key    string
	index  int // of an item; -1 for a key
}

// NewPath returns the path of a root.
func NewPath(keys ...string) *Path {
	var p *Path
	for _, key := range keys {
		p = p.Child(key)
	}
	return p
}

// Child returns the path of a field of an object.
func (p *Path) Child(key string) *Path { return &Path{parent: p, key: key, index: -1} }

// Index returns the path of an item of a list.
func (p *Path) Index(i int) *Path { return &Path{parent: p, index: i} }

// String returns the text of the path, as [diagnostic.FieldPath] writes it.
func (p *Path) String() string {
	var elements []any
	for ; p != nil; p = p.parent {
		if p.index >= 0 {
			elements = append(elements, p.index)
		} else {
			elements = append(elements, p.key)
		}
	}
	slices.Reverse(elements)
	return diagnostic.FieldPath(elements...)
}

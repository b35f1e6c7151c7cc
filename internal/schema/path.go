package schema

import (
	"strconv"
	"strings"
)

// Path is the path of a field, built from the root outwards. It is immutable;
// its text is made only when somebody asks for it.
type Path struct {
	parent *Path
	text   string
}

// NewPath returns the path of a root.
func NewPath(root string) *Path { return &Path{text: root} }

// Child returns the path of a field with a fixed name: "p.name".
func (p *Path) Child(name string) *Path { return &Path{parent: p, text: "." + name} }

// Key returns the path of an entry of a map in a schema: "p[key]", as Kubernetes
// writes it.
func (p *Path) Key(key string) *Path { return &Path{parent: p, text: "[" + key + "]"} }

// Index returns the path of an item: "p[3]".
func (p *Path) Index(i int) *Path { return &Path{parent: p, text: "[" + strconv.Itoa(i) + "]"} }

// Property returns the path of a configuration key: "p.key", or p["the key"]
// where the key is not made of letters, digits, '-' and '_' alone.
func (p *Path) Property(key string) *Path {
	if isPlainKey(key) {
		return p.Child(key)
	}
	return &Path{parent: p, text: "[" + strconv.Quote(key) + "]"}
}

// String returns the text of the path.
func (p *Path) String() string {
	var parts []string
	for ; p != nil; p = p.parent {
		parts = append(parts, p.text)
	}
	var b strings.Builder
	for i := len(parts) - 1; i >= 0; i-- {
		b.WriteString(parts[i])
	}
	return b.String()
}

func isPlainKey(key string) bool {
	for i := range len(key) {
		c := key[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && c != '_' && c != '-' {
			return false
		}
	}
	return key != ""
}

package packageset

// Set is a package to measure with.
type Set struct {
	// Name of the set and of its package.
	Name string
	// Description says in a few words what is in it.
	Description string
	// Files of the package by slash path, for packageloader.FromFiles. They are
	// shared: whoever uses them must not change them.
	Files map[string][]byte
	// Objects is the number of objects in the files and in the output of the
	// templates, those that a condition drops included.
	Objects int

	config func(variant int) map[string]any
}

// Config returns a configuration that the set accepts, a new map each time.
// Different variants differ in their values and hardly in the size of what they
// render to.
func (s Set) Config(variant int) map[string]any { return s.config(variant) }

// Size is the number of bytes in all files.
func (s Set) Size() int64 {
	var size int64
	for _, content := range s.Files {
		size += int64(len(content))
	}
	return size
}

// Names returns the names of the sets in the order of their size.
func Names() []string { return []string{"nginx", "medium", "large", "crds"} }

// Generate generates the set with one of the [Names]; ok tells whether there is
// one.
func Generate(name string) (set Set, ok bool) {
	switch name {
	case "nginx":
		return Nginx(), true
	case "medium":
		return Medium(), true
	case "large":
		return Large(), true
	case "crds":
		return CRDs(), true
	default:
		return Set{}, false
	}
}

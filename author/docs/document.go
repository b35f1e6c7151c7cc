package docs

import (
	"github.com/packstage/packstage/author/matrix"
	"github.com/packstage/packstage/manifest"
)

// Document is what there is to say about a package. It is read-only.
type Document struct {
	// Packages are the root and then its components, by name.
	Packages []Package
	// Reference and ImageDigest are those of the image that it was loaded from;
	// both are empty where it was no image. ContentDigest is that of the files.
	Reference, ImageDigest, ContentDigest string
}

// Root is the package itself; the other ones are its components.
func (d *Document) Root() *Package { return &d.Packages[0] }

// Package is the root of a package, or one component.
type Package struct {
	// Name is that of the manifest, or of a component that of its folder.
	Name string
	// Component is the name of the component, or empty for the root.
	Component string
	// Description, Version, and the others are what the annotations
	// org.opencontainers.image.* of the manifest say, or empty.
	Title, Description, Version, Vendor, Licenses string
	// Source, Documentation and URL are addresses. They are those of the manifest, so
	// they may be anything.
	Source, Documentation, URL string
	// Annotations are all of the manifest, sorted by name.
	Annotations []Annotation
	Scopes      []manifest.Scope
	// Constraints say where the package may be installed; see [DescribeConstraint].
	Constraints []manifest.Constraint
	// Properties are the keys of the configuration in the order of the manifest, and
	// Rules those about the configuration as a whole.
	Properties []Property
	Rules      []PropertyRule
	// Schema is that of the configuration as the manifest has it, or nil.
	Schema       map[string]any
	Phases       []Phase
	Images       []Image
	Dependencies []Dependency
	Conditions   []Condition
	Probes       []Probe
	Objects      []Object
	Permissions  []Permission
	// Components are the names of those of a root.
	Components []string
	// Cases are the test cases that work, with what they render to. Where the
	// package needs a configuration and has no test case, there are none, and so no
	// objects either.
	Cases []matrix.Rendered
}

// Annotation is one of the manifest.
type Annotation struct{ Name, Value string }

// Phase is a step of the installation.
type Phase struct {
	Name, Class string
	// Objects is how many of [Package.Objects] are in it.
	Objects int
}

// Image is a container image that templates use.
type Image struct {
	Name, Image string
	// Digest is that of the lock, or empty where there is none.
	Digest string
}

// Dependency is another package that templates use.
type Dependency struct {
	Name, Package, Range string
	// Version and Digest are those of the lock, or empty.
	Version, Digest string
}

// Condition is a named condition, or one for whole files.
type Condition struct {
	// Name of the condition; empty where it is for files.
	Name string
	// Glob of the files; empty where it has a name.
	Glob       string
	Expression string
}

// Probe says when some objects count as available.
type Probe struct {
	// Selects names the objects in words.
	Selects string
	// Checks are what must hold, in words.
	Checks []string
}

// Object is one that the package renders.
type Object struct {
	Phase          string
	Group, Version string
	Kind           string
	// Namespace and Name have "<namespace>" and "<name>" where they have those of the
	// instance. An object that has only a generateName has that and a "*".
	Namespace, Name string
	// File is the one that it comes from.
	File string
	// Cases are the names of the test cases that have it, in order.
	Cases []string
	// Conditional tells that some case does not have it.
	Conditional bool
	// Condition is the CEL expression that it stands under, as far as the files say
	// so; a conditional object without one is made by a template's own means.
	Condition string
}

// Permission is what the rendered RBAC objects allow somebody, in words.
type Permission struct {
	// Subjects are who is allowed; none where no binding in the package names the
	// role.
	Subjects []string
	// Where is "all namespaces", "namespace x" or, of a role that nobody is bound to,
	// empty.
	Where string
	// May is what is allowed.
	May string
	// Role and Binding are the objects that say so: "ClusterRole shop"; Binding is
	// empty where there is none.
	Role, Binding string
	// Remark says what makes the permission a wide one, or is empty.
	Remark string
	// Cases and Conditional are as those of [Object].
	Cases       []string
	Conditional bool
}

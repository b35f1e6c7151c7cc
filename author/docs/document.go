package docs

import (
	"github.com/packstage/packstage/author/matrix"
	"github.com/packstage/packstage/manifest"
)

// Document is what there is to say about a package. It is read-only.
type Document struct {
	// Packages are the root and then its components, by name.
	Packages []Package `json:"packages"`
	// Reference and ImageDigest are those of the image that it was loaded from;
	// both are empty where it was no image. ContentDigest is that of the files.
	Reference     string `json:"reference,omitempty"`
	ImageDigest   string `json:"imageDigest,omitempty"`
	ContentDigest string `json:"contentDigest,omitempty"`
}

// Root is the package itself; the other ones are its components.
func (d *Document) Root() *Package { return &d.Packages[0] }

// Package is the root of a package, or one component.
type Package struct {
	// Name is that of the manifest, or of a component that of its folder.
	Name string `json:"name"`
	// Component is the name of the component, or empty for the root.
	Component string `json:"component,omitempty"`
	// Description, Version, and the others are what the annotations
	// org.opencontainers.image.* of the manifest say, or empty.
	Title       string `json:"title,omitempty"`
	Description string `json:"description,omitempty"`
	Version     string `json:"version,omitempty"`
	Vendor      string `json:"vendor,omitempty"`
	Licenses    string `json:"licenses,omitempty"`
	// Source, Documentation and URL are addresses. They are those of the manifest, so
	// they may be anything.
	Source        string `json:"source,omitempty"`
	Documentation string `json:"documentation,omitempty"`
	URL           string `json:"url,omitempty"`
	// Annotations are all of the manifest, sorted by name.
	Annotations []Annotation     `json:"annotations,omitempty"`
	Scopes      []manifest.Scope `json:"scopes"`
	// Constraints say where the package may be installed; see [DescribeConstraint].
	Constraints []manifest.Constraint `json:"constraints,omitempty"`
	// Properties are the keys of the configuration in the order of the manifest, and
	// Rules those about the configuration as a whole.
	Properties []Property     `json:"properties"`
	Rules      []PropertyRule `json:"rules,omitempty"`
	// Schema is that of the configuration as the manifest has it, or nil.
	Schema       map[string]any `json:"schema,omitempty"`
	Phases       []Phase        `json:"phases"`
	Images       []Image        `json:"images,omitempty"`
	Dependencies []Dependency   `json:"dependencies,omitempty"`
	Conditions   []Condition    `json:"conditions,omitempty"`
	Probes       []Probe        `json:"probes,omitempty"`
	Objects      []Object       `json:"objects"`
	Permissions  []Permission   `json:"permissions,omitempty"`
	// Components are the names of those of a root.
	Components []string `json:"components,omitempty"`
	// Cases are the test cases that work, with what they render to. Where the
	// package needs a configuration and has no test case, there are none, and so no
	// objects either.
	Cases []matrix.Rendered `json:"-"`
	mask  masker
}

// Annotation is one of the manifest.
type Annotation struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Phase is a step of the installation.
type Phase struct {
	Name  string `json:"name"`
	Class string `json:"class,omitempty"`
	// Objects is how many of [Package.Objects] are in it.
	Objects int `json:"objects"`
}

// Image is a container image that templates use.
type Image struct {
	Name  string `json:"name"`
	Image string `json:"image"`
	// Digest is that of the lock, or empty where there is none.
	Digest string `json:"digest,omitempty"`
}

// Dependency is another package that templates use.
type Dependency struct {
	Name    string `json:"name"`
	Package string `json:"package,omitempty"`
	Range   string `json:"range,omitempty"`
	// Version and Digest are those of the lock, or empty.
	Version string `json:"version,omitempty"`
	Digest  string `json:"digest,omitempty"`
}

// Condition is a named condition, or one for whole files.
type Condition struct {
	// Name of the condition; empty where it is for files.
	Name string `json:"name"`
	// Glob of the files; empty where it has a name.
	Glob       string `json:"glob,omitempty"`
	Expression string `json:"expression,omitempty"`
}

// Probe says when some objects count as available.
type Probe struct {
	// Selects names the objects in words.
	Selects string `json:"selects,omitempty"`
	// Checks are what must hold, in words.
	Checks []string `json:"checks,omitempty"`
}

// Object is one that the package renders.
type Object struct {
	Phase   string `json:"phase"`
	Group   string `json:"group,omitempty"`
	Version string `json:"version,omitempty"`
	Kind    string `json:"kind"`
	// Namespace and Name have "<namespace>" and "<name>" where they have those of the
	// instance. An object that has only a generateName has that and a "*".
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
	// File is the one that it comes from.
	File string `json:"file,omitempty"`
	// Cases are the names of the test cases that have it, in order.
	Cases []string `json:"cases"`
	// Conditional tells that some case does not have it.
	Conditional bool `json:"conditional"`
	// Condition is the CEL expression that it stands under, as far as the files say
	// so; a conditional object without one is made by a template's own means.
	Condition string `json:"condition,omitempty"`
}

// Permission is what the rendered RBAC objects allow somebody, in words.
type Permission struct {
	// Subjects are who is allowed; none where no binding in the package names the
	// role.
	Subjects []string `json:"subjects"`
	// Where is "all namespaces", "namespace x" or, of a role that nobody is bound to,
	// empty.
	Where string `json:"where"`
	// May is what is allowed.
	May string `json:"may"`
	// Role and Binding are the objects that say so: "ClusterRole shop"; Binding is
	// empty where there is none.
	Role    string `json:"role"`
	Binding string `json:"binding,omitempty"`
	// Remark says what makes the permission a wide one, or is empty.
	Remark string `json:"remark,omitempty"`
	// Cases and Conditional are as those of [Object].
	Cases       []string `json:"cases"`
	Conditional bool     `json:"conditional"`
}

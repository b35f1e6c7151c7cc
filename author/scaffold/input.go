package scaffold

import "github.com/packstage/packstage/manifest"

// Input is what an import makes a package of, whatever it came from: manifests, a
// chart, a kustomization, a bundle. A converter fills it and knows nothing of how a
// package is laid out; Make does the rest.
//
// Contents of objects are values as from JSON: nil, bool, int64, float64, string,
// []any and map[string]any. Make changes none of them.
type Input struct {
	// Name is the name that is proposed for the package. Make turns it into one that
	// is allowed; Options.Name goes before it. Where it is empty, the objects offer one: the
	// application in their labels, their namespace, or the only workload.
	Name string
	// Annotations of the manifest, such as org.opencontainers.image.version, .description,
	// .source and .licenses, as far as the source knows them.
	Annotations map[string]string
	// Namespace is the namespace of the source that stands for that of the instance:
	// wherever an object has it as its namespace, or refers to it in a field that
	// Kubernetes knows as a namespace (subjects of bindings, clientConfig.service, ...),
	// the package has {{ .package.metadata.namespace }}. Empty lets Make choose: the one
	// namespace that all namespaced objects share, if they do.
	Namespace string
	// NamespaceProperty makes the namespace a property of the configuration where the scope
	// is Cluster, in which instances have none. Templates of the converter read it as
	// {{ .config.namespace }}.
	NamespaceProperty bool
	// Objects in the order of the source.
	Objects []InputObject
	// Config holds the configuration that the source has already, such as values of a
	// chart or the target namespaces of a bundle.
	Config []Property
	// Images are names for image references, where the source has some. Make finds all
	// images of containers itself, and names those that are not listed here.
	Images []manifest.Image
	// Conditions are named CEL expressions for InputObject.Condition.
	Conditions []manifest.NamedCondition
	// Constraints on the platform, such as the kubeVersion of a chart.
	Constraints []manifest.Constraint
	// Scopes are those that the source asks for; nil lets Make choose by the objects.
	Scopes []manifest.Scope
	// Probes go before those that Make proposes by kind. A kind that is selected here
	// gets no proposal.
	Probes []manifest.AvailabilityProbe
	// Cases are test cases beside "default", which Make writes: a name and the
	// configuration that differs from the defaults.
	Cases []InputCase
	// Files belong to the package beside the objects, by slash path: helper templates
	// ("_names.gotmpl"), data for getFile. Paths of objects must not be among them.
	Files map[string][]byte
	// Decisions are those that the converter took already. Make adds its own after them.
	Decisions []Decision
}

// InputObject is one object of an import.
type InputObject struct {
	// Content is the object. Where there are Substitutions or a Template, it is what
	// they render to with the defaults of the configuration, in the namespace
	// Input.Namespace, by an instance that has the package's name; Make renders
	// the package and compares.
	Content map[string]any
	// Origin says where the object comes from, for messages: "deploy/web.yaml:12",
	// "templates/deployment.yaml of the chart". It may be empty.
	Origin string
	// Source is the YAML document that Content was read from, as it was written. Make
	// keeps its comments and its layout where it can; Content counts where the two
	// differ. Nil where there is no such text.
	Source []byte
	// Substitutions put template expressions in the place of values in Content. Their
	// paths must exist in Content, and none lies inside of another.
	Substitutions []Substitution
	// Optional are entries and items in Content that are there under a condition only,
	// those included that are not there with the defaults.
	Optional []Optional
	// Insertions are entries and items that come out of an expression.
	Insertions []Insertion
	// Condition is a CEL expression over config, environment, images and cond; the
	// object is only there where it is true. Empty is always.
	Condition string
	// Phase is the phase that the source asks for. Empty lets Make choose by kind.
	Phase string
	// Path is the file that the source asks for, a slash path that ends in ".yaml".
	// Empty lets Make choose by kind and name; objects of one path stand in one file.
	Path string
	// Template is a template in place of all that Make would write: the whole text of
	// the document, the annotation package-operator.run/phase of the phase Phase (which
	// must be set then) included. Source, Substitutions and Condition are not looked
	// at then.
	Template []byte
}

// InputCase is a test case with a configuration of its own.
type InputCase struct {
	Name   string
	Config map[string]any
}

// Property is one property of the package's configuration.
type Property struct {
	// Path are the keys from the root: "web", "replicas". Make writes the objects above
	// it, each with an empty default, so that the defaults below them apply.
	Path []string
	// Schema is the structural schema of the property (a "type" and what restricts it),
	// without "default" and "description", which Default and Description are.
	Schema map[string]any
	// Default is the value that holds where the user gives none; nil is no default: a
	// template that reads such a property has to look whether it is there.
	Default any
	// Description is a sentence for people.
	Description string
	// Required asks the user for a value. It excludes a default.
	Required bool
}

// Expression returns what reads the property in a template: ".config.web.replicas",
// or with index where a key is no identifier.
func (p Property) Expression() string { return ConfigExpression(p.Path...) }

// Substitution is a template in the place of one value of an object.
//
//	Substitution{Path: []any{"spec", "replicas"}, Parts: []Part{{Expression: ".config.replicas"}}}
//
// writes "replicas: {{ .config.replicas }}".
type Substitution struct {
	// Path leads to the value in Content: string keys and int indexes.
	Path []any
	// Parts are what stands there: a single expression of any type, or literal text and
	// expressions that give text, joined.
	Parts []Part
	// Form says how it is written.
	Form Form
	// Reason is for the decision that is printed about it: "value web.replicas of the
	// chart". Where it is empty, nothing is printed.
	Reason string
	// Free says that what is rendered need not be the value in Content; it is not
	// compared. Path has no indexes of lists then.
	Free bool
}

// Optional is an entry of a mapping or an item of a list that is there under a condition.
type Optional struct {
	// Path leads to the entry or item in Content.
	Path []any
	// When is a template pipeline; the entry is there where it gives something that is
	// neither false nor empty nor zero.
	When string
	// Absent says that it is not there with the defaults of the configuration.
	Absent bool
}

// Insertion adds the entries of a value of the configuration to a mapping, or its items
// to a list.
type Insertion struct {
	// Path leads to the mapping or list in Content.
	Path []any
	// Index is that of the item in Content before which items are inserted; len is the end.
	Index int
	// Expression gives a mapping or list that is not empty where When holds.
	Expression string
	// When is as in Optional; empty is always.
	When string
	// Default is what the expression gives with the defaults of the configuration; nil
	// where When does not hold then.
	Default any
}

// Part is a piece of a value: literal text, or a template pipeline without its braces
// (".config.replicas"). Exactly one of the two is set. The pipeline
// ".package.metadata.namespace" stands for the namespace of the objects, whatever
// expression that is in the scopes of the package.
type Part struct {
	Literal    string
	Expression string
	// When is a template pipeline; the piece is there where it gives something that is
	// neither false nor empty nor zero. Empty is always.
	When string
}

// Form is how a substitution is written as YAML.
type Form int

const (
	// FormAuto is always right, whatever the expression gives, as long as it has the type of the
	// value in Content: numbers and booleans bare, text through toJson, mappings and
	// lists through toYAML with the indentation of their place, text of several lines as a
	// block, where expressions must print one line.
	FormAuto Form = iota
	// FormBare is {{ x }} without quotes: for text that YAML can read as
	// nothing else, such as pinned images.
	FormBare
	// FormQuoted is "{{ x }}" in quotes: for text that has neither quotes nor
	// backslashes, such as names and namespaces.
	FormQuoted
)

package lint

import (
	"context"
	"strings"
	"sync"

	"github.com/packstage/packstage/author/matrix"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/validate"
)

// Subject is what rules look at: a package or one of its components. It is
// read-only.
type Subject struct {
	// Package with its manifest, lock and files.
	Package *packagetypes.Package
	// Suite is the compiled package with its cases; nil where it does not compile.
	Suite *matrix.Suite
	// Instances are what the cases render to, in their order: those that render.
	Instances []*Instance
	// Faults are what compiling and rendering found.
	Faults diagnostic.Diagnostics

	templates *templateSet
	// references is what templates and conditions refer to, or nil where the package
	// does not compile.
	references func() *packageloader.References
	manifest   *manifest.Locator
	// spots are the places that were found out so far.
	spots map[spot]diagnostic.Position
}

// Instance is a rendered case.
type Instance struct {
	*packagetypes.Instance
	// Case that it was rendered for.
	Case matrix.Case
	// Objects of all phases, in the order of installation.
	Objects []Object
	subject *Subject
	places  validate.Positions

	// workloads are the objects that run pods, definitions the custom resource
	// definitions by group and kind.
	workloads   func() []workload
	definitions func() map[[2]string]definition
	// bindings are those of roles to service accounts, by namespace and name of these.
	bindings func() map[[2]string][]Object
	// company, others and relabels are hasCompany, othersMakeObjects and changesPods.
	company, others, relabels func() bool
	// named has the places of objects among Objects by kind and name, kinds those by
	// group and kind.
	named map[objectName][]int
	kinds map[[2]string][]int
}

// objectName tells objects of one kind apart, as far as their names do.
type objectName struct{ group, kind, name string }

// Object is a rendered object and its place in the order of installation.
type Object struct {
	packagetypes.Object
	// Phase is its name, PhaseIndex its place among those of the manifest.
	Phase      string
	PhaseIndex int
	// Index counts the objects of the instance.
	Index int
}

// String returns kind and name, as findings show them.
func (o Object) String() string {
	name := o.Name()
	if namespace := o.Namespace(); namespace != "" {
		name = namespace + "/" + name
	}
	return o.Kind() + " " + name
}

// Kind returns the kind without group and version.
func (o Object) Kind() string { return o.GroupVersionKind().Kind }

// Is tells whether the object is of a group and kind, in whatever version.
func (o Object) Is(group, kind string) bool {
	gvk := o.GroupVersionKind()
	return gvk.Group == group && gvk.Kind == kind
}

// key is the object's name in settings.
func (o Object) key() string { return strings.ReplaceAll(o.String(), " ", "/") }

func newSubject(pkg *packagetypes.Package, suite *matrix.Suite) *Subject {
	data, _ := pkg.Files.Read(pkg.ManifestPath)
	return &Subject{
		Package: pkg, Suite: suite, spots: map[spot]diagnostic.Position{},
		templates: parseTemplates(pkg.Files),
		manifest:  manifest.NewLocator(pkg.ManifestPath, data),
		references: sync.OnceValue(func() *packageloader.References {
			if suite == nil {
				return nil
			}
			return suite.Renderer.References()
		}),
	}
}

// hidesSomething tells whether files or cases could not be looked at.
func (s *Subject) hidesSomething() bool { return len(errorsOf(s.Faults)) > 0 }

// add adds a rendered case.
func (s *Subject) add(ctx context.Context, rendered matrix.Rendered) {
	instance := &Instance{
		Instance: rendered.Instance, Case: rendered.Case, subject: s,
		places: s.Suite.Renderer.FieldPositions(rendered.Case.Context).Within(ctx),
		named:  map[objectName][]int{}, kinds: map[[2]string][]int{},
	}
	order := map[string]int{}
	for i, phase := range s.Package.Manifest.Spec.Phases {
		order[phase.Name] = i
	}
	for phase, object := range rendered.Instance.Objects() {
		gvk := object.GroupVersionKind()
		name := objectName{gvk.Group, gvk.Kind, object.Name()}
		instance.named[name] = append(instance.named[name], len(instance.Objects))
		kind := [2]string{gvk.Group, gvk.Kind}
		instance.kinds[kind] = append(instance.kinds[kind], len(instance.Objects))
		instance.Objects = append(instance.Objects, Object{
			Object: object, Phase: phase.Name, PhaseIndex: order[phase.Name], Index: len(instance.Objects),
		})
	}
	instance.workloads = sync.OnceValue(func() []workload { return findWorkloads(instance.Objects) })
	instance.definitions = sync.OnceValue(func() map[[2]string]definition { return findDefinitions(instance.Objects) })
	instance.bindings = sync.OnceValue(instance.findBindings)
	instance.company = sync.OnceValue(instance.findCompany)
	instance.others = sync.OnceValue(instance.findOthers)
	instance.relabels = sync.OnceValue(instance.findRelabelling)
	s.Instances = append(s.Instances, instance)
}

// Find returns a finding about a field of the manifest, given as a path of keys
// (string) and indexes (int).
func (s *Subject) Find(message, hint string, path ...any) Finding {
	field := diagnostic.FieldPath(path...)
	return Finding{Diagnostic: diagnostic.Diagnostic{
		Position: s.manifest.Position(field), Field: field, Message: message, Hint: hint,
	}}
}

// Subject returns the package that the instance is of.
func (i *Instance) Subject() *Subject { return i.subject }

// spot is a field of an object that comes from one place in the files, in whatever
// case it is rendered.
type spot struct {
	source        diagnostic.Position
	object, field string
	ofKey         bool
}

// position finds out where a field stands, once for all cases that have it: that is
// work.
func (i *Instance) position(object Object, ofKey bool, path []any) diagnostic.Position {
	at := spot{object.Source(), object.key(), diagnostic.FieldPath(path...), ofKey}
	if known, ok := i.subject.spots[at]; ok {
		return known
	}
	find := i.places.Value
	if ofKey {
		find = i.places.Key
	}
	position := find(object.Object, path...)
	position.Document = 0 // the line says it
	i.subject.spots[at] = position
	return position
}

// Find returns a finding about the value of a field of an object, given as a path of
// keys (string) and indexes (int). It stands where the package's files have the
// field, or what is nearest to it.
func (i *Instance) Find(object Object, message, hint string, path ...any) Finding {
	return i.finding(object, i.position(object, false, path), message, hint, path)
}

// FindKey is [Instance.Find] for the key of a field, or an item of a list.
func (i *Instance) FindKey(object Object, message, hint string, path ...any) Finding {
	return i.finding(object, i.position(object, true, path), message, hint, path)
}

func (i *Instance) finding(object Object, position diagnostic.Position, message, hint string, path []any) Finding {
	return Finding{Object: object.key(), Diagnostic: diagnostic.Diagnostic{
		Position: position, Field: diagnostic.FieldPath(path...), Message: object.String() + ": " + message, Hint: hint,
	}}
}

// ofKind returns the objects of a group and kind, in whatever version.
func (i *Instance) ofKind(group, kind string) []Object {
	var found []Object
	for _, at := range i.kinds[[2]string{group, kind}] {
		found = append(found, i.Objects[at])
	}
	return found
}

// Lookup returns the object of a group and kind with this name, in whatever
// version; the namespace of cluster-wide objects is empty.
func (i *Instance) Lookup(group, kind, namespace, name string) (Object, bool) {
	for _, at := range i.named[objectName{group, kind, name}] {
		if object := i.Objects[at]; object.Namespace() == namespace {
			return object, true
		}
	}
	return Object{}, false
}

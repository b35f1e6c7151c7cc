package kubernetes

import (
	"io/fs"
	"reflect"
	"slices"
	"sync"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/validate"
)

// Options says against what objects are checked. The zero value has no schemas
// but those of the package itself.
type Options struct {
	// Builtin holds the schemas of Kubernetes' own kinds; nil has none.
	Builtin *Catalog
	// Version is the version of Kubernetes, such as "v1.36", of which the minor
	// counts. It wins over the manifest, which may say it in
	// test.kubeconform.kubernetesVersion. The default is the version that the context
	// of a render names in its environment, where the catalog has it, and else the
	// newest one that the constraints of the package allow.
	Version string
	// Schemas are asked in order, before those of Kubernetes, for what the package
	// does not define itself.
	Schemas []*Schemas
	// Files is the folder of the package with its dot files, for paths in
	// test.kubeconform.schemaLocations. Nil is what the package holds.
	Files fs.FS
	// AsWarnings lowers what would be errors to warnings.
	AsWarnings bool
	// Limits bounds schemas; zero fields are defaults.
	Limits packagetypes.Limits
}

// Checker checks the objects of rendered packages against the schemas of their
// kinds. It is a [validate.Rule] for packageloader.Options.Rules, and safe for
// concurrent use. Schemas are read and compiled once for a Checker.
//
// Findings about objects have the codes [diagnostic.ObjectUnknownField],
// [diagnostic.ObjectInvalidField], [diagnostic.ObjectRequiredField],
// [diagnostic.ObjectDuplicateItem], [diagnostic.ObjectRuleFailed],
// [diagnostic.ObjectSchemaMissing] and [diagnostic.ObjectSchemaUnusable]; about
// the package, [diagnostic.ObjectSchemaVersion] and
// [diagnostic.ObjectSchemaUnusable].
type Checker struct {
	builtin    *Catalog
	version    string
	schemas    []*Schemas
	files      fs.FS
	asWarnings bool
	limits     packagetypes.Limits
	// compile says how the schemas in CustomResourceDefinitions are compiled: all with
	// one environment for their rules.
	compile validate.ConfigSchemaOptions

	// nearby are the schemas that lie in the package's folder without being named,
	// such as CustomResourceDefinitions of another component.
	nearby func() *Schemas

	mutex    sync.Mutex
	packages map[*packagetypes.Package]*settings
	defined  map[uintptr]definedKind
}

// settings are what a package says about its schemas.
type settings struct {
	choice
	locations []location
}

// definedKind is the kind of a CustomResourceDefinition among the objects. Those
// of static files are the same for all renders.
type definedKind struct {
	spec   map[string]any // keeps the address of the key in use
	kind   *customKind
	faults func() []fault
}

// New returns a Checker.
func New(options Options) *Checker {
	builtin := options.Builtin
	if builtin == nil {
		builtin = &Catalog{}
	}
	c := &Checker{
		builtin: builtin, version: options.Version, schemas: slices.Clone(options.Schemas), files: options.Files,
		asWarnings: options.AsWarnings, limits: options.Limits.WithDefaults(),
		packages: map[*packagetypes.Package]*settings{}, defined: map[uintptr]definedKind{},
	}
	c.compile = validate.ConfigSchemaOptions{Limits: c.limits, Shared: validate.NewShared()}
	c.nearby = sync.OnceValue(func() *Schemas {
		if c.files == nil {
			return nil
		}
		return readNearby(c.files, c.limits)
	})
	return c
}

var _ validate.Rule = (*Checker)(nil)

// DeterministicRule returns the checker: what it finds follows from the package, the
// instance and its environment. So packageloader does not ask it again about a render
// that repeats another one.
func (c *Checker) DeterministicRule() validate.Rule { return c }

// Check implements validate.Rule: without an instance it checks what the package
// says about its schemas, with one the objects. Findings about objects stand where
// the field is, as far as the subject knows positions.
func (c *Checker) Check(subject validate.Subject) diagnostic.Diagnostics {
	said := c.settings(subject.Package)
	if subject.Instance == nil {
		return said.found
	}
	run := &checkRun{
		Checker: c, said: said, release: c.releaseFor(said, subject),
		subject: subject, kinds: map[schema.GroupKind]definedKind{}, missing: map[schema.GroupVersionKind]bool{},
		path: make([]step, 0, 32),
	}
	run.definitions = c.builtin.definitionsOf(run.release)
	for _, object := range subject.Instance.Objects() {
		if isDefinition(object.Content()) {
			if defined := c.define(object.Content()); defined.kind != nil {
				run.kinds[defined.kind.name] = defined
			}
		}
	}
	for _, object := range subject.Instance.Objects() {
		run.object(object)
	}
	return run.found.Sorted()
}

// releaseFor returns the release that the objects of a render are checked against.
func (c *Checker) releaseFor(said *settings, subject validate.Subject) int {
	if said.open {
		if release, held := c.builtin.release(subject.Environment.Kubernetes.Version); held {
			return release
		}
	}
	return said.release
}

// settings returns what a package says, read once.
func (c *Checker) settings(pkg *packagetypes.Package) *settings {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if known, ok := c.packages[pkg]; ok {
		return known
	}
	said := &settings{}
	if len(c.builtin.versions) > 0 {
		said.choice = c.builtin.choose(c.version, pkg.Manifest)
	}
	var found diagnostic.Diagnostics
	said.locations, found = c.locations(pkg)
	said.found = append(said.found, found...)
	if len(c.packages) >= mostKept {
		clear(c.packages)
	}
	c.packages[pkg] = said
	return said
}

// mostKept is how many packages and definitions a Checker remembers: those of
// templates are others in each render.
const mostKept = 1000

// define reads a CustomResourceDefinition among the objects, once.
func (c *Checker) define(content map[string]any) definedKind {
	spec, _ := content["spec"].(map[string]any)
	address := reflect.ValueOf(spec).Pointer()
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if known, ok := c.defined[address]; ok {
		return known
	}
	defined := definedKind{spec: spec, kind: newCustomKind(content, c.compile), faults: func() []fault { return nil }}
	if defined.kind != nil {
		defined.faults = sync.OnceValue(defined.kind.schemaFaults)
	}
	if len(c.defined) >= mostKept {
		clear(c.defined)
	}
	c.defined[address] = defined
	return defined
}

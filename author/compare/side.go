package compare

import (
	"context"
	"path"
	"slices"

	"github.com/packstage/packstage/author/matrix"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

// side is one of the two packages, or a component of it.
type side struct {
	name  Side
	suite *matrix.Suite
	// lenient is the renderer that leaves out unknown keys; nil until it is needed.
	lenient        *packageloader.Renderer
	compile        packageloader.Options
	manifest, lock *manifest.Locator
}

func newSide(name Side, suite *matrix.Suite, compile packageloader.Options) *side {
	return &side{name: name, suite: suite, compile: compile}
}

// rendered is what became of a context.
type rendered struct {
	// instance is nil where nothing came out; it may be there with faults, when
	// these were unknown keys that were left out.
	instance *packagetypes.Instance
	faults   diagnostic.Diagnostics
	ignored  []string
}

// render renders with a context. Where nothing is wrong but that the configuration
// has unknown keys, it renders without them.
func (s *side) render(ctx context.Context, c packagetypes.Context) (rendered, error) {
	instance, err := s.suite.Renderer.Render(ctx, c)
	faults, err := asFindings(ctx, err)
	if err != nil || faults == nil {
		return rendered{instance: instance}, err
	}
	faults = faults.WithSeverity(diagnostic.Error)
	result := rendered{faults: faults}
	for _, fault := range faults {
		if fault.Code != diagnostic.ConfigUnknownKey {
			return result, nil
		}
		result.ignored = append(result.ignored, fault.Field)
	}
	if s.lenient == nil {
		options := s.compile
		options.UnknownConfig = packagetypes.PruneUnknownConfig
		if s.lenient, err = packageloader.Compile(s.suite.Package, options); err != nil {
			return rendered{}, err // it compiled with the other policy
		}
	}
	instance, err = s.lenient.Render(ctx, c)
	if more, err := asFindings(ctx, err); err != nil || more != nil {
		return rendered{faults: append(slices.Clone(faults), more...)}, err
	}
	result.instance = instance
	return result, nil
}

// place puts the folder of the component in front of a path in it.
func (s *side) place(position diagnostic.Position) diagnostic.Position {
	if s.suite.Package.Component != "" && position.File != "" {
		position.File = path.Join("components", s.suite.Package.Component, position.File)
	}
	return position
}

func (s *side) file(name string) diagnostic.Position {
	return s.place(diagnostic.Position{File: name})
}

// inManifest returns where a change of the manifest stands.
func (s *side) inManifest(change *Change) diagnostic.Position {
	pkg := s.suite.Package
	if s.manifest == nil {
		data, _ := pkg.Files.Read(pkg.ManifestPath)
		s.manifest = manifest.NewLocator(pkg.ManifestPath, data)
	}
	return s.place(s.manifest.Position(diagnostic.FieldPath(change.path(s.name)...)))
}

// inLock returns where a change of the lock stands.
func (s *side) inLock(change *Change) diagnostic.Position {
	pkg := s.suite.Package
	if s.lock == nil {
		data, _ := pkg.Files.Read(pkg.LockPath)
		s.lock = manifest.NewLocator(pkg.LockPath, data)
	}
	return s.place(s.lock.Position(diagnostic.FieldPath(change.path(s.name)...)))
}

// path is the path of a change in the document of a side.
func (c *Change) path(side Side) []any {
	if side == SideA {
		return c.pathA
	}
	return c.pathB
}

// mask hides the sensitive values of a configuration in changes.
func (s *side) mask(changes []Change, config map[string]any) {
	if len(changes) == 0 || len(s.suite.Renderer.ConfigSchema().SensitiveValues(config)) == 0 {
		return
	}
	hide := func(texts []string) []string {
		found := make(diagnostic.Diagnostics, len(texts))
		for i, text := range texts {
			found[i].Message = text
		}
		for i, d := range s.suite.Renderer.Mask(found, config) {
			texts[i] = d.Message
		}
		return texts
	}
	maskChanges(changes, hide)
}

// finder finds the places of changed fields of one render.
type finder struct {
	side      *side
	positions *packageloader.FieldPositions
	objects   map[ObjectReference]*placedObject
	found     int
}

// mostLocated bounds the fields whose place is looked for, since templates are
// executed again for it; of others the place of the object is told.
const mostLocated = 2_000

func newFinder(s *side, c packagetypes.Context, objects placedObjects) *finder {
	f := &finder{side: s, positions: s.suite.Renderer.FieldPositions(c), objects: make(map[ObjectReference]*placedObject, len(objects.ordered))}
	for _, one := range objects.ordered {
		reference := referenceOf(one.content())
		if f.objects[reference] == nil {
			f.objects[reference] = one
		}
	}
	return f
}

func (f *finder) find(ctx context.Context, change *Change) diagnostic.Position {
	if change.Object == nil || f.objects[*change.Object] == nil {
		return diagnostic.Position{}
	}
	object := f.objects[*change.Object].object
	path := change.path(f.side.name)
	if f.found++; len(path) == 0 || f.found > mostLocated {
		return f.side.place(object.Source())
	}
	position, _ := f.positions.Find(ctx, object, plainPath(path)...)
	return f.side.place(position)
}

// plainPath is a path of keys and indexes, up to the first element that is neither.
func plainPath(path []any) []any {
	for i, element := range path {
		switch element.(type) {
		case string, int:
		default:
			return path[:i]
		}
	}
	return path
}

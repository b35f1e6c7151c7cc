package packageloader

import (
	"context"
	"slices"
	"sync"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/internal/yamldoc"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/template"
	"github.com/packstage/packstage/validate"
)

// FieldPosition finds out where a field of a rendered object stands in the files
// of the package; see [FieldPositions.Find]. Whoever asks about several fields of
// one render makes one [FieldPositions] of it.
func (r *Renderer) FieldPosition(ctx context.Context, c packagetypes.Context, object packagetypes.Object, path ...any) (diagnostic.Position, bool) {
	return r.FieldPositions(c).Find(ctx, object, path...)
}

// FieldPositions returns a finder of positions in the render with a context. It
// costs nothing until it is asked.
func (r *Renderer) FieldPositions(c packagetypes.Context) *FieldPositions {
	return &FieldPositions{renderer: r, begin: func(ctx context.Context) (*renderRun, error) {
		run, _, found, err := r.begin(ctx, c, nil)
		if err == nil {
			err = found.Err()
		}
		return run, err
	}}
}

// FieldPositions finds out where the fields of the objects of one render stand in
// the files of the package: in a static file the field, in a template the text or
// action that wrote it, also where that is in another file that was included.
//
// It is meant for findings, where there is something to report. Asked about an
// object of a template, it executes that template again, with a trace, once; it
// keeps what it read for the next question. It is safe for concurrent use.
type FieldPositions struct {
	renderer *Renderer
	begin    func(context.Context) (*renderRun, error)

	mutex sync.Mutex
	run   *renderRun
	files map[string]*locatedFile // by the path of their output
}

// Find returns where the value of a field stands. The path consists of string
// keys and int indexes from the root of the object; no path is its document.
//
// Where there is no such field it returns the nearest part of the path that there
// is, and false: labels that rendering adds have the position of metadata.labels,
// say. Where nothing can be found (the object is not of this render, ctx is done)
// it is the source of the object, and false.
func (p *FieldPositions) Find(ctx context.Context, object packagetypes.Object, path ...any) (diagnostic.Position, bool) {
	return p.find(ctx, object, path, (*yamldoc.Locator).Locate)
}

// FindKey is [FieldPositions.Find] for the key of a field in the place of its
// value; for an item of a list it is the item.
func (p *FieldPositions) FindKey(ctx context.Context, object packagetypes.Object, path ...any) (diagnostic.Position, bool) {
	return p.find(ctx, object, path, (*yamldoc.Locator).LocateKey)
}

type locate func(l *yamldoc.Locator, path ...any) (line, column int, ok bool)

func (p *FieldPositions) find(ctx context.Context, object packagetypes.Object, path []any, locate locate) (diagnostic.Position, bool) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	file, read := p.objectOf(ctx, object)
	if file == nil {
		return object.Source(), false
	}
	fields := file.documents[read.position.Document]
	path = slices.Concat(read.path, path)
	for n := len(path); n > len(read.path); n-- {
		if line, column, ok := locate(fields, path[:n]...); ok {
			return file.position(read, line, column), n == len(path)
		}
	}
	if len(read.path) == 0 { // the document itself
		return file.position(read, read.position.Line, read.position.Column), len(path) == 0
	}
	line, column, ok := fields.Locate(read.path...)
	return file.position(read, line, column), ok && len(path) == len(read.path)
}

// objectOf finds the object in the files, or returns nil. Sources of objects name
// the file that they come from, or where that is known the file that it included.
func (p *FieldPositions) objectOf(ctx context.Context, object packagetypes.Object) (*locatedFile, readObject) {
	source := object.Source()
	if file, read := p.search(ctx, object, func(file compiledFile) bool { return file.source == source.File }); file != nil {
		return file, read
	}
	return p.search(ctx, object, func(file compiledFile) bool { return file.source != source.File && file.template != "" })
}

func (p *FieldPositions) search(ctx context.Context, object packagetypes.Object, among func(compiledFile) bool) (*locatedFile, readObject) {
	gvk := object.GroupVersionKind()
	key := validate.ObjectKey{Group: gvk.Group, Kind: gvk.Kind, Namespace: object.Namespace(), Name: object.Name()}
	for _, file := range p.renderer.files {
		if !file.emits || !among(file) {
			continue
		}
		located := p.file(ctx, file)
		for _, read := range located.objects {
			if read.key == key && read.position.Document == object.Source().Document {
				return located, read
			}
		}
	}
	return nil, readObject{}
}

// locatedFile is a file of objects that was read again. One that cannot be read
// has none.
type locatedFile struct {
	objectFile
	documents map[int]*yamldoc.Locator // by number
	sources   *template.SourceMap      // nil for static files
}

func (f *locatedFile) position(object readObject, line, column int) diagnostic.Position {
	position := diagnostic.Position{File: f.source, Line: line, Column: column, Document: object.position.Document}
	if f.sources != nil {
		return traced(f.sources, position)
	}
	return position
}

// file reads a file again, once.
func (p *FieldPositions) file(ctx context.Context, file compiledFile) *locatedFile {
	if known, ok := p.files[file.path]; ok {
		return known
	}
	located := &locatedFile{objectFile: file.objectFile}
	data, _ := p.renderer.pkg.Files.Read(file.source)
	if file.template != "" {
		var err error
		if data, located.sources, err = p.trace(ctx, file.template); err != nil {
			return located // it may work when ctx is another
		}
		located.objectFile, _ = objectReader{
			phases: p.renderer.phases, limits: p.renderer.options.Limits, rendered: true,
		}.read(file.path, file.source, data)
	}
	located.documents = map[int]*yamldoc.Locator{}
	for _, document := range yamldoc.Split(data) {
		located.documents[document.Number] = yamldoc.NewLocator(document)
	}
	if p.files == nil {
		p.files = map[string]*locatedFile{}
	}
	p.files[file.path] = located
	return located
}

// trace executes a template again and returns its output with the map of its
// sources.
func (p *FieldPositions) trace(ctx context.Context, path string) ([]byte, *template.SourceMap, error) {
	if p.run == nil {
		run, err := p.begin(ctx)
		if err != nil {
			return nil, nil, err
		}
		p.run = run
	}
	output, err := p.renderer.templates.Execute(ctx, path, p.run.data, p.run.scope)
	if err != nil {
		return nil, nil, err
	}
	sources, err := p.renderer.templates.Trace(ctx, path, p.run.data, p.run.scope)
	return output, sources, err
}

// Within returns the finder in the form that rules know, for as long as ctx is
// not done.
func (p *FieldPositions) Within(ctx context.Context) validate.Positions {
	return positionsWithin{p, ctx}
}

// positionsWithin binds a finder to the call that it is made for.
type positionsWithin struct {
	positions *FieldPositions
	//nolint:containedctx // rules have no context of their own; this lives as long as their call
	ctx context.Context
}

func (p positionsWithin) Value(object packagetypes.Object, path ...any) diagnostic.Position {
	position, _ := p.positions.Find(p.ctx, object, path...)
	return position
}

func (p positionsWithin) Key(object packagetypes.Object, path ...any) diagnostic.Position {
	position, _ := p.positions.FindKey(p.ctx, object, path...)
	return position
}

package coverage

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/template"
)

// Recorder renders the cases of one package or component and remembers what each
// of them reached. It is safe for concurrent use; its profile does not depend on
// the order in which cases are rendered.
type Recorder struct {
	renderer   *packageloader.Renderer
	properties []property

	mutex sync.Mutex
	cases map[string]*recordedCase
}

// recordedCase is what the renders of one case reached.
type recordedCase struct {
	coverage *packageloader.Coverage
	// varied are the properties that it sets to something else than their
	// default, by number.
	varied map[int]bool
}

// NewRecorder returns a Recorder for a compiled package.
func NewRecorder(renderer *packageloader.Renderer) *Recorder {
	return &Recorder{renderer: renderer, properties: propertiesOf(renderer), cases: map[string]*recordedCase{}}
}

// Render renders a case and records what it reached, also where the render
// fails. Result and error are those of [packageloader.Renderer.Render].
func (r *Recorder) Render(ctx context.Context, name string, c packagetypes.Context) (*packagetypes.Instance, error) {
	return r.RenderBy(ctx, r.renderer, name, c)
}

// RenderBy is Render by a renderer that the recorder's renderer has made of
// itself, such as a shuffled one.
func (r *Recorder) RenderBy(ctx context.Context, renderer *packageloader.Renderer, name string, c packagetypes.Context) (*packagetypes.Instance, error) {
	coverage := renderer.NewCoverage()
	instance, err := renderer.RenderCovered(ctx, c, coverage)
	// A configuration that is refused says nothing about templates.
	var varied map[int]bool
	if instance != nil || slices.ContainsFunc(coverage.Templates().Counts(), func(n uint64) bool { return n > 0 }) {
		varied = variedProperties(r.properties, c.Config)
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	known := r.cases[name]
	if known == nil {
		known = &recordedCase{coverage: r.renderer.NewCoverage(), varied: map[int]bool{}}
		r.cases[name] = known
	}
	known.coverage.Add(coverage)
	maps.Copy(known.varied, varied)
	return instance, err
}

// Profile returns what the cases have reached so far.
func (r *Recorder) Profile() *Profile {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	pkg := r.renderer.Package()
	p := Package{
		Name: pkg.Manifest.Metadata.Name, Component: pkg.Component, Cases: slices.Sorted(maps.Keys(r.cases)),
		Files: []File{}, Conditions: []Condition{}, Properties: []Property{},
	}
	if p.Cases == nil {
		p.Cases = []string{}
	}
	r.addFiles(&p)
	r.addConditions(&p)
	r.addProperties(&p)
	return &Profile{Version: Version, Packages: []Package{p}}
}

func (r *Recorder) addFiles(p *Package) {
	points := r.renderer.Points()
	counts := make([][]uint64, len(p.Cases))
	for i, name := range p.Cases {
		counts[i] = r.cases[name].coverage.Templates().Counts()
	}
	for number, point := range points {
		var total uint64
		var cases []int
		for i := range p.Cases {
			if n := counts[i][number]; n > 0 {
				total += n
				cases = append(cases, i)
			}
		}
		if point.Kind == template.FilePoint {
			content, _ := r.renderer.Package().Files.Read(point.Template)
			p.Files = append(p.Files, File{Path: point.Template, Digest: digest(content), Executions: total, Points: []Point{}})
			continue
		}
		file := &p.Files[len(p.Files)-1]
		counted := Point{
			Kind: string(point.Kind), Form: point.Form, Else: point.Else, Implicit: point.Implicit,
			Line: point.Position.Line, Column: point.Position.Column, Start: point.Start, End: point.End,
			Count: total, Cases: cases,
		}
		if point.Template != file.Path {
			counted.Template = point.Template
		}
		file.Points = append(file.Points, counted)
	}
}

func (r *Recorder) addConditions(p *Package) {
	known := map[conditionKey]*Condition{}
	for i, name := range p.Cases {
		for _, outcomes := range r.cases[name].coverage.Conditions() {
			one := Condition{
				Origin: string(outcomes.Origin), Name: outcomes.Name, Expression: outcomes.Expression, Position: outcomes.Position,
				Constant: len(outcomes.Reads) == 0 && len(outcomes.Uses) == 0,
			}
			condition := known[one.key()]
			if condition == nil {
				condition = &one
				known[one.key()] = condition
			}
			condition.True.add(outcomes.True, i)
			condition.False.add(outcomes.False, i)
		}
	}
	if len(p.Cases) == 0 {
		for _, outcomes := range r.renderer.NewCoverage().Conditions() {
			one := Condition{
				Origin: string(outcomes.Origin), Name: outcomes.Name, Expression: outcomes.Expression, Position: outcomes.Position,
				Constant: len(outcomes.Reads) == 0 && len(outcomes.Uses) == 0,
			}
			known[one.key()] = &one
		}
	}
	for _, condition := range known {
		p.Conditions = append(p.Conditions, *condition)
	}
	slices.SortFunc(p.Conditions, compareConditions)
}

func (o *Outcome) add(count uint64, index int) {
	if count > 0 {
		o.Count += count
		o.Cases = append(o.Cases, index)
	}
}

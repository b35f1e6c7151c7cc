package packageloader

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/template"
)

// Coverage counts what renders of one package reach: the points of its templates
// and the outcomes of its conditions. It is safe for concurrent use.
type Coverage struct {
	renderer   *Renderer
	references *References
	templates  *template.Coverage

	mutex sync.Mutex
	// outcomes are those of the conditions of references, false first; others are
	// those of conditions that templates worked out.
	outcomes [][2]uint64
	others   map[otherCondition]*[2]uint64
	// located are the places of the conditions of objects that templates made.
	located map[string]diagnostic.Position
	places  map[conditionPlace]int
	texts   map[string][]int // written conditions by expression
}

// conditionPlace is where a condition stands, for finding it when it is evaluated.
type conditionPlace struct {
	origin ConditionOrigin
	// object is that of a static file, or a file for what is written in templates.
	object string
	// number in the manifest, or line in the template.
	number int
}

func writtenPlace(position diagnostic.Position) conditionPlace {
	return conditionPlace{AnnotationCondition, "template " + position.File, position.Line}
}

type otherCondition struct {
	position   diagnostic.Position
	expression string
}

// NewCoverage returns a Coverage that has counted nothing. It is for this
// renderer and those that it makes of itself.
func (r *Renderer) NewCoverage() *Coverage {
	references := r.References()
	c := &Coverage{
		renderer: r, references: references, templates: r.templates.NewCoverage(),
		outcomes: make([][2]uint64, len(references.Conditions)), others: map[otherCondition]*[2]uint64{},
		located: map[string]diagnostic.Position{}, places: map[conditionPlace]int{}, texts: map[string][]int{},
	}
	for i, condition := range references.Conditions {
		if condition.Origin == FunctionCondition {
			continue
		}
		c.places[condition.place] = i
		if condition.place == writtenPlace(condition.Position) {
			c.texts[condition.Expression] = append(c.texts[condition.Expression], i)
		}
	}
	return c
}

// RenderCovered is Render, and counts in coverage what the render reaches, also
// where it fails. The result is the same; renders that do not count pay nothing
// for those that do.
func (r *Renderer) RenderCovered(ctx context.Context, c packagetypes.Context, coverage *Coverage) (*packagetypes.Instance, error) {
	own := r.NewCoverage()
	instance, err := r.renderCounted(ctx, c, own)
	coverage.Add(own)
	return instance, err
}

// Templates returns what was counted of the templates. It goes on counting.
func (c *Coverage) Templates() *template.Coverage { return c.templates }

// Points returns the points of the package's templates, as
// [template.Set.Points]; Templates().Counts() has their counts.
func (r *Renderer) Points() []template.Point { return r.templates.Points() }

// Add adds what another Coverage of the same package has counted.
func (c *Coverage) Add(other *Coverage) {
	other.mutex.Lock()
	outcomes := slices.Clone(other.outcomes)
	others := make(map[otherCondition][2]uint64, len(other.others))
	for condition, counted := range other.others {
		others[condition] = *counted
	}
	templates := other.templates
	other.mutex.Unlock()
	c.templates.Add(templates)
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for i, counted := range outcomes {
		c.outcomes[i][0] += counted[0]
		c.outcomes[i][1] += counted[1]
	}
	for condition, counted := range others {
		known := c.other(condition)
		known[0] += counted[0]
		known[1] += counted[1]
	}
}

func (c *Coverage) other(condition otherCondition) *[2]uint64 {
	known := c.others[condition]
	if known == nil {
		known = &[2]uint64{}
		c.others[condition] = known
	}
	return known
}

// ConditionOutcomes are how often a condition was true and false.
type ConditionOutcomes struct {
	ConditionReferences
	True, False uint64
}

// Conditions returns the outcomes of all conditions of [Renderer.References], and
// of those that templates worked out, by position. An object whose render failed
// before its condition was evaluated has none.
func (c *Coverage) Conditions() []ConditionOutcomes {
	functions := map[otherCondition]template.Outcomes{}
	var all []ConditionOutcomes
	for _, called := range c.templates.Expressions() {
		functions[otherCondition{called.Position, called.Text}] = called
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for i, condition := range c.references.Conditions {
		counted := ConditionOutcomes{ConditionReferences: condition, True: c.outcomes[i][1], False: c.outcomes[i][0]}
		if condition.Origin == FunctionCondition {
			at := otherCondition{condition.Position, condition.Expression}
			called, first := functions[at]
			if !first {
				continue // the same text in the same action counts once
			}
			delete(functions, at)
			counted.True, counted.False = called.True, called.False
		}
		all = append(all, counted)
	}
	for at, called := range functions {
		if called.True+called.False > 0 {
			all = append(all, c.worked(FunctionCondition, at, [2]uint64{called.False, called.True}))
		}
	}
	for at, counted := range c.others {
		all = append(all, c.worked(AnnotationCondition, at, *counted))
	}
	slices.SortStableFunc(all, func(a, b ConditionOutcomes) int {
		return cmp.Or(a.Position.Compare(b.Position), cmp.Compare(a.Expression, b.Expression))
	})
	return all
}

// worked describes a condition that a template worked out.
func (c *Coverage) worked(origin ConditionOrigin, at otherCondition, counted [2]uint64) ConditionOutcomes {
	outcomes := ConditionOutcomes{True: counted[1], False: counted[0]}
	outcomes.Origin, outcomes.Expression, outcomes.Position = origin, at.expression, at.position
	if condition, err := c.renderer.conditions.compile(at.expression); err == nil {
		outcomes.Uses, outcomes.Reads = condition.Uses(), readsOf(condition, at.position)
	}
	return outcomes
}

// Reads returns the references by which the renders have read the context: those
// of actions that were executed and of conditions that were evaluated.
func (c *Coverage) Reads() []template.Reference {
	reads := c.templates.Reads()
	for _, condition := range c.Conditions() {
		if condition.True+condition.False > 0 {
			reads = append(reads, condition.Reads...)
		}
	}
	slices.SortStableFunc(reads, func(a, b template.Reference) int {
		return cmp.Or(a.Position.Compare(b.Position), a.Path.Compare(b.Path))
	})
	return reads
}

package chart

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/packstage/packstage/author/scaffold"
	"github.com/packstage/packstage/diagnostic"
)

// Options say what a chart is imported with.
type Options struct {
	// Name of the release, and of the package; empty is the name of the chart.
	Name string
	// Namespace of the release; empty is "default".
	Namespace string
	// Values go before those of the chart. Each of them becomes a property of the
	// configuration, where that can be proven.
	Values map[string]any
	// Config are dotted paths of more values that become properties. A mapping stands
	// for all values in it, unless the chart uses it as a whole.
	Config []string
	// KeepLabels keeps the labels by which Helm knows its objects.
	KeepLabels bool
	// Scaffold are the options of the package.
	Scaffold scaffold.Options
	// MaxRenders bounds how often the chart is rendered; zero is 2000.
	MaxRenders int
	// Progress is told how often the chart was rendered until now; nil is nobody.
	Progress func(renders int)
}

// Import makes a package of a chart.
//
// The error is a diagnostic.Diagnostics where the chart or the options are at fault, a
// *RefusedError where the chart does not render with its values, or what the renderer
// returned.
func Import(ctx context.Context, chart *Chart, renderer Renderer, options Options) (*scaffold.Result, error) {
	i := &importer{chart: chart, renderer: renderer, options: options, entangled: map[*parameter]bool{}}
	if i.options.Namespace == "" {
		i.options.Namespace = "default"
	}
	if i.options.Name == "" {
		i.options.Name = chart.Name
	}
	if i.options.MaxRenders == 0 {
		i.options.MaxRenders = 2000
	}
	if i.options.Scaffold.Name == "" {
		i.options.Scaffold.Name = scaffold.PackageName(i.options.Name)
	}
	result, err := i.run(ctx)
	var tooMany *tooManyRendersError
	if errors.As(err, &tooMany) {
		return nil, diagnostic.Diagnostics{{
			Code: diagnostic.ImportUnsupported, Position: diagnostic.Position{File: chart.Name}, Message: tooMany.Error(),
			Hint: "ask for fewer values at once, or allow more renders",
		}}
	}
	return result, err
}

type importer struct {
	chart     *Chart
	renderer  Renderer
	options   Options
	cleaner   *cleaner
	sampler   *sampler
	schema    schemaReader
	decisions []scaffold.Decision
	// tried counts the parameters that were made.
	tried int
	// entangled are parameters whose choices depend on one another, as proofs showed.
	entangled map[*parameter]bool
}

func (i *importer) run(ctx context.Context) (*scaffold.Result, error) {
	if err := i.begin(ctx); err != nil {
		return nil, err
	}
	parameters, err := i.parameters(ctx)
	if err != nil {
		return nil, err
	}
	for {
		result, err := i.attempt(ctx, parameters)
		var unexplained *unexplainedError
		if !errors.As(err, &unexplained) {
			return result, err
		}
		if i.entangle(unexplained.together) {
			continue
		}
		if parameters, err = i.without(ctx, parameters, unexplained); err != nil {
			return nil, err
		}
	}
}

// entangle notes that parameters depend on one another. It reports whether that is news.
func (i *importer) entangle(parameters []*parameter) bool {
	news := false
	for _, p := range parameters {
		news = news || !i.entangled[p]
		i.entangled[p] = true
	}
	return news
}

// begin renders the chart as it is asked for, twice.
func (i *importer) begin(ctx context.Context) error {
	base := Release{Name: i.options.Name, Namespace: i.options.Namespace, Values: i.options.Values}
	first, err := i.renderer.Render(ctx, base)
	if err != nil {
		return err
	}
	second, err := i.renderer.Render(ctx, base)
	if err != nil {
		return err
	}
	i.cleaner = newCleaner(first, i.options.KeepLabels)
	before, after := i.cleaner.clean(first), i.cleaner.clean(second)
	if len(before) == 0 {
		return diagnostic.Diagnostics{{
			Code: diagnostic.ImportEmpty, Message: fmt.Sprintf("the chart %s renders no objects with these values", i.chart.Name),
			Hint: "-f and --set turn on what is off",
		}}
	}
	i.cleaner.random = randomPlaces(before, after)
	i.describe(first)
	i.sampler = &sampler{
		renderer: i.renderer, base: base, clean: i.cleaner.clean, limit: i.options.MaxRenders,
		progress: i.options.Progress, renders: map[string]*rendered{},
	}
	return nil
}

// attempt makes the package with some parameters, and proves it.
func (i *importer) attempt(ctx context.Context, parameters []*parameter) (*scaffold.Result, error) {
	for _, p := range parameters {
		p.reset()
	}
	objects, err := newSynthesis(i.sampler, parameters, i.entangled).run(ctx)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(objects, func(a, b *object) int { return a.rank() - b.rank() })
	adoptDefaults(parameters, objects)
	markSensitive(objects)
	input := i.input(parameters, objects)
	for _, o := range objects {
		written, unexplained := write(o)
		if unexplained != nil {
			return nil, unexplained
		}
		input.Objects = append(input.Objects, written)
	}
	used := usedParameters(objects)
	for _, p := range parameters {
		if p.property != nil && !used[p] {
			return nil, &unexplainedError{culprits: []*parameter{p}, reasons: map[*parameter]string{p: "no object depends on it, as the chart is rendered here"}}
		}
	}
	result, err := scaffold.Make(ctx, input, i.options.Scaffold)
	if err != nil {
		return nil, i.spareOne(parameters, err)
	}
	proof := &proof{importer: i, parameters: parameters, objects: objects, result: result}
	if err := proof.run(ctx); err != nil {
		return nil, err
	}
	if proof.constrained {
		input.Config = properties(parameters)
		if result, err = scaffold.Make(ctx, input, i.options.Scaffold); err != nil {
			return nil, err
		}
	}
	result.Decisions = append(append(result.Decisions, proof.notes...), proof.decision())
	return result, nil
}

// spareOne gives up a parameter where the package is not the chart with its defaults;
// other errors it returns as they are.
func (i *importer) spareOne(parameters []*parameter, err error) error {
	found, ok := diagnostic.From(err)
	if !ok || len(found) == 0 || found[0].Code != diagnostic.ImportDiffers {
		return err
	}
	culprit := (&synthesis{parameters: parameters}).spared()
	if culprit == nil {
		return err
	}
	return &unexplainedError{culprits: []*parameter{culprit}, reasons: map[*parameter]string{culprit: found[0].Message}}
}

// usedParameters are those that something depends on.
func usedParameters(objects []*object) map[*parameter]bool {
	used := map[*parameter]bool{}
	note := func(c condition) {
		for _, p := range c.parameters() {
			used[p] = true
		}
	}
	for _, o := range objects {
		note(o.when)
		o.tree.visit(func(n *node) {
			if n.parameter != nil {
				used[n.parameter] = true
			}
			for _, piece := range n.parts {
				if piece.parameter != nil {
					used[piece.parameter] = true
				}
			}
			note(n.when)
			for _, child := range n.entries {
				note(child.when)
			}
		})
	}
	return used
}

// without gives up parameters: a mapping as a whole becomes the values in it.
func (i *importer) without(ctx context.Context, parameters []*parameter, unexplained *unexplainedError) ([]*parameter, error) {
	var rest []*parameter
	for _, p := range parameters {
		if !slices.Contains(unexplained.culprits, p) {
			rest = append(rest, p)
			continue
		}
		if values, ok := p.base.(map[string]any); ok && len(values) > 0 && p.property != nil {
			below, err := i.below(ctx, values, p.path, p.asked)
			if err != nil {
				return nil, err
			}
			rest = append(rest, below...)
			continue
		}
		i.decisions = append(i.decisions, scaffold.Decision{
			Topic: scaffold.TopicConfig, Message: fmt.Sprintf("%s stays %s", p.described(), brief(p.base)), Reason: unexplained.reasons[p],
		})
	}
	return rest, nil
}

func brief(value any) string {
	text := quoted(value)
	if len(text) > 60 {
		text = text[:57] + "..."
	}
	return text
}

func sortedKeys[V any](values map[string]V) []string { return slices.Sorted(maps.Keys(values)) }

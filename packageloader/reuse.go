package packageloader

import (
	"context"
	"reflect"
	"slices"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/validate"
)

// Reuse is what a render leaves to later ones of the same package, see
// [Renderer.Reusing]. The zero value holds nothing yet. It holds all that the last
// render has made, and is for one render at a time.
type Reuse struct{ last *renderRun }

// Reusing returns a renderer of the same package for several renders with one context,
// each of which leaves to the next what it has made, in reuse. Results are the same:
//
//   - Render executes all templates, and compares what they write with what they wrote
//     before, byte for byte. What is equal is not read again. Where all is equal, and the
//     context too, everything else follows from it, but for what the rules of the options
//     find: without such rules the result is the earlier one itself, and conditions are
//     not evaluated again. With them, conditions are evaluated and all rules asked again.
//   - Rules that are known to find the same in the same instance count for none: those
//     with a method DeterministicRule() [validate.Rule] that returns the rule itself, as
//     that of validate/kubernetes.
//   - RenderFiles executes templates only where they see something else than before, such
//     as [GoldenImage] in the place of an image.
//
// So it can be told at little cost whether order and number of goroutines matter, see
// [Renderer.Shuffled]. Renders that count coverage leave something and take nothing.
func (r *Renderer) Reusing(reuse *Reuse) *Renderer {
	reusing := r.variant()
	reusing.reuse = reuse
	return reusing
}

// earlier returns the render that a run can take something from, or nil.
func (run *renderRun) earlier() *renderRun {
	if run.reuse == nil || run.reuse.last == nil || run.reuse.last.templates != run.templates || run.coverage != nil {
		return nil
	}
	return run.reuse.last
}

// repeats tells whether the run, whose templates are executed, can only come to the
// result of the earlier one.
func (run *renderRun) repeats() bool {
	last := run.earlier()
	return last != nil && !run.differs.Load() && !slices.ContainsFunc(run.options.Rules, mayDiffer) &&
		reflect.DeepEqual(run.context, last.context)
}

// deterministicRule is a rule that finds the same in the same instance.
type deterministicRule interface {
	// DeterministicRule returns the rule itself. So nobody makes that promise who embeds
	// such a rule and checks something else.
	DeterministicRule() validate.Rule
}

// mayDiffer tells whether a rule may find something else when it is asked again.
func mayDiffer(rule validate.Rule) bool {
	known, ok := rule.(deterministicRule)
	return !ok || reflect.TypeOf(known.DeterministicRule()) != reflect.TypeOf(rule)
}

// filesOrEarlier is allFiles, or takes the files of the earlier render where the
// templates would see the same again.
func (run *renderRun) filesOrEarlier(ctx context.Context) ([]compiledFile, diagnostic.Diagnostics, error) {
	if last := run.earlier(); last != nil && reflect.DeepEqual(run.data, last.data) {
		return last.rendered, nil, nil
	}
	return run.allFiles(ctx)
}

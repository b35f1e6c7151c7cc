package chart

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/packstage/packstage/author/scaffold"
	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
	"github.com/packstage/packstage/packagetypes"
)

// A proof renders a package and its chart with the same values and compares them.
type proof struct {
	importer   *importer
	parameters []*parameter
	objects    []*object
	result     *scaffold.Result
	// constrained says that schemas of properties were narrowed.
	constrained bool
	notes       []scaffold.Decision
	compared    int
}

// maxPairs bounds how many pairs of values are changed together.
const maxPairs = 150

func (p *proof) run(ctx context.Context) error {
	sets := p.assignments()
	p.importer.sampler.warm(ctx, p.parameters, sets)
	for _, values := range sets {
		if err := p.compare(ctx, values); err != nil {
			return err
		}
	}
	return p.narrow(ctx)
}

func (p *proof) decision() scaffold.Decision {
	return scaffold.Decision{
		Topic: scaffold.TopicConfig, Message: fmt.Sprintf("the package and the chart render to the same objects with %d sets of values", p.compared),
		Reason: "the defaults, each value changed alone, pairs of them, and all at once",
	}
}

// base are the values of the import.
func (p *proof) base() assignment {
	values := make(assignment, len(p.parameters))
	for i, parameter := range p.parameters {
		values[i] = parameter.base
	}
	return values
}

// turns are the values of a parameter to prove: another one, and one that is truthy
// where the base is not, or the other way round.
func (p *parameter) turns() []any {
	if turned, ok := p.base.(bool); ok {
		return []any{!turned}
	}
	values := slices.Clone(p.tried)
	if p.hasEmpty && truthy(p.base) {
		values = append(values, p.empty)
	}
	return values
}

// assignments are the sets of values that the proof is about.
func (p *proof) assignments() []assignment {
	base := p.base()
	sets := []assignment{base}
	for i, parameter := range p.parameters {
		for _, value := range parameter.turns() {
			values := slices.Clone(base)
			values[i] = value
			sets = append(sets, values)
		}
	}
	first, last := slices.Clone(base), slices.Clone(base)
	for i, parameter := range p.parameters {
		turns := parameter.turns()
		first[i], last[i] = turns[0], turns[len(turns)-1]
	}
	sets = append(sets, first, last)
	conditional := p.conditional()
	pairs := 0
	for i, one := range p.parameters {
		for j := i + 1; j < len(p.parameters) && pairs < maxPairs; j++ {
			other := p.parameters[j]
			if !conditional[one] && !conditional[other] || !p.meet(one, other) {
				continue
			}
			pairs++
			values := slices.Clone(base)
			values[i], values[j] = one.turns()[len(one.turns())-1], other.turns()[0]
			sets = append(sets, values)
		}
	}
	return sets
}

// meet reports whether two parameters show in objects of the same template.
func (p *proof) meet(one, other *parameter) bool {
	both := map[string]int{}
	for _, o := range p.objects {
		used := usedParameters([]*object{o})
		if used[one] {
			both[o.template] |= 1
		}
		if used[other] {
			both[o.template] |= 2
		}
	}
	for _, seen := range both {
		if seen == 3 {
			return true
		}
	}
	return false
}

// conditional are the parameters that conditions ask.
func (p *proof) conditional() map[*parameter]bool {
	found := map[*parameter]bool{}
	note := func(c condition) {
		for _, parameter := range c.parameters() {
			found[parameter] = true
		}
	}
	for _, o := range p.objects {
		note(o.when)
		o.tree.visit(func(n *node) {
			note(n.when)
			for _, child := range n.entries {
				note(child.when)
			}
		})
	}
	return found
}

// compare renders both with the values, and blames whoever makes a difference.
func (p *proof) compare(ctx context.Context, values assignment) error {
	reason, err := p.differs(ctx, values)
	if err != nil || reason == "" {
		return err
	}
	return p.blame(ctx, values, reason)
}

// differs says in what the package and the chart differ with the values, or returns "".
// Values that the chart refuses prove nothing.
func (p *proof) differs(ctx context.Context, values assignment) (string, error) {
	want, err := p.importer.sampler.render(ctx, p.parameters, values)
	var refused *RefusedError
	if errors.As(err, &refused) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	instance, err := p.result.Renderer().Render(ctx, p.context(values))
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err != nil {
		return err.Error(), nil
	}
	difference := p.difference(want, instance, values)
	if difference == "" {
		p.compared++
	}
	return difference, nil
}

// context is what makes the package the release.
func (p *proof) context(values assignment) packagetypes.Context {
	pkg := p.result.Renderer().Package()
	c := packagetypes.Context{Scope: pkg.Manifest.Spec.Scopes[0], Config: map[string]any{}}
	c.Package.Metadata.Name = p.importer.options.Name
	namespace := p.importer.options.Namespace
	for i, parameter := range p.parameters {
		text, _ := values[i].(string)
		switch {
		case parameter.expression == nameExpression:
			c.Package.Metadata.Name = text
		case parameter.expression == namespaceExpression:
			namespace = text
		case parameter.adopted && text == "":
		default:
			c.Config = withValue(c.Config, parameter.path, values[i])
		}
	}
	if c.Scope == manifest.ScopeNamespaced {
		c.Package.Metadata.Namespace = namespace
	} else if properties, ok := pkg.Manifest.Spec.Config.OpenAPIV3Schema["properties"].(map[string]any); ok {
		if _, ok := properties["namespace"]; ok && c.Config["namespace"] == nil {
			c.Config["namespace"] = namespace
		}
	}
	return c
}

// blame names the parameter that a set of values fails for. Values that fail without
// one of them are tried without it, until all that are left are needed; of these, it is the one
// that can best be spared.
func (p *proof) blame(ctx context.Context, values assignment, reason string) error {
	values = slices.Clone(values)
	for i, parameter := range p.parameters {
		if reflect.DeepEqual(values[i], parameter.base) {
			continue
		}
		fewer := slices.Clone(values)
		fewer[i] = parameter.base
		still, err := p.differs(ctx, fewer)
		if err != nil {
			return err
		}
		if still != "" {
			values, reason = fewer, still
		}
	}
	var changed []*parameter
	with := ""
	for i, parameter := range p.parameters {
		if !reflect.DeepEqual(values[i], parameter.base) {
			changed = append(changed, parameter)
			with += fmt.Sprintf(" %s=%s", parameter.name, brief(values[i]))
		}
	}
	failed := &unexplainedError{reasons: map[*parameter]string{}}
	if len(changed) > 1 {
		failed.together = changed
	}
	if len(changed) == 0 {
		changed, with = p.parameters, " the defaults"
	}
	culprit := (&synthesis{parameters: changed}).spared()
	if culprit == nil {
		return diagnostic.Diagnostics{{Code: diagnostic.ImportDiffers, Message: "the package does not render to what the chart does: " + reason}}
	}
	failed.culprits = []*parameter{culprit}
	failed.reasons[culprit] = fmt.Sprintf("no template that was found follows it: with%s, %s", with, reason)
	return failed
}

package chart

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// A synthesis makes one tree for each object of a chart, in which everything that
// depends on parameters says so.
type synthesis struct {
	sampler    *sampler
	parameters []*parameter
	states     map[string]*state
	// entangled are parameters whose choices depend on one another.
	entangled map[*parameter]bool
}

// A state says of each parameter whether it is truthy, and holds the objects that
// the chart gives then, as they depend on the values of those that are.
type state struct {
	truthy  []bool
	objects []*object
	// merged knows of nodes what they are in view of all other states.
	merged map[*node]*entry
	depth  int
}

// An object is one that the chart renders in some state.
type object struct {
	template string
	phase    string
	tree     *node
	when     condition
}

// maxDepth bounds how many parameters are turned from their base at once: what is
// turned on by one may hold something that is turned on by another.
const maxDepth = 2

func newSynthesis(s *sampler, parameters []*parameter, entangled map[*parameter]bool) *synthesis {
	return &synthesis{sampler: s, parameters: parameters, states: map[string]*state{}, entangled: entangled}
}

// run returns the objects of the chart, those included that are not there at first.
func (s *synthesis) run(ctx context.Context) ([]*object, error) {
	truths := make([]bool, len(s.parameters))
	for i, p := range s.parameters {
		truths[i] = truthy(p.base)
	}
	base, err := s.state(ctx, truths, 0)
	if err != nil {
		return nil, err
	}
	return s.merge(ctx, base, "")
}

// assignment gives each parameter a value that fits the state: its base where that
// does, otherwise its first trial.
func (s *synthesis) assignment(truths []bool, trial int) assignment {
	values := make(assignment, len(s.parameters))
	for i, p := range s.parameters {
		switch {
		case truths[i] && (trial > 0 && p.varies() || !truthy(p.base)):
			values[i] = p.tried[min(max(trial-1, 0), len(p.tried)-1)]
		case truths[i] || !truthy(p.base):
			values[i] = p.base
		default:
			values[i] = p.empty
		}
	}
	return values
}

// state renders the chart in a state and explains what is in its objects.
func (s *synthesis) state(ctx context.Context, truths []bool, depth int) (*state, error) {
	key := fmt.Sprint(truths)
	if known, ok := s.states[key]; ok {
		return known, nil
	}
	seen := observation{parameters: s.parameters}
	var renders [][]Object
	s.sampler.warm(ctx, s.parameters, []assignment{s.assignment(truths, 0), s.assignment(truths, 1), s.assignment(truths, 2)})
	for trial := range 3 {
		values := s.assignment(truths, trial)
		objects, err := s.sampler.render(ctx, s.parameters, values)
		if err != nil {
			return nil, err
		}
		seen.values = append(seen.values, values)
		renders = append(renders, objects)
	}
	made := &state{truthy: truths, depth: depth, merged: map[*node]*entry{}}
	for i, first := range renders[0] {
		contents := make([]any, len(renders))
		for j, objects := range renders {
			if i >= len(objects) || len(objects) != len(renders[0]) || !sameOrigin(objects[i], first) {
				return nil, s.blame(ctx, truths, nil)
			}
			contents[j] = objects[i].Content
		}
		tree := seen.explain(nil, contents)
		if place := tree.place(unexplainedNode); place != nil {
			return nil, s.blame(ctx, truths, append([]any{i}, place...))
		}
		made.objects = append(made.objects, &object{template: first.Template, phase: first.phase, tree: tree})
	}
	s.states[key] = made
	return made, nil
}

func sameOrigin(a, b Object) bool {
	return a.Template == b.Template && a.phase == b.phase && a.Content["apiVersion"] == b.Content["apiVersion"] && a.Content["kind"] == b.Content["kind"]
}

// place is the path to the first node of a kind, or nil.
func (n *node) place(kind nodeKind) []any {
	if n.kind == kind {
		return []any{}
	}
	for i, child := range n.entries {
		if below := child.node.place(kind); below != nil {
			if n.kind == listNode {
				return append([]any{i}, below...)
			}
			return append([]any{child.key}, below...)
		}
	}
	return nil
}

// merge compares a state with those in which one more parameter is turned, and
// returns its objects with what these say. With a template, it is about the objects of
// that alone.
func (s *synthesis) merge(ctx context.Context, base *state, template string) ([]*object, error) {
	m := &merger{synthesis: s, ctx: ctx, base: base, template: template}
	turned, err := s.turns(ctx, base, template)
	if err != nil {
		return nil, err
	}
	for i, truths := range turned {
		if truths == nil {
			continue
		}
		state, err := s.state(ctx, truths, base.depth+1)
		var refused *RefusedError
		if errors.As(err, &refused) {
			continue // what cannot be rendered cannot differ
		}
		if err != nil {
			return nil, err
		}
		m.turned = append(m.turned, &alternative{literal: literal{s.parameters[i], truths[i]}, state: state})
	}
	objects := m.objects()
	return objects, m.err
}

// turns are the states around one: for each parameter that can be turned and makes a
// difference the truths of that state, and nil for the others.
func (s *synthesis) turns(ctx context.Context, base *state, template string) ([][]bool, error) {
	turned := make([][]bool, len(s.parameters))
	if base.depth >= maxDepth {
		return turned, nil
	}
	assignments := []assignment{s.assignment(base.truthy, 0)}
	for i, p := range s.parameters {
		if base.truthy[i] != truthy(p.base) || base.truthy[i] && !p.hasEmpty || len(p.tried) == 0 && !base.truthy[i] {
			continue
		}
		turned[i] = slices.Clone(base.truthy)
		turned[i][i] = !turned[i][i]
		assignments = append(assignments, s.assignment(turned[i], 0))
	}
	s.sampler.warm(ctx, s.parameters, assignments)
	before, err := s.sampler.render(ctx, s.parameters, assignments[0])
	if err != nil {
		return nil, err
	}
	for i, truths := range turned {
		if truths == nil {
			continue
		}
		after, err := s.sampler.render(ctx, s.parameters, s.assignment(truths, 0))
		var refused *RefusedError
		if err != nil && !errors.As(err, &refused) {
			return nil, err
		}
		p := s.parameters[i]
		if _, isText := p.base.(string); isText && !truths[i] && nullsIn(after) > nullsIn(before) {
			// An empty text that a chart leaves behind as null is an oversight, no choice.
			p.hasEmpty = false
			p.refuseEmpty()
			turned[i] = nil
			continue
		}
		if err != nil || reflect.DeepEqual(of(before, template), of(after, template)) {
			turned[i] = nil
		}
	}
	return turned, nil
}

// of are the objects of a template, or all of them.
func of(objects []Object, template string) []Object {
	if template == "" {
		return objects
	}
	return slices.DeleteFunc(slices.Clone(objects), func(object Object) bool { return object.Template != template })
}

// kind tells what could be the same object under another name.
func (o *object) kind() string {
	return strings.Join([]string{o.template, o.tree.at("apiVersion").identity(), o.tree.at("kind").identity()}, "\x01")
}

// identity tells objects of different states apart.
func (o *object) identity() string {
	return strings.Join([]string{
		o.template, o.tree.at("apiVersion").identity(), o.tree.at("kind").identity(),
		o.tree.at("metadata", "name").identity(), o.tree.at("metadata", "namespace").identity(),
	}, "\x01")
}

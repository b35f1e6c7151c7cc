package chart

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/packstage/packstage/author/scaffold"
)

// unexplainedError says which parameters change a chart in ways that no template that
// we write would follow.
type unexplainedError struct {
	culprits []*parameter
	reasons  map[*parameter]string
	// together are two parameters that fail only when both are changed.
	together []*parameter
}

func (e *unexplainedError) Error() string {
	return fmt.Sprintf("%d values change the chart in ways that are not understood", len(e.culprits))
}

// blame finds the parameters that change a place of an object alone; nil is the list
// of objects as such.
func (s *synthesis) blame(ctx context.Context, truths []bool, place []any) error {
	found := &unexplainedError{reasons: map[*parameter]string{}}
	base := s.assignment(truths, 0)
	before, err := s.sampler.render(ctx, s.parameters, base)
	if err != nil {
		return err
	}
	for i, p := range s.parameters {
		if !truths[i] || !p.varies() {
			continue
		}
		reason, err := s.unexplainedAlone(ctx, i, base, before, place)
		if err != nil {
			return err
		}
		if reason != "" {
			found.culprits = append(found.culprits, p)
			found.reasons[p] = reason
		}
	}
	if len(found.culprits) == 0 {
		// Nobody alone: the last that can be spared.
		p := s.spared()
		if p == nil {
			return errors.New("the chart renders to something else each time")
		}
		found.culprits = append(found.culprits, p)
		found.reasons[p] = "together with other values it changes objects in a way that no template follows"
	}
	return found
}

// unexplainedAlone says what a parameter does to a place that is not understood even when
// it is the only one that changes, or returns "".
func (s *synthesis) unexplainedAlone(ctx context.Context, i int, base assignment, before []Object, place []any) (string, error) {
	p := s.parameters[i]
	seen := observation{parameters: []*parameter{p}, values: [][]any{{base[i]}}}
	renders := [][]Object{before}
	first := ""
	for _, value := range p.tried {
		changed := slices.Clone(base)
		changed[i] = value
		after, err := s.sampler.render(ctx, s.parameters, changed)
		var refused *RefusedError
		if errors.As(err, &refused) {
			continue
		}
		if err != nil {
			return "", err
		}
		reason, differs := differsAt(before, after, place)
		if differs && first == "" {
			first = reason
		}
		if differs && (place == nil || len(before) != len(after)) {
			return reason, nil
		}
		seen.values = append(seen.values, []any{value})
		renders = append(renders, after)
	}
	if place == nil || first == "" {
		return "", nil
	}
	object, _ := place[0].(int)
	contents := make([]any, len(renders))
	for j, objects := range renders {
		contents[j] = objects[object].Content
	}
	tree := seen.explain(nil, contents)
	if tree.place(unexplainedNode) == nil {
		return "", nil
	}
	return first, nil
}

// spared is the parameter that is given up first: what nobody asked for, last first.
func (s *synthesis) spared() *parameter {
	for _, asked := range []bool{false, true} {
		for _, p := range slices.Backward(s.parameters) {
			if p.asked == asked && p.property != nil {
				return p
			}
		}
	}
	if len(s.parameters) > 0 {
		return s.parameters[len(s.parameters)-1]
	}
	return nil
}

// differsAt reports whether a place of an object is something else after a change;
// without a place, whether the list of objects is.
func differsAt(before, after []Object, place []any) (string, bool) {
	if len(before) != len(after) {
		return fmt.Sprintf("it changes which objects there are (%d, not %d)", len(after), len(before)), true
	}
	for i := range before {
		if !sameOrigin(before[i], after[i]) {
			return "it changes which objects there are", true
		}
	}
	if place == nil {
		return "", false
	}
	object, _ := place[0].(int)
	path := place[1:]
	found := ""
	differing(valueIn(before[object].Content, path), valueIn(after[object].Content, path), path, func(path []any, _ any) {
		if found == "" {
			found = fmt.Sprintf("%s of %s is computed from it", fieldOf(path), scaffold.Title(before[object].Content))
		}
	})
	return found, found != ""
}

// valueIn follows a path, and returns nil where it ends.
func valueIn(value any, path []any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			mapping, _ := value.(map[string]any)
			value = mapping[step]
		case int:
			list, _ := value.([]any)
			if step >= len(list) {
				return nil
			}
			value = list[step]
		}
	}
	return value
}

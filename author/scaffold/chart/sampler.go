package chart

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"sync"
)

// An assignment has a value for each parameter of a list.
type assignment []any

// A sampler renders a chart with values of parameters, each set of them once.
type sampler struct {
	renderer Renderer
	base     Release
	// clean takes out of objects what is not compared.
	clean func([]Object) []Object
	// limit is the number of renders after which the work is given up.
	limit    int
	progress func(renders int)

	mutex   sync.Mutex
	renders map[string]*rendered
}

type rendered struct {
	objects []Object
	err     error
}

// A tooManyRendersError says that a chart has more combinations than are worth the time.
type tooManyRendersError struct{ limit int }

func (e *tooManyRendersError) Error() string {
	return fmt.Sprintf("the chart was rendered %d times, and its values are still not understood", e.limit)
}

// release is the one in which the parameters have the values.
func (s *sampler) release(parameters []*parameter, values assignment) Release {
	release := s.base
	for i, p := range parameters {
		p.set(&release, values[i])
	}
	return release
}

// warm renders several sets of values at the same time, for those who ask next. What
// goes wrong they find out themselves.
func (s *sampler) warm(ctx context.Context, parameters []*parameter, sets []assignment) {
	var group sync.WaitGroup
	next := make(chan assignment)
	for range min(runtime.GOMAXPROCS(0), maxParallel, len(sets)) {
		group.Go(func() {
			for values := range next {
				_, _ = s.render(ctx, parameters, values)
			}
		})
	}
	for _, values := range sets {
		next <- values
	}
	close(next)
	group.Wait()
}

// maxParallel bounds how many renders run at the same time.
const maxParallel = 8

func (s *sampler) render(ctx context.Context, parameters []*parameter, values assignment) ([]Object, error) {
	release := s.release(parameters, values)
	encoded, err := json.Marshal(release)
	if err != nil {
		return nil, err
	}
	key := string(encoded)
	s.mutex.Lock()
	known, ok := s.renders[key]
	count := len(s.renders)
	s.mutex.Unlock()
	if ok {
		return known.objects, known.err
	}
	if count >= s.limit {
		return nil, &tooManyRendersError{s.limit}
	}
	objects, err := s.renderer.Render(ctx, release)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err == nil {
		objects = s.clean(objects)
	}
	s.mutex.Lock()
	s.renders[key] = &rendered{objects, err}
	if s.progress != nil {
		s.progress(len(s.renders))
	}
	s.mutex.Unlock()
	return objects, err
}

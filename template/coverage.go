package template

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"text/template/parse"
)

// Coverage counts what executions of a set reach. It is safe for concurrent use.
type Coverage struct {
	set *Set

	mutex sync.Mutex
	// counts are those of the points.
	counts []uint64
	// outcomes are those of calls of cel.
	outcomes map[expressionAt]*[2]uint64
}

// expressionAt is what an action gave to cel.
type expressionAt struct {
	node parse.Node
	text string
}

// NewCoverage returns a Coverage that has counted nothing.
func (s *Set) NewCoverage() *Coverage {
	return &Coverage{set: s, counts: make([]uint64, len(s.Points())), outcomes: map[expressionAt]*[2]uint64{}}
}

// ExecuteCovered is ExecuteMapped, and counts in coverage, which is one of this
// set, what the execution reaches, also when it fails. The output is the same.
// Executions that do not count pay nothing for those that do: these have trees of
// their own.
func (s *Set) ExecuteCovered(ctx context.Context, path string, data map[string]any, scope *Scope, coverage *Coverage) ([]byte, *SourceMap, error) {
	return s.execute(ctx, s.covered(), path, data, scope, executeOptions{mapped: true, coverage: coverage})
}

// Counts returns how often each of [Set.Points] was reached.
func (c *Coverage) Counts() []uint64 {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return slices.Clone(c.counts)
}

// Add adds what another Coverage of the same set has counted.
func (c *Coverage) Add(other *Coverage) {
	other.mutex.Lock()
	counts := slices.Clone(other.counts)
	outcomes := make(map[expressionAt][2]uint64, len(other.outcomes))
	for at, counted := range other.outcomes {
		outcomes[at] = *counted
	}
	other.mutex.Unlock()
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for i, count := range counts {
		c.counts[i] += count
	}
	for at, counted := range outcomes {
		known := c.outcome(at)
		known[0] += counted[0]
		known[1] += counted[1]
	}
}

func (c *Coverage) outcome(at expressionAt) *[2]uint64 {
	known := c.outcomes[at]
	if known == nil {
		known = &[2]uint64{}
		c.outcomes[at] = known
	}
	return known
}

// Outcomes are how often an expression of the function cel was true and false.
type Outcomes struct {
	Expression
	True, False uint64
}

// Expressions returns the outcomes of all expressions of the function cel: those
// that are written in the templates, evaluated or not, and those that templates
// worked out, by position. Expressions of one text in one action are one.
func (c *Coverage) Expressions() []Outcomes {
	a := c.set.analysed()
	c.mutex.Lock()
	defer c.mutex.Unlock()
	all := make([]Outcomes, 0, len(a.expressions))
	written := map[expressionAt]bool{}
	for _, expression := range a.expressions {
		at := expressionAt{expression.node, expression.Text}
		if expression.Text == "" || written[at] {
			continue
		}
		written[at] = true
		outcomes := Outcomes{Expression: expression.Expression}
		if counted := c.outcomes[at]; counted != nil {
			outcomes.True, outcomes.False = counted[1], counted[0]
		}
		all = append(all, outcomes)
	}
	for at, counted := range c.outcomes {
		if !written[at] {
			point := a.points[a.actions[at.node]]
			all = append(all, Outcomes{Expression{at.text, point.Template, point.Position}, counted[1], counted[0]})
		}
	}
	slices.SortStableFunc(all, func(a, b Outcomes) int {
		return cmp.Or(a.Position.Compare(b.Position), cmp.Compare(a.Text, b.Text))
	})
	return all
}

// Reads returns the references by which the executions have read the context, as
// far as [Set.References] can know: those of actions that were executed, in
// templates that were reached from a file with such data.
func (c *Coverage) Reads() []Reference {
	a := c.set.analysed()
	counts := c.Counts()
	executed := func(node parse.Node) bool { return node == nil || counts[a.actions[node]] > 0 }
	reached := map[*binding]bool{}
	var pending []*binding
	callees := map[*binding][]*binding{}
	for _, bound := range a.bindings {
		if bound.root && counts[a.pointIndex.files[bound.body.file]] > 0 {
			reached[bound] = true
			pending = append(pending, bound)
		}
		for site := range bound.sites {
			if executed(site.node) {
				callees[site.from] = append(callees[site.from], bound)
			}
		}
	}
	for len(pending) > 0 {
		from := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		for _, bound := range callees[from] {
			if !reached[bound] {
				reached[bound] = true
				pending = append(pending, bound)
			}
		}
	}
	return a.reads(func(bound *binding, fact readFact) bool { return reached[bound] && executed(fact.node) })
}

// hits counts the markers of one execution.
type hits struct {
	counts   []uint32 // by marker
	touched  []int
	outcomes map[expressionAt]*[2]uint64
}

func (h *hits) hit(marker int) {
	if h.counts[marker] == 0 {
		h.touched = append(h.touched, marker)
	}
	h.counts[marker]++
}

// moveTo adds what was counted to coverage, if there is one, and forgets it.
func (h *hits) moveTo(coverage *Coverage, points []int32) {
	if coverage != nil {
		coverage.mutex.Lock()
		defer coverage.mutex.Unlock()
	}
	for _, marker := range h.touched {
		if point := points[marker]; coverage != nil && point >= 0 {
			coverage.counts[point] += uint64(h.counts[marker])
		}
		h.counts[marker] = 0
	}
	h.touched = h.touched[:0]
	for at, counted := range h.outcomes {
		if coverage != nil {
			known := coverage.outcome(at)
			known[0] += counted[0]
			known[1] += counted[1]
		}
	}
	clear(h.outcomes)
}

// celOutcome notes the outcome of an expression.
func (e *execution) celOutcome(expression string, value bool) {
	if e.hits == nil || !e.at.isMarker() {
		return
	}
	if e.hits.outcomes == nil {
		e.hits.outcomes = map[expressionAt]*[2]uint64{}
	}
	at := expressionAt{e.program.markers.list[e.at].node, expression}
	counted := e.hits.outcomes[at]
	if counted == nil {
		counted = &[2]uint64{}
		e.hits.outcomes[at] = counted
	}
	if value {
		counted[1]++
	} else {
		counted[0]++
	}
}

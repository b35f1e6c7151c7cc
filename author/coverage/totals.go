package coverage

import (
	"fmt"
	"slices"
	"strings"
)

// Count is how many of some things were reached.
type Count struct {
	Reached int `json:"reached"`
	Total   int `json:"total"`
}

// Percent returns the share that was reached, rounded down to tenths, so that
// only all is 100. Of nothing, all was reached.
func (c Count) Percent() float64 {
	if c.Total == 0 {
		return 100
	}
	return float64(c.Reached*1000/c.Total) / 10
}

// AtLeast reports whether a share of percent was reached.
func (c Count) AtLeast(percent float64) bool {
	return c.Total == 0 || float64(c.Reached)*100 >= percent*float64(c.Total)
}

// String returns the count as "3/4".
func (c Count) String() string { return fmt.Sprintf("%d/%d", c.Reached, c.Total) }

func (c *Count) add(reached bool) {
	c.Total++
	if reached {
		c.Reached++
	}
}

func (c *Count) sum(other Count) {
	c.Reached += other.Reached
	c.Total += other.Total
}

// Totals are the counts of a file, a package or a profile.
type Totals struct {
	// Points are actions, branches, definitions and outcomes together: what the
	// percentage is of.
	Points      Count `json:"points"`
	Actions     Count `json:"actions"`
	Branches    Count `json:"branches"`
	Definitions Count `json:"definitions"`
	Outcomes    Count `json:"outcomes"`
	Files       Count `json:"files"`
	// Properties are the properties of the configuration that a case reached,
	// Varied those that a case set to something else than the default.
	Properties Count `json:"properties"`
	Varied     Count `json:"varied"`
}

func (t *Totals) sum(other Totals) {
	t.Points.sum(other.Points)
	t.Actions.sum(other.Actions)
	t.Branches.sum(other.Branches)
	t.Definitions.sum(other.Definitions)
	t.Outcomes.sum(other.Outcomes)
	t.Files.sum(other.Files)
	t.Properties.sum(other.Properties)
	t.Varied.sum(other.Varied)
}

// Totals returns the counts of all packages.
func (p *Profile) Totals() Totals {
	var all Totals
	for i := range p.Packages {
		all.sum(p.Packages[i].Totals())
	}
	return all
}

// Totals returns the counts of the package.
func (p *Package) Totals() Totals {
	var all Totals
	for _, file := range p.FileTotals() {
		all.sum(file.Totals)
	}
	for _, property := range p.Properties {
		all.Properties.add(len(property.ReachedBy) > 0)
		all.Varied.add(len(property.VariedBy) > 0)
	}
	return all
}

// FileTotals are the counts of one file: a template, or a file with conditions.
type FileTotals struct {
	Path   string
	Totals Totals
	// Missing are the lines of points that no case reached, sorted, each once.
	Missing []int
}

// FileTotals returns the counts of all files, by path. Properties are none of a
// file's.
func (p *Package) FileTotals() []FileTotals {
	byPath := map[string]*FileTotals{}
	of := func(path string) *FileTotals {
		if byPath[path] == nil {
			byPath[path] = &FileTotals{Path: path}
		}
		return byPath[path]
	}
	for _, file := range p.Files {
		f := of(file.Path)
		f.Totals.Files.add(file.Reached())
		for _, point := range file.Points {
			f.count(kindCount(&f.Totals, point.Kind), point.Count > 0, point.Line)
		}
	}
	for _, condition := range p.Conditions {
		f := of(condition.Position.File)
		for _, reached := range condition.outcomes() {
			f.count(&f.Totals.Outcomes, reached, condition.Position.Line)
		}
	}
	var all []FileTotals
	for _, f := range byPath {
		slices.Sort(f.Missing)
		f.Missing = slices.Compact(f.Missing)
		all = append(all, *f)
	}
	slices.SortFunc(all, func(a, b FileTotals) int { return strings.Compare(a.Path, b.Path) })
	return all
}

func kindCount(t *Totals, kind string) *Count {
	switch kind {
	case "branch":
		return &t.Branches
	case "definition":
		return &t.Definitions
	default:
		return &t.Actions
	}
}

func (f *FileTotals) count(kind *Count, reached bool, line int) {
	kind.add(reached)
	f.Totals.Points.add(reached)
	if !reached {
		f.Missing = append(f.Missing, line)
	}
}

// outcomes tells of each outcome that counts whether it was seen.
func (c Condition) outcomes() []bool {
	if c.Constant {
		return []bool{c.True.Count+c.False.Count > 0}
	}
	return []bool{c.True.Count > 0, c.False.Count > 0}
}

// Reached reports whether a case reached one of the file's points, or executed
// it where it has none. Files of defines are executed at every render, which
// says nothing.
func (f File) Reached() bool {
	if len(f.Points) == 0 {
		return f.Executions > 0
	}
	return slices.ContainsFunc(f.Points, func(p Point) bool { return p.Count > 0 })
}

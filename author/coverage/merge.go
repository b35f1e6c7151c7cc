package coverage

import (
	"fmt"
	"maps"
	"slices"
)

// Merge returns what the cases of all profiles reached together. Cases of one
// name in one package or component count as the same case. The error says that
// two profiles are of different versions of a package; the profiles are left as
// they are.
func Merge(profiles ...*Profile) (*Profile, error) {
	type key struct{ name, component string }
	merged := map[key]Package{}
	for _, profile := range profiles {
		for _, p := range profile.Packages {
			known, ok := merged[key{p.Name, p.Component}]
			if !ok {
				merged[key{p.Name, p.Component}] = p
				continue
			}
			both, err := mergePackages(known, p)
			if err != nil {
				return nil, err
			}
			merged[key{p.Name, p.Component}] = both
		}
	}
	return &Profile{Version: Version, Packages: slices.SortedFunc(maps.Values(merged), comparePackages)}, nil
}

func mergePackages(a, b Package) (Package, error) {
	m := Package{Name: a.Name, Component: a.Component, Files: []File{}, Conditions: []Condition{}, Properties: []Property{}}
	m.Cases = append([]string{}, a.Cases...)
	m.Cases = append(m.Cases, b.Cases...)
	slices.Sort(m.Cases)
	m.Cases = slices.Compact(m.Cases)
	fromA, fromB := numbersIn(m.Cases, a.Cases), numbersIn(m.Cases, b.Cases)
	differ := fmt.Errorf("merge coverage of %s: the profiles are of different versions of the package", a.title())
	if len(a.Files) != len(b.Files) || len(a.Properties) != len(b.Properties) {
		return Package{}, differ
	}
	for i, file := range a.Files {
		other := b.Files[i]
		if file.Path != other.Path || file.Digest != other.Digest || len(file.Points) != len(other.Points) {
			return Package{}, differ
		}
		file.Executions += other.Executions
		file.Points = slices.Clone(file.Points)
		for j := range file.Points {
			point := &file.Points[j]
			point.Count += other.Points[j].Count
			point.Cases = union(point.Cases, fromA, other.Points[j].Cases, fromB)
		}
		m.Files = append(m.Files, file)
	}
	for i, property := range a.Properties {
		other := b.Properties[i]
		if property.Path != other.Path {
			return Package{}, differ
		}
		property.ReachedBy = union(property.ReachedBy, fromA, other.ReachedBy, fromB)
		property.VariedBy = union(property.VariedBy, fromA, other.VariedBy, fromB)
		m.Properties = append(m.Properties, property)
	}
	conditions := map[conditionKey]Condition{}
	for _, from := range []struct {
		conditions []Condition
		numbers    []int
	}{{a.Conditions, fromA}, {b.Conditions, fromB}} {
		for _, condition := range from.conditions {
			known := conditions[condition.key()]
			condition.True = Outcome{known.True.Count + condition.True.Count, union(known.True.Cases, nil, condition.True.Cases, from.numbers)}
			condition.False = Outcome{known.False.Count + condition.False.Count, union(known.False.Cases, nil, condition.False.Cases, from.numbers)}
			conditions[condition.key()] = condition
		}
	}
	m.Conditions = slices.AppendSeq(m.Conditions, maps.Values(conditions))
	slices.SortFunc(m.Conditions, compareConditions)
	return m, nil
}

// numbersIn returns the index in all of each of some names.
func numbersIn(all, some []string) []int {
	numbers := make([]int, len(some))
	for i, name := range some {
		numbers[i], _ = slices.BinarySearch(all, name)
	}
	return numbers
}

// union returns the cases of both lists by their new numbers; nil numbers leave
// them as they are.
func union(a []int, numbersA []int, b []int, numbersB []int) []int {
	var all []int
	for _, i := range a {
		if numbersA != nil {
			i = numbersA[i]
		}
		all = append(all, i)
	}
	for _, i := range b {
		all = append(all, numbersB[i])
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// title names a package for people.
func (p Package) title() string {
	if p.Component != "" {
		return "component " + p.Component
	}
	return "package " + p.Name
}

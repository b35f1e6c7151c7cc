package compare

import (
	"slices"
	"sort"
	"strings"
)

// coverage is what a set of atoms allows, its wildcards understood.
type coverage struct {
	set atomSet
	// prefixes are, by verb, what paths that end in "*" begin with: sorted, and none of
	// them begins with another.
	prefixes map[string][]string
}

func newCoverage(set atomSet) coverage {
	all := map[string][]string{}
	for a := range set {
		if prefix, ok := strings.CutSuffix(a.url, anyOne); ok {
			all[a.verb] = append(all[a.verb], prefix)
		}
	}
	for verb, prefixes := range all {
		slices.Sort(prefixes)
		shortest := prefixes[:0]
		for _, prefix := range prefixes {
			if len(shortest) == 0 || !strings.HasPrefix(prefix, shortest[len(shortest)-1]) {
				shortest = append(shortest, prefix)
			}
		}
		all[verb] = shortest
	}
	return coverage{set, all}
}

// covers reports whether the set allows what the atom does.
func (c coverage) covers(a atom) bool {
	if a.url != "" {
		return c.coversURL(a)
	}
	resources := []string{a.resource, anyOne}
	if _, sub, ok := strings.Cut(a.resource, "/"); ok {
		resources = append(resources, "*/"+sub)
	}
	names := []string{a.name}
	if a.name != "" {
		names = append(names, "") // a rule without names is one for all
	}
	for _, verb := range []string{a.verb, anyOne} {
		for _, group := range []string{a.group, anyOne} {
			for _, resource := range resources {
				for _, name := range names {
					if _, ok := c.set[atom{verb: verb, group: group, resource: resource, name: name}]; ok {
						return true
					}
				}
			}
		}
	}
	return false
}

// coversURL is covers for paths: one that ends in "*" stands for all that begin so.
func (c coverage) coversURL(a atom) bool {
	for _, verb := range []string{a.verb, anyOne} {
		if _, ok := c.set[atom{verb: verb, url: a.url}]; ok {
			return true
		}
		prefixes := c.prefixes[verb]
		// Where none begins with another, only the last that is not behind the path
		// can be its beginning.
		behind := sort.Search(len(prefixes), func(i int) bool { return prefixes[i] > a.url })
		if behind > 0 && strings.HasPrefix(a.url, prefixes[behind-1]) {
			return true
		}
	}
	return false
}

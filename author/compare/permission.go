package compare

import (
	"cmp"
	"slices"
	"strings"
)

// Permission is what a rule of a role allows: each verb on each resource of each
// group, or on each path that is no resource.
type Permission struct {
	APIGroups       []string `json:"apiGroups,omitempty"`
	Resources       []string `json:"resources,omitempty"`
	ResourceNames   []string `json:"resourceNames,omitempty"`
	NonResourceURLs []string `json:"nonResourceURLs,omitempty"`
	Verbs           []string `json:"verbs"`
}

// String returns the permission in words: "get, list on secrets, pods; apps:
// deployments".
func (p Permission) String() string {
	verbs := strings.Join(p.Verbs, ", ")
	if len(p.NonResourceURLs) > 0 {
		return verbs + " on " + strings.Join(p.NonResourceURLs, ", ")
	}
	var resources []string
	for _, group := range p.APIGroups {
		for _, resource := range p.Resources {
			if group != "" {
				resource += "." + group
			}
			resources = append(resources, resource)
		}
	}
	text := verbs + " on " + strings.Join(resources, ", ")
	if len(p.ResourceNames) > 0 {
		text += " named " + strings.Join(p.ResourceNames, ", ")
	}
	return text
}

// atom is one verb on one resource or path.
type atom struct {
	verb, group, resource, name, url string
}

// anyOne is the wildcard of rules.
const anyOne = "*"

// atomSet is a set of atoms.
type atomSet map[atom]struct{}

// mostAtoms bounds what the rules of one side may expand to.
const mostAtoms = 200_000

// expand adds what a rule allows to the set, and reports whether it stayed within
// the bound.
func (s atomSet) expand(rule map[string]any) bool {
	verbs := textsAt(rule, "verbs")
	names := textsAt(rule, "resourceNames")
	if len(names) == 0 {
		names = []string{""}
	}
	groups, resources, urls := textsAt(rule, "apiGroups"), textsAt(rule, "resources"), textsAt(rule, "nonResourceURLs")
	if len(s)+len(verbs)*(len(names)*len(groups)*len(resources)+len(urls)) > mostAtoms {
		return false
	}
	for _, verb := range verbs {
		for _, url := range urls {
			s[atom{verb: verb, url: url}] = struct{}{}
		}
		for _, group := range groups {
			for _, resource := range resources {
				for _, name := range names {
					s[atom{verb: verb, group: group, resource: resource, name: name}] = struct{}{}
				}
			}
		}
	}
	return true
}

// beyond returns the atoms of the set that no other set covers.
func (s atomSet) beyond(others ...atomSet) []atom {
	covers := make([]coverage, 0, len(others))
	for _, other := range others {
		covers = append(covers, newCoverage(other))
	}
	var atoms []atom
	for a := range s {
		if !slices.ContainsFunc(covers, func(other coverage) bool { return other.covers(a) }) {
			atoms = append(atoms, a)
		}
	}
	slices.SortFunc(atoms, atom.compare)
	return atoms
}

func (a atom) compare(b atom) int {
	return cmp.Or(cmp.Compare(a.url, b.url), cmp.Compare(a.group, b.group), cmp.Compare(a.resource, b.resource),
		cmp.Compare(a.name, b.name), cmp.Compare(a.verb, b.verb))
}

// gather makes few permissions of many atoms: resources of one group with the same
// verbs and names stand together.
func gather(atoms []atom) []Permission {
	type target struct{ group, resource, url string }
	type grant struct{ target, names, verbs string }
	verbsOf := map[target]map[string][]string{} // by name
	for _, a := range atoms {
		t := target{a.group, a.resource, a.url}
		if verbsOf[t] == nil {
			verbsOf[t] = map[string][]string{}
		}
		verbsOf[t][a.name] = append(verbsOf[t][a.name], a.verb)
	}
	targets := make([]target, 0, len(verbsOf))
	for t := range verbsOf {
		targets = append(targets, t)
	}
	slices.SortFunc(targets, func(a, b target) int {
		return cmp.Or(cmp.Compare(a.url, b.url), cmp.Compare(a.group, b.group), cmp.Compare(a.resource, b.resource))
	})
	index := map[grant]int{}
	var permissions []Permission
	for _, t := range targets {
		namesOf := map[string][]string{} // by verbs
		for name, verbs := range verbsOf[t] {
			slices.Sort(verbs)
			key := strings.Join(verbs, "\x00")
			namesOf[key] = append(namesOf[key], name)
		}
		for _, verbs := range either(namesOf, nil) {
			names := namesOf[verbs]
			slices.Sort(names)
			where := "resource\x00" + t.group
			if t.url != "" {
				where = "url"
			}
			key := grant{where, strings.Join(names, "\x00"), verbs}
			i, known := index[key]
			if !known {
				i = len(permissions)
				index[key] = i
				permissions = append(permissions, newPermission(t.group, t.url, names, strings.Split(verbs, "\x00")))
			}
			if t.url != "" {
				permissions[i].NonResourceURLs = append(permissions[i].NonResourceURLs, t.url)
			} else {
				permissions[i].Resources = append(permissions[i].Resources, t.resource)
			}
		}
	}
	return permissions
}

func newPermission(group, url string, names, verbs []string) Permission {
	permission := Permission{Verbs: verbs}
	if url == "" {
		permission.APIGroups = []string{group}
		for _, name := range names {
			if name != "" {
				permission.ResourceNames = append(permission.ResourceNames, name)
			}
		}
	}
	return permission
}

package scaffold

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// parameterSet are the parameters of one name.
type parameterSet struct {
	name  Parameter
	found []parameter
}

// addParameters makes properties of parameters. Where there is one workload they are
// flat ("replicas"); where there are several, each is in the group of its workload
// ("web.replicas"), and those of several containers in groups of their own below.
func (m *maker) addParameters(sets []parameterSet) {
	groups := m.groupNames(sets)
	for _, set := range sets {
		parts := severalParts(set.found)
		held := map[string][]string{} // what a property holds, to its path
		for _, p := range set.found {
			path, known := held[sharing(set.name, p)]
			if !known {
				path = m.freePath(groups[p.object], p, parts[p.object], string(set.name))
				p.property.Path = path
				if err := m.config.add(p.property); err != nil {
					m.decide(p.object.aboutField(TopicAttention, p.path, "stays as it is", err.Error()))
					continue
				}
				held[sharing(set.name, p)] = path
			}
			p.object.substitute(Substitution{Path: p.path, Parts: []Part{{Expression: ConfigExpression(path...)}}})
			m.decide(p.object.aboutField(TopicConfig, p.path, fmt.Sprintf("reads the property %s, default %s",
				strings.Join(path, "."), short(p.property.Default)), "asked for: "+string(set.name)))
		}
	}
}

// sharing is what two parameters must have in common to be one property: a host name
// stands in the rules of an Ingress and in its certificates.
func sharing(name Parameter, p parameter) string {
	if name == ParameterHost {
		return fmt.Sprintf("%s %v", p.object.title(), p.property.Default)
	}
	return fmt.Sprintf("%s %v", p.object.title(), p.path)
}

// groupNames gives each object with parameters the name of its group, or none where one
// object has all of them. Host names are not about workloads: they count apart.
func (m *maker) groupNames(sets []parameterSet) map[*object]string {
	names := map[*object]string{}
	taken := unique{}
	for _, hosts := range []bool{false, true} {
		var objects []*object
		for _, set := range sets {
			for _, p := range set.found {
				if (set.name == ParameterHost) == hosts && !slices.Contains(objects, p.object) {
					objects = append(objects, p.object)
				}
			}
		}
		if len(objects) < 2 {
			continue
		}
		for _, o := range objects {
			names[o] = taken.name(camel(o.name()), camel(o.name()+"-"+strings.ToLower(o.kind.kind)))
		}
	}
	return names
}

// severalParts returns the objects that have the parameter in several containers or
// volumes.
func severalParts(found []parameter) map[*object]bool {
	several := map[*object]bool{}
	first := map[*object]string{}
	for _, p := range found {
		if part, ok := first[p.object]; ok && part != p.part {
			several[p.object] = true
		}
		first[p.object] = p.part
	}
	return several
}

// freePath chooses the path of a property: name, name2, ...
func (m *maker) freePath(group string, p parameter, part bool, name string) []string {
	var base []string
	if group != "" {
		base = append(base, group)
	}
	// The main container is called like its workload more often than not.
	if part && p.part != "" && p.part != p.object.name() {
		base = append(base, camel(p.part))
	}
	for m.config.endsAbove(base) {
		base[0] += "Objects"
	}
	path := append(slices.Clone(base), name)
	for i := 2; m.config.has(path); i++ {
		path = append(slices.Clone(base), fmt.Sprintf("%s%d", name, i))
	}
	return path
}

// short writes a value for a message.
func short(value any) string {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return fmt.Sprint(value)
	}
	return strings.TrimSpace(text.String())
}

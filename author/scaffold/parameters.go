package scaffold

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// addParameters makes one property of each parameter, or one for several that must be
// the same: the host name of rule and certificate. Where there is one, it is flat;
// where there are several, each is in the group of its workload.
func (m *maker) addParameters(name string, found []parameter) {
	groups := groupNames(found)
	taken := map[string]string{} // path of a property to what it holds
	for _, p := range found {
		path, held := m.propertyPath(name, p, groups, taken)
		p.property.Path = path
		if !held {
			if err := m.config.add(p.property); err != nil {
				m.decide(p.object.aboutField(TopicAttention, p.path, "stays as it is", err.Error()))
				continue
			}
			taken[strings.Join(path, ".")] = sharing(p)
		}
		p.object.substitute(Substitution{Path: p.path, Parts: []Part{{Expression: ConfigExpression(path...)}}})
		m.decide(p.object.aboutField(TopicConfig, p.path, fmt.Sprintf("reads the property %s, default %s",
			strings.Join(path, "."), short(p.property.Default)), "asked for: "+name))
	}
}

// sharing is what two parameters must have in common to be one property.
func sharing(p parameter) string {
	return fmt.Sprintf("%s %v", p.object.title(), p.property.Default)
}

// propertyGroups says which groups properties need to be told apart.
type propertyGroups struct {
	workload bool
	parts    map[*object]bool
}

func groupNames(found []parameter) propertyGroups {
	groups := propertyGroups{parts: map[*object]bool{}}
	first := map[*object]string{}
	for _, p := range found {
		groups.workload = groups.workload || p.object != found[0].object
		if part, ok := first[p.object]; ok && part != p.part {
			groups.parts[p.object] = true
		}
		first[p.object] = p.part
	}
	return groups
}

// propertyPath chooses the path of a property, and tells whether it is there already
// for the same thing.
func (m *maker) propertyPath(
	name string, p parameter, groups propertyGroups, taken map[string]string,
) (path []string, held bool) {
	var base []string
	if groups.workload {
		base = append(base, camel(p.workload))
	}
	if groups.parts[p.object] && p.part != "" {
		base = append(base, camel(p.part))
	}
	for i := 1; ; i++ {
		last := name
		if i > 1 {
			last = fmt.Sprintf("%s%d", name, i)
		}
		path = append(append([]string{}, base...), last)
		if text, ok := taken[strings.Join(path, ".")]; ok && text == sharing(p) && name == string(ParameterHost) {
			return path, true
		}
		if !m.config.has(path) {
			return path, false
		}
		if i == 1 && groups.workload && len(base) > 0 && base[0] == camel(p.workload) {
			// Another kind of the same name.
			base[0] = camel(p.workload + "-" + strings.ToLower(p.object.kind.kind))
			if path = append(append([]string{}, base...), name); !m.config.has(path) {
				return path, false
			}
		}
	}
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

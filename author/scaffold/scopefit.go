package scaffold

import (
	"slices"
	"strings"

	"github.com/packstage/packstage/diagnostic"
)

// fitNamespaced leaves the Namespace out that the instance lives in, and finds what
// cannot be in a namespaced package.
func (m *maker) fitNamespaced(namespaces []string) diagnostic.Diagnostics {
	var found diagnostic.Diagnostics
	if m.collides() {
		found = append(found, diagnostic.Diagnostic{
			Code: diagnostic.ScopeUnsupported, Message: "objects of one name are in namespace " + namespaces[0] + " and in none that is named",
			Hint: "a package in scope Namespaced has one namespace; use scope Cluster",
		})
	}
	if len(namespaces) > 1 {
		found = append(found, diagnostic.Diagnostic{
			Code: diagnostic.ScopeUnsupported, Message: "the objects are in several namespaces: " + strings.Join(namespaces, ", "),
			Hint: "a package in scope Namespaced has one; use scope Cluster",
		})
	}
	m.objects = slices.DeleteFunc(m.objects, func(o *object) bool {
		if !o.scopeKnown || o.namespaced {
			return false
		}
		if o.kind == (groupKind{"", "Namespace"}) && (len(namespaces) == 0 || o.name() == namespaces[0]) {
			m.decide(o.about(TopicLeftOut, LeftOut, "instances in scope Namespaced live in a namespace that is there already"))
			return true
		}
		found = append(found, o.finding(diagnostic.ScopeUnsupported,
			o.title()+" belongs to the whole cluster", "use scope Cluster, or leave the object out"))
		return false
	})
	return found
}

// collides reports whether an object without a namespace cannot go where the others are,
// since one of its kind and name is there already.
func (m *maker) collides() bool {
	if len(m.namespacesInUse()) != 1 {
		return false
	}
	seen := map[[3]string]bool{}
	for _, o := range m.objects {
		if !o.scopeKnown || !o.namespaced || o.name() == "" {
			continue
		}
		key := [3]string{o.kind.group, o.kind.kind, o.name()}
		if seen[key] {
			return true
		}
		seen[key] = true
	}
	return false
}

// homeless reports whether an object needs a namespace and has none.
func (m *maker) homeless() bool {
	return slices.ContainsFunc(m.objects, func(o *object) bool {
		return o.scopeKnown && o.namespaced && o.namespace() == "" && o.Template == nil
	})
}

// defaultNamespace is the namespace that the source does not name.
func (m *maker) defaultNamespace() string {
	var made []string
	for _, o := range m.objects {
		if o.kind == (groupKind{"", "Namespace"}) {
			made = append(made, o.name())
		}
	}
	if len(made) == 1 {
		return made[0]
	}
	used := m.namespacesInUse()
	for _, name := range []string{m.name, "default"} {
		if !slices.Contains(used, name) {
			return name
		}
	}
	return m.name + "-package"
}

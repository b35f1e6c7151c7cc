package scaffold

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/manifest"
)

const instanceNamespace = ".package.metadata.namespace"

// chooseScope decides where instances may live, and which namespace of the source
// becomes that of the instance.
func (m *maker) chooseScope() diagnostic.Diagnostics {
	m.classify()
	namespaces := m.namespacesInUse()
	wanted := m.wantedScopes(namespaces)
	if slices.Contains(wanted, manifest.ScopeNamespaced) {
		if found := m.fitNamespaced(namespaces); found.HasErrors() {
			return found
		}
	}
	m.scopes = wanted
	m.namespace = m.input.Namespace
	if m.namespace == "" && len(namespaces) == 1 && !m.collides() {
		m.namespace = namespaces[0]
	}
	switch {
	case len(wanted) == 2:
		m.namespaceExpression = instanceNamespace + " | default " + ConfigExpression("namespace")
		m.addNamespaceProperty()
	case wanted[0] == manifest.ScopeNamespaced:
		m.namespaceExpression = instanceNamespace
		if slices.Contains(m.options.Parameters, ParameterNamespace) {
			m.decide(Decision{Topic: TopicScope, Message: "the namespace is no configuration property",
				Reason: "in scope Namespaced it is that of the instance"})
		}
	case slices.Contains(m.options.Parameters, ParameterNamespace) || m.homeless() || m.asksForNamespace():
		m.namespaceExpression = ConfigExpression("namespace")
		m.addNamespaceProperty()
	}
	if m.namespaceExpression == "" {
		m.namespace = ""
	} else if m.namespace == "" {
		m.namespace = m.defaultNamespace()
	}
	return nil
}

// classify finds out which objects have a namespace.
func (m *maker) classify() {
	m.defined = map[groupKind]bool{}
	namespaced := map[groupKind]bool{}
	for _, o := range m.objects {
		if o.kind != (groupKind{"apiextensions.k8s.io", "CustomResourceDefinition"}) {
			continue
		}
		group, _ := lookup(o.Content, "spec", "group")
		name, _ := lookup(o.Content, "spec", "names", "kind")
		scope, _ := lookup(o.Content, "spec", "scope")
		groupText, _ := group.(string)
		kindText, _ := name.(string)
		kind := groupKind{groupText, kindText}
		m.defined[kind], namespaced[kind] = true, scope == "Namespaced"
	}
	for _, o := range m.objects {
		if m.defined[o.kind] {
			o.namespaced, o.scopeKnown = namespaced[o.kind], true
			continue
		}
		if facts, ok := known(o.kind); ok {
			o.namespaced, o.scopeKnown = !facts.cluster, true
			continue
		}
		if o.namespace() != "" {
			o.namespaced, o.scopeKnown = true, true
			continue
		}
		if strings.HasPrefix(o.kind.kind, "Cluster") {
			o.scopeKnown = true
			continue
		}
		m.decide(o.about(TopicAttention, "it has no namespace, and keeps none",
			fmt.Sprintf("nothing here says whether objects of kind %s live in namespaces: include its CustomResourceDefinition, or give it a namespace", o.kind.kind)))
	}
}

func (m *maker) namespacesInUse() []string {
	used := map[string]bool{}
	for _, o := range m.objects {
		if o.scopeKnown && o.namespaced && o.namespace() != "" {
			used[o.namespace()] = true
		}
	}
	return slices.Sorted(maps.Keys(used))
}

// asksForNamespace reports whether the source says itself where the namespace of the
// instance stands.
func (m *maker) asksForNamespace() bool {
	return slices.ContainsFunc(m.objects, func(o *object) bool {
		return slices.ContainsFunc(o.Substitutions, func(s Substitution) bool {
			return slices.ContainsFunc(s.Parts, func(part Part) bool { return strings.Contains(part.Expression, instanceNamespace) })
		})
	})
}

func (m *maker) clusterObjects() []*object {
	var found []*object
	for _, o := range m.objects {
		if o.scopeKnown && !o.namespaced {
			found = append(found, o)
		}
	}
	return found
}

func (m *maker) wantedScopes(namespaces []string) []manifest.Scope {
	switch m.options.Scope {
	case ScopeNamespaced:
		return []manifest.Scope{manifest.ScopeNamespaced}
	case ScopeCluster:
		return []manifest.Scope{manifest.ScopeCluster}
	case ScopeBoth:
		return []manifest.Scope{manifest.ScopeNamespaced, manifest.ScopeCluster}
	}
	if len(m.input.Scopes) > 0 {
		m.decide(Decision{Topic: TopicScope, Field: "spec.scopes", Message: scopeNames(m.input.Scopes), Reason: "the source says so"})
		return slices.Clone(m.input.Scopes)
	}
	cluster := m.clusterObjects()
	decision := Decision{Topic: TopicScope, Field: "spec.scopes", Message: string(manifest.ScopeCluster)}
	switch {
	case len(cluster) == 1 && cluster[0].kind.kind == "Namespace" && len(namespaces) <= 1:
		decision.Reason = fmt.Sprintf("%s belongs to the cluster; with --scope namespaced it is left out, and the package goes into any namespace", cluster[0].title())
	case len(cluster) > 0:
		decision.Reason = fmt.Sprintf("%s without namespace", someOf(cluster))
	case m.collides():
		decision.Reason = "objects of one name are in namespace " + namespaces[0] + " and in none that is named"
	case len(namespaces) > 1:
		decision.Reason = "the objects are in several namespaces: " + strings.Join(namespaces, ", ")
	default:
		decision.Message = string(manifest.ScopeNamespaced)
		decision.Reason = "all objects are in one namespace"
	}
	m.decide(decision)
	return []manifest.Scope{manifest.Scope(decision.Message)}
}

// someOf names the first of several objects.
func someOf(objects []*object) string {
	if len(objects) == 1 {
		return objects[0].title() + " is an object"
	}
	return fmt.Sprintf("%s and %d more are objects", objects[0].title(), len(objects)-1)
}

func scopeNames(scopes []manifest.Scope) string {
	names := make([]string, len(scopes))
	for i, scope := range scopes {
		names[i] = string(scope)
	}
	return strings.Join(names, ", ")
}

func (m *maker) addNamespaceProperty() {
	value := m.namespace
	if value == "" {
		value = m.defaultNamespace()
		m.namespace = value
	}
	property := Property{
		Path: []string{"namespace"}, Default: value, Description: "Namespace of the objects.",
		Schema: map[string]any{"type": "string", "minLength": int64(1), "maxLength": int64(63), "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"},
	}
	if m.config.has(property.Path) {
		return
	}
	_ = m.config.add(property)
	m.decide(Decision{Topic: TopicConfig, Field: "config.namespace", Message: "property with default " + value,
		Reason: "an instance in scope Cluster has no namespace of its own"})
}

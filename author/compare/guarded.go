package compare

import (
	"strings"
)

// guardedKind is a version of a custom resource.
type guardedKind struct{ group, version, kind string }

// guardedChanges are the fields of a custom resource that changed although a rule of
// its definition in B compares them with what they were.
func (c *objectsComparison) guardedChanges(a, b map[string]any) []fault {
	group, version, ok := strings.Cut(textAt(b, "apiVersion"), "/")
	if !ok {
		return nil // no custom resource is in the core group
	}
	if c.guards == nil {
		c.guards = map[guardedKind][][]string{}
		for _, one := range c.after.ordered {
			if isCRD(one.key) {
				c.addGuards(one.content())
			}
		}
	}
	var faults []fault
	for _, path := range c.guards[guardedKind{group, version, textAt(b, "kind")}] {
		before, after := valueAt(a, path...), valueAt(b, path...)
		// A rule that knows the old value is asked only where there is one.
		if before != nil && after != nil && !equal(before, after) {
			faults = append(faults, fault{path, before, after, "a rule of its definition guards it"})
		}
	}
	return faults
}

func (c *objectsComparison) addGuards(definition map[string]any) {
	for name, version := range crdVersions(definition) {
		kind := guardedKind{textAt(definition, "spec", "group"), name, textAt(definition, "spec", "names", "kind")}
		c.guards[kind] = guardedPaths(version.schema, nil)
	}
}

// guardedPaths returns the paths of the outermost fields with a rule that they stay
// as they are. Items of lists are left out: which was which, is not known.
func guardedPaths(node map[string]any, path []string) [][]string {
	for _, rule := range listAt(node, "x-kubernetes-validations") {
		switch strings.Join(strings.Fields(textAt(rule, "rule")), "") {
		case "self==oldSelf", "oldSelf==self":
			if len(path) > 0 {
				return [][]string{path}
			}
		}
	}
	var paths [][]string
	properties := mapAt(node, "properties")
	for _, name := range either(properties, nil) {
		if child, ok := properties[name].(map[string]any); ok {
			paths = append(paths, guardedPaths(child, append(path[:len(path):len(path)], name))...)
		}
	}
	return paths
}

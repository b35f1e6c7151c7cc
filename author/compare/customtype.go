package compare

import (
	"strings"
)

// customKind is a version of a custom resource.
type customKind struct{ group, version, kind string }

// customType is what the definition of a custom resource says about its objects.
type customType struct {
	schema map[string]any
	// guarded are the paths that a rule keeps from being changed.
	guarded [][]string
}

// customTypeOf returns what a definition in B says about an object, or nil.
func (c *objectsComparison) customTypeOf(content map[string]any) *customType {
	group, version, ok := strings.Cut(textAt(content, "apiVersion"), "/")
	if !ok {
		return nil // no custom resource is in the core group
	}
	if c.types == nil {
		c.types = map[customKind]*customType{}
		for _, one := range c.after.ordered {
			if isCRD(one.key) {
				c.addTypes(one.content())
			}
		}
	}
	return c.types[customKind{group, version, textAt(content, "kind")}]
}

func (c *objectsComparison) addTypes(definition map[string]any) {
	for name, version := range crdVersions(definition) {
		kind := customKind{textAt(definition, "spec", "group"), name, textAt(definition, "spec", "names", "kind")}
		c.types[kind] = &customType{schema: version.schema, guarded: guardedPaths(version.schema, nil)}
	}
}

// guardedChanges are the fields that changed although a rule compares them with what
// they were.
func (t *customType) guardedChanges(a, b map[string]any) []fault {
	if t == nil {
		return nil
	}
	var faults []fault
	for _, path := range t.guarded {
		before, after := valueAt(a, path...), valueAt(b, path...)
		// A rule that knows the old value is asked only where there is one.
		if before != nil && after != nil && !equal(before, after) {
			faults = append(faults, fault{path, before, after, "a rule of its definition guards it"})
		}
	}
	return faults
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

// listType returns how Kubernetes merges the list at a path, "atomic", "set" or "map",
// and its keys; "" where the definition does not say.
func (t *customType) listType(path []any) (name string, keys []string) {
	if t == nil {
		return "", nil
	}
	node := t.schema
	for _, element := range path {
		switch element := element.(type) {
		case string:
			child := mapAt(node, "properties", element)
			if child == nil {
				child = mapAt(node, "additionalProperties")
			}
			node = child
		default: // an item
			node = mapAt(node, "items")
		}
	}
	return textAt(node, "x-kubernetes-list-type"), textsAt(node, "x-kubernetes-list-map-keys")
}

package preflight

import (
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/installer/cluster"
)

const definitionGroup, definitionKind = "apiextensions.k8s.io", "CustomResourceDefinition"

// definition is a CustomResourceDefinition of the instance.
type definition struct {
	object     *object
	resource   string
	namespaced bool
	// versions that will be served.
	versions []string
}

// kind returns what the cluster will serve.
func (d *definition) kind(wanted schema.GroupVersionKind) cluster.Kind {
	return cluster.Kind{GroupVersionKind: wanted, Resource: d.resource, Namespaced: d.namespaced}
}

// readDefinition reads the definition of a kind; false where the object is none.
func readDefinition(o *object) (schema.GroupKind, *definition, bool) {
	content := o.source.Content()
	if kind := o.source.GroupVersionKind(); kind.Group != definitionGroup || kind.Kind != definitionKind {
		return schema.GroupKind{}, nil, false
	}
	text := func(path ...string) string {
		value, _, _ := unstructured.NestedString(content, path...)
		return value
	}
	kind := schema.GroupKind{Group: text("spec", "group"), Kind: text("spec", "names", "kind")}
	brought := &definition{object: o, resource: text("spec", "names", "plural"), namespaced: text("spec", "scope") == "Namespaced"}
	versions, _, _ := unstructured.NestedFieldNoCopy(content, "spec", "versions")
	list, _ := versions.([]any)
	for _, item := range list {
		version, _ := item.(map[string]any)
		name, _ := version["name"].(string)
		if served, _ := version["served"].(bool); served && name != "" {
			brought.versions = append(brought.versions, name)
		}
	}
	return kind, brought, kind.Group != "" && kind.Kind != ""
}

// serves tells whether a version will be there.
func (d *definition) serves(version string) bool { return slices.Contains(d.versions, version) }

package lint

import (
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/validate/kubernetes/builtin"
)

// scope says where objects of a kind live.
type scope int

const (
	unknownScope scope = iota
	clusterScope
	namespacedScope
)

// builtinScope returns the scope of a kind that Kubernetes itself brings, or one of
// those that most clusters have beside it.
func builtinScope(gvk schema.GroupVersionKind) scope {
	if namespaced, known := builtin.Namespaced(gvk); known {
		if namespaced {
			return namespacedScope
		}
		return clusterScope
	}
	switch gvk.Group {
	case "config.openshift.io", "security.openshift.io", "machineconfiguration.openshift.io":
		return clusterScope
	case "monitoring.coreos.com", "route.openshift.io":
		return namespacedScope
	case "operators.coreos.com":
		switch gvk.Kind {
		case "CatalogSource", "ClusterServiceVersion", "InstallPlan", "OperatorCondition", "OperatorGroup", "Subscription":
			return namespacedScope
		}
	}
	return unknownScope
}

// definition is what a custom resource definition in the package says.
type definition struct {
	object  Object
	scope   scope
	served  []string
	version map[string]bool // all versions, served or not
}

// findDefinitions returns the custom resource definitions among objects by group and
// kind.
func findDefinitions(objects []Object) map[[2]string]definition {
	found := map[[2]string]definition{}
	for _, object := range objects {
		if !object.Is("apiextensions.k8s.io", "CustomResourceDefinition") {
			continue
		}
		content := object.Content()
		d := definition{object: object, scope: clusterScope, version: map[string]bool{}}
		if textAt(content, "spec", "scope") == "Namespaced" {
			d.scope = namespacedScope
		}
		for _, version := range listAt(content, "spec", "versions") {
			name := textAt(version, "name")
			d.version[name] = true
			if boolAt(version, "served") {
				d.served = append(d.served, name)
			}
		}
		found[[2]string{textAt(content, "spec", "group"), textAt(content, "spec", "names", "kind")}] = d
	}
	return found
}

// scopeOf returns the scope of an object: that of its kind, or of its definition in
// the package.
func scopeOf(object Object, definitions map[[2]string]definition) scope {
	gvk := object.GroupVersionKind()
	if d, ok := definitions[[2]string{gvk.Group, gvk.Kind}]; ok {
		return d.scope
	}
	return builtinScope(gvk)
}

// namespaceOf is the namespace that an object lives in once it is installed: in a
// Namespaced instance that of the instance, where the object names none.
func (i *Instance) namespaceOf(object Object) string {
	if namespace := object.Namespace(); namespace != "" {
		return namespace
	}
	return i.Namespace
}

// makesNamespace tells whether a namespace is one of the instance's own objects, so
// that nothing of others can be in it before.
func (i *Instance) makesNamespace(name string) bool {
	_, made := i.Lookup("", "Namespace", "", name)
	return made && !i.hasCompany()
}

// hasCompany tells whether other packages install objects beside those of the
// instance: it is a component, or installs packages itself.
func (i *Instance) hasCompany() bool { return i.company() }

func (i *Instance) findCompany() bool {
	return i.subject.Package.Component != "" ||
		len(i.kinds[[2]string{"package-operator.run", "Package"}])+len(i.kinds[[2]string{"package-operator.run", "ClusterPackage"}]) > 0
}

// lookupIn is Lookup for a namespace that the object may leave to the instance.
func (i *Instance) lookupIn(group, kind, namespace, name string) (Object, bool) {
	for _, at := range i.named[objectName{group, kind, name}] {
		if object := i.Objects[at]; i.namespaceOf(object) == namespace {
			return object, true
		}
	}
	return Object{}, false
}

// namesIn returns the names of the objects of a kind in a namespace.
func (i *Instance) namesIn(group, kind, namespace string) []string {
	var names []string
	for _, object := range i.ofKind(group, kind) {
		if i.namespaceOf(object) == namespace {
			names = append(names, object.Name())
		}
	}
	return names
}

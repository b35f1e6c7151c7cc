package lint

import "slices"

// scope says where objects of a kind live.
type scope int

const (
	unknownScope scope = iota
	clusterScope
	namespacedScope
)

// builtinScope returns the scope of a kind that Kubernetes or OpenShift itself
// brings, whatever its version.
func builtinScope(group, kind string) scope {
	switch group {
	case "":
		switch kind {
		case "Namespace", "Node", "PersistentVolume", "ComponentStatus":
			return clusterScope
		case "Binding", "ConfigMap", "Endpoints", "Event", "LimitRange", "PersistentVolumeClaim", "Pod", "PodTemplate",
			"ReplicationController", "ResourceQuota", "Secret", "Service", "ServiceAccount":
			return namespacedScope
		}
	case "rbac.authorization.k8s.io":
		switch kind {
		case "ClusterRole", "ClusterRoleBinding":
			return clusterScope
		case "Role", "RoleBinding":
			return namespacedScope
		}
	case "policy":
		switch kind {
		case "PodSecurityPolicy":
			return clusterScope
		case "PodDisruptionBudget":
			return namespacedScope
		}
	case "networking.k8s.io":
		switch kind {
		case "IngressClass", "IPAddress", "ServiceCIDR":
			return clusterScope
		case "Ingress", "NetworkPolicy":
			return namespacedScope
		}
	case "storage.k8s.io":
		switch kind {
		case "StorageClass", "CSIDriver", "CSINode", "VolumeAttachment", "VolumeAttributesClass":
			return clusterScope
		case "CSIStorageCapacity":
			return namespacedScope
		}
	case "apps", "batch", "autoscaling", "coordination.k8s.io", "discovery.k8s.io", "events.k8s.io", "extensions":
		return namespacedScope
	case "scheduling.k8s.io":
		if kind == "PriorityClass" {
			return clusterScope
		}
	case "apiextensions.k8s.io", "apiregistration.k8s.io", "admissionregistration.k8s.io", "node.k8s.io",
		"flowcontrol.apiserver.k8s.io", "config.openshift.io", "security.openshift.io", "machineconfiguration.openshift.io":
		return clusterScope
	case "certificates.k8s.io":
		if kind != "PodCertificateRequest" {
			return clusterScope
		}
		return namespacedScope
	case "monitoring.coreos.com", "route.openshift.io":
		return namespacedScope
	case "operators.coreos.com":
		switch kind {
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
	return builtinScope(gvk.Group, gvk.Kind)
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
func (i *Instance) hasCompany() bool {
	return i.subject.Package.Component != "" || slices.ContainsFunc(i.Objects, func(object Object) bool {
		return object.Is("package-operator.run", "Package") || object.Is("package-operator.run", "ClusterPackage")
	})
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
	for _, object := range i.Objects {
		if object.Is(group, kind) && i.namespaceOf(object) == namespace {
			names = append(names, object.Name())
		}
	}
	return names
}

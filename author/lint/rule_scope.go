package lint

import (
	"fmt"

	"github.com/packstage/packstage/manifest"
)

// scopeRules are about namespaces.
func scopeRules() []Rule {
	return []Rule{{
		Code: "scope-cluster-object", Severity: errorSeverity,
		Summary: "an object that an instance in scope Namespaced may not have",
		Explanation: "Such an instance owns objects of its own namespace only: no cluster-wide ones, and none in other " +
			"namespaces. The installer refuses them. Phases with a class are left out: their controller may install into another cluster. Drop the scope from `spec.scopes`, or leave the objects out with a condition.",
		Example: "# in scope Namespaced\nkind: ClusterRole",
		Cure:    "kind: Role",
		Check:   EachInstance(scopeClusterObject),
	}, {
		Code: "namespace-missing", Severity: errorSeverity,
		Summary:     "an object without a namespace, of a kind that needs one, in scope Cluster",
		Explanation: "An instance in scope Cluster has no namespace of its own that the object could be put into: the API server refuses it.",
		Example:     "# in scope Cluster\nkind: ConfigMap\nmetadata: {name: settings}",
		Cure:        "kind: ConfigMap\nmetadata: {name: settings, namespace: shop}",
		Check:       EachInstance(namespaceMissing),
	}, {
		Code: "namespace-superfluous", Severity: infoSeverity,
		Summary:     "a namespace at an object of a kind that has none",
		Explanation: "The API server refuses such an object, or ignores the namespace, depending on how it is applied. Remove it.",
		Example:     "kind: ClusterRole\nmetadata: {name: reader, namespace: shop}",
		Cure:        "kind: ClusterRole\nmetadata: {name: reader}",
		Check:       EachInstance(namespaceSuperfluous),
	}}
}

func scopeClusterObject(i *Instance) []Finding {
	if i.Scope != manifest.ScopeNamespaced {
		return nil
	}
	definitions := i.definitions()
	var found []Finding
	for _, object := range i.Objects {
		namespace := object.Namespace()
		switch {
		case i.handledElsewhere(object):
		case scopeOf(object, definitions) == clusterScope:
			found = append(found, i.FindKey(object, "is an object of the whole cluster, in an instance of scope Namespaced",
				"leave it out in this scope, or remove Namespaced from spec.scopes", "kind"))
		case namespace != "" && namespace != i.Namespace:
			found = append(found, i.Find(object, fmt.Sprintf("is in the namespace %q, and the instance of scope Namespaced in %q", namespace, i.Namespace),
				"leave metadata.namespace out, or write {{ .package.metadata.namespace }}", "metadata", "namespace"))
		}
	}
	return found
}

// handledElsewhere tells whether the phase of an object has a class: its controller
// may install into another cluster, with permissions of its own.
func (i *Instance) handledElsewhere(object Object) bool {
	return i.subject.Package.Manifest.Spec.Phases[object.PhaseIndex].Class != ""
}

func namespaceMissing(i *Instance) []Finding {
	if i.Scope != manifest.ScopeCluster {
		return nil
	}
	definitions := i.definitions()
	var found []Finding
	for _, object := range i.Objects {
		if object.Namespace() == "" && scopeOf(object, definitions) == namespacedScope {
			found = append(found, i.FindKey(object, "has no namespace, in an instance of scope Cluster", "set metadata.namespace", "metadata"))
		}
	}
	return found
}

func namespaceSuperfluous(i *Instance) []Finding {
	definitions := i.definitions()
	var found []Finding
	for _, object := range i.Objects {
		if object.Namespace() != "" && scopeOf(object, definitions) == clusterScope && i.Scope != manifest.ScopeNamespaced {
			found = append(found, i.FindKey(object, "has a namespace, and its kind has none", "remove it", "metadata", "namespace"))
		}
	}
	return found
}
